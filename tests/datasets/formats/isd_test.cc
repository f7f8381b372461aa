#include "datasets/formats/isd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "datasets/formats/map_terrain.h"
#include "dem/ephemeris/moon_orientation.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/frames/moon.h"
#include "dem/frames/shortest_turn.h"
#include "dem/io/data_error.h"
#include "tests/support/real_data.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using nlohmann::json;

// 2000-01-01 12:00:00 TDB is 11:59:27.816 TAI (TDB and TT within 0.1 ms there); TAI of 1970 was 946 728 000 s
// before noon.
constexpr std::int64_t kJ2000_ns = 946'727'967'816'000'000;

json Quaternion(const Eigen::Matrix3d& rotation) {
  const Eigen::Quaterniond q(rotation);
  return json::array({json::array({q.w(), q.x(), q.y(), q.z()})});
}

/// 15 × 15 pixels of 0.1 mm, f = 50 mm, 100 km over (0, 0), looking down with the image's up to the north.
json TinyIsd() {
  const Eigen::Matrix3d moon_from_inertial = dem::MoonFromInertial(kJ2000_ns);
  Eigen::Matrix3d moon_from_cam;
  moon_from_cam << 0, 0, -1,  // right is east (+y in `moon`), down is south, forward is to the centre
      1, 0, 0,                //
      0, -1, 0;
  const Eigen::Vector3d position_km =
      moon_from_inertial.transpose() * Eigen::Vector3d(dem::kMoonRadius_m / 1000 + 100, 0, 0);
  json isd;
  isd["name_model"] = "USGS_ASTRO_FRAME_SENSOR_MODEL";
  isd["image_lines"] = 15;
  isd["image_samples"] = 15;
  isd["center_ephemeris_time"] = 0.0;
  isd["focal_length_model"]["focal_length"] = 50.0;
  isd["focal2pixel_lines"] = {0.0, 0.0, 10.0};
  isd["focal2pixel_samples"] = {0.0, 10.0, 0.0};
  isd["detector_center"] = {{"line", 7.5}, {"sample", 7.5}};
  isd["optical_distortion"]["radial"]["coefficients"] = {0.0, 0.0, 0.0};
  isd["instrument_position"] = {{"ephemeris_times", {0.0}},
                                {"positions", {{position_km.x(), position_km.y(), position_km.z()}}},
                                {"reference_frame", 1}};
  isd["body_rotation"] = {{"time_dependent_frames", {31001, 1}},
                          {"ephemeris_times", {0.0}},
                          {"quaternions", Quaternion(moon_from_inertial)},
                          {"reference_frame", 1}};
  isd["instrument_pointing"] = {{"ephemeris_times", {0.0}},
                                {"quaternions", Quaternion(moon_from_cam.transpose() * moon_from_inertial)},
                                {"reference_frame", 1}};
  return isd;
}

Isd Read(const json& content) {
  const test::TempFolder folder;
  return ReadIsd(folder.Write("x.json", content.dump()));
}

