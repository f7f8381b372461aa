#pragma once

#include <Eigen/Geometry>
#include <array>

namespace perilune::vision {

using TriangleCorners = std::array<Eigen::Vector3d, 3>;

/// The pose of a camera from a triangle in `cam`, of unknown scale, and the same one on the Moon in metres:
/// of the similarity that brings one nearest onto the other (their planes onto each other, least squares
/// within: Procrustes), without its scale. Precondition: neither has its corners on one line.
Eigen::Isometry3d PoseOfTriangle(const TriangleCorners& in_cam, const TriangleCorners& in_moon);

}  // namespace perilune::vision
