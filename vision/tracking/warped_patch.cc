#include "vision/tracking/warped_patch.h"

#include <Eigen/LU>
#include <cmath>

namespace perilune::vision {
namespace {

/// Catmull-Rom weights of the four neighbours at a fraction: sharper than bilinear, which would low-pass the
/// patch by its sub-pixel place.
Eigen::Vector4f CubicWeights(float t) {
  const float t2 = t * t, t3 = t2 * t;
  return {0.5F * (-t3 + 2 * t2 - t), 0.5F * (3 * t3 - 5 * t2 + 2), 0.5F * (-3 * t3 + 4 * t2 + t),
          0.5F * (t3 - t2)};
}

float CubicAt(const cv::Mat& image, double x, double y) {
  const int x0 = static_cast<int>(std::floor(x)), y0 = static_cast<int>(std::floor(y));
  const Eigen::Vector4f across = CubicWeights(static_cast<float>(x - x0));
  const Eigen::Vector4f down = CubicWeights(static_cast<float>(y - y0));
  float sum = 0;
  for (int row = 0; row < 4; ++row) {
    const float* p = image.ptr<float>(y0 - 1 + row) + x0 - 1;
    sum += down(row) * (across(0) * p[0] + across(1) * p[1] + across(2) * p[2] + across(3) * p[3]);
  }
  return sum;
}

bool FourNeighboursInside(const cv::Mat& image, const Eigen::Vector2d& p) {
  return p.x() >= 1 && p.y() >= 1 && p.x() < image.cols - 2 && p.y() < image.rows - 2;
}

bool Unclipped(const cv::Mat& mask, const Eigen::Vector2d& p) {
  const int col = static_cast<int>(std::lround(p.x())), row = static_cast<int>(std::lround(p.y()));
  return col >= 0 && row >= 0 && col < mask.cols && row < mask.rows && mask.at<unsigned char>(row, col) != 0;
}

}  // namespace

std::optional<AlignedPatch> AlignWarpedPatch(const EvenImage& before, const EvenImage& next,
                                             const Eigen::Vector2d& before_px,
                                             const Eigen::Vector2d& after_px,
                                             const Eigen::Matrix2d& after_from_before, int size_px,
                                             double min_unclipped_share, const RefinementOptions& options) {
  const Eigen::Matrix2d before_from_after = after_from_before.inverse();
  const int half = size_px / 2, centre = half + 1;  // a border of one for the gradients
  for (const double sx : {-1.0, 1.0}) {
    for (const double sy : {-1.0, 1.0}) {
      const Eigen::Vector2d corner = before_px + before_from_after * Eigen::Vector2d(sx, sy) * (half + 1);
      if (!FourNeighboursInside(before.smooth, corner)) return std::nullopt;
    }
  }
  cv::Mat expected(size_px + 2, size_px + 2, CV_32F), weight(size_px, size_px, CV_32F);
  double unclipped = 0;
  for (int row = 0; row < expected.rows; ++row) {
    for (int col = 0; col < expected.cols; ++col) {
      const Eigen::Vector2d off(col - centre, row - centre);
      const Eigen::Vector2d source = before_px + before_from_after * off;
      expected.at<float>(row, col) = CubicAt(before.smooth, source.x(), source.y());
      if (row == 0 || col == 0 || row > size_px || col > size_px) continue;
      const bool counts = Unclipped(before.unclipped, source) && Unclipped(next.unclipped, after_px + off);
      weight.at<float>(row - 1, col - 1) = counts ? 1.0F : 0.0F;
      unclipped += counts ? 1 : 0;
    }
  }
  if (unclipped < min_unclipped_share * size_px * size_px) return std::nullopt;
  const Eigen::Vector2d middle(centre, centre);
  const RefinementResult refined = RefinePatch(next.smooth, expected, cv::Rect(1, 1, size_px, size_px),
                                               weight, after_px - middle, options);
  if (refined.status != RefinementStatus::kConverged) return std::nullopt;
  AlignedPatch aligned{middle + refined.shift_px, refined.covariance_px2, refined.score};
  // The same picture twice leaves no residual to take a covariance from.
  if (!aligned.covariance_px2.allFinite()) aligned.covariance_px2.setZero();
  return aligned;
}

}  // namespace perilune::vision
