#include "datasets/formats/crater_ellipses.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

const std::string kOne =
    R"({"x_px": 10.5, "y_px": 20, "semi_major_px": 8, "semi_minor_px": 6, "angle_rad": 0.25)";

std::string EllipsesRefusal(const std::string& text) {
  const test::TempFolder folder;
  try {
    ReadCraterEllipses(folder.Write("e.json", text));
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "read";
}

TEST(CraterEllipses, NumbersArriveAsWritten) {
  const test::TempFolder folder;
  const std::string covariance =
      R"(, "covariance": [[4,0,0,0,0],[0,4,0,0,0],[0,0,1,0.5,0],[0,0,0.5,1,0],[0,0,0,0,0.01]], "score": 0.75})";
  const auto read = ReadCraterEllipses(
      folder.Write("e.json", R"({"by": "hand", "ellipses": [)" + kOne + "}," + kOne + covariance + "]}"));
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].centre_px, Eigen::Vector2d(10.5, 20));
  EXPECT_EQ(read[0].axes.semi_major, 8);
  EXPECT_EQ(read[0].axes.semi_minor, 6);
  EXPECT_EQ(read[0].axes.angle_rad, 0.25);
  EXPECT_FALSE(read[0].covariance);
  EXPECT_EQ(read[0].score, 1);
  EXPECT_EQ(read[1].score, 0.75);
  ASSERT_TRUE(read[1].covariance);
  EXPECT_EQ((*read[1].covariance)(2, 3), 0.5);
}

TEST(CraterEllipses, MistakesAreNamed) {
  EXPECT_NE(EllipsesRefusal("[]").find("no JSON object"), std::string::npos);
  EXPECT_NE(EllipsesRefusal("{}").find("ellipses: must be a list"), std::string::npos);
  EXPECT_NE(EllipsesRefusal(R"({"ellipses": [)" + kOne + R"(, "colour": 1}]})").find("ellipses[0].colour"),
            std::string::npos);
  EXPECT_NE(EllipsesRefusal(R"({"ellipses": [{"x_px": 1}]})").find("ellipses[0].y_px"), std::string::npos);
  std::string flat = kOne;
  flat.replace(flat.find(": 6"), 3, ": 0");
  EXPECT_NE(EllipsesRefusal(R"({"ellipses": [)" + flat + "}]}").find("semi_minor_px: must be positive"),
            std::string::npos);
  EXPECT_NE(EllipsesRefusal(R"({"ellipses": [)" + kOne + R"(, "covariance": [[1]]}]})").find("5 rows"),
            std::string::npos);
}

TEST(CraterEllipses, AnswersSayWhatIsKnownAndNoMore) {
  const test::TempFolder folder;
  dem::Crater crater;
  crater.id = 77;
  crater.semi_major_m = crater.semi_minor_m = 2500;
  vision::Identification found;
  found.reason = "too dark";
  WriteIdentification(folder / "none.json", found, 2, {crater},
                      {"a.png", "made up", "none", "2025-01-01T00:00:00Z"});
  const auto none = nlohmann::json::parse(test::ReadBytes(folder / "none.json"));
  EXPECT_EQ(none["status"], "none");
  EXPECT_EQ(none["reason"], "too dark");
  EXPECT_FALSE(none.contains("covariance_map_relative"));
  EXPECT_EQ(none["ellipses"].size(), 2U);
  found.status = vision::IdentifyStatus::kIdentified;
  found.matches = {{1, 0, 0.5, 3.25, 0.9}};
  WriteIdentification(folder / "one.json", found, 2, {crater},
                      {"a.png", "made up", "none", "2025-01-01T00:00:00Z"});
  const auto one = nlohmann::json::parse(test::ReadBytes(folder / "one.json"));
  EXPECT_EQ(one["status"], "identified");
  EXPECT_TRUE(one["ellipses"][0]["identity"].is_null());
  EXPECT_EQ(one["ellipses"][1]["identity"]["id"], 77);
  EXPECT_EQ(one["ellipses"][1]["identity"]["chi2"], 3.25);
  EXPECT_EQ(one["covariance_map_relative"].size(), 6U);
}

// What the detector writes is what identification reads, to the last digit; the score is told and not read
// on.
TEST(CraterEllipses, DetectionsComeBack) {
  const test::TempFolder folder;
  vision::CraterDetections found;
  found.sun_direction_rad = 0.5;
  found.craters.push_back(
      {{{12.25, -3.5}, {9.125, 7.3, 0.7}, vision::Matrix5d(0.1 * vision::Matrix5d::Identity())}, 0.9});
  found.craters.push_back({{{100, 50}, {4, 4, 0}, std::nullopt}, 0.6});
  WriteCraterEllipses(folder / "e.json", found, "picture.png");
  const auto read = ReadCraterEllipses(folder / "e.json");
  ASSERT_EQ(read.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read[i].centre_px, found.craters[i].rim.centre_px);
    EXPECT_EQ(read[i].axes.semi_major, found.craters[i].rim.axes.semi_major);
    EXPECT_EQ(read[i].axes.semi_minor, found.craters[i].rim.axes.semi_minor);
    EXPECT_EQ(read[i].axes.angle_rad, found.craters[i].rim.axes.angle_rad);
  }
  ASSERT_TRUE(read[0].covariance);
  EXPECT_EQ(*read[0].covariance, *found.craters[0].rim.covariance);
  EXPECT_FALSE(read[1].covariance);
  const auto bad = folder.Write("bad.json", R"({"ellipses": [{"x_px": 1, "y_px": 2, "semi_major_px": 3,
    "semi_minor_px": 3, "angle_rad": 0, "score": "high"}]})");
  EXPECT_THROW(ReadCraterEllipses(bad), dem::DataError);
}

}  // namespace
}  // namespace perilune::datasets
