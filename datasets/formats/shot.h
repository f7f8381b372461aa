#pragma once

#include <Eigen/Geometry>
#include <filesystem>
#include <optional>
#include <string>

#include "dem/ephemeris/sun.h"
#include "dem/frames/site.h"
#include "vision/camera/camera.h"

namespace perilune::datasets {

/// Where a picture is believed to have been taken from.
struct ShotPrior {
  Eigen::Isometry3d moon_from_cam = Eigen::Isometry3d::Identity();
  double position_sigma_m = 0;    ///< each axis
  double attitude_sigma_rad = 0;  ///< each axis, in `cam`
};

/// One picture with its camera. Keys of the JSON file: `image` (relative to the file), `time_utc`, `camera`
/// (`model` brown_conrady or kannala_brandt, `width_px height_px fx_px fy_px cx_px cy_px`, optional
/// `distortion_opencv_k1_k2_p1_p2_k3`, for kannala_brandt `distortion_opencv_fisheye_k1_k2_k3_k4`), optional
/// `prior`
/// (`cam_from_moon_rotation` 3 rows, `camera_position_in_moon_m`, `position_sigma_m`, `attitude_sigma_deg`),
/// optional `sun` (`sub_solar_latitude_deg`, `sub_solar_longitude_deg`).
struct Shot {
  std::filesystem::path image;  ///< joined with the folder of the .json
  std::string time_utc;         ///< ISO 8601, as the file has it
  vision::Camera camera;
  std::optional<ShotPrior> prior;
  std::optional<dem::LatLon> sub_solar;  ///< overrides the ephemeris
};

/// Throws dem::DataError naming file and key: missing file, bad JSON, missing or unknown key, wrong type or
/// size, a number out of its range, a matrix that is no rotation (to 1e-6), a camera inside the Moon.
Shot ReadShot(const std::filesystem::path& path);

/// The Sun at the shot's time seen from a site: from its sub-solar point if it has one, else from the
/// ephemeris. Throws std::invalid_argument for a time that the ephemeris cannot read.
dem::Sun SunOfShot(const Shot& shot, const dem::Site& site);

}  // namespace perilune::datasets
