#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <string>

#include "datasets/formats/frame_journal.h"
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
    EXPECT_EQ(datasets::ReadFrame(frame).fix.inliers, fixes[i].fix.inliers);
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

  const fs::path first = ImagesOf(sequence).front();
  fs::resize_file(first, fs::file_size(first) / 2);
  expect_refusal(Navigate(sequence, "bad"), first.filename().string());
  fs::remove(first);
  expect_refusal(Navigate(sequence, "bad"), first.filename().string());
}

TEST_F(NavigateIntegration, GoesOnWhenABadImageHasBeenMended) {
  const fs::path sequence = CopyOfSequence(), last = ImagesOf(sequence).back();
  ASSERT_EQ(Navigate(sequence, "whole").exit_code, 0);
  const std::string good = test::ReadBytes(last);
  fs::resize_file(last, fs::file_size(last) / 2);
  const test::CommandOutcome broken = Navigate(sequence, "run");
  EXPECT_EQ(broken.exit_code, 2);
  EXPECT_THAT(broken.errors, HasSubstr("--resume goes on with it"));
  EXPECT_FALSE(fs::exists(Run("run")));
  std::ofstream(last, std::ios::binary) << good;
  const test::CommandOutcome resumed = Navigate(sequence, "run", "--resume");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_THAT(resumed.errors, HasSubstr("images were done before"));
  EXPECT_TRUE(BytesOf(Run("run")) == BytesOf(Run("whole")));
  EXPECT_THAT(Navigate(sequence, "run", "--resume").output, HasSubstr("nothing to resume"));
}

TEST_F(NavigateIntegration, ResumesOnlyWhatItBegan) {
  const fs::path sequence = CopyOfSequence();
  // A run of all images whose last two are missing from the journal, one of them cut.
  ASSERT_EQ(Navigate(sequence, "run").exit_code, 0);
  const auto whole = BytesOf(Run("run"));
  const std::vector<fs::path> images = ImagesOf(sequence);
  fs::rename(Run("run"), Run(".run.part"));
  const auto entry = [&](std::size_t k) {
    return Run(".run.part") / "frames" / (images[k].stem().string() + ".json");
  };
  fs::remove(entry(images.size() - 1));
  fs::resize_file(entry(images.size() - 2), 100);
  const auto refusal = [&](const std::string& more) {
    const test::CommandOutcome outcome = Navigate(sequence, "run", "--resume " + more);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.errors;
    return LastLine(outcome.errors);
  };
  EXPECT_THAT(refusal("--max-frames 3"), HasSubstr("was begun with another 'max_frames'"));
  const std::string good = test::ReadBytes(images[1]);
  cv::Mat other = cv::imread(images[1].string(), cv::IMREAD_UNCHANGED);
  other.at<std::uint8_t>(0, 0) ^= 1;
  ASSERT_TRUE(cv::imwrite(images[1].string(), other));
  EXPECT_THAT(refusal(""),
              HasSubstr("the image or the samples at " + images[1].stem().string() + " ns changed"));
  std::ofstream(images[1], std::ios::binary) << good;
  const test::CommandOutcome resumed = Navigate(sequence, "run", "--resume");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_TRUE(BytesOf(Run("run")) == whole);
}

/// Starts a run and signals it as soon as its journal has `entries` (waited for at most 20 s). Its exit code.
int InterruptAfter(const fs::path& sequence, const fs::path& run, int entries, const std::string& signal,
                   const fs::path& log) {
  const std::string frames =
      (run.parent_path() / ("." + run.filename().string() + ".part") / "frames").string();
  // A shell's children ignore Ctrl-C in the background, unless they are told not to.
  const std::string command = "env --default-signal=INT " + std::string(PERILUNE_PROGRAM) + " navigate " +
                              sequence.string() + " -o " + run.string() + " > /dev/null 2> " + log.string() +
                              " & pid=$!; i=0; while [ $i -lt 2000 ] && [ \"$(ls " + frames +
                              " 2> /dev/null | wc -l)\" -lt " + std::to_string(entries) +
                              " ]; do sleep 0.01; i=$((i + 1)); done; kill -" + signal + " $pid; wait $pid";
  return WEXITSTATUS(std::system(command.c_str()));
}

