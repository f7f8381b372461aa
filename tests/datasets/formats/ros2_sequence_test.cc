#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <opencv2/core.hpp>

#include "datasets/formats/image_file.h"
#include "datasets/formats/png_file.h"
#include "datasets/formats/ros2_images.h"
#include "datasets/formats/ros2_imu_table.h"
#include "datasets/formats/ros2_poses.h"
#include "datasets/formats/ros2_sequence_reader.h"
#include "datasets/formats/ros2_sequence_writer.h"
#include "dem/ephemeris/moon_orientation.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using test::TempFolder;
using testing::HasSubstr;

constexpr std::int64_t kEpoch_ns = 5'000'000'000;
const LogProgress kSilent = [](std::size_t, std::size_t) {};

cv::Mat Ramp(int type) {
  cv::Mat pixels(6, 8, type);
  for (int row = 0; row < 6; ++row) {
    for (int col = 0; col < 8; ++col) {
      const int value = 1000 * row + 7 * col;
      if (type == CV_16UC1) {
        pixels.at<std::uint16_t>(row, col) = static_cast<std::uint16_t>(value);
      } else {
        pixels.at<std::uint8_t>(row, col) = static_cast<std::uint8_t>(value % 251);
      }
    }
  }
  return pixels;
}

bool SamePixels(const cv::Mat& a, const cv::Mat& b) {
  return a.type() == b.type() && a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0;
}

/// Two images, three IMU samples, a range that is valid and one that is not, one attitude.
Sequence WriteSequenceFolder(const std::filesystem::path& root) {
  SequenceInfo info;
  info.root = root;
  info.name = "small";
  info.epoch_utc = "2026-03-01T12:00:00.000";
  info.epoch_t_ns = kEpoch_ns;
  info.site = dem::MakeSite({0.3, -1.2});
  info.maps = {"map/a.tif"};
  info.camera = vision::PinholeCamera(8, 1.0);
  info.camera.height_px = 6;
  info.camera.distortion = {0.01, -0.002, 1e-4, 2e-4, 3e-4};
  info.image_bits = 16;
  info.imu.rate_hz = 50;
  info.range_rate_hz = 5;
  info.star_tracker_rate_hz = 1;
  info.body_from_star_tracker.linear() = dem::ExpSo3({0.1, 0.2, -0.4}).toRotationMatrix();
  WriteSequenceInfo(info);
  WriteImageIndex(root, {kEpoch_ns, kEpoch_ns + 500'000'000});
  std::filesystem::create_directories(root / "cam0" / "data");
  WritePng(ImagePath(root, kEpoch_ns), Ramp(CV_16UC1));
  WritePng(ImagePath(root, kEpoch_ns + 500'000'000), Ramp(CV_16UC1) / 2);
  WriteImu(root, {{kEpoch_ns, {0.1, 0.2, 0.3}, {1, 2, 3}},
                  {kEpoch_ns + 20'000'000, {0.11, 0.2, 0.3}, {1, 2.5, 3}},
                  {kEpoch_ns + 40'000'000, {0.12, 0.2, 0.3}, {1, 2, 1.0 / 3}}});
  WriteRanges(root, {{kEpoch_ns, 0, 0, false, 0}, {kEpoch_ns + 7, 1234.5, 1.25, true, 0}});
  WriteStarTracker(root, {{kEpoch_ns + 9, dem::ExpSo3({1, -0.5, 0.25}), 1e-4}});
  return OpenSequence(root);
}

TEST(Ros2SequenceLog, ComesBackAsTheSameSequence) {
  const TempFolder folder;
  const Sequence sequence = WriteSequenceFolder(folder / "seq");
  EXPECT_EQ(WriteSequenceLog(folder / "log.mcap", OpenSequenceStream(folder / "seq"), {}, kSilent),
            3U + 2U + 1U + 2U * 2U);
  const McapReader log(folder / "log.mcap");
  const SequenceLogReport report = ReadSequenceLog(log, folder / "back", {}, kSilent);
  EXPECT_TRUE(report.notes.empty());
  for (const char* const file : {"sequence.yaml", "cam0/sensor.yaml", "cam0/data.csv", "imu0/sensor.yaml",
                                 "imu0/data.csv", "altimeter0/data.csv"}) {
    EXPECT_EQ(test::ReadBytes(folder / "back" / file), test::ReadBytes(folder / "seq" / file)) << file;
  }
  const Sequence back = OpenSequence(folder / "back");
  ASSERT_EQ(back.images.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(SamePixels(ReadImage(back, i).pixels, ReadImage(sequence, i).pixels));
  }
  ASSERT_EQ(back.attitudes.size(), 1U);
  EXPECT_LT(back.attitudes[0].moon_from_body.angularDistance(sequence.attitudes[0].moon_from_body), 1e-14);
  EXPECT_NEAR(back.attitudes[0].sigma_rad, 1e-4, 1e-18);
}

