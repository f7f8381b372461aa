#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>

namespace perilune::vision {

struct RefinementOptions {
  int max_iterations = 15;
  double convergence_px = 0.005;  ///< stop when a step is shorter
  double max_shift_px = 2.5;      ///< further from the start the refinement has left its peak
  void Validate() const;
};

enum class RefinementStatus { kConverged, kNoTexture, kDiverged, kOutside };

struct RefinementResult {
  RefinementStatus status = RefinementStatus::kDiverged;
  Eigen::Vector2d shift_px = Eigen::Vector2d::Zero();  ///< image position − patch position
  Eigen::Matrix2d covariance_px2 = Eigen::Matrix2d::Identity();
  double score = 0;  ///< zero-normalised cross-correlation at the end
  double significance =
      0;  ///< gain over its 1 sigma: how certain it is that the patch is in the image at all
};

/// Least-squares matching of a patch (Gruen 1985; inverse compositional, Baker & Matthews 2004): the shift d,
/// gain a and offset b that minimise Σ (image(x + d) − a·patch(x) − b)² over the patch, from `start_px`.
///
/// The covariance is a sandwich N⁻¹ M N⁻¹ with N = Σ JᵀJ: map and image differ by detail that one of them
/// lacks, so residuals are correlated over many pixels and the white-noise formula is several times too
/// small. M = Σ_x Σ_y J(x)ᵀ C(x − y) J(y), C Gaussian with the residuals' own variance and correlation
/// length. Sums over the residuals as they are (White 1980, Newey & West 1987), which hold where residuals
/// are larger on steep texture, declared 1.1 to 1.6 times the variance that matches have, by ground and scale
/// (docs/accuracy.md).
///
/// `image` and `expected` are CV_32F; `patch` lies inside `expected`; both are already low-passed alike.
/// `weight` (CV_32F, the patch's size, 0 … 1) says what each pixel counts: cast shadows, where map and image
/// must differ, count nothing.
RefinementResult RefinePatch(const cv::Mat& image, const cv::Mat& expected, const cv::Rect& patch,
                             const cv::Mat& weight, const Eigen::Vector2d& start_px,
                             const RefinementOptions& options);

}  // namespace perilune::vision
