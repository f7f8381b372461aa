#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <string>

#include "datasets/formats/run.h"
#include "tests/support/perilune_command.h"
#include "tests/support/small_disk.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// All files below a folder but timing.json, by relative name.
std::map<std::string, std::string> BytesOf(const fs::path& folder) {
  std::map<std::string, std::string> bytes;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().filename() == "timing.json") continue;
    bytes[fs::relative(entry.path(), folder).string()] = test::ReadBytes(entry.path());
  }
  return bytes;
}

/// The last line of what went to stderr, after the progress.
std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const std::size_t newline = text.find_last_of('\n');
  return newline == std::string::npos ? text : text.substr(newline + 1);
}

class NavigateIntegration : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_ = new test::TempFolder();
    const fs::path scenario = fs::path(PERILUNE_SOURCE_DIR) / "tests/tools/perilune/navigate_hop.yaml";
    const test::CommandOutcome simulated =
        test::RunPerilune(*shared_, "simulate " + scenario.string() + " -o " + (*shared_ / "seq").string());
    ASSERT_EQ(simulated.exit_code, 0) << simulated.errors;
  }
  static void TearDownTestSuite() {
    delete shared_;
    shared_ = nullptr;
  }

  /// A copy of the sequence that a test may spoil.
  fs::path CopyOfSequence() const {
    fs::copy(*shared_ / "seq", folder_ / "seq", fs::copy_options::recursive);
    return folder_ / "seq";
  }
  static std::vector<fs::path> ImagesOf(const fs::path& sequence) {
    std::vector<fs::path> images;
    for (const auto& entry : fs::directory_iterator(sequence / "cam0" / "data"))
      images.push_back(entry.path());
    std::sort(images.begin(), images.end());
    return images;
  }
  fs::path Run(const std::string& name) const { return folder_ / name; }
  test::CommandOutcome Navigate(const fs::path& sequence, const std::string& run,
                                const std::string& more = "", const std::string& prefix = "") const {
    return test::RunPerilune(
        folder_, "navigate " + sequence.string() + " -o " + Run(run).string() + " " + more, prefix);
  }

  test::TempFolder folder_;
  static inline test::TempFolder* shared_ = nullptr;
};

TEST_F(NavigateIntegration, WritesARunThatReadsBack) {
  const fs::path sequence = *shared_ / "seq";
  const test::CommandOutcome outcome = Navigate(sequence, "run", "--require-fix");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const std::size_t images = ImagesOf(sequence).size();
  const std::vector<datasets::FixRow> fixes = datasets::ReadFixes(Run("run") / "fixes.csv");
  const std::vector<datasets::StateRow> states = datasets::ReadStates(Run("run") / "states.csv");
  ASSERT_EQ(fixes.size(), images);
  ASSERT_EQ(states.size(), images);
  for (std::size_t i = 0; i < images; ++i) {
    EXPECT_EQ(std::to_string(fixes[i].fix.t_ns) + ".png", ImagesOf(sequence)[i].filename().string());
    EXPECT_EQ(states[i].state.t_ns, fixes[i].fix.t_ns);
    const fs::path frame = Run("run") / "frames" / (std::to_string(fixes[i].fix.t_ns) + ".json");
    EXPECT_EQ(datasets::ReadFrame(frame).inliers, fixes[i].fix.inliers);
  }
  EXPECT_EQ(states.front().map, "far.tif");
  EXPECT_EQ(states.back().map, "near.tif");
  EXPECT_EQ(fixes.back().fix.status, nav::FixStatus::kAccepted);
  EXPECT_FALSE(datasets::ReadEvents(Run("run") / "events.csv").empty());
  for (const char* file : {"run.json", "timing.json", "trajectory.tum", "landing.jsonl", "sites.geojson",
                           "hazards/p_site.tif", "hazards/class.tif"}) {
    EXPECT_TRUE(fs::exists(Run("run") / file)) << file;
  }
}

TEST_F(NavigateIntegration, NeverReadsTheTruthAndDoesNotDependOnThreads) {
  const fs::path sequence = CopyOfSequence();
  ASSERT_EQ(Navigate(sequence, "with_truth").exit_code, 0);
  ASSERT_GT(fs::remove_all(sequence / "truth"), 1u);
  ASSERT_GT(fs::remove_all(sequence / "state_groundtruth_estimate0"), 1u);
  ASSERT_EQ(Navigate(sequence, "without_truth").exit_code, 0);
  ASSERT_EQ(Navigate(sequence, "one_thread", "", "taskset -c 0 ").exit_code, 0);
  const auto expected = BytesOf(Run("with_truth"));
  EXPECT_GT(expected.size(), 10u);
  for (const char* other : {"without_truth", "one_thread"}) {
    const auto bytes = BytesOf(Run(other));
    ASSERT_EQ(bytes.size(), expected.size()) << other;
    for (const auto& [name, content] : expected)
      EXPECT_TRUE(bytes.at(name) == content) << other << ": " << name;
  }
}

