#include "datasets/formats/camera_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dem/io/data_error.h"
#include "tests/support/real_data.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kEurocText[] = R"(# General sensor definitions.
sensor_type: camera
comment: VI-Sensor cam0
T_BS:
  cols: 4
  rows: 4
  data: [0.0, -1.0, 0.0, 0.5,
         1.0, 0.0, 0.0, -0.25,
         0.0, 0.0, 1.0, 2.0,
         0.0, 0.0, 0.0, 1.0]
rate_hz: 20
resolution: [752, 480]
camera_model: pinhole
intrinsics: [458.654, 457.296, 367.215, 248.375] #fu, fv, cu, cv
distortion_model: radial-tangential
distortion_coefficients: [-0.28340811, 0.07395907, 0.00019359, 1.76187114e-05]
)";

constexpr char kKalibrText[] = R"(cam0:
  T_cam_imu:
  - [0.0, 1.0, 0.0, 0.1]
  - [-1.0, 0.0, 0.0, 0.2]
  - [0.0, 0.0, 1.0, 0.3]
  - [0.0, 0.0, 0.0, 1.0]
  cam_overlaps: [1]
  camera_model: pinhole
  distortion_coeffs: [0.1, -0.02, 0.003, -0.0004]
  distortion_model: equidistant
  intrinsics: [300.0, 301.0, 319.5, 239.5]
  resolution: [640, 480]
  rostopic: /cam0/image_raw
  timeshift_cam_imu: 0.0025
cam1:
  camera_model: pinhole
)";

constexpr char kOpenCvText[] = R"(%YAML:1.0
---
calibration_time: "Thu 01 Jan 2026"
image_width: 1012
image_height: 1010
flags: 0
camera_matrix: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 6.72e+02, 0., 5.05e+02, 0., 6.73e+02, 5.06e+02, 0., 0., 1. ]
distortion_coefficients: !!opencv-matrix
   rows: 1
   cols: 5
   dt: d
   data: [ 1e-3, -2e-3, 3e-4, -4e-4, 5e-3 ]
