#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <map>
#include <numeric>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "datasets/formats/mcap_reader.h"
#include "datasets/formats/png_file.h"
#include "datasets/formats/ros2_log_writer.h"
#include "datasets/formats/ros2_poses.h"
#include "datasets/formats/run.h"
#include "datasets/formats/sequence.h"
#include "datasets/formats/trajectory_file.h"
#include "tests/integration/inputs.h"
#include "tests/integration/program.h"
#include "tests/support/small_disk.h"

namespace perilune::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::map<std::string, int> MessagesByTopic(const fs::path& path) {
  const datasets::McapReader log(path);
  std::map<std::string, int> count;
  log.ForEachMessage(
      [&](const datasets::McapMessage& message) { ++count[log.channels().at(message.channel_id).topic]; });
  return count;
}

class ConvertIntegration : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_ = new TempFolder();
    MakeRun(*shared_);
  }
  static void TearDownTestSuite() {
    delete shared_;
    shared_ = nullptr;
  }
  static Outcome Convert(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "convert");
    return RunPerilune(shared_->path(), arguments);
  }

  static TempFolder* shared_;
};

TempFolder* ConvertIntegration::shared_ = nullptr;

TEST_F(ConvertIntegration, SequenceGoesThroughALogAndNavigates) {
  ASSERT_EQ(Convert({"seq", "seq.mcap"}).exit_code, 0);
  EXPECT_EQ(MessagesByTopic(*shared_ / "seq.mcap")[datasets::kImageTopic], 5);
  EXPECT_EQ(MessagesByTopic(*shared_ / "seq.mcap").count(datasets::kTruthTopic), 0U);
  const Outcome back = Convert({"seq.mcap", "back"});
  ASSERT_EQ(back.exit_code, 0) << back.standard_error;
  EXPECT_THAT(back.standard_output, HasSubstr("5 images"));
  for (const auto& entry : fs::directory_iterator(*shared_ / "seq/cam0/data")) {
    EXPECT_EQ(ReadBytes(entry.path()), ReadBytes(*shared_ / "back/cam0/data" / entry.path().filename()));
  }
  EXPECT_EQ(ReadBytes(*shared_ / "back/imu0/data.csv"), ReadBytes(*shared_ / "seq/imu0/data.csv"));
  fs::copy(*shared_ / "seq/map", *shared_ / "back/map");
  ASSERT_EQ(RunPerilune(shared_->path(), {"navigate", "back", "-o", "run_back"}).exit_code, 0);
  const auto fixes = datasets::ReadFixes(*shared_ / "run/fixes.csv");
  const auto again = datasets::ReadFixes(*shared_ / "run_back/fixes.csv");
  ASSERT_EQ(again.size(), fixes.size());
  for (std::size_t i = 0; i < fixes.size(); ++i) EXPECT_EQ(again[i].fix.status, fixes[i].fix.status);
}

TEST_F(ConvertIntegration, TruthIsWrittenWhenAskedFor) {
  ASSERT_EQ(Convert({"seq", "truth.mcap", "--truth"}).exit_code, 0);
  EXPECT_GT(MessagesByTopic(*shared_ / "truth.mcap")[datasets::kTruthTopic], 5);
}

TEST_F(ConvertIntegration, RunBecomesFixesStatesAndHazards) {
  ASSERT_EQ(Convert({"run", "run.mcap"}).exit_code, 0);
  const auto fixes = datasets::ReadFixes(*shared_ / "run/fixes.csv");
  std::map<std::int64_t, nav::Fix> with_pose;
  for (const auto& row : fixes) {
    if (row.fix.HasPose()) with_pose[row.fix.t_ns] = row.fix;
  }
  const datasets::McapReader log(*shared_ / "run.mcap");
  std::size_t seen = 0, grids = 0;
  log.ForEachMessage([&](const datasets::McapMessage& message) {
    const std::string& topic = log.channels().at(message.channel_id).topic;
    if (topic == datasets::kFixMapRelativeTopic) {
      const auto pose = datasets::DecodeRos2<datasets::RosPoseWithCovarianceStamped>(message.data);
      const nav::Fix& fix = with_pose.at(datasets::NanosecondsFromRosTime(pose.header.stamp));
      const Eigen::Isometry3d site_from_cam = datasets::PoseFromRos(pose.pose);
      EXPECT_EQ(site_from_cam.translation(), fix.site_from_cam.translation());
      const dem::Matrix6d back = datasets::CovarianceFromRos(site_from_cam, pose.covariance);
      EXPECT_LT((back - fix.covariance_map_relative).norm(), 1e-9 * back.norm());
      ++seen;
    } else if (topic == datasets::kHazardTopic) {
      const auto grid = datasets::DecodeRos2<datasets::RosOccupancyGrid>(message.data);
      const auto known = std::count_if(grid.data.begin(), grid.data.end(), [](auto v) { return v >= 0; });
      EXPECT_GT(known, std::ssize(grid.data) / 2);
      ++grids;
    }
  });
  EXPECT_EQ(seen, with_pose.size());
  EXPECT_EQ(MessagesByTopic(*shared_ / "run.mcap")[datasets::kStateTopic], std::ssize(fixes));
  EXPECT_EQ(grids, fs::exists(*shared_ / "run/hazards/p_site.tif") ? 1U : 0U);
}