TEST_F(NavigateIntegration, ResumesAfterAnyInterruptToTheSameBytes) {
  const fs::path sequence = *shared_ / "seq", log = folder_ / "log.txt";
  ASSERT_EQ(Navigate(sequence, "whole").exit_code, 0);
  const auto whole = BytesOf(Run("whole"));
  struct Case {
    std::string signal;
    int entries, exit_code;
  };
  for (const Case& c :
       {Case{"KILL", 1, 137}, Case{"INT", 2, 130}, Case{"TERM", 4, 130}, Case{"KILL", 5, 137}}) {
    SCOPED_TRACE(c.signal + " after " + std::to_string(c.entries));
    fs::remove_all(Run("run"));
    EXPECT_EQ(InterruptAfter(sequence, Run("run"), c.entries, c.signal, log), c.exit_code);
    const std::string said = c.exit_code == 130 ? "perilune: interrupted" : "";
    EXPECT_THAT(LastLine(test::ReadBytes(log)), HasSubstr(said));
    EXPECT_FALSE(fs::exists(Run("run")));
    const test::CommandOutcome refused = Navigate(sequence, "run");
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.errors, HasSubstr("--resume goes on with it"));
    const test::CommandOutcome resumed = Navigate(sequence, "run", "--resume", "taskset -c 0 ");
    EXPECT_EQ(resumed.exit_code, 0) << resumed.errors;
    EXPECT_TRUE(BytesOf(Run("run")) == whole);
    EXPECT_FALSE(fs::exists(Run(".run.part")));
  }
}

TEST_F(NavigateIntegration, ResumesAfterAFullDisk) {
  constexpr int kDisk_kb = 4096;
  const test::SmallDisk disk(kDisk_kb);
  if (!disk.mounted()) GTEST_SKIP() << "needs root to mount a small disk";
  const fs::path sequence = *shared_ / "seq", filler = disk.path() / "filler", run = disk.path() / "run";
  ASSERT_EQ(Navigate(sequence, "whole").exit_code, 0);
  const std::string command = "navigate " + sequence.string() + " -o " + run.string();
  for (const int free_kb : {60, 300}) {  // within the journal, and within the products
    SCOPED_TRACE(free_kb);
    std::ofstream(filler, std::ios::binary)
        << std::string(static_cast<std::size_t>(kDisk_kb - free_kb) << 10, 'x');
    const test::CommandOutcome full = test::RunPerilune(folder_, command);
    EXPECT_EQ(full.exit_code, 1);
    EXPECT_THAT(LastLine(full.errors), StartsWith("perilune: "));
    EXPECT_FALSE(fs::exists(run));
    EXPECT_TRUE(fs::exists(disk.path() / ".run.part"));
    fs::remove(filler);
    EXPECT_EQ(test::RunPerilune(folder_, command + " --resume").exit_code, 0);
    EXPECT_TRUE(BytesOf(run) == BytesOf(Run("whole")));
    EXPECT_EQ(test::CountEntries(disk.path()), 1);
    fs::remove_all(run);
  }
}

TEST_F(NavigateIntegration, AFullDiskIsOneLineAndLeavesNothing) {
  const test::SmallDisk disk(8);
  if (!disk.mounted()) GTEST_SKIP() << "needs root to mount a small disk";
  const test::CommandOutcome outcome = test::RunPerilune(
      folder_, "navigate " + (*shared_ / "seq").string() + " -o " + (disk.path() / "run").string());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(LastLine(outcome.errors), StartsWith("perilune: "));
  EXPECT_EQ(test::CountEntries(disk.path()), 0);
}

TEST_F(NavigateIntegration, FliesBlindAndOverAFlatGround) {
  const fs::path sequence = *shared_ / "seq";
  ASSERT_EQ(Navigate(sequence, "blind", "--no-images").exit_code, 0);
  for (const datasets::FixRow& row : datasets::ReadFixes(Run("blind") / "fixes.csv")) {
    EXPECT_EQ(row.fix.status, nav::FixStatus::kNoMap);
  }
  ASSERT_EQ(Navigate(sequence, "flat", "--no-images --range-ground flat").exit_code, 0);
  EXPECT_NE(test::ReadBytes(Run("blind") / "states.csv"), test::ReadBytes(Run("flat") / "states.csv"));
  const test::CommandOutcome other = Navigate(sequence, "blind", "--resume");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.errors, HasSubstr("another 'images_used'"));
  EXPECT_EQ(Navigate(sequence, "no", "--range-policy forget").exit_code, 2);
}

TEST_F(NavigateIntegration, AnUnknownCaseIsOneLineThatListsThem) {
  for (const std::string command : {"simulate", "campaign"}) {
    const test::CommandOutcome outcome =
        test::RunPerilune(folder_, command + " hakuto_r_m1/flown -o " + Run("none").string());
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.errors, HasSubstr("has no case 'flown'; there are: nominal, as_flown"));
    EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
    EXPECT_FALSE(fs::exists(Run("none")));
  }
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
