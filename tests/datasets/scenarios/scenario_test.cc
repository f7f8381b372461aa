#include "datasets/scenarios/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasets/scenarios/locate.h"
#include "dem/io/data_error.h"
#include "tests/datasets/tiny_scenario.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string ErrorOf(const std::filesystem::path& path, const YamlOverrides& overrides = {}) {
  try {
    ReadScenario(path, overrides);
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "no DataError";
}

TEST(Scenario, ShippedScenariosAreFoundByNameAndMeetTheTask) {
  for (const char* name : {"demo", "hadley"}) {
    const Scenario scenario = ReadScenario(FindScenario(name));
    EXPECT_EQ(scenario.name, name);
    EXPECT_GE(scenario.trajectory.uprange_m, 80'000);
    EXPECT_EQ(scenario.trajectory.start_height_m, 15'000);
    EXPECT_EQ(scenario.trajectory.end_height_m, 500);
    EXPECT_EQ(scenario.camera.size_px, 1024);
    EXPECT_LE(scenario.map.levels.at(0).spacing_m, 4);
    EXPECT_LE(scenario.map.levels.at(1).spacing_m, 20);
    EXPECT_LE(scenario.map.levels.at(2).spacing_m, 100);
  }
  EXPECT_THROW(FindScenario("no-such-scenario"), dem::DataError);
}

TEST(Scenario, NamesFileKeyAndLine) {
  const test::TempFolder folder;
  std::string text = test::ReadBytes(test::TinyScenarioPath());
  const auto line =
      std::count(text.begin(), text.begin() + static_cast<long>(text.find("uprange_m")), '\n') + 1;
  text.replace(text.find("uprange_m"), 9, "uprang_m");
  const std::string error = ErrorOf(folder.Write("s.yaml", text));
  // The key that is meant is missing: the message points at its mapping.
  EXPECT_THAT(error, AllOf(HasSubstr("s.yaml"), HasSubstr("'trajectory.uprange_m' is missing")));
  text.insert(text.find("uprang_m"), "uprange_m: 1500\n  ");
  EXPECT_THAT(ErrorOf(folder.Write("s.yaml", text)), AllOf(HasSubstr("line " + std::to_string(line + 1)),
                                                           HasSubstr("unknown key 'trajectory.uprang_m'")));
}

TEST(Scenario, OverridesReplaceValues) {
  const Scenario scenario = ReadScenario(test::TinyScenarioPath(), {{"seed", "12"}, {"camera.rate_hz", "3"}});
  EXPECT_EQ(scenario.seed, 12u);
  EXPECT_EQ(scenario.camera.rate_hz, 3);
  EXPECT_THAT(ErrorOf(test::TinyScenarioPath(), {{"camera.rate", "3"}}),
              HasSubstr("unknown key 'camera.rate'"));
}

TEST(Scenario, RefusesWhatCannotBeSimulated) {
  const auto error = [](const char* key, const char* value) {
    return ErrorOf(test::TinyScenarioPath(), {{key, value}});
  };
  EXPECT_THAT(error("camera.bits", "9"), HasSubstr("camera.bits"));
  EXPECT_THAT(error("camera.rate_hz", "0"), HasSubstr("camera.rate_hz"));
  EXPECT_THAT(error("seed", "-1"), HasSubstr("seed"));
  EXPECT_THAT(error("trajectory.end_height_m", "9000"), HasSubstr("start_height_m"));
  EXPECT_THAT(error("site.latitude_deg", "91"), HasSubstr("latitude_deg"));
  EXPECT_THAT(
      error("ground.levels",
            "[{spacing_m: 4, extent_m: [-9, 9, -9, 9]}, {spacing_m: 2, extent_m: [-99, 99, -99, 99]}]"),
      HasSubstr("ground.levels[0]"));
}

}  // namespace
}  // namespace perilune::datasets