TEST(Ros2SequenceLog, StarTrackerIsTheSensorsOwnAnswer) {
  const TempFolder folder;
  WriteSequenceFolder(folder / "seq");
  WriteSequenceLog(folder / "log.mcap", OpenSequenceStream(folder / "seq"), {}, kSilent);
  const McapReader log(folder / "log.mcap");
  int seen = 0;
  log.ForEachMessage([&](const McapMessage& message) {
    if (log.channels().at(message.channel_id).topic != kStarTrackerTopic) return;
    const RosImu imu = DecodeRos2<RosImu>(message.data);
    const Eigen::Quaterniond q(imu.orientation[3], imu.orientation[0], imu.orientation[1],
                               imu.orientation[2]);
    EXPECT_LT(q.angularDistance(dem::ExpSo3({1, -0.5, 0.25})), 1e-14);  // as star_tracker0/data.csv has it
    EXPECT_EQ(imu.angular_velocity_covariance[0], -1);
    ++seen;
  });
  EXPECT_EQ(seen, 1);
}

TEST(Ros2SequenceLog, TruthIsThereOnlyWhenItIsGiven) {
  const TempFolder folder;
  const Sequence sequence = WriteSequenceFolder(folder / "seq");
  TruthState state;
  state.t_ns = kEpoch_ns + 1;
  state.site_from_body.translation() << 1, 2, 3;
  WriteSequenceLog(folder / "log.mcap", OpenSequenceStream(folder / "seq"), {}, kSilent);
  const McapReader without(folder / "log.mcap");
  for (const auto& [id, channel] : without.channels()) EXPECT_NE(channel.topic, kTruthTopic);
  WriteSequenceLog(folder / "true.mcap", OpenSequenceStream(folder / "seq"), {state}, kSilent);
  const McapReader log(folder / "true.mcap");
  int seen = 0;
  log.ForEachMessage([&](const McapMessage& message) {
    if (log.channels().at(message.channel_id).topic != kTruthTopic) return;
    const auto pose = DecodeRos2<RosPoseWithCovarianceStamped>(message.data);
    EXPECT_EQ(PoseFromRos(pose.pose).translation(), Eigen::Vector3d(1, 2, 3));
    ++seen;
  });
  EXPECT_EQ(seen, 1);
}

RosImage Picture(std::int64_t t_ns) { return RosImageFrom({t_ns, 0, Ramp(CV_8UC1)}, "camera"); }

RosRange Distance(std::int64_t t_ns, float range, float variance) {
  RosRange message;
  message.header = {RosTimeFromNanoseconds(t_ns), "laser"};
  message.max_range = 100;
  message.range = range;
  message.variance = variance;
  return message;
}

