#include "tools/realism/film_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/evaluation/percentiles.h"

namespace perilune::tools {
namespace {

struct Sample {
  double radiance, photo;
};

std::vector<Sample> Samples(const cv::Mat& photo, const cv::Mat& radiance, const cv::Mat& use) {
  if (photo.type() != CV_32F || radiance.type() != CV_32F || use.type() != CV_8U ||
      photo.size() != radiance.size() || photo.size() != use.size()) {
    throw std::invalid_argument(
        "film curve: photo, radiance and use must have one size and be CV_32F, CV_32F, CV_8U");
  }
  std::vector<Sample> samples;
  for (int row = 0; row < photo.rows; ++row) {
    for (int col = 0; col < photo.cols; ++col) {
      const float value = radiance.at<float>(row, col);
      if (use.at<std::uint8_t>(row, col) != 0 && std::isfinite(value)) {
        samples.push_back({value, photo.at<float>(row, col)});
      }
    }
  }
  constexpr std::size_t kFewest = 100;
  if (samples.size() < kFewest) {
    throw std::invalid_argument("film curve: " + std::to_string(samples.size()) +
                                " pixels to use, need at least " + std::to_string(kFewest));
  }
  return samples;
}

struct Line {
  double offset, gain, mean_square;
};

/// Least squares of photo = offset + gain · radiance^gamma.
Line FitLine(const std::vector<Sample>& samples, double gamma) {
  double x_sum = 0, y_sum = 0;
  std::vector<double> x;
  x.reserve(samples.size());
  for (const Sample& s : samples) {
    x.push_back(gamma == 1 ? s.radiance : std::pow(std::max(s.radiance, 0.0), gamma));
    x_sum += x.back();
    y_sum += s.photo;
  }
  const double count = static_cast<double>(samples.size());
  const double x_mean = x_sum / count, y_mean = y_sum / count;
  double xx = 0, xy = 0, yy = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double dx = x[i] - x_mean, dy = samples[i].photo - y_mean;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  const double gain = xx > 0 ? xy / xx : 0;
  return {y_mean - gain * x_mean, gain, (yy - gain * xy) / count};
}

}  // namespace

cv::Mat FilmCurve::Apply(const cv::Mat& radiance) const {
  cv::Mat grey(radiance.size(), CV_32F);
  for (int row = 0; row < radiance.rows; ++row) {
    for (int col = 0; col < radiance.cols; ++col) {
      const float value = radiance.at<float>(row, col);
      const double dn = offset_dn + gain_dn * std::pow(std::max(static_cast<double>(value), 0.0), gamma);
      grey.at<float>(row, col) =
          std::isnan(value) ? value : static_cast<float>(std::clamp(dn, 0.0, white_dn));
    }
  }
  return grey;
}

FilmCurve FitFilmCurve(const cv::Mat& photo, const cv::Mat& radiance, const cv::Mat& use) {
  std::vector<Sample> samples = Samples(photo, radiance, use);
  std::vector<double> greys;
  for (const Sample& s : samples) greys.push_back(s.photo);
  const double white_dn = Percentile(greys, 0.95);
  std::erase_if(samples, [&](const Sample& s) { return !(s.radiance > 0) || s.photo > white_dn; });
  FilmCurve best;
  double least = std::numeric_limits<double>::infinity();
  for (int hundredths = 20; hundredths <= 200; ++hundredths) {
    const double gamma = hundredths / 100.0;
    const Line line = FitLine(samples, gamma);
    if (!(line.mean_square < least)) continue;
    least = line.mean_square;
    best = {line.offset, line.gain, gamma, 255};
  }
  return best;
}

FilmCurve FitGainAndOffset(const cv::Mat& photo, const cv::Mat& radiance, const cv::Mat& use) {
  const Line line = FitLine(Samples(photo, radiance, use), 1);
  return {line.offset, line.gain, 1, 255};
}

}  // namespace perilune::tools
