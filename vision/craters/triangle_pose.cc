#include "vision/craters/triangle_pose.h"

#include <Eigen/Dense>
#include <cmath>

namespace perilune::vision {
namespace {

Eigen::Vector3d MiddleOf(const TriangleCorners& p) { return (p[0] + p[1] + p[2]) / 3; }

/// Unit axes of the triangle's plane: along its first side, across, and its normal.
Eigen::Matrix3d AxesOfTriangle(const TriangleCorners& p) {
  Eigen::Matrix3d axes;
  axes.col(0) = (p[1] - p[0]).normalized();
  axes.col(2) = (p[1] - p[0]).cross(p[2] - p[0]).normalized();
  axes.col(1) = axes.col(2).cross(axes.col(0));
  return axes;
}

}  // namespace

Eigen::Isometry3d PoseOfTriangle(const TriangleCorners& in_cam, const TriangleCorners& in_moon) {
  const Eigen::Matrix3d cam_axes = AxesOfTriangle(in_cam), moon_axes = AxesOfTriangle(in_moon);
  const Eigen::Vector3d cam_middle = MiddleOf(in_cam), moon_middle = MiddleOf(in_moon);
  double dot = 0, cross = 0, norm = 0;
  for (int k = 0; k < 3; ++k) {
    const Eigen::Vector2d a = (cam_axes.transpose() * (in_cam[k] - cam_middle)).head<2>();
    const Eigen::Vector2d b = (moon_axes.transpose() * (in_moon[k] - moon_middle)).head<2>();
    dot += a.dot(b);
    cross += a.x() * b.y() - a.y() * b.x();
    norm += a.squaredNorm();
  }
  const double length = std::hypot(dot, cross);
  Eigen::Matrix3d turn = Eigen::Matrix3d::Identity();
  turn.topLeftCorner<2, 2>() << dot / length, -cross / length, cross / length, dot / length;
  Eigen::Isometry3d moon_from_cam = Eigen::Isometry3d::Identity();
  moon_from_cam.linear() = moon_axes * turn * cam_axes.transpose();
  moon_from_cam.translation() = moon_middle - length / norm * (moon_from_cam.linear() * cam_middle);
  return moon_from_cam;
}

}  // namespace perilune::vision
