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

/// A sequence and a finished run of it.
void MakeRun(const TempFolder& folder) {
  WriteTinyScenario(folder);
  ASSERT_EQ(RunPerilune(folder.path(), {"simulate", "tiny.yaml", "-o", "seq"}).exit_code, 0);
  const Outcome outcome = RunPerilune(folder.path(), {"navigate", "seq", "-o", "run"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.standard_error;
}

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

TEST(RunIntegration, AGoodRunIsEvaluated) {
  const TempFolder folder;
  MakeRun(folder);
  const Outcome outcome = RunPerilune(folder.path(), kEvaluate);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.standard_error;
  EXPECT_TRUE(fs::exists(folder / "run/metrics.json"));
}

}  // namespace
}  // namespace perilune::test
