#include "vision/tracking/even_light.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace perilune::vision {
namespace {

constexpr double kLevelsPerSigma = 48;
constexpr int kClippedMargin_px = 2;  // as far as the low-pass carries what a clipped pixel lacks

}  // namespace

void EvenLightOptions::Validate() const {
  if (!(smoothing_sigma_px > 0 && smoothing_sigma_px < 10))
    throw std::invalid_argument("smoothing_sigma_px must lie in (0, 10), is " +
                                std::to_string(smoothing_sigma_px));
  if (window_px < 9 || window_px % 2 == 0)
    throw std::invalid_argument("window_px must be odd and at least 9, is " + std::to_string(window_px));
  if (!(noise_sigmas > 0))
    throw std::invalid_argument("noise_sigmas must be positive, is " + std::to_string(noise_sigmas));
}

double NoiseSigma(const cv::Mat& image) {
  std::vector<float> responses;
  responses.reserve(image.total() / 4);
  for (int row = 1; row + 1 < image.rows; row += 2) {
    const float* up = image.ptr<float>(row - 1);
    const float* here = image.ptr<float>(row);
    const float* down = image.ptr<float>(row + 1);
    for (int col = 1; col + 1 < image.cols; col += 2) {
      responses.push_back(std::abs(up[col - 1] + up[col + 1] + down[col - 1] + down[col + 1] -
                                   2 * (up[col] + down[col] + here[col - 1] + here[col + 1]) +
                                   4 * here[col]));
    }
  }
  if (responses.empty()) return 0;
  const auto middle = responses.begin() + static_cast<std::ptrdiff_t>(responses.size() / 2);
  std::nth_element(responses.begin(), middle, responses.end());
  // The mask's weights have a root sum of squares of 6; the median of |N(0, 1)| is 0.6745.
  return *middle / (6 * 0.6745);
}

EvenImage EvenLight(const cv::Mat& image, double full_scale, const EvenLightOptions& options) {
  options.Validate();
  if (image.empty() || (image.type() != CV_8U && image.type() != CV_16U && image.type() != CV_32F))
    throw std::invalid_argument("tracking needs an image of one channel, CV_8U, CV_16U or CV_32F");
  cv::Mat grey;
  image.convertTo(grey, CV_32F);
  EvenImage result;
  cv::GaussianBlur(grey, result.smooth, cv::Size(), options.smoothing_sigma_px, 0, cv::BORDER_REPLICATE);

  const cv::Size window(options.window_px, options.window_px);
  cv::Mat mean, square;
  cv::boxFilter(result.smooth, mean, CV_32F, window, cv::Point(-1, -1), true, cv::BORDER_REFLECT_101);
  const cv::Mat off = result.smooth - mean;
  cv::boxFilter(off.mul(off), square, CV_32F, window, cv::Point(-1, -1), true, cv::BORDER_REFLECT_101);
  // Smoothing leaves 1/(4π σ²) of white noise's variance.
  const double left = 1 / (4 * CV_PI * options.smoothing_sigma_px * options.smoothing_sigma_px);
  const double floor = options.noise_sigmas * NoiseSigma(grey);
  cv::Mat deviation;
  cv::sqrt(square + std::max(1e-20, floor * floor * left), deviation);
  cv::Mat(off / deviation).convertTo(result.even, CV_8U, kLevelsPerSigma, 128);

  const cv::Mat clipped = grey >= full_scale;
  if (cv::countNonZero(clipped) == 0) {
    result.unclipped = cv::Mat(image.size(), CV_8U, cv::Scalar(255));
  } else {
    const cv::Mat disc = cv::Mat::ones(2 * kClippedMargin_px + 1, 2 * kClippedMargin_px + 1, CV_8U);
    cv::Mat wide;
    cv::dilate(clipped, wide, disc);
    result.unclipped = ~wide;
  }
  return result;
}

}  // namespace perilune::vision
