#include "vision/matching/gaussian_blur.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "vision/matching/blur_kernel.h"
#include "vision/matching/packed_length.h"

namespace perilune::vision {
namespace {

const BlurKernel& KernelFor(dem::SimdLevel level) {
  return dem::ForLevel(level, kBlurKernelSse2, kBlurKernelAvx2, kBlurKernelAvx512);
}

}  // namespace

std::vector<double> GaussianTaps(double sigma_px) {
  const cv::Mat kernel = cv::getGaussianKernel(cvRound(sigma_px * 8 + 1) | 1, sigma_px, CV_64F);
  return {kernel.begin<double>() + kernel.rows / 2, kernel.end<double>()};
}

cv::Mat GaussianBlurred(const cv::Mat& picture, double sigma_px, dem::SimdLevel simd) {
  constexpr int kRowsAtOnce = 64;
  const std::vector<double> weights = GaussianTaps(sigma_px);
  const std::vector<float> taps(weights.begin(), weights.end());
  const BlurKernel& kernel = KernelFor(simd);
  const BlurTaps filter{taps.data(), static_cast<int>(taps.size()) - 1};
  const int reach = filter.reach, packed = PackedLength(picture.cols, kBlurLanes);
  cv::Mat blurred(picture.rows, packed, CV_32F);
  const int blocks = (picture.rows + kRowsAtOnce - 1) / kRowsAtOnce;
  tbb::parallel_for(0, blocks, [&](int block) {
    const int begin = block * kRowsAtOnce, rows = std::min(kRowsAtOnce, picture.rows - begin);
    cv::Mat row(1, packed + 2 * reach, CV_32F, cv::Scalar(0)), along(rows + 2 * reach, packed, CV_32F);
    for (int i = 0; i < along.rows; ++i) {
      const int from = cv::borderInterpolate(begin + i - reach, picture.rows, cv::BORDER_REFLECT_101);
      cv::copyMakeBorder(picture.row(from), row.colRange(0, picture.cols + 2 * reach), 0, 0, reach, reach,
                         cv::BORDER_REFLECT_101 | cv::BORDER_ISOLATED);
      kernel.along(filter, row.ptr<float>() + reach, packed, along.ptr<float>(i));
    }
    kernel.across(filter, along.ptr<float>(reach), packed, rows, packed, blurred.ptr<float>(begin));
  });
  return blurred.colRange(0, picture.cols);
}

}  // namespace perilune::vision