TEST_F(ConvertIntegration, TrajectoriesGoRound) {
  ASSERT_EQ(Convert({"run/trajectory.tum", "t.csv"}).exit_code, 0);
  ASSERT_EQ(Convert({"t.csv", "t.kitti", "--to-times", "t_times.txt"}).exit_code, 0);
  ASSERT_EQ(Convert({"t.kitti", "t.txt", "--from-times", "t_times.txt", "--to", "tum"}).exit_code, 0);
  const auto tum = datasets::TrajectoryFormat::kTum;
  const auto first = datasets::ReadTrajectory(*shared_ / "run/trajectory.tum", tum);
  const auto last = datasets::ReadTrajectory(*shared_ / "t.txt", tum);
  ASSERT_EQ(first.size(), last.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].t_ns, last[i].t_ns);
    EXPECT_LT((first[i].reference_from_body.matrix() - last[i].reference_from_body.matrix()).norm(), 1e-13);
  }
}

TEST_F(ConvertIntegration, RefusesAndLeavesEverythingAlone) {
  shared_->Write("there.mcap", "precious");
  shared_->Write("cut.mcap", "\x89MCAP0\r\n");
  const auto before = ContentsOf(shared_->path());
  ExpectRefused(Convert({"none", "x.mcap"}), 2, "none");
  ExpectRefused(Convert({"seq", "x.bag"}), 2, "x.bag");
  ExpectRefused(Convert({"seq", "there.mcap"}), 2, "--overwrite");
  ExpectRefused(Convert({"run", "x.mcap", "--truth"}), 2, "--truth");
  ExpectRefused(Convert({"run/trajectory.tum", "x.xyz"}), 2, "--to");
  ExpectRefused(Convert({"there.mcap", "x"}), 2, "is no MCAP file");
  ExpectRefused(Convert({"cut.mcap", "x"}), 2, "holds no image", Progress::kAllowed);
  ExpectRefused(Convert({"seq.mcap", "seq"}), 2, "seq");
  ExpectRefused(Convert({"seq", "x.mcap", "--range-sigma-m", "-1"}), 2, "range sigma");
  EXPECT_EQ(ContentsOf(shared_->path()), before);
}

TEST_F(ConvertIntegration, FullDiskLeavesNoHalfFile) {
  const SmallDisk disk(16);
  if (!disk.mounted()) GTEST_SKIP() << "no permission to mount a small disk";
  ExpectRefused(Convert({"seq", (disk.path() / "x.mcap").string()}), 1, "x.mcap", Progress::kAllowed);
  EXPECT_TRUE(fs::is_empty(disk.path()));
}

/// A sequence of `count` images of 1024 px of noise, which are one file by many names: seconds of work.
void MakeLongSequence(const fs::path& root, int count) {
  datasets::SequenceInfo info;
  info.root = root;
  info.name = "long";
  info.epoch_utc = "2026-03-01T12:00:00.000";
  info.site = dem::MakeSite({0.3, -1.2});
  info.maps = {"map/a.tif"};
  info.camera = vision::PinholeCamera(1024, 1.0);
  datasets::WriteSequenceInfo(info);
  std::vector<std::int64_t> times_ns(static_cast<std::size_t>(count));
  std::iota(times_ns.begin(), times_ns.end(), 1);
  datasets::WriteImageIndex(root, times_ns);
  datasets::WriteImu(root, {});
  fs::create_directories(root / "cam0" / "data");
  cv::Mat noise(1024, 1024, CV_8UC1);
  cv::RNG(5).fill(noise, cv::RNG::UNIFORM, 0, 256);
  datasets::WritePng(datasets::ImagePath(root, 1), noise);
  for (int t_ns = 2; t_ns <= count; ++t_ns)
    fs::create_hard_link(datasets::ImagePath(root, 1), datasets::ImagePath(root, t_ns));
}

TEST_F(ConvertIntegration, CtrlCEndsEitherWayAndLeavesWhatWasThere) {
  const TempFolder folder;
  MakeLongSequence(folder / "long", 60);
  MakeLongSequence(folder / "short", 25);
  ASSERT_EQ(RunPerilune(folder.path(), {"convert", "short", "short.mcap"}).exit_code, 0);
  folder.Write("long.mcap", "precious");
  const auto before = ContentsOf(folder.path());
  // Something new beside the inputs: the work has begun.
  const std::ptrdiff_t entries = std::distance(fs::directory_iterator(folder.path()), {});
  ProgramOptions at_work{
      [&] { return std::distance(fs::directory_iterator(folder.path()), {}) > entries; }, SIGINT, {}};
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"convert", "long", "long.mcap", "--overwrite"},
        {"convert", "short.mcap", "back"}}) {
    SCOPED_TRACE(arguments[1]);
    const Outcome outcome = RunPerilune(folder.path(), arguments, at_work);
    EXPECT_EQ(outcome.exit_code, 130);
    EXPECT_THAT(outcome.standard_error, HasSubstr("perilune: interrupted"));
    EXPECT_EQ(ContentsOf(folder.path()), before);
  }
}

}  // namespace
}  // namespace perilune::test
