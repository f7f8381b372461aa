// `perilune evaluate` and `perilune report` with runs and truth that cannot be used.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/integration/inputs.h"
#include "tests/integration/program.h"

namespace perilune::test {
namespace {
namespace fs = std::filesystem;

const std::vector<std::string> kEvaluate = {"evaluate", "run", "--truth", "seq"};
const std::vector<std::string> kReport = {"report", "run", "--sequence", "seq"};

struct BadRun {
  const char* name;
  const char* mention;
  std::function<void(const TempFolder&)> breaks;
};

const std::vector<BadRun>& BadRuns() {
  static const std::vector<BadRun> runs = {
      {"MissingRun", "run", [](const TempFolder& f) { fs::remove_all(f / "run"); }},
      {"UnfinishedRun", "run.json", [](const TempFolder& f) { fs::remove(f / "run/run.json"); }},
      {"MissingFixes", "fixes.csv", [](const TempFolder& f) { fs::remove(f / "run/fixes.csv"); }},
      {"TruncatedFixes", "fixes.csv", [](const TempFolder& f) { Truncate(f / "run/fixes.csv", 0.9); }},
      {"EmptyFixes", "fixes.csv", [](const TempFolder& f) { f.Write("run/fixes.csv", ""); }},
      {"UnknownStatus", "fixes.csv",
       [](const TempFolder& f) { ReplaceField(f / "run/fixes.csv", 1, 1, "splendid"); }},
      {"StateTimesGoBack", "states.csv", [](const TempFolder& f) { SwapLines(f / "run/states.csv", 2, 3); }},
      {"NanState", "states.csv",
       [](const TempFolder& f) { ReplaceField(f / "run/states.csv", 2, 1, "nan"); }},
      {"MissingTruth", "truth", [](const TempFolder& f) { fs::remove_all(f / "seq/truth"); }},
      {"MissingTruthStates", "state_groundtruth_estimate0",
       [](const TempFolder& f) { fs::remove_all(f / "seq/state_groundtruth_estimate0"); }},
      {"WrongTruthKey", "sede",
       [](const TempFolder& f) { ReplaceOnce(f / "seq/truth/truth.yaml", "seed:", "sede: 1\nseed:"); }},
      {"TruthTimesGoBack", "state_groundtruth_estimate0",
       [](const TempFolder& f) { SwapLines(f / "seq/state_groundtruth_estimate0/data.csv", 7, 8); }},
      {"TruncatedTruthDem", "site_dem.tif",
       [](const TempFolder& f) { Truncate(f / "seq/truth/site_dem.tif"); }},
      {"MissingSequence", "seq", [](const TempFolder& f) { fs::remove_all(f / "seq"); }},
  };
  return runs;
}

class BadRunIntegration : public ::testing::TestWithParam<BadRun> {};

TEST_P(BadRunIntegration, IsNotEvaluated) {
  const TempFolder folder;
  MakeRun(folder);
  GetParam().breaks(folder);
  const auto before = ContentsOf(folder.path());
  ExpectRefused(RunPerilune(folder.path(), kEvaluate), 2, GetParam().mention);
  EXPECT_TRUE(ContentsOf(folder.path()) == before) << "something was left behind";
}

INSTANTIATE_TEST_SUITE_P(Runs, BadRunIntegration, ::testing::ValuesIn(BadRuns()),
                         [](const auto& test) { return std::string(test.param.name); });

class BadReportIntegration : public ::testing::TestWithParam<BadRun> {};

TEST_P(BadReportIntegration, IsNotWritten) {
  const TempFolder folder;
  MakeRun(folder);
  GetParam().breaks(folder);
  const auto before = ContentsOf(folder.path());
  ExpectRefused(RunPerilune(folder.path(), kReport), 2, GetParam().mention, Progress::kAllowed);
  EXPECT_TRUE(ContentsOf(folder.path()) == before) << "something was left behind";
}

const std::vector<BadRun>& BadReports() {
  static const std::vector<BadRun> runs = {
      {"MissingRun", "run", [](const TempFolder& f) { fs::remove_all(f / "run"); }},
      {"UnfinishedRun", "run.json", [](const TempFolder& f) { fs::remove(f / "run/run.json"); }},
      {"BrokenRunSummary", "run.json", [](const TempFolder& f) { Truncate(f / "run/run.json"); }},
      {"TruncatedFixes", "fixes.csv", [](const TempFolder& f) { Truncate(f / "run/fixes.csv", 0.9); }},
      {"StateTimesGoBack", "states.csv", [](const TempFolder& f) { SwapLines(f / "run/states.csv", 2, 3); }},
      {"BrokenMetrics", "metrics.json", [](const TempFolder& f) { f.Write("run/metrics.json", "{"); }},
      {"TruncatedHazards", "class.tif", [](const TempFolder& f) { Truncate(f / "run/hazards/class.tif"); }},
      {"BrokenSites", "sites.geojson", [](const TempFolder& f) { f.Write("run/sites.geojson", "{"); }},
      {"MissingSequence", "seq", [](const TempFolder& f) { fs::remove_all(f / "seq"); }},
  };
  return runs;
}

INSTANTIATE_TEST_SUITE_P(Runs, BadReportIntegration, ::testing::ValuesIn(BadReports()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(RunIntegration, AGoodRunIsEvaluatedAndReported) {
  const TempFolder folder;
  MakeRun(folder);
  Outcome outcome = RunPerilune(folder.path(), kEvaluate);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.standard_error;
  EXPECT_TRUE(fs::exists(folder / "run/metrics.json"));
  outcome = RunPerilune(folder.path(), kReport);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.standard_error;
  EXPECT_TRUE(fs::exists(folder / "run/report.html"));
}

}  // namespace
}  // namespace perilune::test
