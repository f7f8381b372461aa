#include "tools/realism/photo_comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>

#include "tools/evaluation/percentiles.h"

namespace perilune::tools {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

/// 255 where both pictures show ground.
cv::Mat Usable(const cv::Mat& radiance, const std::vector<PictureMark>& marks) {
  cv::Mat use = radiance == radiance;
  for (const PictureMark& mark : marks) {
    cv::circle(use, cv::Point(cvRound(mark.col_px), cvRound(mark.row_px)), cvCeil(mark.radius_px),
               cv::Scalar(0), cv::FILLED);
  }
  return use;
}

/// Gaussian mean of what is used; NaN where that is less than half of the weight.
cv::Mat LowPass(const cv::Mat& picture, const cv::Mat& use, double sigma_px) {
  cv::Mat weight, sum = cv::Mat::zeros(picture.size(), CV_32F);
  use.convertTo(weight, CV_32F, 1.0 / 255);
  picture.copyTo(sum, use);
  cv::GaussianBlur(sum, sum, {}, sigma_px, sigma_px, cv::BORDER_REFLECT);
  cv::GaussianBlur(weight, weight, {}, sigma_px, sigma_px, cv::BORDER_REFLECT);
  cv::Mat mean = sum / weight;
  mean.setTo(kNone, weight < 0.5);
  return mean;
}

double Correlation(const cv::Mat& a, const cv::Mat& b) {
  const cv::Mat x = a - cv::mean(a)[0], y = b - cv::mean(b)[0];
  const double norm = std::sqrt(x.dot(x) * y.dot(y));
  return norm > 0 ? x.dot(y) / norm : 0;
}

/// One value for each window that lies wholly in `use`; NaN for the others.
cv::Mat Correlations(const cv::Mat& a, const cv::Mat& b, const cv::Mat& use, int window_px) {
  cv::Mat values(a.rows / window_px, a.cols / window_px, CV_32F, cv::Scalar(kNone));
  for (int row = 0; row < values.rows; ++row) {
    for (int col = 0; col < values.cols; ++col) {
      const cv::Rect window(col * window_px, row * window_px, window_px, window_px);
      if (cv::countNonZero(use(window)) != window.area()) continue;
      values.at<float>(row, col) = static_cast<float>(Correlation(a(window), b(window)));
    }
  }
  return values;
}

std::vector<double> Known(const cv::Mat& values) {
  std::vector<double> known;
  for (const float v : cv::Mat_<float>(values)) {
    if (!std::isnan(v)) known.push_back(v);
  }
  return known;
}

WindowCorrelation Summarise(const cv::Mat& correlations) {
  const std::vector<double> known = Known(correlations);
  return {Percentile(known, 0.5), Percentile(known, 0.1)};
}

double RatioRms(const cv::Mat& photo, const cv::Mat& radiance, const FilmCurve& line, const cv::Mat& use) {
  double sum = 0, square = 0;
  int count = 0;
  for (int row = 0; row < photo.rows; ++row) {
    for (int col = 0; col < photo.cols; ++col) {
      if (use.at<std::uint8_t>(row, col) == 0) continue;
      const double ratio =
          photo.at<float>(row, col) / (line.offset_dn + line.gain_dn * radiance.at<float>(row, col));
      sum += ratio;
      square += ratio * ratio;
      ++count;
    }
  }
  const double mean = sum / count;
  return std::sqrt(std::max(0.0, square / count - mean * mean));
}

void CompareLargeScale(const cv::Mat& photo, const cv::Mat& radiance, const cv::Mat& use, double sigma_px,
                       PhotoComparison& result) {
  const cv::Mat grey = LowPass(photo, use, sigma_px), light = LowPass(radiance, use, sigma_px);
  const cv::Mat known = (grey == grey) & (light == light);
  result.large_scale = FitGainAndOffset(grey, light, known);
  result.large_scale_ratio_rms = RatioRms(grey, light, result.large_scale, known);
}

cv::Mat Magnified(const cv::Mat& window_correlation, cv::Size size, int window_px) {
  cv::Mat grey(size, CV_8U, cv::Scalar(0));
  for (int row = 0; row < window_correlation.rows; ++row) {
    for (int col = 0; col < window_correlation.cols; ++col) {
      const float value = window_correlation.at<float>(row, col);
      if (std::isnan(value)) continue;
      const cv::Rect window(col * window_px, row * window_px, window_px, window_px);
      cv::rectangle(grey, window, cv::Scalar(255 * std::clamp<double>(value, 0, 1)), cv::FILLED);
      cv::putText(grey, cv::format("%.2f", value), window.tl() + cv::Point(6, window_px / 2 + 6),
                  cv::FONT_HERSHEY_SIMPLEX, window_px / 110.0, cv::Scalar(value > 0.5F ? 0 : 255), 1,
                  cv::LINE_AA);
    }
  }
  return grey;
}

}  // namespace

