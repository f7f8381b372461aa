#include "vision/matching/patch_planes.h"

#include <algorithm>
#include <cstddef>
#include <opencv2/imgproc.hpp>

#include "vision/matching/packed_length.h"

namespace perilune::vision {
namespace {

std::unique_ptr<float[]> Floats(std::ptrdiff_t count) {
  return std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(count));
}

// Of the upper triangle, row by row.
Eigen::Matrix4d Symmetric(const double sums[10]) {
  Eigen::Matrix4d m;
  for (int row = 0, n = 0; row < 4; ++row) {
    for (int col = row; col < 4; ++col, ++n) m(row, col) = m(col, row) = sums[n];
  }
  return m;
}

}  // namespace

const PatchKernel& PatchKernelFor(dem::SimdLevel level) {
  return dem::ForLevel(level, kPatchKernelSse2, kPatchKernelAvx2, kPatchKernelAvx512);
}

PaddedPart::PaddedPart(const cv::Mat& picture, const cv::Rect& area, Outside outside)
    : stride_(PackedLength(area.width, kPatchLanes) + kPatchLanes),
      data_(Floats(std::ptrdiff_t{area.height} * stride_)) {
  const cv::Rect inside = area & cv::Rect(0, 0, picture.cols, picture.rows);
  cv::Mat rows(area.height, stride_, CV_32F, data_.get());
  rows.colRange(area.width, stride_).setTo(0);
  const cv::Mat part = rows.colRange(0, area.width);
  cv::copyMakeBorder(
      picture(inside), part, inside.y - area.y, area.br().y - inside.br().y, inside.x - area.x,
      area.br().x - inside.br().x,
      (outside == Outside::kNearest ? cv::BORDER_REPLICATE : cv::BORDER_CONSTANT) | cv::BORDER_ISOLATED);
}

PatchPlanes::PatchPlanes(const cv::Mat& expected, const cv::Rect& patch, const cv::Mat& weight,
                         dem::SimdLevel simd)
    : kernel_(PatchKernelFor(simd)) {
  const PaddedPart ground(expected, patch + cv::Size(2, 2) - cv::Point(1, 1), PaddedPart::Outside::kNearest);
  size_ = {patch.height, PackedLength(patch.width, kPatchLanes), ground.stride()};
  constexpr std::ptrdiff_t kPlanes = 8;
  const std::ptrdiff_t plane = std::ptrdiff_t{size_.rows} * size_.stride;
  memory_ = Floats(kPlanes * plane);
  float* const at = memory_.get();
  planes_ = {at,
             at + plane,
             at + 2 * plane,
             at + 3 * plane,
             at + 4 * plane,
             at + 5 * plane,
             at + 6 * plane,
             at + 7 * plane};
  cv::Mat weights(size_.rows, size_.stride, CV_32F, planes_.weight);
  weights.colRange(patch.width, size_.stride).setTo(0);
  weight.copyTo(weights.colRange(0, patch.width));
  const double mean = weight.dot(expected(patch)) / std::max(cv::sum(weight)[0], 1e-9);
  double sums[10];
  kernel_.prepare(size_, ground.At(1, 1), static_cast<float>(mean), planes_, sums);
  normal_ = Symmetric(sums);
}

PatchPlanes::Comparison PatchPlanes::Compare(const PatchSample& sample, double centre) const {
  double sums[5];
  kernel_.compare(size_, planes_, sample, static_cast<float>(centre), sums);
  return {{sums[3], sums[4], sums[2], sums[0]}, sums[1]};
}

std::array<double, 7> PatchPlanes::ResidualLags(const PatchSample& sample, double gain, double offset) const {
  const std::unique_ptr<float[]> residuals = Floats(std::ptrdiff_t{size_.rows} * size_.stride);
  kernel_.residuals(size_, planes_, sample, static_cast<float>(gain), static_cast<float>(offset),
                    residuals.get());
  std::array<double, 7> lags{};
  kernel_.lags(size_, residuals.get(), lags.data());
  return lags;
}

Eigen::Matrix4d PatchPlanes::Correlated(const std::vector<float>& taps) const {
  const auto reach = static_cast<std::int32_t>(taps.size()) - 1;
  const std::int32_t apron = PackedLength(reach, kPatchLanes), stride = size_.packed + 2 * apron;
  const std::ptrdiff_t plane = std::ptrdiff_t{size_.rows} * stride;
  const std::unique_ptr<float[]> memory = Floats(4 * plane);
  float* const first = memory.get() + apron;
  float* const to[4] = {first, first + plane, first + 2 * plane, first + 3 * plane};
  kernel_.spread(size_, planes_, apron, stride, to);
  const PatchSize spread{size_.rows, size_.packed, stride};
  double sums[10];
  kernel_.correlate(spread, to, taps.data(), reach, sums);
  return Symmetric(sums);
}

}  // namespace perilune::vision
