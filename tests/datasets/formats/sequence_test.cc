#include "datasets/formats/sequence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <opencv2/imgcodecs.hpp>

#include "datasets/formats/truth.h"
#include "datasets/simulation/mounting.h"
#include "dem/ephemeris/moon_orientation.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/frames/pose.h"
#include "dem/io/data_error.h"
#include "dem/synthesis/random.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::int64_t kStart_ns = 1'000'000'000;  // any origin: not TAI

Eigen::Isometry3d RandomPose(std::uint64_t index) {
  const auto draw = [index](int i) { return dem::RandomNormal(5, index, static_cast<std::uint64_t>(i)); };
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = dem::ExpSo3({draw(0), draw(1), draw(2)}).toRotationMatrix();
  pose.translation() << draw(3), draw(4), draw(5);
  return pose;
}

SequenceInfo SomeInfo(const std::filesystem::path& root) {
  SequenceInfo info;
  info.root = root;
  info.name = "some";
  info.epoch_utc = "2026-03-01T12:00:00.000";
  info.epoch_t_ns = kStart_ns;
  info.site = dem::MakeSite({0.3, -1.2});
  info.maps = {"map/a.tif", "map/b.tif"};
  info.lander = {7, 0.2, 0.4};
  info.prior = Prior{kStart_ns, RandomPose(0), {1, -2, 3}, {100, 200, 50}, 2.5, 0.01};
  info.camera = vision::PinholeCamera(8, 1.0);
  info.camera.distortion = {0.01, -0.002, 1e-4, 2e-4, 3e-4};
  info.body_from_cam = RandomPose(1);
  info.camera_rate_hz = 2;
  info.exposure_s = 0.002;
  info.image_bits = 12;
  info.imu = {50, 1e-5, 2e-7, 3e-4, 4e-5, 5e-6, 6e-3};
  info.body_from_imu = RandomPose(2);
  info.body_from_beam = RandomPose(3);
  info.range_rate_hz = 5;
  info.range_bias_sigma_m = 0.7;
  info.star_tracker_rate_hz = 1;
  info.body_from_star_tracker = RandomPose(4);
  return info;
}

// A small whole sequence of two images, three IMU samples, two ranges and two attitudes.
void WriteSome(const SequenceInfo& info) {
  WriteSequenceInfo(info);
  WriteImageIndex(info.root, {kStart_ns, kStart_ns + 500'000'000});
  WriteImu(info.root, {{kStart_ns, {0.1, 0.2, 0.3}, {1, 2, 3}},
                       {kStart_ns + 20'000'000, {0.11, 0.2, 0.3}, {1, 2.5, 3}},
                       {kStart_ns + 40'000'000, {0.12, 0.2, 0.3}, {1, 2, 1.0 / 3}}});
  WriteRanges(info.root, {{kStart_ns, 0, 0, false, 0}, {kStart_ns + 7, 1234.5, 1.2, true, 0}});
  WriteStarTracker(info.root, {{kStart_ns, Eigen::Quaterniond(RandomPose(5).linear()), 1e-4},
                               {kStart_ns + 9, Eigen::Quaterniond(RandomPose(6).linear()), 1e-4}});
  std::filesystem::create_directories(info.root / "cam0" / "data");
  cv::imwrite(ImagePath(info.root, kStart_ns).string(), cv::Mat(8, 8, CV_16UC1, cv::Scalar(77)));
}

void Replace(const std::filesystem::path& path, const std::string& from, const std::string& to) {
  std::string text = test::ReadBytes(path);
  const auto at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  std::ofstream(path, std::ios::binary) << text.replace(at, from.size(), to);
}

