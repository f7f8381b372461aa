#include "datasets/formats/lander_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "datasets/scenarios/locate.h"
#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

const std::string kGood =
    "name: mine\nlegs: 3\nleg_circle_diameter_m: 5\npad_diameter_m: 0.4\nbody_clearance_m: "
    "0.6\nmax_tilt_deg: 9\n"
    "max_roughness_m: 0.5\n";

std::filesystem::path Write(const test::TempFolder& folder, const std::string& text) {
  const std::filesystem::path path = folder / "lander.yaml";
  std::ofstream(path) << text;
  return path;
}

std::string ErrorOf(const std::string& text) {
  const test::TempFolder folder;
  try {
    ReadLanderFile(Write(folder, text));
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "accepted";
}

std::string With(const std::string& from, const std::string& to) {
  std::string text = kGood;
  return text.replace(text.find(from), from.size(), to);
}

TEST(LanderFile, AllKeys) {
  const test::TempFolder folder;
  const dem::Lander lander = ReadLanderFile(Write(folder, kGood));
  EXPECT_EQ(lander.name, "mine");
  EXPECT_EQ(lander.legs, 3);
  EXPECT_EQ(lander.leg_circle_diameter_m, 5);
  EXPECT_EQ(lander.pad_diameter_m, 0.4);
  EXPECT_EQ(lander.body_clearance_m, 0.6);
  EXPECT_DOUBLE_EQ(lander.max_tilt_rad, dem::DegToRad(9));
  EXPECT_EQ(lander.HighestGround_m(), 0.5);
}

TEST(LanderFile, ErrorsNameFileKeyAndFix) {
  for (const auto& [text, words] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {kGood + "leg_count: 4\n", {"lander.yaml", "leg_count"}},
           {With("legs: 3\n", ""), {"lander.yaml", "legs"}},
           {With("legs: 3", "legs: 2"), {"legs", "give 3 to 6"}},
           {With("legs: 3", "legs: 4.5"), {"legs"}},
           {With("max_tilt_deg: 9", "max_tilt_deg: 90"), {"max_tilt_deg", "below 90"}},
           {With("max_tilt_deg: 9", "max_tilt_deg: steep"), {"max_tilt_deg"}},
           {With("pad_diameter_m: 0.4", "pad_diameter_m: 5"), {"pad_diameter_m", "leg_circle_diameter_m"}},
           {With("max_roughness_m: 0.5", "max_roughness_m: 0.7"), {"max_roughness_m", "body_clearance_m"}},
           {With("body_clearance_m: 0.6", "body_clearance_m: 0"), {"body_clearance_m"}}}) {
    const std::string error = ErrorOf(text);
    for (const std::string& word : words) EXPECT_NE(error.find(word), std::string::npos) << error;
  }
}

TEST(LanderFile, ReadyLandersAreFoundByName) {
  EXPECT_EQ(ReadLanderFile(FindLander("test-3.4m")).leg_circle_diameter_m,
            dem::Lander().leg_circle_diameter_m);
  EXPECT_NEAR(ReadLanderFile(FindLander("nova-c")).HighestGround_m(), 0.3, 1e-12);
  EXPECT_NEAR(dem::RadToDeg(ReadLanderFile(FindLander("hls-size")).max_tilt_rad), 8, 1e-12);
  for (const char* name : {"test-3.4m", "nova-c", "apollo-size", "hls-size"}) {
    const dem::Lander lander = ReadLanderFile(FindLander(name));
    EXPECT_EQ(lander.name, name);
    EXPECT_NO_THROW(lander.Validate());
  }
  try {
    FindLander("nova-d");
    FAIL();
  } catch (const dem::DataError& error) {
    EXPECT_NE(std::string(error.what()).find("nova-c"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace perilune::datasets
