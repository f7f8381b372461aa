#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace perilune::vision {

/// A surface point of the map and where the image shows it.
struct Match {
  Eigen::Vector2d pixel_px = Eigen::Vector2d::Zero();
  Eigen::Matrix2d covariance_px2 = Eigen::Matrix2d::Identity();
  Eigen::Vector3d point_in_site_m = Eigen::Vector3d::Zero();
  Eigen::Matrix3d point_covariance_m2 = Eigen::Matrix3d::Zero();
  std::int64_t landmark_id = 0;
  double score = 0;  ///< zero-normalised cross-correlation of the patch, −1…1
  double patch_size_px =
      0;  ///< side of the square patch in the image: overlapping patches share their errors
};

}  // namespace perilune::vision