std::string Problem(const json& content) {
  try {
    Read(content);
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "nothing";
}

Eigen::Matrix3d Rotation(const Eigen::Vector3d& axis, double angle_rad) {
  return Eigen::AngleAxisd(angle_rad, axis).toRotationMatrix();
}

// The middle of 15 pixels is 7.5 where the first covers 0 … 1, and the centre of our pixel 7.
TEST(Isd, MiddleOfTheDetectorIsTheCentreOfTheMiddlePixel) {
  const Isd isd = Read(TinyIsd());
  EXPECT_EQ(isd.camera.width_px, 15);
  EXPECT_EQ(isd.camera.height_px, 15);
  EXPECT_DOUBLE_EQ(isd.camera.fx_px, 500);
  EXPECT_DOUBLE_EQ(isd.camera.fy_px, 500);
  EXPECT_DOUBLE_EQ(isd.camera.cx_px, 7);
  EXPECT_DOUBLE_EQ(isd.camera.cy_px, 7);
  EXPECT_NEAR(static_cast<double>(isd.t_ns - kJ2000_ns), 0, 1e5);
}

TEST(Isd, PoseLooksDownWithNorthUp) {
  const Isd isd = Read(TinyIsd());
  const Eigen::Vector3d position_m(dem::kMoonRadius_m + 100e3, 0, 0);
  EXPECT_LT((isd.moon_from_cam.translation() - position_m).norm(), 1e-2);  // 0.1 ms of the Moon's rotation
  EXPECT_LT((isd.moon_from_cam.linear().col(0) - Eigen::Vector3d::UnitY()).norm(), 1e-9);
  EXPECT_LT((isd.moon_from_cam.linear().col(1) + Eigen::Vector3d::UnitZ()).norm(), 1e-9);
  EXPECT_LT((isd.moon_from_cam.linear().col(2) + Eigen::Vector3d::UnitX()).norm(), 1e-9);
}

// A sub-frame from detector sample 100, line 40 on, 2 × 4 pixels summed, the constant terms in use:
// sample = (7.5 + 3 + 10 X − 100) / 2, half a pixel less in our convention.
TEST(Isd, SummingSubFrameAndConstantTerms) {
  json content = TinyIsd();
  content["starting_detector_sample"] = 100;
  content["starting_detector_line"] = 40;
  content["detector_sample_summing"] = 2;
  content["detector_line_summing"] = 4;
  content["focal2pixel_samples"] = {3.0, 10.0, 0.0};
  const vision::Camera camera = Read(content).camera;
  EXPECT_DOUBLE_EQ(camera.fx_px, 250);
  EXPECT_DOUBLE_EQ(camera.fy_px, 125);
  EXPECT_DOUBLE_EQ(camera.cx_px, (7.5 + 3 - 100) / 2 - 0.5);
  EXPECT_DOUBLE_EQ(camera.cy_px, (7.5 - 40) / 4 - 0.5);
}

// The same picture described in another camera frame: the frame turned about its z by 90°, or with z
// backwards and x mirrored. The pose of our camera must not change.
TEST(Isd, PoseDoesNotDependOnTheFilesCameraFrame) {
  const Isd expected = Read(TinyIsd());
  Eigen::Matrix3d turned, backwards;
  turned << 0, 1, 0, -1, 0, 0, 0, 0, 1;  // x' = y, y' = −x
  backwards << -1, 0, 0, 0, 1, 0, 0, 0, -1;
  for (const auto& [frame_from_old, samples, lines] :
       {std::tuple{turned, json{0.0, 0.0, -10.0}, json{0.0, 10.0, 0.0}},
        std::tuple{backwards, json{0.0, -10.0, 0.0}, json{0.0, 0.0, 10.0}}}) {
    json content = TinyIsd();
    std::vector<double> constant;
    for (int i = 0; i < 9; ++i) constant.push_back(frame_from_old(i / 3, i % 3));
    content["instrument_pointing"]["constant_rotation"] = constant;
    content["focal2pixel_samples"] = samples;
    content["focal2pixel_lines"] = lines;
    const Isd isd = Read(content);
    EXPECT_LT((isd.moon_from_cam.matrix() - expected.moon_from_cam.matrix()).norm(), 1e-8);
    EXPECT_DOUBLE_EQ(isd.camera.fx_px, 500);
    EXPECT_DOUBLE_EQ(isd.camera.cx_px, 7);
  }
}

// Undistorted = distorted (1 − k0 − k1 r² − k2 r⁴): a pixel's ray must be the undistorted point's, whatever
// the inverse does. 0.05 px of 5 000 are 1e-5 rad.
TEST(Isd, RadialDistortionGivesTheRayOfTheUndistortedPoint) {
  json content = TinyIsd();
  content["image_lines"] = content["image_samples"] = 3000;
  content["focal2pixel_lines"] = {0.0, 0.0, 100.0};
  content["focal2pixel_samples"] = {0.0, 100.0, 0.0};
  content["detector_center"] = {{"line", 1500.0}, {"sample", 1500.0}};
  const double k0 = 0.01, k1 = -2e-5, k2 = 1e-8;
  content["optical_distortion"]["radial"]["coefficients"] = {k0, k1, k2};
  const vision::Camera camera = Read(content).camera;
  double largest_shift_px = 0;
  for (const double x_mm : {-14.9, -7.0, 0.0, 3.0, 14.9}) {
    for (const double y_mm : {-14.9, 0.0, 9.0}) {
      const double r2 = x_mm * x_mm + y_mm * y_mm, share = 1 - k0 - k1 * r2 - k2 * r2 * r2;
      const Eigen::Vector2d pixel(100 * x_mm + 1499.5, 100 * y_mm + 1499.5);
      const auto projected = camera.Project({share * x_mm, share * y_mm, 50});
      ASSERT_TRUE(projected);
      EXPECT_LT((*projected - pixel).norm(), 0.05) << x_mm << " " << y_mm;
      largest_shift_px = std::max(largest_shift_px, std::abs(share - 1) * 100 * std::sqrt(r2));
    }
  }
  EXPECT_GT(largest_shift_px, 5) << "the distortion must show";
}

// Principal axes (DE421, 31006) lie 67.92″, 78.56″ and 0.30″ from the mean Earth: turned, not believed.
TEST(Isd, PrincipalAxesAreConvertedOrRefused) {
  constexpr double kArcsecond_rad = dem::DegToRad(1.0 / 3600);
  const Eigen::Matrix3d principal_from_inertial =
      (Rotation(Eigen::Vector3d::UnitX(), 0.30 * kArcsecond_rad) *
       Rotation(Eigen::Vector3d::UnitY(), 78.56 * kArcsecond_rad) *
       Rotation(Eigen::Vector3d::UnitZ(), 67.92 * kArcsecond_rad))
          .transpose() *
      dem::MoonFromInertial(kJ2000_ns);
  json content = TinyIsd();
  content["body_rotation"]["quaternions"] = Quaternion(principal_from_inertial);
  content["body_rotation"]["time_dependent_frames"] = {31006, 1};
  const Isd expected = Read(TinyIsd());
  EXPECT_LT((Read(content).moon_from_cam.matrix() - expected.moon_from_cam.matrix()).norm(), 0.01);
  content["body_rotation"]["time_dependent_frames"] = {31008, 1};
  EXPECT_NE(Problem(content).find("principal-axes frame 31008"), std::string::npos) << Problem(content);
  content["body_rotation"]["time_dependent_frames"] = {31001, 1};  // a false label: 900 m on the ground
  EXPECT_NE(Problem(content).find("body_rotation is 0.0005"), std::string::npos) << Problem(content);
}

TEST(Isd, RefusesWithFileAndKey) {
  const auto with = [](const std::string& pointer, const json& value) {
    json content = TinyIsd();
    content[json::json_pointer(pointer)] = value;
    return Problem(content);
  };
  const auto without = [](const std::string& key) {
    json content = TinyIsd();
    content.erase(key);
    return Problem(content);
  };
  const std::pair<std::string, std::string> cases[] = {
      {with("/name_model", "USGS_ASTRO_LINE_SCANNER_SENSOR_MODEL"), "a line scanner has no single pose"},
      {with("/name_model", "USGS_ASTRO_SAR_SENSOR_MODEL"), "name_model is USGS_ASTRO_SAR_SENSOR_MODEL"},
      {with("/optical_distortion", {{"transverse", {{"x", {0.0}}}}}), "model 'transverse'"},
      {with("/optical_distortion/radial/coefficients", {0.0, 0.0}), "coefficients must have 3 numbers"},
      {with("/optical_distortion/radial/coefficients", {0.0, 1.0, 0.0}), "fold the picture"},
      {with("/focal2pixel_samples", {0.0, 10.0, 1.0}), "must be perpendicular"},
      {with("/focal2pixel_samples", {0.0, 0.0, 0.0}), "focal2pixel_samples must depend"},
      {with("/focal2pixel_samples", {0.0, -10.0, 0.0}), "looks away from the Moon"},
      {with("/image_lines", 0), "image_lines must be a whole number"},
      {with("/center_ephemeris_time", 100.0), "has no sample at center_ephemeris_time"},
      {with("/instrument_position/reference_frame", 10020), "must be 1 (J2000)"},
      {with("/instrument_position/positions", {{1.0, 2.0, 3.0}}), "lies inside the Moon"},
      {with("/body_rotation/quaternions", {{1.0, 1.0, 0.0, 0.0}}), "must have unit length"},
      {with("/body_rotation/quaternions", {{1.0, 0.0, 0.0, 0.0}}), "from the Moon's mean-Earth frame"},
      {without("focal_length_model"), "focal_length_model is missing"},
      {without("optical_distortion"), "optical_distortion is missing"},
      {without("instrument_pointing"), "instrument_pointing is missing"},
  };
  for (const auto& [problem, expected] : cases) {
    EXPECT_NE(problem.find(expected), std::string::npos) << problem << "\n(expected: " << expected << ")";
    EXPECT_NE(problem.find("x.json: "), std::string::npos) << problem;
  }
  const test::TempFolder folder;
  EXPECT_THROW(ReadIsd(folder / "none.json"), dem::DataError);
  EXPECT_THROW(ReadIsd(folder.Write("list.json", "[1]")), dem::DataError);
  EXPECT_THROW(ReadIsd(folder.Write("cut.json", "{\"name_model\": ")), dem::DataError);
}

class IsdData : public testing::Test {
 protected:
  void SetUp() override {
    root_ = test::RealData() / "isd";
    if (!std::filesystem::exists(root_)) GTEST_SKIP() << "no real data at " << root_;
  }
  std::filesystem::path root_;
};

// Apollo 15, 1971-08-01, an oblique picture of the mapping camera (40° by the flight plan) from 118 km. What
// pins the conventions: with q taken the other way round the velocity would not lie along the camera's x
// axis, and the boresight, +z or −z, would be 69° or 111° off the nadir.
TEST_F(IsdData, ApolloMetricCameraLooksDownFortyDegreesOffNadir) {
  const Isd isd = ReadIsd(root_ / "apollometric_isd.json");
  EXPECT_EQ(dem::FormatUtc(isd.t_ns, 0), "1971-08-01T14:58:03Z");
  const Eigen::Vector3d position_m = isd.moon_from_cam.translation();
  EXPECT_NEAR(dem::GeodeticFromMoon(position_m).height_m, 118.4e3, 100);
  const Eigen::Matrix3d rotation = isd.moon_from_cam.linear();
  const double off_nadir_rad = std::acos(-rotation.col(2).dot(position_m.normalized()));
  EXPECT_NEAR(dem::RadToDeg(off_nadir_rad), 40, 0.5);
  // Under the ground track of the mapping orbit (inclination 26°, off the eastern limb).
  const dem::LatLon seen = SiteAtBoresight(isd.moon_from_cam).origin;
  EXPECT_NEAR(dem::RadToDeg(seen.latitude_rad), -15.36, 0.01);
  EXPECT_NEAR(dem::RadToDeg(seen.longitude_rad), 119.51, 0.01);
  EXPECT_NEAR(isd.camera.fx_px, 76.054 * 200, 1e-9);
  EXPECT_NEAR(isd.camera.fy_px, 76.054 * 200, 1e-9);
  EXPECT_EQ(isd.camera.width_px, 25798);
}

// The direction of the velocity is known from the file too: the camera's x axis (right = −x) flies ahead.
TEST_F(IsdData, VelocityLiesAlongTheCamerasXAxis) {
  std::ifstream stream(root_ / "apollometric_isd.json");
  const json content = json::parse(stream);
  const json v = content["instrument_position"]["velocities"][0];
  const Isd isd = ReadIsd(root_ / "apollometric_isd.json");
  const Eigen::Matrix3d moon_from_inertial = dem::MoonFromInertial(isd.t_ns);
  const Eigen::Vector3d velocity_in_cam =
      isd.moon_from_cam.linear().transpose() * moon_from_inertial *
      Eigen::Vector3d(v[0].get<double>(), v[1].get<double>(), v[2].get<double>()).normalized();
  EXPECT_NEAR(velocity_in_cam.x(), -1, 1e-4);
  EXPECT_NEAR(velocity_in_cam.z(), 0, 1e-3);
}

// The file's own rotation, and what it becomes without its last step from principal axes to the mean Earth.
TEST_F(IsdData, BodyRotationIsMeanEarth) {
  std::ifstream stream(root_ / "apollometric_isd.json");
  json content = json::parse(stream);
  const Isd isd = ReadIsd(root_ / "apollometric_isd.json");
  json& rotation = content["body_rotation"];
  const std::vector<double> c = rotation["constant_rotation"];
  const std::vector<double> q = rotation["quaternions"][0];
  const Eigen::Matrix3d constant = Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(c.data());
  const Eigen::Matrix3d principal = Eigen::Quaterniond(q[0], q[1], q[2], q[3]).toRotationMatrix();
  const Eigen::Matrix3d own = dem::MoonFromInertial(isd.t_ns);
  const auto apart_rad = [&](const Eigen::Matrix3d& m) {
    return Eigen::AngleAxisd(m * own.transpose()).angle();
  };
  EXPECT_LT(apart_rad(constant * principal), 9e-5);              // 31001: the series' own accuracy
  EXPECT_NEAR(apart_rad(principal), 4.7e-4, 2e-5);               // 31006: principal axes
  EXPECT_GT(apart_rad(constant.transpose() * principal), 9e-4);  // the wrong way round
  EXPECT_LT(((constant * principal).row(2) - own.row(2)).norm(), dem::DegToRad(0.01));  // the pole

  rotation.erase("constant_rotation");
  rotation.erase("constant_frames");
  const Isd converted = Read(content);
  EXPECT_LT((converted.moon_from_cam.matrix() - isd.moon_from_cam.matrix()).norm(), 0.01);
}

// Our Sun against the file's (geometric or with light time: 20″ apart).
TEST_F(IsdData, SunIsWhereTheFileHasIt) {
  std::ifstream stream(root_ / "apollometric_isd.json");
  const json s = json::parse(stream)["sun_position"]["positions"][0];
  const Isd isd = ReadIsd(root_ / "apollometric_isd.json");
  const Eigen::Vector3d sun = dem::MoonFromInertial(isd.t_ns) *
                              Eigen::Vector3d(s[0].get<double>(), s[1].get<double>(), s[2].get<double>());
  EXPECT_LT(Eigen::AngleAxisd(dem::ShortestTurn(sun, dem::SunInMoon_m(isd.t_ns))).angle(),
            dem::DegToRad(0.01));
}

TEST_F(IsdData, LineScannersAreRefusedInOneLine) {
  for (const char* name : {"kaguyatc_isd.json", "chandrayaan2_ohrc_isd.json"}) {
    try {
      ReadIsd(root_ / name);
      ADD_FAILURE() << name << " was read";
    } catch (const dem::DataError& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find("a line scanner has no single pose"), std::string::npos) << message;
      EXPECT_EQ(message.find('\n'), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace perilune::datasets
