// Ctrl-C (and SIGTERM) in the middle of long work: exit code 130, one line, nothing left but what can be gone
// on with.
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "tests/integration/inputs.h"
#include "tests/integration/program.h"

namespace perilune::test {
namespace {
namespace fs = std::filesystem;

/// Whether something below the folder has this extension: the work is under way.
bool HasFile(const fs::path& folder, const std::string& extension) {
  std::error_code changing;  // the program writes while we look
  for (auto entry = fs::recursive_directory_iterator(folder, changing);
       !changing && entry != fs::recursive_directory_iterator(); entry.increment(changing)) {
    if (entry->path().extension() == extension) return true;
  }
  return false;
}

class InterruptIntegration : public ::testing::TestWithParam<int> {};

TEST_P(InterruptIntegration, SimulateLeavesNothing) {
  const TempFolder folder;
  // 200 images of 512 px: minutes of work, of which the first picture is awaited.
  const fs::path scenario = WriteTinyScenario(folder);
  ReplaceOnce(scenario, "size_px: 128\n  field_of_view_deg: 60\n  rate_hz: 1",
              "size_px: 512\n  field_of_view_deg: 60\n  rate_hz: 50");
  const auto before = ContentsOf(folder.path());
  ProgramOptions options;
  options.signal = GetParam();
  options.interrupt_when = [&folder] { return HasFile(folder.path(), ".png"); };
  const Outcome outcome =
      RunPerilune(folder.path(), {"simulate", "tiny.yaml", "-o", "new/sequence"}, options);
  ExpectRefused(outcome, 130, "interrupted", Progress::kAllowed);
  EXPECT_TRUE(ContentsOf(folder.path()) == before) << "something was left behind";
}

TEST_P(InterruptIntegration, NavigateLeavesWhatResumes) {
  const TempFolder folder;
  ReplaceOnce(WriteTinyScenario(folder), "size_px: 128\n  field_of_view_deg: 60\n  rate_hz: 1",
              "size_px: 256\n  field_of_view_deg: 60\n  rate_hz: 15");
  ASSERT_EQ(RunPerilune(folder.path(), {"simulate", "tiny.yaml", "-o", "seq"}).exit_code, 0);
  const auto before = ContentsOf(folder.path());
  ProgramOptions options;
  options.signal = GetParam();
  options.interrupt_when = [&folder] {  // its first frame is written
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      if (entry.path().filename().string().starts_with(".run") && HasFile(entry.path(), ".json")) return true;
    }
    return false;
  };
  const Outcome outcome = RunPerilune(folder.path(), {"navigate", "seq", "-o", "run"}, options);
  ExpectRefused(outcome, 130, "interrupted", Progress::kAllowed);
  ExpectNothingButAWaitingRun(outcome, ContentsOf(folder.path()), before, ".run.part");
  EXPECT_EQ(RunPerilune(folder.path(), {"navigate", "seq", "-o", "run", "--resume"}).exit_code, 0);
  EXPECT_FALSE(fs::exists(folder.path() / ".run.part"));
}

INSTANTIATE_TEST_SUITE_P(Signals, InterruptIntegration, ::testing::Values(SIGINT, SIGTERM),
                         [](const auto& test) { return test.param == SIGINT ? "CtrlC" : "Terminate"; });

}  // namespace
}  // namespace perilune::test
