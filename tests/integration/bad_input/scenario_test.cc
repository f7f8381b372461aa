// `perilune simulate` with scenarios that cannot be flown.
#include <gtest/gtest.h>

#include <string>

#include "tests/integration/inputs.h"
#include "tests/integration/program.h"

namespace perilune::test {
namespace {

const std::vector<std::string> kSimulate = {"simulate", "tiny.yaml", "-o", "sequence"};

struct BadScenario {
  const char* name;
  const char* mention;
  const char* what;  ///< replaced in the good scenario …
  const char* by;    ///< … by this
};

const BadScenario kBadScenarios[] = {
    {"WrongKey", "camera.rate_hz", "size_px: 128\n  field_of_view_deg: 60\n  rate_hz",
     "size_px: 128\n  field_of_view_deg: 60\n  rate_hertz"},
    {"UnknownKeyNamesItsLine", "line 3: unknown key 'sede'", "seed: 1", "seed: 1\nsede: 1"},
    {"MissingKey", "epoch_utc", "epoch_utc: 2026-03-01T12:00:00.000\n", ""},
    {"NotANumber", "start_height_m", "start_height_m: 2500", "start_height_m: .nan"},
    {"TextForNumber", "duration_s", "duration_s: 4", "duration_s: long"},
    {"NegativeDuration", "duration_s", "duration_s: 4", "duration_s: -4"},
    {"BadTime", "epoch_utc", "2026-03-01T12", "2026-03-41T12"},
    {"LatitudeBeyondThePole", "latitude_deg", "latitude_deg: 14.5", "latitude_deg: 94.5"},
    {"BrokenYaml", "tiny.yaml", "lander: {", "lander: {{"},
    {"NoCamera", "size_px", "size_px: 128", "size_px: 0"},
    {"GroundTurnedOver", "extent_m", "[-2600, 2600, -2600, 2600]", "[2600, -2600, -2600, 2600]"},
};

class BadScenarioIntegration : public ::testing::TestWithParam<BadScenario> {};

TEST_P(BadScenarioIntegration, IsRefused) {
  const TempFolder folder;
  ReplaceOnce(WriteTinyScenario(folder), GetParam().what, GetParam().by);
  const auto before = ContentsOf(folder.path());
  ExpectRefused(RunPerilune(folder.path(), kSimulate), 2, GetParam().mention);
  EXPECT_TRUE(ContentsOf(folder.path()) == before) << "something was left behind";
}

INSTANTIATE_TEST_SUITE_P(Scenarios, BadScenarioIntegration, ::testing::ValuesIn(kBadScenarios),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(ScenarioIntegration, MissingScenarioIsRefused) {
  const TempFolder folder;
  ExpectRefused(RunPerilune(folder.path(), {"simulate", "nowhere", "-o", "sequence"}), 2, "nowhere");
  EXPECT_TRUE(ContentsOf(folder.path()).empty());
}

TEST(ScenarioIntegration, UnknownOverrideIsRefused) {
  const TempFolder folder;
  WriteTinyScenario(folder);
  ExpectRefused(
      RunPerilune(folder.path(), {"simulate", "tiny.yaml", "-o", "sequence", "--set", "camera.rate_hertz=2"}),
      2, "rate_hertz");
  ExpectRefused(RunPerilune(folder.path(), {"simulate", "tiny.yaml", "-o", "sequence", "--set", "camera"}), 2,
                "--set camera");
}

TEST(ScenarioIntegration, MissingBaseDemIsRefused) {
  const TempFolder folder;
  ReplaceOnce(WriteTinyScenario(folder), "  albedo: 0.12\n",
              "  albedo: 0.12\n  base: nowhere.tif\n  base_resolution_m: 2000\n");
  ExpectRefused(RunPerilune(folder.path(), kSimulate), 2, "nowhere.tif", Progress::kAllowed);
  EXPECT_EQ(ContentsOf(folder.path()).size(), 1U);
}

}  // namespace
}  // namespace perilune::test
