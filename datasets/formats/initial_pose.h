#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "datasets/formats/sequence.h"
#include "dem/frames/moon.h"

namespace perilune::datasets {

/// Where a sequence's camera is believed to have been at its start.
struct InitialPose {
  Eigen::Isometry3d moon_from_cam = Eigen::Isometry3d::Identity();
  std::optional<std::int64_t> tai_ns;  ///< of the pose, where its file says it
  std::optional<std::int64_t> t_ns;    ///< the same in the sequence's clock
  /// 1 sigma: east, north and up of the site; each axis of the attitude.
  std::optional<Eigen::Vector3d> position_sigma_m;
  std::optional<double> attitude_sigma_rad;
  std::optional<Eigen::Vector3d> velocity_in_moon_mps;
  std::optional<double> velocity_sigma_mps;  ///< each axis
};

/// Reads one of:
///
/// - our JSON: `cam_from_moon_rotation` (3 rows) and `camera_position_in_moon_m`; or `latitude_deg`,
///   `longitude_deg`, `height_m` (above the sphere) with optional `azimuth_deg`, `off_nadir_deg`
///   (CameraOverPlace); optional `time_utc` or `t_ns` (the sequence's clock), `position_sigma_m` (one number
///   or east, north, up), `attitude_sigma_deg`, `velocity_in_moon_mps`, `velocity_sigma_mps`;
/// - a shot (shot.h) with a `prior`;
/// - image support data of a framing camera (isd.h), which states no sigma.
///
/// Throws dem::DataError naming file and key.
InitialPose ReadInitialPose(const std::filesystem::path& path);

/// moon_from_cam of a camera over a place: the boresight tilted from the nadir towards an azimuth (from north
/// eastward), which is up in the picture.
Eigen::Isometry3d CameraOverPlace(const dem::Geodetic& place, double azimuth_rad, double off_nadir_rad);

/// The prior of a sequence whose site and mounting are set. Velocity and its sigma are given for a pose that
/// states none. Throws std::invalid_argument naming a sigma that the pose lacks.
Prior PriorOf(const InitialPose& pose, const SequenceInfo& info, std::int64_t t_ns,
              double unknown_velocity_sigma_mps);

}  // namespace perilune::datasets
