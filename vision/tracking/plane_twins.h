#pragma once

#include <vector>

#include "vision/tracking/two_view.h"

namespace perilune::vision {

/// The motions, up to scale, that move a plane through two frames as the given motion does: the homography
/// I − p nᵀ of a motion with translation p over a plane of normal n (GroundPlane) has a second decomposition
/// (Faugeras & Lustman 1988; by OpenCV), which meets the first where the camera moves along n. The given
/// motion is not among them where it is distinct by 1e-4 rad; planes behind the camera are left out.
std::vector<Eigen::Isometry3d> PlaneTwins(const Eigen::Isometry3d& cam0_from_cam1,
                                          const Eigen::Vector3d& plane_normal_in_cam0,
                                          const std::vector<TwoViewTrack>& tracks);

}  // namespace perilune::vision
