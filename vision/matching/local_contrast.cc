#include "vision/matching/local_contrast.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

namespace perilune::vision {
namespace {

cv::Mat WindowMean(const cv::Mat& image, int window_px) {
  cv::Mat mean;
  cv::boxFilter(image, mean, CV_32F, cv::Size(window_px, window_px), {-1, -1}, true, cv::BORDER_CONSTANT);
  return mean;
}

}  // namespace

LocalContrast MakeLocalContrast(const cv::Mat& image, const cv::Mat& known, int window_px,
                                double floor_share) {
  constexpr float kLeastKnown = 0.1F;  // share of the window: fewer pixels have no mean
  LocalContrast contrast;
  contrast.known = known / 255;
  contrast.known.convertTo(contrast.known, CV_32F);
  cv::Mat filled = image.clone();
  filled.setTo(cv::mean(image, known), known == 0);
  filled -= cv::mean(image, known)[0];  // squares of small numbers: floats suffice
  filled = filled.mul(contrast.known);
  const cv::Mat share = cv::max(WindowMean(contrast.known, window_px), kLeastKnown);
  const cv::Mat mean = WindowMean(filled, window_px) / share;
  // About the local mean of each pixel's own window: a slope of brightness across the window is no spread.
  const cv::Mat detail = (filled - mean).mul(contrast.known);
  const cv::Mat variance = WindowMean(detail.mul(detail), window_px) / share;
  const double typical = cv::mean(variance, known)[0];
  cv::Mat spread;
  cv::sqrt(variance + floor_share * floor_share * typical + 1e-20, spread);
  contrast.value = detail / spread;
  return contrast;
}

}  // namespace perilune::vision