std::string OpenError(const std::filesystem::path& root) {
  try {
    OpenSequence(root);
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "no DataError";
}

TEST(Sequence, RoundTripsItsDescription) {
  const test::TempFolder folder;
  const SequenceInfo written = SomeInfo(folder.path());
  WriteSome(written);
  const SequenceInfo read = OpenSequence(folder.path()).info;
  EXPECT_EQ(read.name, written.name);
  EXPECT_EQ(read.epoch_utc, written.epoch_utc);
  EXPECT_EQ(read.epoch_t_ns, written.epoch_t_ns);
  EXPECT_NEAR(read.site.origin.latitude_rad, 0.3, 1e-15);
  EXPECT_NEAR(read.site.origin.longitude_rad, -1.2, 1e-15);
  EXPECT_EQ(read.maps, written.maps);
  EXPECT_NEAR(read.lander.slope_limit_rad, written.lander.slope_limit_rad, 1e-15);
  ASSERT_TRUE(read.prior);
  EXPECT_TRUE(read.prior->site_from_body.isApprox(written.prior->site_from_body, 1e-14));
  EXPECT_EQ(read.prior->velocity_in_site_mps, written.prior->velocity_in_site_mps);
  EXPECT_EQ(read.prior->position_sigma_m, written.prior->position_sigma_m);
  EXPECT_EQ(read.camera.distortion, written.camera.distortion);
  EXPECT_EQ(read.camera.fx_px, written.camera.fx_px);
  EXPECT_EQ(read.exposure_s, written.exposure_s);
  EXPECT_EQ(read.image_bits, 12);
  EXPECT_EQ(read.imu.accel_bias_sigma_mps2, written.imu.accel_bias_sigma_mps2);
  EXPECT_EQ(read.imu.gyro_walk_radps2_rthz, written.imu.gyro_walk_radps2_rthz);
  EXPECT_EQ(read.range_bias_sigma_m, written.range_bias_sigma_m);
  EXPECT_TRUE(read.body_from_cam.isApprox(written.body_from_cam, 1e-14));
  EXPECT_TRUE(read.body_from_imu.isApprox(written.body_from_imu, 1e-14));
  EXPECT_TRUE(read.body_from_beam.isApprox(written.body_from_beam, 1e-14));
  EXPECT_TRUE(read.body_from_star_tracker.isApprox(written.body_from_star_tracker, 1e-14));
}

// A sequence without a prior, whose navigator begins by craters.
TEST(Sequence, RoundTripsACraterFileInThePlaceOfAPrior) {
  const test::TempFolder folder;
  SequenceInfo written = SomeInfo(folder.path());
  written.prior.reset();
  written.craters = "map/en_route.craters";
  WriteSome(written);
  const SequenceInfo read = OpenSequence(folder.path()).info;
  EXPECT_EQ(read.craters, written.craters);
  EXPECT_FALSE(read.prior);
}

TEST(Sequence, RoundTripsAFisheye) {
  const test::TempFolder folder;
  SequenceInfo written = SomeInfo(folder.path());
  written.camera = vision::FisheyeCamera(8, 2.5);
  written.camera.distortion = {0.25, -0.125, 0.5, -0.75, 0};
  WriteSome(written);
  const std::filesystem::path sensor = folder / "cam0" / "sensor.yaml";
  EXPECT_NE(
      test::ReadBytes(sensor).find("distortion_model: equidistant\ndistortion_coefficients: [0.25, -0.125, "
                                   "0.5, -0.75]\n"),
      std::string::npos);
  const vision::Camera read = OpenSequence(folder.path()).info.camera;
  EXPECT_TRUE(read.IsFisheye());
  EXPECT_EQ(read.distortion, written.camera.distortion);
  EXPECT_EQ(read.fx_px, written.camera.fx_px);
  Replace(sensor, ", -0.75]", ", -0.75, 0]");
  EXPECT_NE(OpenError(folder.path()).find("distortion_coefficients"), std::string::npos);
  Replace(sensor, "equidistant", "omni");
  EXPECT_NE(OpenError(folder.path()).find("equidistant (fisheye)"), std::string::npos);
}

TEST(Sequence, RoundTripsItsSamples) {
  const test::TempFolder folder;
  WriteSome(SomeInfo(folder.path()));
  const Sequence read = OpenSequence(folder.path());
  ASSERT_EQ(read.images.size(), 2u);
  EXPECT_EQ(read.images[1].path, ImagePath(folder.path(), kStart_ns + 500'000'000));
  ASSERT_EQ(read.imu.size(), 3u);
  EXPECT_EQ(read.imu[2].accel_mps2, Eigen::Vector3d(1, 2, 1.0 / 3));
  ASSERT_EQ(read.ranges.size(), 2u);
  EXPECT_FALSE(read.ranges[0].valid);
  EXPECT_EQ(read.ranges[1].range_m, 1234.5);
  const nav::Image image = ReadImage(read, 0);
  EXPECT_EQ(image.t_ns, kStart_ns);
  EXPECT_EQ(image.pixels.type(), CV_16UC1);
  EXPECT_EQ(image.pixels.at<std::uint16_t>(3, 3), 77);
  EXPECT_THROW(ReadImage(read, 1), dem::DataError);  // listed, not there
}

TEST(Sequence, RotatesTheStarTrackerToMoonFromBody) {
  const test::TempFolder folder;
  const SequenceInfo info = SomeInfo(folder.path());
  WriteSome(info);
  const Sequence read = OpenSequence(folder.path());
  ASSERT_EQ(read.attitudes.size(), 2u);
  // The sequence's clock starts at 1 s; its epoch is what counts.
  const std::int64_t tai_ns = dem::ParseUtc(info.epoch_utc) + 9;
  const Eigen::Matrix3d expected = dem::MoonFromInertial(tai_ns) * RandomPose(6).linear() *
                                   info.body_from_star_tracker.linear().transpose();
  EXPECT_TRUE(read.attitudes[1].moon_from_body.toRotationMatrix().isApprox(expected, 1e-14));
}

TEST(Sequence, WorksWithoutAltimeterAndStarTracker) {
  const test::TempFolder folder;
  WriteSome(SomeInfo(folder.path()));
  std::filesystem::remove_all(folder / "altimeter0");
  std::filesystem::remove_all(folder / "star_tracker0");
  const Sequence read = OpenSequence(folder.path());
  EXPECT_TRUE(read.ranges.empty());
  EXPECT_TRUE(read.attitudes.empty());
}

TEST(Sequence, NamesFileAndLineOfBadSamples) {
  const auto error_after = [](const char* file, const std::string& from, const std::string& to) {
    const test::TempFolder folder;
    WriteSome(SomeInfo(folder.path()));
    Replace(folder / file, from, to);
    return OpenError(folder.path());
  };
  EXPECT_THAT(error_after("imu0/data.csv", "1020000000", "1000000000"),
              AllOf(HasSubstr("imu0/data.csv"), HasSubstr("line 3"), HasSubstr("does not increase")));
  EXPECT_THAT(error_after("cam0/data.csv", "\n1500000000", "\n500000000"),
              AllOf(HasSubstr("cam0/data.csv"), HasSubstr("line 3"), HasSubstr("does not increase")));
  EXPECT_THAT(error_after("imu0/data.csv", "0.11", "nan"), AllOf(HasSubstr("line 3"), HasSubstr("finite")));
  EXPECT_THAT(error_after("imu0/data.csv", ",0.3,1,2.5", ",0.3,1"),
              AllOf(HasSubstr("line 3"), HasSubstr("6 fields")));
  EXPECT_THAT(error_after("altimeter0/data.csv", "1.2,1", "1.2,yes"),
              AllOf(HasSubstr("altimeter0/data.csv"), HasSubstr("line 3"), HasSubstr("valid")));
  EXPECT_THAT(error_after("altimeter0/data.csv", "1234.5", "-3"), HasSubstr("above zero"));
  EXPECT_THAT(error_after("star_tracker0/data.csv", ",1e-04", ",0"),
              AllOf(HasSubstr("line 2"), HasSubstr("sigma")));
}

TEST(Sequence, NamesFileAndKeyOfBadDescriptions) {
  const auto error_after = [](const char* file, const std::string& from, const std::string& to) {
    const test::TempFolder folder;
    WriteSome(SomeInfo(folder.path()));
    Replace(folder / file, from, to);
    return OpenError(folder.path());
  };
  EXPECT_THAT(error_after("sequence.yaml", "lander:", "ladder:"),
              AllOf(HasSubstr("sequence.yaml"), HasSubstr("line 7"), HasSubstr("unknown key 'ladder'")));
  EXPECT_THAT(error_after("sequence.yaml", "perilune-sequence-1", "perilune-sequence-9"),
              HasSubstr("format"));
  EXPECT_THAT(error_after("sequence.yaml", "2026-03-01T12", "2026-13-01T12"), HasSubstr("epoch_utc"));
  EXPECT_THAT(error_after("cam0/sensor.yaml", "pinhole", "fisheye"), HasSubstr("camera_model"));
  EXPECT_THAT(error_after("cam0/sensor.yaml", "resolution: [8,", "resolution: [0,"), HasSubstr("resolution"));
  EXPECT_THAT(error_after("imu0/sensor.yaml", "rows: 4", "rows: 3"), HasSubstr("T_BS.rows"));
  EXPECT_THAT(error_after("altimeter0/sensor.yaml", "altimeter", "imu"), HasSubstr("sensor_type"));
}

TEST(Sequence, RefusesATimeThatIsCenturiesFromItsEpoch) {
  SequenceInfo info;
  info.root = "somewhere";
  info.epoch_utc = "2026-03-01T12:00:00.000";
  const std::int64_t epoch_ns = dem::ParseUtc(info.epoch_utc),
                     largest_ns = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(TaiOf(info, -epoch_ns), 0);
  EXPECT_EQ(TaiOf(info, largest_ns - epoch_ns), largest_ns);
  EXPECT_EQ(ClockOf(info, largest_ns), largest_ns - epoch_ns);
  EXPECT_THROW(TaiOf(info, largest_ns - epoch_ns + 1), dem::DataError);
  EXPECT_THROW(ClockOf(info, -largest_ns), dem::DataError);
  info.epoch_t_ns = -2;
  EXPECT_THROW(TaiOf(info, largest_ns), dem::DataError);
}

TEST(Sequence, RefusesAMissingFileAndAnImageOfAnotherSize) {
  const test::TempFolder folder;
  WriteSome(SomeInfo(folder.path()));
  cv::imwrite(ImagePath(folder.path(), kStart_ns).string(), cv::Mat(8, 9, CV_8UC1, cv::Scalar(77)));
  EXPECT_THROW(ReadImage(OpenSequence(folder.path()), 0), dem::DataError);
  folder.Write("cam0/data/" + std::to_string(kStart_ns) + ".png", "no picture");
  EXPECT_THROW(ReadImage(OpenSequence(folder.path()), 0), dem::DataError);
  std::filesystem::remove(folder / "imu0" / "data.csv");
  EXPECT_THAT(OpenError(folder.path()), HasSubstr("imu0/data.csv"));
  EXPECT_THAT(OpenError(folder / "nowhere"), HasSubstr("sequence.yaml"));
}

TEST(Truth, RoundTrips) {
  const test::TempFolder folder;
  Truth truth;
  truth.seed = 42;
  truth.map_tie_in_site_m = {{"a.tif", {1.5, -2, 0.25}}, {"b.tif", {0, 1.0 / 3, 4}}};
  truth.states = {{10, RandomPose(7), {1, 2, 3}, {4, 5, 6}, {7, 8, 9}},
                  {20, RandomPose(8), {1, 2, 3}, {0, 0, 0}, {0, 0, 0}}};
  WriteTruth(folder.path(), truth);
  const Truth read = ReadTruth(folder.path());
  EXPECT_EQ(read.seed, 42u);
  EXPECT_EQ(read.map_tie_in_site_m, truth.map_tie_in_site_m);
  ASSERT_EQ(read.states.size(), 2u);
  EXPECT_TRUE(read.states[1].site_from_body.isApprox(RandomPose(8), 1e-14));
  EXPECT_EQ(read.states[0].accel_bias_mps2, Eigen::Vector3d(7, 8, 9));
}

}  // namespace
}  // namespace perilune::datasets
