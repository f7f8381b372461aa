#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/perilune_command.h"

namespace perilune::test {
namespace {

using testing::HasSubstr;

void ExpectOneLineRefusal(const CommandOutcome& outcome, const std::string& what) {
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr(what));
}

TEST(EvaluateCommand, RefusesWhatIsNoFinishedRun) {
  const TempFolder folder;
  folder.Write("run/fixes.csv", "");
  ExpectOneLineRefusal(RunPerilune(folder, "evaluate " + (folder / "run").string() + " --truth x"),
                       "no run.json");
  EXPECT_FALSE(std::filesystem::exists(folder / "run/metrics.json"));
}

TEST(EvaluateCommand, RefusesAMissingSequence) {
  const TempFolder folder;
  folder.Write("run/run.json", "{}");
  const std::string run = (folder / "run").string();
  ExpectOneLineRefusal(RunPerilune(folder, "evaluate " + run + " --truth " + (folder / "none").string()),
                       "none");
  ExpectOneLineRefusal(RunPerilune(folder, "evaluate " + run), "--truth");
}

TEST(ReportCommand, WritesAPageOfAnEmptyRun) {
  const TempFolder folder;
  folder.Write("run/run.json", "{}");
  EXPECT_EQ(RunPerilune(folder, "report " + (folder / "run").string()).exit_code, 0);
  EXPECT_THAT(ReadBytes(folder / "run/report.html"), testing::StartsWith("<!DOCTYPE html>"));
}

TEST(ReportCommand, RefusesACutTableAndWritesNothing) {
  const TempFolder folder;
  folder.Write("run/run.json", "{}");
  folder.Write("run/fixes.csv", "#t_ns,sta");
  ExpectOneLineRefusal(RunPerilune(folder, "report " + (folder / "run").string()), "fixes.csv");
  EXPECT_FALSE(std::filesystem::exists(folder / "run/report.html"));
}

TEST(CampaignCommand, RefusesWhatCannotBeFlown) {
  const TempFolder folder;
  const std::string out = " -o " + (folder / "out").string();
  ExpectOneLineRefusal(RunPerilune(folder, "campaign no-such-scenario" + out), "no-such-scenario");
  ExpectOneLineRefusal(RunPerilune(folder, "campaign demo -n 0" + out), "count");
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

TEST(CampaignCommand, ListsAScenarioThatCannotBeSimulated) {
  const TempFolder folder;
  const auto scenario = folder.Write("bad.yaml", "name: bad\nwings: 2\n");
  const CommandOutcome outcome =
      RunPerilune(folder, "campaign " + scenario.string() + " -n 1 -o " + (folder / "out").string());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("seed 1 failed: simulate:"));
  EXPECT_THAT(outcome.errors, HasSubstr("repeat: perilune simulate"));
}

}  // namespace
}  // namespace perilune::test