TEST(Ros2SequenceLog, ReadsALogOfSomebodyElse) {
  const TempFolder folder;
  vision::Camera camera = vision::PinholeCamera(8, 1.0);
  camera.height_px = 6;
  Ros2LogWriter log(folder / "log.mcap");
  for (const std::int64_t t_ns : {2'000'000'000LL, 1'000'000'000LL}) {  // not in order
    log.Write("/front/image", Picture(t_ns));
    log.Write("/front/camera_info", RosCameraInfoFrom(camera, t_ns, "camera"));
    log.Write("/rear/camera_info", RosCameraInfoFrom(vision::PinholeCamera(9, 1.0), t_ns, "rear"));
    log.Write("/laser", Distance(t_ns, 50, 4));
  }
  log.Write("/laser", Distance(3'000'000'000LL, 101, 4));  // beyond what it can measure
  log.Finish();
  const SequenceLogReport report =
      ReadSequenceLog(McapReader(folder / "log.mcap"), folder / "out", {}, kSilent);
  EXPECT_EQ(report.images, 2U);
  EXPECT_EQ(report.ranges, 3U);
  EXPECT_EQ(report.imu, 0U);
  EXPECT_THAT(report.notes, testing::Contains(HasSubstr("no sequence.yaml")));
  EXPECT_EQ(
      test::ReadBytes(folder / "out/altimeter0/data.csv"),
      "#timestamp [ns],range [m],sigma [m],valid\n1000000000,50,2,1\n2000000000,50,2,1\n3000000000,0,0,0\n");
  EXPECT_EQ(test::ReadBytes(folder / "out/cam0/data.csv"),
            "#timestamp [ns],filename\n1000000000,1000000000.png\n2000000000,2000000000.png\n");
  EXPECT_THAT(test::ReadBytes(folder / "out/cam0/sensor.yaml"), HasSubstr("resolution: [8, 6]"));
  EXPECT_TRUE(SamePixels(ReadGreyImage(folder / "out/cam0/data/1000000000.png"), Ramp(CV_8UC1)));
}

std::string ReadLogRefusal(const TempFolder& folder, const SequenceLogOptions& options = {}) {
  try {
    ReadSequenceLog(McapReader(folder / "log.mcap"), folder / "out", options, kSilent);
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Ros2SequenceLog, RefusesWhatItCannotDecide) {
  const TempFolder folder;
  const auto write = [&](const std::vector<std::pair<std::string, RosImage>>& images,
                         const std::vector<RosRange>& ranges) {
    Ros2LogWriter log(folder / "log.mcap");
    for (const auto& [topic, image] : images) log.Write(topic, image);
    for (const RosRange& range : ranges) log.Write("/laser", range);
    log.Finish();
  };
  write({}, {});
  EXPECT_THAT(ReadLogRefusal(folder), HasSubstr("holds no image"));
  write({{"/a", Picture(1)}, {"/b", Picture(1)}}, {});
  EXPECT_THAT(ReadLogRefusal(folder), HasSubstr("(/a, /b): name one by --image-topic"));
  EXPECT_EQ(ReadLogRefusal(folder, {"/b", "", "", "", 0}), "accepted");
  EXPECT_THAT(ReadLogRefusal(folder, {"/c", "", "", "", 0}), HasSubstr("--image-topic /c: no such topic"));
  write({{"/a", Picture(1)}, {"/a", Picture(1)}}, {});
  EXPECT_THAT(ReadLogRefusal(folder), HasSubstr("two images of the time 1 ns"));
  write({{"/a", Picture(1)}}, {Distance(1, 50, 0)});
  EXPECT_THAT(ReadLogRefusal(folder), HasSubstr("--range-sigma-m"));
  EXPECT_EQ(ReadLogRefusal(folder, {"", "", "", "", 0.5}), "accepted");
  RosImage odd = Picture(1);
  odd.encoding = "yuv422";
  write({{"/a", odd}}, {});
  EXPECT_THAT(ReadLogRefusal(folder), HasSubstr("/a at 1 ns: image encoding 'yuv422'"));
}

TEST(ImuTable, SortsWhatComesALittleLate) {
  const TempFolder folder;
  ImuTable table(folder.path());
  std::vector<nav::Imu> sorted;
  constexpr std::int64_t kSamples = 10'000;
  for (std::int64_t i = 0; i < kSamples; ++i) {
    sorted.push_back({i, {0.1 * static_cast<double>(i), 0, -1}, {1e-9, 2, 3}});
    const std::int64_t t_ns = i % 2 == 0 ? i + 1 : i - 1;  // pairs the wrong way round
    table.Add({t_ns, {0.1 * static_cast<double>(t_ns), 0, -1}, {1e-9, 2, 3}});
  }
  EXPECT_THROW(table.Add(sorted.back()), std::invalid_argument);
  EXPECT_THROW(table.Add(sorted.front()), std::invalid_argument);
  table.Finish();
  EXPECT_EQ(table.count(), static_cast<std::size_t>(kSamples));
  std::filesystem::create_directories(folder / "at_once" / "imu0");
  WriteImu(folder / "at_once", sorted);
  EXPECT_EQ(test::ReadBytes(folder / "imu0/data.csv"), test::ReadBytes(folder / "at_once/imu0/data.csv"));
}

TEST(Ros2Images, TakesBothByteOrdersAndColours) {
  const cv::Mat pixels = Ramp(CV_16UC1);
  RosImage image = RosImageFrom({1, 0, pixels}, "c");
  EXPECT_TRUE(SamePixels(PixelsFromRos(image), pixels));
  for (std::size_t i = 0; i < image.data.size(); i += 2) std::swap(image.data[i], image.data[i + 1]);
  image.is_bigendian = 1;
  EXPECT_TRUE(SamePixels(PixelsFromRos(image), pixels));
  // Rows with a byte of padding; a grey colour is that grey.
  const RosImage padded{{}, 2, 1, "rgb8", 0, 4, {9, 9, 9, 0, 70, 70, 70, 0}};
  const cv::Mat grey = PixelsFromRos(padded);
  EXPECT_EQ(grey.at<std::uint8_t>(0, 0), 9);
  EXPECT_EQ(grey.at<std::uint8_t>(1, 0), 70);
}

TEST(Ros2Images, RefusesRowsThatAreTooShort) {
  EXPECT_THROW(PixelsFromRos({{}, 1, 3, "mono8", 0, 2, {1, 2}}), std::invalid_argument);
  EXPECT_THROW(PixelsFromRos({{}, 0, 3, "mono8", 0, 3, {}}), std::invalid_argument);
  EXPECT_THROW(PixelsFromRos({{}, 1, 0xffffffffU, "mono16", 0, 0, {}}), std::invalid_argument);
}

TEST(Ros2Images, CameraInfoComesBack) {
  for (const vision::Camera& camera : {vision::PinholeCamera(64, 1.0), vision::FisheyeCamera(64, 2.0)}) {
    const vision::Camera back = CameraFromRos(RosCameraInfoFrom(camera, 1, "c"));
    EXPECT_EQ(back.model, camera.model);
    EXPECT_EQ(back.fx_px, camera.fx_px);
    EXPECT_EQ(back.cy_px, camera.cy_px);
    EXPECT_EQ(back.distortion, camera.distortion);
  }
  RosCameraInfo info = RosCameraInfoFrom(vision::PinholeCamera(64, 1.0), 1, "c");
  info.distortion_model = "rational_polynomial";
  info.d = {1e-3, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(CameraFromRos(info).distortion[0], 1e-3);
  info.d[6] = 1e-3;
  EXPECT_THROW(CameraFromRos(info), std::invalid_argument);
  info.d = {};
  info.distortion_model = "unheard_of";
  EXPECT_THROW(CameraFromRos(info), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::datasets
