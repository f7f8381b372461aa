#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <filesystem>
#include <string>

#include "vision/camera/camera.h"

namespace perilune::datasets {

/// A framing camera at the moment of a picture, from an ISD.
struct Isd {
  vision::Camera camera;
  Eigen::Isometry3d moon_from_cam = Eigen::Isometry3d::Identity();
  /// TAI. The file counts TDB seconds; where NAIF's leap seconds made them from UTC of before 1972 they lie
  /// up to 0.9 s off that UTC (0.5 s in August 1971), which moves nothing: the pose is the file's at its
  /// time.
  std::int64_t t_ns = 0;
  std::string platform, sensor;
};

/// Reads the JSON "image support data" of a framing camera (USGS_ASTRO_FRAME_SENSOR_MODEL), as the
/// Abstraction Library for Ephemerides writes them for the USGS Community Sensor Model. What the keys mean
/// here:
///
/// - `instrument_position` km and `instrument_pointing`, `body_rotation` in J2000, at
///   `center_ephemeris_time` (TDB seconds past J2000); tables need a sample of that time, none is
///   interpolated.
/// - A quaternion (w first) q rotates coordinates of J2000 into its time-dependent frame, R(q) v, and the
///   `constant_rotation` (row by row) those into the camera's, or the body-fixed, frame: the product is
///   cam_from_inertial, or moon_from_inertial.
/// - The body-fixed frame must be mean-Earth: NAIF's DE421 principal axes (31006) are turned into it, other
///   principal axes are refused, and so is any rotation more than 2e-4 rad from dem::MoonFromInertial (the
///   two frames differ by 5e-4, the series follows the mean-Earth frame to 9e-5).
/// - `focal2pixel_samples` (and `_lines`) = (c, x, y): detector sample = c + x·X + y·Y + `detector_center`, X
///   and Y in mm on the focal plane; image sample = (detector sample − starting) / summing, its first pixel
///   covering 0 … 1. Our pixel is half a pixel less. The axes must be perpendicular; their lengths give fx
///   and fy, their directions right and down.
/// - The boresight is +z of the file's camera frame, or −z where right × down says so: a frame in which the
///   picture is not a mirror image (Apollo's metric cameras have z away from the Moon).
/// - `optical_distortion.radial` (k0 k1 k2): undistorted = distorted · (1 − k0 − k1 r² − k2 r⁴), r the
///   distorted radius in mm. Its inverse is fitted by our Brown-Conrady terms to 0.05 px over the picture, or
///   the file refused.
///
/// Throws dem::DataError naming file and key: line scanners and other models, other distortions (by name),
/// missing keys, skewed axes, a boresight that points away from the Moon, a camera inside it.
Isd ReadIsd(const std::filesystem::path& path);

}  // namespace perilune::datasets
