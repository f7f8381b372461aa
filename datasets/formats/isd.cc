#include "datasets/formats/isd.h"

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "datasets/formats/isd_camera.h"
#include "datasets/formats/json_object.h"
#include "dem/ephemeris/moon_orientation.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/frames/moon.h"

namespace perilune::datasets {
namespace {

constexpr int kJ2000Frame = 1;

/// NAIF's numbers of principal-axes frames: the generic one, DE403, DE418, DE421, DE440.
constexpr int kPrincipalAxes[] = {31000, 31002, 31004, 31006, 31008};
constexpr int kPrincipalAxesDe421 = 31006;

/// The largest difference from our own orientation that a mean-Earth frame may have.
constexpr double kLargestDisagreement_rad = 2e-4;

std::int64_t TaiFromTdbSeconds(const JsonObject& root) {
  constexpr double kJ2000_s = 946'728'000;  // 2000-01-01 12:00 after 1970-01-01 00:00, either in one scale
  constexpr double kJ2000Day = 2451545.0, kTtFromTai_s = 32.184, kDay_s = 86400;
  const double tdb_s = root.Number("center_ephemeris_time");
  if (!(std::abs(tdb_s) < 5e9)) root.Refuse("center_ephemeris_time", "is not within 150 years of J2000");
  const auto to_ns = [](double seconds) { return static_cast<std::int64_t>(std::llround(seconds * 1e9)); };
  const std::int64_t guess_ns = to_ns(tdb_s + kJ2000_s - kTtFromTai_s);
  const dem::JulianDate tdb = dem::TdbFromTai(guess_ns);  // TDB − TT: below 2 ms, and nearly constant in it
  return guess_ns - to_ns((tdb.day - kJ2000Day) * kDay_s + tdb.fraction * kDay_s - tdb_s);
}

/// Index of a table's sample at the time of the picture.
std::size_t SampleAtCentre(const JsonObject& root, const JsonObject& table) {
  const double centre_s = root.Number("center_ephemeris_time");
  const std::vector<double> times_s = table.Numbers("ephemeris_times", 0);
  const auto at = std::find_if(times_s.begin(), times_s.end(),
                               [&](double time_s) { return std::abs(time_s - centre_s) < 1e-5; });
  if (at == times_s.end()) {
    table.Refuse("ephemeris_times", "has no sample at center_ephemeris_time: tables are not interpolated");
  }
  return static_cast<std::size_t>(at - times_s.begin());
}

Eigen::Matrix3d ConstantRotation(const JsonObject& rotation) {
  if (!rotation.Has("constant_rotation")) return Eigen::Matrix3d::Identity();
  const std::vector<double> m = rotation.Numbers("constant_rotation", 9);
  const Eigen::Matrix3d matrix = Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(m.data());
  const Eigen::Matrix3d excess = matrix * matrix.transpose() - Eigen::Matrix3d::Identity();
  if (excess.cwiseAbs().maxCoeff() > 1e-6 || matrix.determinant() < 0) {
    rotation.Refuse("constant_rotation", "is no rotation (orthonormal to 1e-6, determinant +1)");
  }
  return Eigen::Quaterniond(matrix).normalized().toRotationMatrix();
}

/// Rotation from J2000 to the last frame of `instrument_pointing` or `body_rotation`.
Eigen::Matrix3d FromInertial(const JsonObject& root, const std::string& key) {
  const JsonObject rotation = root.Child(key);
  if (rotation.NumberOr("reference_frame", kJ2000Frame) != kJ2000Frame) {
    rotation.Refuse("reference_frame", "must be 1 (J2000)");
  }
  const std::vector<double> q = rotation.Row("quaternions", SampleAtCentre(root, rotation), 4);
  const Eigen::Quaterniond quaternion(q[0], q[1], q[2], q[3]);
  if (!(std::abs(quaternion.norm() - 1) < 1e-6)) rotation.Refuse("quaternions", "must have unit length");
  return ConstantRotation(rotation) * quaternion.normalized().toRotationMatrix();
}

/// The frame that `body_rotation` ends in; 0 when it says none.
int BodyFrame(const JsonObject& rotation) {
  for (const char* key : {"constant_frames", "time_dependent_frames"}) {
    if (!rotation.Has(key)) continue;
    const std::vector<double> frames = rotation.Numbers(key, 0);
    if (!frames.empty()) return static_cast<int>(frames.front());
  }
  return 0;
}

/// From DE421's principal axes to its mean-Earth frame: 67.92″, 78.56″ and 0.30″ about z, y and x (Williams,
/// Boggs & Folkner 2008).
Eigen::Matrix3d MeanEarthFromPrincipalAxes() {
  constexpr double kArcsecond_rad = dem::DegToRad(1.0 / 3600);
  return (Eigen::AngleAxisd(0.30 * kArcsecond_rad, Eigen::Vector3d::UnitX()) *
          Eigen::AngleAxisd(78.56 * kArcsecond_rad, Eigen::Vector3d::UnitY()) *
          Eigen::AngleAxisd(67.92 * kArcsecond_rad, Eigen::Vector3d::UnitZ()))
      .toRotationMatrix();
}

Eigen::Matrix3d MoonFromInertial(const JsonObject& root, std::int64_t t_ns) {
  const JsonObject rotation = root.Child("body_rotation");
  Eigen::Matrix3d moon_from_inertial = FromInertial(root, "body_rotation");
  const int frame = BodyFrame(rotation);
  if (frame == kPrincipalAxesDe421) {
    moon_from_inertial = MeanEarthFromPrincipalAxes() * moon_from_inertial;
  } else if (std::count(std::begin(kPrincipalAxes), std::end(kPrincipalAxes), frame) > 0) {
    root.Refuse("body_rotation", "ends in the principal-axes frame " + std::to_string(frame) +
                                     ": mean-Earth (31001) is needed");
  }
  const double apart_rad =
      Eigen::AngleAxisd(moon_from_inertial * dem::MoonFromInertial(t_ns).transpose()).angle();
  if (!(apart_rad < kLargestDisagreement_rad)) {
    root.Refuse("body_rotation", "is " + std::to_string(apart_rad) +
                                     " rad from the Moon's mean-Earth frame at that time (up to 0.0002 is "
                                     "known): another body, principal axes, or a wrong time");
  }
  return moon_from_inertial;
}

Eigen::Vector3d PositionInInertial_m(const JsonObject& root) {
  const JsonObject position = root.Child("instrument_position");
  if (position.NumberOr("reference_frame", kJ2000Frame) != kJ2000Frame) {
    position.Refuse("reference_frame", "must be 1 (J2000)");
  }
  const std::vector<double> km = position.Row("positions", SampleAtCentre(root, position), 3);
  const Eigen::Vector3d position_m = 1000 * Eigen::Vector3d(km[0], km[1], km[2]);
  if (!(position_m.norm() > dem::kMoonRadius_m - 10e3)) {  // 10 km below the sphere is lower than any ground
    position.Refuse("positions", "lies inside the Moon: km from its centre are needed");
  }
  return position_m;
}

void CheckModel(const JsonObject& root) {
  const std::string model = root.Text("name_model");
  if (model == "USGS_ASTRO_FRAME_SENSOR_MODEL") return;
  root.Refuse("name_model", "is " + model +
                                (model.find("LINE_SCANNER") != std::string::npos
                                     ? ": a line scanner has no single pose, only framing cameras "
                                       "(USGS_ASTRO_FRAME_SENSOR_MODEL) are read"
                                     : ", must be USGS_ASTRO_FRAME_SENSOR_MODEL"));
}

}  // namespace

Isd ReadIsd(const std::filesystem::path& path) {
  const JsonObject root(path);
  CheckModel(root);
  Isd isd;
  if (root.Has("name_platform")) isd.platform = root.Text("name_platform");
  if (root.Has("name_sensor")) isd.sensor = root.Text("name_sensor");
  isd.t_ns = TaiFromTdbSeconds(root);
  const IsdCamera camera = ReadIsdCamera(root);
  isd.camera = camera.camera;
  const Eigen::Matrix3d moon_from_inertial = MoonFromInertial(root, isd.t_ns);
  const Eigen::Matrix3d inertial_from_frame = FromInertial(root, "instrument_pointing").transpose();
  isd.moon_from_cam.linear() = moon_from_inertial * inertial_from_frame * camera.frame_from_cam;
  isd.moon_from_cam.translation() = moon_from_inertial * PositionInInertial_m(root);
  if (!(isd.moon_from_cam.linear().col(2).dot(isd.moon_from_cam.translation()) < 0)) {
    root.Refuse("instrument_pointing", "looks away from the Moon (or focal2pixel mirrors the picture)");
  }
  return isd;
}

}  // namespace perilune::datasets
