#pragma once

#include <Eigen/Geometry>

#include "datasets/formats/ros2_messages.h"
#include "dem/frames/pose.h"

namespace perilune::datasets {

/// The covariance of a pose site_from_x in ROS's order (x, y, z, rotations about the fixed axes of `site`,
/// applied on the left: R' = exp([φ]×) R) from ours (dem/frames/pose.h: δθ in x on the right; δp in `site`).
/// R exp([δθ]×) = exp([R δθ]×) R, so that φ = R δθ: exact, not only to first order. By rows.
std::array<double, 36> RosCovariance(const Eigen::Isometry3d& site_from_x, const dem::Matrix6d& covariance);

/// The inverse of RosCovariance.
dem::Matrix6d CovarianceFromRos(const Eigen::Isometry3d& site_from_x,
                                const std::array<double, 36>& covariance);

RosPose RosPoseFrom(const Eigen::Isometry3d& pose);

/// Throws std::invalid_argument: not finite, or a quaternion whose length is not within 1e-3 of 1.
Eigen::Isometry3d PoseFromRos(const RosPose& pose);

}  // namespace perilune::datasets