PhotoComparison ComparePhoto(const cv::Mat& photo, const cv::Mat& radiance,
                             const PhotoComparisonOptions& options) {
  if (photo.channels() != 1 || radiance.type() != CV_32F || photo.size() != radiance.size() ||
      photo.empty()) {
    throw std::invalid_argument(
        "photo comparison: a photograph of one channel and a CV_32F rendering of its size are needed");
  }
  cv::Mat grey;
  photo.convertTo(grey, CV_32F, photo.depth() == CV_16U ? 255.0 / 65535 : 1);
  const cv::Mat use = Usable(radiance, options.marks);
  const cv::Mat smooth_grey = LowPass(grey, use, options.low_pass_sigma_px);
  const cv::Mat smooth_light = LowPass(radiance, use, options.low_pass_sigma_px);
  PhotoComparison result;
  result.film = FitFilmCurve(smooth_grey, smooth_light, use);
  result.rendering_dn = result.film.Apply(radiance);
  const cv::Mat smooth_rendering = LowPass(result.rendering_dn, use, options.low_pass_sigma_px);
  const auto correlate = [&](const cv::Mat& a, const cv::Mat& b) {
    return Correlations(a, b, use, options.window_px);
  };
  result.window_correlation = correlate(smooth_grey, smooth_rendering);
  result.windows = static_cast<int>(Known(result.window_correlation).size());
  result.marked = static_cast<int>(result.window_correlation.total()) - result.windows;
  if (result.windows == 0)
    throw std::invalid_argument("photo comparison: no window without marks or missing ground");
  result.filtered = Summarise(result.window_correlation);
  result.filtered_linear = Summarise(correlate(smooth_grey, smooth_light));
  result.unfiltered = Summarise(correlate(grey, result.rendering_dn));
  result.unfiltered_linear = Summarise(correlate(grey, radiance));
  CompareLargeScale(grey, radiance, use, options.large_scale_sigma_px, result);
  return result;
}

cv::Mat DrawPhotoComparison(const cv::Mat& photo, const PhotoComparison& comparison,
                            const PhotoComparisonOptions& options) {
  cv::Mat grey, left, right;
  photo.convertTo(grey, CV_32F, photo.depth() == CV_16U ? 255.0 / 65535 : 1);
  cv::Mat rendering = comparison.rendering_dn.clone();
  cv::patchNaNs(rendering, 0);
  cv::Mat smooth_grey, smooth_rendering, difference;
  cv::GaussianBlur(grey, smooth_grey, {}, options.low_pass_sigma_px);
  cv::GaussianBlur(rendering, smooth_rendering, {}, options.low_pass_sigma_px);
  cv::Mat(smooth_grey - smooth_rendering).convertTo(difference, CV_8U, 1, 128);
  grey.convertTo(left, CV_8U);
  rendering.convertTo(right, CV_8U);
  cv::Mat above, below, all;
  cv::hconcat(left, right, above);
  cv::hconcat(difference, Magnified(comparison.window_correlation, photo.size(), options.window_px), below);
  cv::vconcat(above, below, all);
  return all;
}

}  // namespace perilune::tools
