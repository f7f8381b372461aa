#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "dem/frames/pose.h"
#include "vision/camera/camera.h"
#include "vision/matching/match.h"

namespace perilune::vision {

/// Residual (observed − projected, px) and its derivatives at a pose. Perturbation as dem/frames/pose.h.
struct Reprojection {
  Eigen::Vector2d residual_px = Eigen::Vector2d::Zero();
  Eigen::Matrix<double, 2, 6> by_pose = Eigen::Matrix<double, 2, 6>::Zero();  ///< d projected / d [δθ; δp]
  Eigen::Matrix<double, 2, 3> by_point =
      Eigen::Matrix<double, 2, 3>::Zero();  ///< d projected / d point_in_site
};

/// Nothing when the point does not project (behind the camera).
std::optional<Reprojection> Reproject(const Match& match, const Camera& camera,
                                      const Eigen::Isometry3d& site_from_cam);

/// |observed − projected| of every match, px; infinity when a point does not project.
std::vector<double> ReprojectionErrors(const std::vector<Match>& matches, const Camera& camera,
                                       const Eigen::Isometry3d& site_from_cam);

/// Indices of the matches whose error is below the gate.
std::vector<int> InliersWithin(const std::vector<Match>& matches, const Camera& camera,
                               const Eigen::Isometry3d& site_from_cam, double gate_px);

}  // namespace perilune::vision