avg_reprojection_error: 1.5e-01
)";

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string RefusalOfCamera(const std::string& text) {
  const test::TempFolder folder;
  try {
    ReadCameraFile(folder.Write("cam.yaml", text));
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(CameraFile, ReadsEurocsSensorYaml) {
  const test::TempFolder folder;
  const CameraFile file = ReadCameraFile(folder.Write("sensor.yaml", kEurocText));
  EXPECT_EQ(file.camera.model, vision::kBrownConrady);
  EXPECT_EQ(file.camera.width_px, 752);
  EXPECT_EQ(file.camera.height_px, 480);
  EXPECT_EQ(file.camera.fx_px, 458.654);
  EXPECT_EQ(file.camera.cy_px, 248.375);
  EXPECT_THAT(file.camera.distortion, ElementsAre(-0.28340811, 0.07395907, 0.00019359, 1.76187114e-05, 0));
  ASSERT_TRUE(file.body_from_cam);
  // A point one metre ahead of a camera that is turned by a right angle about its axis.
  EXPECT_TRUE((*file.body_from_cam * Eigen::Vector3d(1, 0, 0)).isApprox(Eigen::Vector3d(0.5, 0.75, 2)));
}

TEST(CameraFile, ReadsKalibrsChainWithTheUnitAsBody) {
  const test::TempFolder folder;
  const CameraFile file = ReadCameraFile(folder.Write("camchain.yaml", kKalibrText));
  EXPECT_EQ(file.camera.model, vision::kKannalaBrandt);
  EXPECT_EQ(file.camera.fy_px, 301.0);
  EXPECT_THAT(file.camera.distortion, ElementsAre(0.1, -0.02, 0.003, -0.0004, 0));
  EXPECT_EQ(file.imu_minus_camera_s, 0.0025);
  ASSERT_TRUE(file.body_from_cam);
  // cam = (y, −x, z) + (0.1, 0.2, 0.3) of the unit: the unit's origin is at that place of the camera.
  EXPECT_TRUE((*file.body_from_cam * Eigen::Vector3d(0.1, 0.2, 0.3)).isMuchSmallerThan(1, 1e-12));
  EXPECT_TRUE((*file.body_from_cam * Eigen::Vector3d(1.1, 0.2, 0.3)).isApprox(Eigen::Vector3d(0, 1, 0)));
  EXPECT_EQ(file.notes.size(), 1u);
}

TEST(CameraFile, ReadsOpenCvsFileStorageAndRosCameraInfo) {
  const test::TempFolder folder;
  const vision::Camera camera = ReadCameraFile(folder.Write("c.yml", kOpenCvText)).camera;
  EXPECT_EQ(camera.width_px, 1012);
  EXPECT_EQ(camera.height_px, 1010);
  EXPECT_EQ(camera.fx_px, 672);
  EXPECT_EQ(camera.fy_px, 673);
  EXPECT_EQ(camera.cx_px, 505);
  EXPECT_EQ(camera.cy_px, 506);
  EXPECT_THAT(camera.distortion, ElementsAre(1e-3, -2e-3, 3e-4, -4e-4, 5e-3));
  const std::string ros =
      "image_width: 8\nimage_height: 6\ncamera_name: c\n"
      "camera_matrix: {rows: 3, cols: 3, data: [4, 0, 3.5, 0, 4, 2.5, 0, 0, 1]}\n"
      "distortion_model: equidistant\n"
      "distortion_coefficients: {rows: 1, cols: 4, data: [0.1, 0.2, 0.3, 0.4]}\n";
  const vision::Camera fisheye = ReadCameraFile(folder.Write("ost.yaml", ros)).camera;
  EXPECT_EQ(fisheye.model, vision::kKannalaBrandt);
  EXPECT_THAT(fisheye.distortion, ElementsAre(0.1, 0.2, 0.3, 0.4, 0));
}

TEST(CameraFile, NamesWhatItDoesNotSupport) {
  EXPECT_THAT(RefusalOfCamera("a: 1\n"), HasSubstr("cam.yaml: is no camera that is known here"));
  EXPECT_THAT(RefusalOfCamera(Replaced(kEurocText, "radial-tangential", "fov")),
              HasSubstr("distortion_model"));
  EXPECT_THAT(RefusalOfCamera(Replaced(kKalibrText, "model: pinhole", "model: omni")),
              HasSubstr("'omni' is not supported"));
  EXPECT_THAT(RefusalOfCamera(Replaced(kKalibrText, "0.0, 1.0, 0.0, 0.1", "0.0, 1.0, 0.0")),
              HasSubstr("line 2: key 'cam0.T_cam_imu' must be 4 lists of 4 numbers"));
  EXPECT_THAT(RefusalOfCamera(Replaced(kOpenCvText, "6.72e+02, 0.", "6.72e+02, 1.")),
              HasSubstr("camera_matrix' must be fx 0 cx"));
  EXPECT_THAT(RefusalOfCamera(Replaced(kOpenCvText, "cols: 5", "cols: 4")), HasSubstr("rows x cols numbers"));
  const std::string eight =
      Replaced(Replaced(kOpenCvText, "cols: 5", "cols: 8"), "5e-3 ]", "5e-3, 0, 0, 0.1 ]");
  EXPECT_THAT(RefusalOfCamera(eight), HasSubstr("coefficient 8"));
  EXPECT_THAT(RefusalOfCamera(Replaced(kOpenCvText, "image_width: 1012\n", "")),
              HasSubstr("key 'image_width' is missing"));
  EXPECT_THAT(RefusalOfCamera("{\"a\": 1}"), HasSubstr("neither image support data"));
}

TEST(CameraFileData, ReadsAnIsdAndAShot) {
  const auto isd = test::RealData() / "isd/apollometric_isd.json";
  const auto shot = test::RealData() / "apollo15_metric/AS15-M-0297.shot.json";
  if (!std::filesystem::exists(isd)) GTEST_SKIP() << "needs the real data: " << isd;
  EXPECT_EQ(ReadCameraFile(isd).kind, "JSON ISD of a framing camera");
  EXPECT_GT(ReadCameraFile(isd).camera.width_px, 1000);
  EXPECT_EQ(ReadCameraFile(shot).camera.fx_px, 672.199);
}

}  // namespace
}  // namespace perilune::datasets
