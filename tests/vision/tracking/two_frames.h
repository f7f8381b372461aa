#pragma once

#include <cstdint>
#include <vector>

#include "dem/frames/pose.h"
#include "dem/synthesis/random.h"
#include "vision/camera/camera.h"
#include "vision/tracking/relative_motion.h"

namespace perilune::vision {

/// Two frames over the plane z = 0 of `site` with relief: tracks whose answer is known.
struct TwoFrames {
  Camera camera;
  Eigen::Isometry3d site_from_cam0 = Eigen::Isometry3d::Identity();
  Eigen::Isometry3d cam0_from_cam1 = Eigen::Isometry3d::Identity();
  double relief_m = 0;  ///< 1 sigma of the points' heights
  double noise_px = 0;  ///< 1 sigma of each coordinate of pixel1
  int count = 300;

  /// Tracks at random pixels of frame 0 that frame 1 shows, too. `range0_m` is the plane's: relief is its
  /// error.
  std::vector<TrackPair> Pairs(std::uint64_t seed, bool with_ranges) const {
    std::vector<TrackPair> pairs;
    for (std::uint64_t i = 0; static_cast<int>(pairs.size()) < count; ++i) {
      const Eigen::Vector2d pixel0(dem::RandomUniform(seed, 1, i) * (camera.width_px - 1),
                                   dem::RandomUniform(seed, 2, i) * (camera.height_px - 1));
      const Eigen::Vector3d ray0 = camera.Unproject(pixel0);
      const Eigen::Vector3d down = site_from_cam0.linear() * ray0;
      if (!(down.z() < -0.02)) continue;
      const double height_m = site_from_cam0.translation().z();
      const double range_m = (relief_m * dem::RandomNormal(seed, 3, i) - height_m) / down.z();
      const auto pixel1 = camera.Project(cam0_from_cam1.inverse() * (range_m * ray0));
      if (!pixel1 || !camera.Contains(*pixel1)) continue;
      TrackPair pair;
      pair.track_id = static_cast<std::int64_t>(i);
      pair.pixel0_px = pixel0;
      pair.pixel1_px =
          *pixel1 + noise_px * Eigen::Vector2d(dem::RandomNormal(seed, 4, i), dem::RandomNormal(seed, 5, i));
      pair.covariance_px2 = std::max(1e-8, noise_px * noise_px) * Eigen::Matrix2d::Identity();
      if (with_ranges) pair.range0_m = -height_m / down.z();
      pairs.push_back(pair);
    }
    return pairs;
  }

  Eigen::Vector3d Direction() const { return cam0_from_cam1.translation().normalized(); }
};

/// cam1 moved by `move_m` (in cam0) and turned by `turn_rad` (in cam1), above level ground, looking down.
inline TwoFrames NadirFrames(double height_m, const Eigen::Vector3d& move_m,
                             const Eigen::Vector3d& turn_rad = Eigen::Vector3d::Zero()) {
  TwoFrames frames;
  frames.camera = PinholeCamera(1024, 1.0471975511965976);
  frames.site_from_cam0.linear().diagonal() << 1, -1, -1;
  frames.site_from_cam0.translation().z() = height_m;
  frames.cam0_from_cam1.linear() = dem::ExpSo3(turn_rad).toRotationMatrix();
  frames.cam0_from_cam1.translation() = move_m;
  return frames;
}

/// The true rotation with an error drawn from `sigma_rad` on each axis.
inline RotationPrior PriorOf(const TwoFrames& frames, double sigma_rad, std::uint64_t seed) {
  Eigen::Vector3d error;
  for (int k = 0; k < 3; ++k)
    error(k) = sigma_rad * dem::RandomNormal(seed, 6, static_cast<std::uint64_t>(k));
  RotationPrior prior;
  prior.cam0_from_cam1 = Eigen::Quaterniond(frames.cam0_from_cam1.linear()) * dem::ExpSo3(error);
  prior.covariance_rad2 = sigma_rad * sigma_rad * Eigen::Matrix3d::Identity();
  return prior;
}

}  // namespace perilune::vision
