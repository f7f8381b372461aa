#include "datasets/formats/ros2_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <stdexcept>

#include "datasets/formats/cdr.h"
#include "datasets/formats/ros2_poses.h"

namespace perilune::datasets {
namespace {

RosHeader HeaderAt(const std::string& frame) { return {{1, 2}, frame}; }

TEST(Cdr, AlignsFieldsAsByHand) {
  RosRange range;
  range.header = HeaderAt("ab");
  range.field_of_view = 1;
  range.range = 2;
  range.variance = 4;
  const std::string expected(
      "\0\1\0\0"          // little-endian, plain
      "\1\0\0\0\2\0\0\0"  // stamp
      "\3\0\0\0ab\0"      // text: length with the closing zero
      "\1"                // radiation type, at 15
      "\0\0\x80?"         // 1.0f, at 16
      "\0\0\0\0\0\0\0\0"  // min, max
      "\0\0\0@"           // 2.0f
      "\0\0\x80@",        // 4.0f
      4 + 36);
  EXPECT_EQ(EncodeRos2(range), expected);
  range.header.frame_id = "a";  // the text now ends at 14: one byte of padding behind the type
  EXPECT_EQ(EncodeRos2(range).size(), 4U + 36U);
  EXPECT_EQ(EncodeRos2(range)[4 + 14], '\1');
}

TEST(Cdr, AlignsDoublesToEightFromBehindTheEncapsulation) {
  RosImu imu;
  imu.header = HeaderAt("");
  imu.orientation[0] = 1;
  const std::string bytes = EncodeRos2(imu);
  // Stamp 8, length 4, zero 1: 13, so that the first double stands at 16.
  EXPECT_EQ(bytes.size(), 4U + 16U + 37U * 8U);
  EXPECT_EQ(bytes.substr(4 + 16, 8), std::string("\0\0\0\0\0\0\xf0?", 8));
}

TEST(Cdr, PadsBeforeElementsAndNotBehindAnEmptySequence) {
  CdrWriter none, one;
  none(std::vector<double>{});
  none(std::uint8_t{7});
  one(std::vector<double>{1});
  EXPECT_EQ(none.bytes(), std::string("\0\1\0\0\0\0\0\0\7", 9));
  EXPECT_EQ(one.bytes(), std::string("\0\1\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\xf0?", 20));
}

TEST(Cdr, RefusesWhatIsCutOrLies) {
  EXPECT_THROW(DecodeRos2<RosRange>(""), std::invalid_argument);
  EXPECT_THROW(DecodeRos2<RosRange>(std::string_view("\0\0\0\0", 4)), std::invalid_argument);
  RosImage image{HeaderAt("cam"), 1, 2, "mono8", 0, 2, {8, 9}};
  const std::string bytes = EncodeRos2(image);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(DecodeRos2<RosImage>(bytes.substr(0, size)), std::invalid_argument) << size;
  }
  std::string huge = bytes;
  huge.replace(bytes.size() - 6, 4, "\xff\xff\xff\xff");
  EXPECT_THROW(DecodeRos2<RosImage>(huge), std::invalid_argument);
  image.height = 3;
  EXPECT_THROW(DecodeRos2<RosImage>(EncodeRos2(image)), std::invalid_argument);
  RosOccupancyGrid grid;
  grid.width = grid.height = 0xffffffffU;
  EXPECT_THROW(DecodeRos2<RosOccupancyGrid>(EncodeRos2(grid)), std::invalid_argument);
}

TEST(Ros2Messages, ComeBack) {
  const RosImage image =
      DecodeRos2<RosImage>(EncodeRos2(RosImage{HeaderAt("cam"), 2, 1, "mono16", 1, 2, {1, 2, 3, 4}}));
  EXPECT_EQ(image.header.frame_id, "cam");
  EXPECT_EQ(image.header.stamp.nanosec, 2U);
  EXPECT_EQ(image.encoding, "mono16");
  EXPECT_EQ(image.is_bigendian, 1);
  EXPECT_EQ(image.data, (std::vector<std::uint8_t>{1, 2, 3, 4}));
  RosCameraInfo info;
  info.distortion_model = "plumb_bob";
  info.d = {1, 2, 3, 4, 5};
  info.p[11] = 7;
  info.roi.do_rectify = true;
  const RosCameraInfo info_back = DecodeRos2<RosCameraInfo>(EncodeRos2(info));
  EXPECT_EQ(info_back.d, info.d);
  EXPECT_EQ(info_back.p, info.p);
  EXPECT_TRUE(info_back.roi.do_rectify);
  RosOccupancyGrid grid;
  grid.width = 3;
  grid.height = 1;
  grid.origin.orientation = {0, 0, 1, 0};
  grid.data = {-1, 0, 100};
  EXPECT_EQ(DecodeRos2<RosOccupancyGrid>(EncodeRos2(grid)).data, grid.data);
  EXPECT_EQ(DecodeRos2<RosOccupancyGrid>(EncodeRos2(grid)).origin.orientation, grid.origin.orientation);
}

TEST(Ros2Messages, RangeWithoutVarianceIsOfOlderRos) {
  RosRange range;
  range.range = 5;
  range.variance = 9;
  const std::string bytes = EncodeRos2(range);
  EXPECT_EQ(DecodeRos2<RosRange>(bytes).variance, 9);
  const RosRange older = DecodeRos2<RosRange>(bytes.substr(0, bytes.size() - 4));
  EXPECT_EQ(older.range, 5);
  EXPECT_EQ(older.variance, 0);
}

TEST(Ros2Messages, TimesComeBackOnBothSidesOfZero) {
  for (const std::int64_t t_ns : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{-1'000'000'000},
                                  std::int64_t{1'772'366'437'000'000'001}}) {
    EXPECT_EQ(NanosecondsFromRosTime(RosTimeFromNanoseconds(t_ns)), t_ns);
  }
  EXPECT_EQ(RosTimeFromNanoseconds(-1).nanosec, 999'999'999U);
  EXPECT_THROW(RosTimeFromNanoseconds(std::numeric_limits<std::int64_t>::max()), std::invalid_argument);
}

TEST(Ros2Schemas, HoldEveryTypeThatIsUsed) {
  const std::string schema = Ros2Schema(RosOccupancyGrid::kType);
  for (const char* const type : {"nav_msgs/MapMetaData", "geometry_msgs/Quaternion", "std_msgs/Header"}) {
    EXPECT_THAT(schema, testing::HasSubstr(std::string(80, '=') + "\nMSG: " + type + "\n"));
  }
  EXPECT_THROW(Ros2Schema("std_msgs/msg/String"), std::invalid_argument);
}

TEST(RosCovariance, OfAQuarterTurnByHand) {
  // x (camera) lies along y of `site`: an error about the camera's x axis is one about `site`'s y.
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = Eigen::AngleAxisd(std::acos(0), Eigen::Vector3d::UnitZ()).toRotationMatrix();
  dem::Matrix6d ours = dem::Matrix6d::Zero();
  ours.diagonal() << 1, 4, 9, 16, 25, 36;  // δθ, δp
  ours(0, 3) = ours(3, 0) = 0.5;           // about the camera's x with `site`'s x
  const std::array<double, 36> ros = RosCovariance(pose, ours);
  EXPECT_NEAR(ros[0], 16, 1e-12);
  EXPECT_NEAR(ros[7], 25, 1e-12);
  EXPECT_NEAR(ros[14], 36, 1e-12);
  EXPECT_NEAR(ros[21], 4, 1e-12);  // about x: the camera's −y
  EXPECT_NEAR(ros[28], 1, 1e-12);  // about y: the camera's x
  EXPECT_NEAR(ros[35], 9, 1e-12);
  EXPECT_NEAR(ros[0 * 6 + 4], 0.5, 1e-12);
  EXPECT_NEAR(ros[4 * 6 + 0], 0.5, 1e-12);
}

TEST(RosCovariance, AgreesWithScatterAndComesBack) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal;
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = Eigen::Quaterniond(0.3, -0.5, 0.7, 0.1).normalized().toRotationMatrix();
  dem::Matrix6d root;
  for (double& value : root.reshaped()) value = 0.01 * normal(random);
  const dem::Matrix6d ours = root * root.transpose();
  dem::Matrix6d scatter = dem::Matrix6d::Zero();
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    dem::Vector6d white;
    for (double& value : white) value = normal(random);
    const Eigen::Isometry3d moved = dem::Perturb(pose, root * white);
    dem::Vector6d ros;
    ros.head<3>() = moved.translation() - pose.translation();
    ros.tail<3>() = dem::LogSo3(Eigen::Quaterniond(moved.linear() * pose.linear().transpose()));
    scatter += ros * ros.transpose() / kDraws;
  }
  const std::array<double, 36> rows = RosCovariance(pose, ours);
  const Eigen::Map<const Eigen::Matrix<double, 6, 6, Eigen::RowMajor>> stated(rows.data());
  // Entries of a sample covariance err by about √(2/20000) = 1 % of the largest.
  EXPECT_LT((scatter - stated).cwiseAbs().maxCoeff(), 0.04 * stated.cwiseAbs().maxCoeff());
  EXPECT_LT((CovarianceFromRos(pose, rows) - ours).norm(), 1e-15);
}

TEST(RosPose, ComesBackAndRefusesNonsense) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = Eigen::Quaterniond(0.3, -0.5, 0.7, 0.1).normalized().toRotationMatrix();
  pose.translation() << 1, 2, 3;
  EXPECT_LT((PoseFromRos(RosPoseFrom(pose)).matrix() - pose.matrix()).norm(), 1e-15);
  EXPECT_THROW(PoseFromRos({{0, 0, 0}, {0, 0, 0, 0}}), std::invalid_argument);
  EXPECT_THROW(PoseFromRos({{NAN, 0, 0}, {0, 0, 0, 1}}), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::datasets
