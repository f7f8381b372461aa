#include "datasets/formats/foreign_sequence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <limits>

#include "datasets/formats/foreign_columns.h"
#include "dem/ephemeris/moon_orientation.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr std::int64_t kFirst_ns = 1'403'636'579'763'555'584;

/// A folder with three empty pictures (nothing reads them here), a camera and a pose.
class ForeignSequenceFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::int64_t k : {0, 1, 2}) {
      folder_.Write("images/" + std::to_string(kFirst_ns + k * 1'000'000'000) + ".png", "");
    }
    folder_.Write("camera.yaml",
                  "image_width: 8\nimage_height: 6\n"
                  "camera_matrix: {rows: 3, cols: 3, data: [4, 0, 3.5, 0, 4, 2.5, 0, 0, 1]}\n");
    folder_.Write("initial_pose.json", R"({"latitude_deg": 10, "longitude_deg": 20, "height_m": 5000,
                  "position_sigma_m": 100, "attitude_sigma_deg": 1})");
  }
  ForeignSequence Open(const std::function<void(ForeignRequest&)>& change = [](ForeignRequest&) {}) const {
    ForeignRequest request;
    request.folder = folder_.path();
    change(request);
    return OpenForeignSequence(request);
  }
  std::string Refusal(const std::function<void(ForeignRequest&)>& change = [](ForeignRequest&) {}) const {
    try {
      Open(change);
    } catch (const dem::DataError& error) {
      return error.what();
    }
    return "nothing was refused";
  }

  test::TempFolder folder_;
};

