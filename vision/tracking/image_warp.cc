#include "vision/tracking/image_warp.h"

#include <Eigen/LU>

#include <cmath>
#include <opencv2/calib3d.hpp>

namespace perilune::vision {
namespace {

constexpr std::size_t kFewestPoints = 8;
constexpr double kGate_px = 3;
constexpr double kDifference_px = 4;
constexpr double kLargestAngleCosine = 0.2;  // further off the axis x/z says little
constexpr double kLargestChange = 1.5;       // of a patch between two frames that can be tracked at all

}  // namespace

ImageWarp::ImageWarp(const Camera& camera, const std::vector<Eigen::Vector2d>& before_px,
                     const std::vector<Eigen::Vector2d>& after_px)
    : camera_(camera) {
  std::vector<cv::Point2d> before, after;
  for (std::size_t i = 0; i < before_px.size(); ++i) {
    const Eigen::Vector3d a = camera.Unproject(before_px[i]), b = camera.Unproject(after_px[i]);
    if (!(a.z() > kLargestAngleCosine) || !(b.z() > kLargestAngleCosine)) continue;
    before.emplace_back(a.x() / a.z(), a.y() / a.z());
    after.emplace_back(b.x() / b.z(), b.y() / b.z());
  }
  if (before.size() < kFewestPoints) return;
  const cv::Mat h = cv::findHomography(before, after, cv::RANSAC, kGate_px / camera.FocalLength_px());
  if (h.empty()) return;
  for (int row = 0; row < 3; ++row) {
    for (int col = 0; col < 3; ++col) after_from_before_(row, col) = h.at<double>(row, col);
  }
}

Eigen::Matrix2d ImageWarp::LocalAt(const Eigen::Vector2d& before_px) const {
  Eigen::Matrix2d local;
  for (int axis = 0; axis < 2; ++axis) {
    const Eigen::Vector2d half = 0.5 * kDifference_px * Eigen::Vector2d::Unit(axis);
    const auto ahead = camera_.Project(after_from_before_ * camera_.Unproject(before_px + half));
    const auto behind = camera_.Project(after_from_before_ * camera_.Unproject(before_px - half));
    if (!ahead || !behind) return Eigen::Matrix2d::Identity();
    local.col(axis) = (*ahead - *behind) / kDifference_px;
  }
  const double area = local.determinant();
  const bool sane = local.allFinite() && area > 1 / (kLargestChange * kLargestChange) &&
                    area < kLargestChange * kLargestChange;
  return sane ? local : Eigen::Matrix2d::Identity();
}

}  // namespace perilune::vision
