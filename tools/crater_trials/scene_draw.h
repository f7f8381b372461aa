#pragma once

#include <Eigen/Geometry>
#include <cstdint>

#include "dem/frames/moon.h"

namespace perilune::tools {

/// What numbers of a scene are drawn for: independent streams.
enum class SceneUse : std::uint64_t {
  kView = 301,
  kRimCentre,
  kRimShape,
  kRimHeight,
  kMiss,
  kNoise,
  kFalseCount,
  kFalse,
  kLight,
};

/// Independent numbers of one use within a scene.
class SceneRandom {
 public:
  SceneRandom(std::uint64_t seed, std::uint64_t scene, SceneUse use);
  double Uniform();
  double Uniform(double low, double high) { return low + (high - low) * Uniform(); }
  double Normal();

 private:
  std::uint64_t seed_, use_, next_ = 0;
};

/// moon_from_cam of a camera at a height above the sphere over a place, at most so far off nadir (uniform) in
/// any direction, rolled at random.
Eigen::Isometry3d DrawPose(const dem::LatLon& place, double height_m, double most_off_nadir_rad,
                           SceneRandom& random);

}  // namespace perilune::tools