TEST_F(ForeignSequenceFolder, NamesThatAreNanosecondsAreTimes) {
  const ForeignSequence sequence = Open();
  ASSERT_EQ(sequence.stream.images.size(), 3u);
  EXPECT_EQ(sequence.stream.images[0].t_ns, kFirst_ns);
  EXPECT_EQ(sequence.stream.images[2].t_ns, kFirst_ns + 2'000'000'000);
  EXPECT_EQ(sequence.stream.image_folder, folder_ / "images");
  EXPECT_EQ(sequence.stream.info.camera.width_px, 8);
  ASSERT_TRUE(sequence.stream.info.prior);
  EXPECT_EQ(sequence.stream.info.prior->t_ns, kFirst_ns);
  // The site lies below a camera that looks straight down.
  EXPECT_NEAR(sequence.stream.info.site.origin.latitude_rad, dem::DegToRad(10), 1e-12);
  EXPECT_NEAR(sequence.stream.info.prior->site_from_body.translation().z(), 5000, 1e-6);
  EXPECT_THAT(sequence.findings.found, Contains(HasSubstr("3 images")));
  EXPECT_THAT(sequence.findings.assumed, Contains(HasSubstr("TAI since 1970")));
  EXPECT_THAT(sequence.findings.missing, Contains(HasSubstr("inertial unit")));
  EXPECT_EQ(sequence.stream.info.imu.rate_hz, 0);
  EXPECT_EQ(TaiOf(sequence.stream.info, kFirst_ns), kFirst_ns);
}

TEST_F(ForeignSequenceFolder, ATimesFileMayNameImagesOrFollowTheirOrder) {
  folder_.Write("times.csv", "timestamp [s],exposure\n10.000000001,1\n20.5,1\n30,1\n");
  const auto with_epoch = [](ForeignRequest& request) {
    request.epoch_utc = "2026-03-01T12:00:00";
    request.epoch_t_ns = 20'500'000'000;
  };
  const ForeignSequence sequence = Open(with_epoch);
  EXPECT_EQ(sequence.stream.images[0].t_ns, 10'000'000'001);
  EXPECT_EQ(sequence.stream.images[1].t_ns, 20'500'000'000);
  EXPECT_EQ(TaiOf(sequence.stream.info, 20'500'000'000), dem::ParseUtc("2026-03-01T12:00:00"));
  EXPECT_THAT(Refusal(), HasSubstr("which is no date: say what it is in UTC, --epoch-utc"));

  const std::string name = std::to_string(kFirst_ns) + ".png";
  folder_.Write("times.csv", "filename, time_utc\n" + name + ", 1971-07-31T01:25:02.243\n");
  const ForeignSequence apollo = Open();
  ASSERT_EQ(apollo.stream.images.size(), 1u);
  EXPECT_EQ(apollo.stream.images[0].file, name);
  EXPECT_NEAR(static_cast<double>(TaiOf(apollo.stream.info, apollo.stream.images[0].t_ns) -
                                  dem::ParseUtc("1971-07-31T01:25:02.243")),
              0, 10);

  folder_.Write("times.csv", "timestamp [ns]\n5\n4\n6\n");
  EXPECT_THAT(Refusal(), HasSubstr("times.csv: line 3: timestamp [ns]: time 4 does not increase"));
  folder_.Write("times.csv", "timestamp [ns]\n5\n6\n");
  EXPECT_THAT(Refusal(), HasSubstr("2 times for 3 images"));
  folder_.Write("times.csv", "when,filename\n5,a.png\n");
  EXPECT_THAT(Refusal(), HasSubstr("there is no column 'timestamp'"));
}

TEST_F(ForeignSequenceFolder, SensorsAreFoundByTheirColumns) {
  folder_.Write("imu.csv", "accel_x,accel_y,accel_z,gyro_x,gyro_y,gyro_z,t_ns\n1,2,3,0.1,0.2,0.3," +
                               std::to_string(kFirst_ns) + "\n");
  folder_.Write("range.csv",
                "#timestamp [ns],range [m],sigma [m]\n" + std::to_string(kFirst_ns) + ",4000,2\n");
  folder_.Write("attitude.csv",
                "t_ns,q_w,q_x,q_y,q_z,sigma [rad]\n" + std::to_string(kFirst_ns) + ",0,1,0,0,0.001\n");
  ForeignSequence moon = Open([](ForeignRequest& request) { request.attitude_frame = AttitudeFrame::kMoon; });
  const std::vector<nav::Imu> imu = moon.stream.imu.TakeUntil(kFirst_ns);
  ASSERT_EQ(imu.size(), 1u);
  EXPECT_EQ(imu[0].gyro_radps, Eigen::Vector3d(0.1, 0.2, 0.3));
  EXPECT_EQ(imu[0].accel_mps2, Eigen::Vector3d(1, 2, 3));
  EXPECT_THAT(moon.findings.assumed, Contains(HasSubstr("MEMS")));
  const std::vector<nav::Range> ranges = moon.stream.ranges.TakeUntil(kFirst_ns);
  ASSERT_EQ(ranges.size(), 1u);
  EXPECT_EQ(ranges[0].range_m, 4000);
  EXPECT_TRUE(ranges[0].valid);
  // The beam follows the boresight, +z of the camera, which is the body here.
  EXPECT_EQ(moon.stream.info.body_from_beam.matrix(), Eigen::Matrix4d::Identity());
  const std::vector<nav::Attitude> attitudes = moon.stream.attitudes.TakeUntil(kFirst_ns);
  ASSERT_EQ(attitudes.size(), 1u);
  EXPECT_TRUE(attitudes[0].moon_from_body.isApprox(Eigen::Quaterniond(0, 1, 0, 0)));

  const Eigen::Quaterniond moon_from_inertial(dem::MoonFromInertial(kFirst_ns));
  ForeignSequence inertial = Open();
  const std::vector<nav::Attitude> turned = inertial.stream.attitudes.TakeUntil(kFirst_ns);
  ASSERT_EQ(turned.size(), 1u);
  EXPECT_LT(turned[0].moon_from_body.angularDistance(moon_from_inertial * Eigen::Quaterniond(0, 1, 0, 0)),
            1e-9);

  folder_.Write("range.csv", "#timestamp [ns],range [m],sigma [m]\n5,-1,2\n");
  EXPECT_THAT(Refusal(), HasSubstr("range.csv: line 2: range [m]: a valid range must be above zero"));
  folder_.Write("range.csv", "#timestamp [ns],distance,sigma [m]\n5,-1,2\n");
  EXPECT_THAT(Refusal(), HasSubstr("there is no column 'range'"));
}

TEST_F(ForeignSequenceFolder, SaysWhatIsMissing) {
  EXPECT_THAT(Refusal([](ForeignRequest& request) { request.folder /= "none"; }),
              HasSubstr("no such folder"));
  std::filesystem::remove(folder_ / "initial_pose.json");
  EXPECT_THAT(Refusal(), HasSubstr("no initial pose: give --initial-pose FILE, or --near"));
  std::filesystem::remove(folder_ / "camera.yaml");
  EXPECT_THAT(Refusal(), HasSubstr("give --camera FILE"));
  folder_.Write("images/first.png", "");
  EXPECT_THAT(Refusal(), HasSubstr("first.png: has no time: name images by nanoseconds"));
  std::filesystem::remove_all(folder_ / "images");
  EXPECT_THAT(Refusal(), HasSubstr("has no picture"));
}

TEST_F(ForeignSequenceFolder, APoseOfALaterTimeLeavesTheEarlierImagesOut) {
  folder_.Write("initial_pose.json",
                R"({"latitude_deg": 10, "longitude_deg": 20, "height_m": 5000, "t_ns": )" +
                    std::to_string(kFirst_ns + 500'000'000) +
                    R"(, "position_sigma_m": 100, "attitude_sigma_deg": 1})");
  const ForeignSequence sequence = Open();
  EXPECT_EQ(sequence.stream.info.prior->t_ns, kFirst_ns + 500'000'000);
  EXPECT_THAT(sequence.findings.assumed, Contains(HasSubstr("1 images from before the initial pose")));
}

TEST_F(ForeignSequenceFolder, TimesCenturiesAwayAreRefused) {
  const auto centuries_away = [](ForeignRequest& request) {
    request.epoch_utc = "2026-03-01T12:00:00";
    request.epoch_t_ns = std::numeric_limits<std::int64_t>::min();
  };
  EXPECT_THAT(Refusal(centuries_away), HasSubstr("centuries from the epoch"));
  for (const char* const shift : {"8e9", "-1e300"}) {
    folder_.Write("camchain.yaml",
                  std::string("cam0:\n  camera_model: pinhole\n  intrinsics: [4, 4, 3.5, 2.5]\n"
                              "  distortion_model: radtan\n  distortion_coeffs: [0, 0, 0, 0]\n"
                              "  resolution: [8, 6]\n  timeshift_cam_imu: ") +
                      shift + "\n");
    EXPECT_THAT(Refusal(), HasSubstr("timeshift_cam_imu"));
  }
}

TEST(NanosecondsOfDecimal, IsExact) {
  EXPECT_EQ(NanosecondsOfDecimal("1403636579.763555584"), kFirst_ns);
  EXPECT_EQ(NanosecondsOfDecimal("12"), 12'000'000'000);
  EXPECT_EQ(NanosecondsOfDecimal("0.5"), 500'000'000);
  EXPECT_EQ(NanosecondsOfDecimal("-1.25"), -1'250'000'000);
  EXPECT_EQ(NanosecondsOfDecimal("1.0000000019"), 1'000'000'001);
  for (const char* text : {"", "-", ".5", "1e3", "1.2.3", " 1", "99999999999", "1,5"}) {
    EXPECT_EQ(NanosecondsOfDecimal(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace perilune::datasets
