#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/frames/pose.h"
#include "dem/synthesis/random.h"
#include "vision/camera/camera.h"
#include "vision/matching/match.h"

namespace perilune::test_support {

/// Camera looking straight down from `height_m` above the site's origin, x to the east.
inline Eigen::Isometry3d NadirPose(double height_m) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() << 1, 0, 0, 0, -1, 0, 0, 0, -1;
  pose.translation() = Eigen::Vector3d(0, 0, height_m);
  return pose;
}

/// Exact matches of points on gently rough ground (relief_m, 1 sigma), spread over the image.
inline std::vector<vision::Match> ExactMatches(const vision::Camera& camera,
                                               const Eigen::Isometry3d& site_from_cam, int count,
                                               double relief_m, std::uint64_t seed) {
  std::vector<vision::Match> matches;
  for (int i = 0; i < count; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    const Eigen::Vector2d pixel(dem::RandomUniform(seed, 1, index) * (camera.width_px - 1),
                                dem::RandomUniform(seed, 2, index) * (camera.height_px - 1));
    const Eigen::Vector3d ray = site_from_cam.linear() * camera.Unproject(pixel);
    const double z = relief_m * dem::RandomNormal(seed, 3, index);
    vision::Match match;
    match.pixel_px = pixel;
    match.point_in_site_m =
        site_from_cam.translation() + ray * ((z - site_from_cam.translation().z()) / ray.z());
    match.landmark_id = i;
    matches.push_back(match);
  }
  return matches;
}

/// The matches with Gaussian pixel noise of `sigma_px`, stated as their covariance.
inline std::vector<vision::Match> WithNoise(std::vector<vision::Match> matches, double sigma_px,
                                            std::uint64_t seed) {
  for (std::size_t i = 0; i < matches.size(); ++i) {
    matches[i].pixel_px +=
        sigma_px * Eigen::Vector2d(dem::RandomNormal(seed, 11, i), dem::RandomNormal(seed, 12, i));
    matches[i].covariance_px2 = Eigen::Matrix2d::Identity() * sigma_px * sigma_px;
  }
  return matches;
}

}  // namespace perilune::test_support
