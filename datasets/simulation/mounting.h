#pragma once

#include <Eigen/Geometry>

namespace perilune::datasets {

/// A camera that looks along body −z with the image's up along body +x: cam x = −body y, cam y = −body x.
Eigen::Isometry3d NadirCameraMount(const Eigen::Vector3d& position_in_body_m);

/// A beam along body −z.
Eigen::Isometry3d NadirBeamMount(const Eigen::Vector3d& position_in_body_m);

/// Axes of the body.
Eigen::Isometry3d AlignedMount(const Eigen::Vector3d& position_in_body_m);

/// A star tracker that looks along body +y: neither at the ground nor into the plume.
Eigen::Isometry3d SidewaysMount();

}  // namespace perilune::datasets
