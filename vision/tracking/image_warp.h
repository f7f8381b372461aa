#pragma once

#include <Eigen/Core>
#include <vector>

#include "vision/camera/camera.h"

namespace perilune::vision {

/// How a picture as a whole changed between two frames: the homography of the rays that most of the points
/// follow. It says how a small patch is scaled, turned and sheared, which a translation cannot follow: 5 %
/// nearer to the ground, the edge of a 31-pixel patch is 0.8 px off.
class ImageWarp {
 public:
  /// Points of one picture and where the next one shows them; outliers are allowed (RANSAC, by OpenCV, with
  /// its fixed seed). With fewer than 8 points it changes nothing.
  ImageWarp(const Camera& camera, const std::vector<Eigen::Vector2d>& before_px,
            const std::vector<Eigen::Vector2d>& after_px);

  /// d after / d before at a pixel; the identity where the warp leads out of the camera's range.
  Eigen::Matrix2d LocalAt(const Eigen::Vector2d& before_px) const;

 private:
  Camera camera_;
  Eigen::Matrix3d after_from_before_ = Eigen::Matrix3d::Identity();  ///< of rays
};

}  // namespace perilune::vision
