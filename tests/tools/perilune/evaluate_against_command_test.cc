#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/perilune_command.h"

namespace perilune::test {
namespace {

using testing::HasSubstr;

/// A run whose trajectory is an L of four poses, a second apart.
std::filesystem::path WriteRun(const TempFolder& folder, const std::string& name) {
  folder.Write(name + "/run.json", "{}");
  folder.Write(name + "/trajectory.tum",
               "10 0 0 0 0 0 0 1\n11 1 0 0 0 0 0 1\n12 1 1 0 0 0 0 1\n13 1 2 0 0 0 0 1\n");
  return folder / name;
}

/// The same L, 0.3 m too high at the last pose but one, in the frame of somebody else: turned by 90° about z
/// and far away; (x, y) of the run is (100 − y, x) there.
std::filesystem::path WriteReference(const TempFolder& folder) {
  return folder.Write("other.csv",
                      "#timestamp [ns], p_RS_R_x [m], …\n"
                      "10000000000,100,0,0,0.70710678118654752,0,0,0.70710678118654752\n"
                      "11000000000,100,1,0,0.70710678118654752,0,0,0.70710678118654752\n"
                      "12000000000,99,1,0.3,0.70710678118654752,0,0,0.70710678118654752\n"
                      "13000000000,98,1,0,0.70710678118654752,0,0,0.70710678118654752\n");
}

TEST(EvaluateAgainstCommand, GivesApeAndRpeByHand) {
  const TempFolder folder;
  const auto run = WriteRun(folder, "run");
  const CommandOutcome outcome =
      RunPerilune(folder, "evaluate " + run.string() + " --against " + WriteReference(folder).string() +
                              " --align none --json");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto json = nlohmann::json::parse(outcome.output)[run.string()];
  EXPECT_EQ(json["common"], 4);
  // Distances² of (0,0)–(100,0), (1,0)–(100,1), (1,1,0)–(99,1,.3), (1,2)–(98,1).
  const double sum = 10000 + (99 * 99 + 1) + (98 * 98 + .09) + (97 * 97 + 1);
  EXPECT_NEAR(json["ape"]["translation_m"]["rmse"], std::sqrt(sum / 4), 1e-9);
  EXPECT_NEAR(json["ape"]["rotation_rad"]["max"], std::acos(0), 1e-9);
  // Steps differ by 0, 0.3 up and 0.3 down.
  EXPECT_NEAR(json["rpe"]["translation_m"]["mean"], 0.2, 1e-9);
  EXPECT_NEAR(json["rpe"]["rotation_rad"]["max"], 0, 1e-7);
}

TEST(EvaluateAgainstCommand, ShowsRunsSideBySideAlignedByDefault) {
  const TempFolder folder;
  const std::string runs = WriteRun(folder, "a").string() + " " + WriteRun(folder, "b").string();
  const CommandOutcome outcome =
      RunPerilune(folder, "evaluate " + runs + " --against " + WriteReference(folder).string());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("alignment se3"));
  EXPECT_THAT(outcome.output, HasSubstr((folder / "b").string()));
  EXPECT_THAT(outcome.output, HasSubstr("APE translation, m: rmse"));
  EXPECT_FALSE(std::filesystem::exists(folder / "a/metrics.json"));
}

TEST(EvaluateAgainstCommand, RefusesWhatCannotBeCompared) {
  const TempFolder folder;
  const auto run = WriteRun(folder, "run").string();
  const auto reference = WriteReference(folder).string();
  const auto refusal = [&](const std::string& arguments) {
    const CommandOutcome outcome = RunPerilune(folder, "evaluate " + arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
    return outcome.errors;
  };
  EXPECT_THAT(refusal(run), HasSubstr("--against"));
  EXPECT_THAT(refusal(run + " --truth x --against " + reference), HasSubstr("either"));
  EXPECT_THAT(refusal(run + " --against " + (folder / "none.tum").string()), HasSubstr("none.tum"));
  EXPECT_THAT(refusal(run + " --against " + folder.Write("late.tum", "99 0 0 0 0 0 0 1\n").string()),
              HasSubstr("max-time-difference-s"));
  EXPECT_THAT(refusal(run + " --against " + reference + " --delta-frames 0.5"), HasSubstr("whole number"));
  EXPECT_THAT(refusal(run + " --align none --truth x"), HasSubstr("--against"));
  folder.Write("unfinished/trajectory.tum", "1 0 0 0 0 0 0 1\n");
  EXPECT_THAT(refusal((folder / "unfinished").string() + " --against " + reference), HasSubstr("run.json"));
}

}  // namespace
}  // namespace perilune::test
