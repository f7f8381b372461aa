#pragma once

#include <Eigen/Geometry>

#include "tests/support/looks.h"
#include "vision/camera/camera.h"

namespace perilune::test {

/// So far that all pixels look straight down.
inline constexpr double kEye_m = 1e5;

/// From there, image right = east, turned by an angle.
inline Eigen::Isometry3d LookDownFromFar(double x_m, double y_m, double turn_rad = 0) {
  return LookDown({x_m, y_m, kEye_m}) * Eigen::AngleAxisd(turn_rad, Eigen::Vector3d::UnitZ());
}

/// `size`² pixels that are `footprint_m` large on the ground.
inline vision::Camera FarCamera(int size, double footprint_m) {
  vision::Camera camera = vision::PinholeCamera(size, 1);
  camera.fx_px = camera.fy_px = kEye_m / footprint_m;
  return camera;
}

}  // namespace perilune::test
