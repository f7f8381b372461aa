#pragma once

#include <Eigen/Core>
#include <array>
#include <memory>
#include <opencv2/core.hpp>
#include <vector>

#include "dem/terrain/simd_level.h"
#include "vision/matching/patch_kernel.h"

namespace perilune::vision {

const PatchKernel& PatchKernelFor(dem::SimdLevel level);

/// A part of a CV_32F picture for the kernels: what is read beyond the ends of its rows is 0.
class PaddedPart {
 public:
  /// Where `area` lies outside the picture: zeros, or the nearest pixel.
  enum class Outside { kZero, kNearest };
  PaddedPart(const cv::Mat& picture, const cv::Rect& area, Outside outside = Outside::kZero);

  std::int32_t stride() const { return stride_; }
  /// From the upper left corner of the area.
  const float* At(int row, int col) const { return data_.get() + std::ptrdiff_t{row} * stride_ + col; }

 private:
  std::int32_t stride_ = 0;
  std::unique_ptr<float[]> data_;
};

/// A patch to look for with what each of its pixels counts, and the sums over its pixels that least-squares
/// matching (patch_refinement.h) is made of.
class PatchPlanes {
 public:
  /// `expected` and `weight` are CV_32F; `patch` lies inside `expected`, `weight` has its size.
  PatchPlanes(const cv::Mat& expected, const cv::Rect& patch, const cv::Mat& weight, dem::SimdLevel simd);

  /// Σ w j jᵀ, j = (dx, dy, value less its weighted mean, 1).
  const Eigen::Matrix4d& normal() const { return normal_; }

  /// Of a sample s of the image less `centre`: Σ w j s and Σ w s².
  struct Comparison {
    Eigen::Vector4d by_model = Eigen::Vector4d::Zero();
    double squares = 0;
  };
  Comparison Compare(const PatchSample& sample, double centre) const;

  /// Of the residuals sample − gain · value − offset, times the weight's root: Σ e(x) e(x + lag), lag 0 to 3
  /// columns and 1 to 3 rows.
  std::array<double, 7> ResidualLags(const PatchSample& sample, double gain, double offset) const;

  /// Σ_x Σ_y f(x) k(x − y) f(y)ᵀ, k(x) = taps[|column|] · taps[|row|], f = (dx, dy, value, 1) times the
  /// weight's root.
  Eigen::Matrix4d Correlated(const std::vector<float>& taps) const;

 private:
  const PatchKernel& kernel_;
  PatchSize size_{};
  std::unique_ptr<float[]> memory_;
  PatchTemplatePlanes planes_{};
  Eigen::Matrix4d normal_;
};

}  // namespace perilune::vision
