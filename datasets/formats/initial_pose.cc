#include "datasets/formats/initial_pose.h"

#include <cmath>
#include <stdexcept>
#include <vector>

#include "datasets/formats/isd.h"
#include "datasets/formats/json_object.h"
#include "datasets/formats/shot.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/frames/site.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

/// Lower than any ground of the Moon, m.
constexpr double kLowest_m = -10e3;

Eigen::Isometry3d ReadPoseInMoon(const JsonObject& root) {
  Eigen::Isometry3d moon_from_cam = Eigen::Isometry3d::Identity();
  moon_from_cam.linear() = root.Rotation("cam_from_moon_rotation").transpose();
  moon_from_cam.translation() = Eigen::Vector3d::Map(root.Numbers("camera_position_in_moon_m", 3).data());
  if (!(moon_from_cam.translation().norm() > dem::kMoonRadius_m + kLowest_m)) {
    root.Refuse("camera_position_in_moon_m", "lies inside the Moon: metres from its centre are needed");
  }
  return moon_from_cam;
}

Eigen::Isometry3d ReadPoseOverPlace(const JsonObject& root) {
  const double latitude_deg = root.Number("latitude_deg"), longitude_deg = root.Number("longitude_deg");
  if (std::abs(latitude_deg) > 90) root.Refuse("latitude_deg", "must be between -90 and 90");
  if (std::abs(longitude_deg) > 360) root.Refuse("longitude_deg", "must be between -360 and 360");
  const double height_m = root.Number("height_m");
  if (!(height_m > kLowest_m)) root.Refuse("height_m", "lies below any ground");
  return CameraOverPlace({{dem::DegToRad(latitude_deg), dem::DegToRad(longitude_deg)}, height_m},
                         dem::DegToRad(root.NumberOr("azimuth_deg", 0)),
                         dem::DegToRad(root.NumberOr("off_nadir_deg", 0)));
}

std::optional<Eigen::Vector3d> ReadPositionSigma(const JsonObject& root) {
  if (!root.Has("position_sigma_m")) return std::nullopt;
  if (root.IsList("position_sigma_m")) {
    const std::vector<double> sigma = root.Numbers("position_sigma_m", 3);
    for (const double value : sigma) {
      if (!(value > 0)) root.Refuse("position_sigma_m", "must be above zero");
    }
    return Eigen::Vector3d::Map(sigma.data());
  }
  return Eigen::Vector3d::Constant(root.PositiveNumber("position_sigma_m"));
}

void ReadTime(const std::filesystem::path& path, const JsonObject& root, InitialPose& pose) {
  if (root.Has("t_ns")) pose.t_ns = root.Integer("t_ns");
  if (!root.Has("time_utc")) return;
  if (pose.t_ns) root.Refuse("time_utc", "and t_ns say the same: give one");
  try {
    pose.tai_ns = dem::ParseUtc(root.Text("time_utc"));
  } catch (const std::invalid_argument& error) {
    throw dem::DataError(path, std::string("time_utc: ") + error.what());
  }
}

InitialPose ReadOwn(const std::filesystem::path& path, const JsonObject& root) {
  InitialPose pose;
  pose.moon_from_cam = root.Has("latitude_deg") ? ReadPoseOverPlace(root) : ReadPoseInMoon(root);
  ReadTime(path, root, pose);
  pose.position_sigma_m = ReadPositionSigma(root);
  if (root.Has("attitude_sigma_deg")) {
    pose.attitude_sigma_rad = dem::DegToRad(root.PositiveNumber("attitude_sigma_deg"));
  }
  if (root.Has("velocity_in_moon_mps")) {
    pose.velocity_in_moon_mps = Eigen::Vector3d::Map(root.Numbers("velocity_in_moon_mps", 3).data());
    if (!root.Has("velocity_sigma_mps")) root.Refuse("velocity_sigma_mps", "is missing");
  }
  if (root.Has("velocity_sigma_mps")) pose.velocity_sigma_mps = root.PositiveNumber("velocity_sigma_mps");
  root.RefuseUnknownKeys();
  return pose;
}

InitialPose PoseOfShot(const std::filesystem::path& path) {
  const Shot shot = ReadShot(path);
  if (!shot.prior) throw dem::DataError(path, "has no `prior`: add a pose to start from");
  InitialPose pose;
  pose.moon_from_cam = shot.prior->moon_from_cam;
  pose.tai_ns = dem::ParseUtc(shot.time_utc);
  pose.position_sigma_m = Eigen::Vector3d::Constant(shot.prior->position_sigma_m);
  pose.attitude_sigma_rad = shot.prior->attitude_sigma_rad;
  return pose;
}

InitialPose PoseOfIsd(const std::filesystem::path& path) {
  const Isd isd = ReadIsd(path);
  InitialPose pose;
  pose.moon_from_cam = isd.moon_from_cam;
  pose.tai_ns = isd.t_ns;
  return pose;
}

}  // namespace

InitialPose ReadInitialPose(const std::filesystem::path& path) {
  const JsonObject root(path);
  if (root.Has("focal2pixel_samples")) return PoseOfIsd(path);
  if (root.Has("image") && root.Has("camera")) return PoseOfShot(path);
  return ReadOwn(path, root);
}

Eigen::Isometry3d CameraOverPlace(const dem::Geodetic& place, double azimuth_rad, double off_nadir_rad) {
  const Eigen::Vector3d ahead(std::sin(azimuth_rad), std::cos(azimuth_rad), 0);
  const Eigen::Vector3d zenith = Eigen::Vector3d::UnitZ();
  Eigen::Isometry3d local_from_cam = Eigen::Isometry3d::Identity();
  local_from_cam.linear().col(0) = ahead.cross(zenith);
  local_from_cam.linear().col(1) = -(std::cos(off_nadir_rad) * ahead + std::sin(off_nadir_rad) * zenith);
  local_from_cam.linear().col(2) = std::sin(off_nadir_rad) * ahead - std::cos(off_nadir_rad) * zenith;
  local_from_cam.translation() = place.height_m * zenith;
  return dem::MakeSite(place.place).moon_from_site * local_from_cam;
}

Prior PriorOf(const InitialPose& pose, const SequenceInfo& info, std::int64_t t_ns,
              double unknown_velocity_sigma_mps) {
  if (!pose.position_sigma_m) {
    throw std::invalid_argument("the initial pose states no position sigma: give --position-sigma-m");
  }
  if (!pose.attitude_sigma_rad) {
    throw std::invalid_argument("the initial pose states no attitude sigma: give --attitude-sigma-deg");
  }
  Prior prior;
  prior.t_ns = t_ns;
  prior.site_from_body =
      info.site.moon_from_site.inverse() * pose.moon_from_cam * info.body_from_cam.inverse();
  prior.position_sigma_m = *pose.position_sigma_m;
  prior.attitude_sigma_rad = *pose.attitude_sigma_rad;
  prior.velocity_sigma_mps = pose.velocity_sigma_mps.value_or(unknown_velocity_sigma_mps);
  if (pose.velocity_in_moon_mps) {
    prior.velocity_in_site_mps = info.site.moon_from_site.linear().transpose() * *pose.velocity_in_moon_mps;
  }
  return prior;
}

}  // namespace perilune::datasets