TEST_F(NavigateIntegration, HoldsNoDatesOrPaths) {
  ASSERT_EQ(Navigate(*shared_ / "seq", "run", "--max-frames 1").exit_code, 0);
  for (const auto& [name, content] : BytesOf(Run("run"))) {
    EXPECT_EQ(content.find(shared_->path().string()), std::string::npos) << name;
    EXPECT_EQ(content.find(folder_.path().string()), std::string::npos) << name;
  }
  EXPECT_EQ(datasets::ReadFixes(Run("run") / "fixes.csv").size(), 1u);
}

TEST_F(NavigateIntegration, BlackImagesAreARunWithoutFixesAndExitWith3WhenOneIsRequired) {
  const fs::path sequence = CopyOfSequence();
  for (const fs::path& image : ImagesOf(sequence)) {
    cv::Mat black = cv::imread(image.string(), cv::IMREAD_UNCHANGED);
    black.setTo(0);
    ASSERT_TRUE(cv::imwrite(image.string(), black));
  }
  EXPECT_EQ(Navigate(sequence, "run").exit_code, 0);
  EXPECT_EQ(Navigate(sequence, "required", "--require-fix").exit_code, 3);
  for (const datasets::FixRow& row : datasets::ReadFixes(Run("required") / "fixes.csv")) {
    EXPECT_FALSE(row.fix.HasPose());
    EXPECT_FALSE(row.fix.reason.empty());
  }
}

TEST_F(NavigateIntegration, RefusesBadInputInOneLineAndLeavesNothing) {
  const auto expect_refusal = [&](const test::CommandOutcome& outcome, const std::string& why) {
    EXPECT_EQ(outcome.exit_code, 2) << outcome.errors;
    EXPECT_THAT(LastLine(outcome.errors), AllOf(StartsWith("perilune: "), HasSubstr(why)));
    EXPECT_FALSE(fs::exists(Run("bad")));
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      EXPECT_EQ(entry.path().filename(), "seq");
  };
  const fs::path sequence = CopyOfSequence();
  expect_refusal(Navigate(folder_ / "none", "bad"), "none");
  expect_refusal(Navigate(sequence, "bad", "--map " + (folder_ / "no.tif").string()), "no.tif");
  expect_refusal(Navigate(sequence, "bad", "--max-frames -1"), "max-frames");

  const fs::path last = ImagesOf(sequence).back();
  fs::resize_file(last, fs::file_size(last) / 2);
  expect_refusal(Navigate(sequence, "bad"), last.filename().string());
  fs::remove(last);
  expect_refusal(Navigate(sequence, "bad"), last.filename().string());
}

TEST_F(NavigateIntegration, AnInterruptLeavesNothing) {
  const fs::path log = folder_ / "log.txt", run = folder_ / "runs" / "run";
  fs::create_directories(run.parent_path());
  // Interrupted as soon as its hidden folder stands (waited for at most 20 s); a shell's children ignore
  // Ctrl-C in the background, so by SIGTERM.
  const std::string command =
      std::string(PERILUNE_PROGRAM) + " navigate " + (*shared_ / "seq").string() + " -o " + run.string() +
      " > /dev/null 2> " + log.string() + " & pid=$!; i=0; while [ $i -lt 2000 ] && [ -z \"$(ls -A " +
      run.parent_path().string() + ")\" ]; do sleep 0.01; i=$((i + 1)); done; kill -TERM $pid; wait $pid";
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_EQ(LastLine(test::ReadBytes(log)), "perilune: interrupted");
  EXPECT_TRUE(fs::is_empty(run.parent_path()));
}

TEST_F(NavigateIntegration, AFullDiskIsOneLineAndLeavesNothing) {
  const test::SmallDisk disk(64);
  if (!disk.mounted()) GTEST_SKIP() << "needs root to mount a small disk";
  const test::CommandOutcome outcome = test::RunPerilune(
      folder_, "navigate " + (*shared_ / "seq").string() + " -o " + (disk.path() / "run").string());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(LastLine(outcome.errors), StartsWith("perilune: "));
  EXPECT_EQ(test::CountEntries(disk.path()), 0);
}

TEST_F(NavigateIntegration, KeepsAnOlderRunUnlessToldToReplaceIt) {
  const fs::path sequence = *shared_ / "seq";
  ASSERT_EQ(Navigate(sequence, "run", "--max-frames 1").exit_code, 0);
  const auto first = BytesOf(Run("run"));
  EXPECT_EQ(Navigate(sequence, "run", "--max-frames 2").exit_code, 2);
  EXPECT_TRUE(BytesOf(Run("run")) == first);
  EXPECT_EQ(Navigate(sequence, "run", "--max-frames 2 --overwrite").exit_code, 0);
  EXPECT_EQ(datasets::ReadFixes(Run("run") / "fixes.csv").size(), 2u);
}

}  // namespace
}  // namespace perilune::tools
