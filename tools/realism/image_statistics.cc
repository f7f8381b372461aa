#include "tools/realism/image_statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <vector>

#include "tools/evaluation/percentiles.h"

namespace perilune::tools {
namespace {

constexpr int kRings = 16;
constexpr double kLowest = 1.0 / 64, kHighest = 1.0 / 4;  // cycles a pixel
constexpr int kLeastSide_px = 256, kTile_px = 16;

/// |DFT|² of the central square, mean removed, under a Hann window.
cv::Mat PowerSpectrum(const cv::Mat& picture) {
  const int side = std::min(picture.rows, picture.cols);
  const cv::Rect square((picture.cols - side) / 2, (picture.rows - side) / 2, side, side);
  cv::Mat values, window, power;
  picture(square).convertTo(values, CV_64F);
  values -= cv::mean(values)[0];
  cv::createHanningWindow(window, values.size(), CV_64F);
  cv::dft(values.mul(window), values, cv::DFT_COMPLEX_OUTPUT);
  std::array<cv::Mat, 2> parts;
  cv::split(values, parts.data());
  cv::magnitude(parts[0], parts[1], power);
  return power.mul(power);
}

double SpectralSlope(const cv::Mat& picture) {
  const cv::Mat power = PowerSpectrum(picture);
  const int side = power.rows;
  const double ring_width = std::log(kHighest / kLowest) / kRings;
  std::array<double, kRings> sum{};
  std::array<int, kRings> count{};
  const auto frequency = [&](int i) { return static_cast<double>(i <= side / 2 ? i : i - side) / side; };
  for (int row = 0; row < side; ++row) {
    for (int col = 0; col < side; ++col) {
      const double wavenumber = std::hypot(frequency(row), frequency(col));
      if (wavenumber < kLowest || wavenumber >= kHighest) continue;
      const auto ring = std::min<std::size_t>(
          kRings - 1, static_cast<std::size_t>(std::log(wavenumber / kLowest) / ring_width));
      sum[ring] += power.at<double>(row, col);
      ++count[ring];
    }
  }
  double x_sum = 0, y_sum = 0, xx = 0, xy = 0;
  for (std::size_t ring = 0; ring < kRings; ++ring) {
    if (count[ring] == 0 || !(sum[ring] > 0))
      throw std::invalid_argument("image statistics: the picture has no contrast");
    const double x = (static_cast<double>(ring) + 0.5) * ring_width, y = std::log(sum[ring] / count[ring]);
    x_sum += x, y_sum += y, xx += x * x, xy += x * y;
  }
  return (kRings * xy - x_sum * y_sum) / (kRings * xx - x_sum * x_sum);
}

TilePercentiles Summarise(const std::vector<double>& tiles) {
  return {Percentile(tiles, 0.1), Percentile(tiles, 0.5), Percentile(tiles, 0.9)};
}

}  // namespace

ImageStatistics MeasureImage(const cv::Mat& picture) {
  if (picture.channels() != 1 || std::min(picture.rows, picture.cols) < kLeastSide_px) {
    throw std::invalid_argument(
        "image statistics: a picture of one channel and at least 256 x 256 px is needed");
  }
  cv::Scalar mean, deviation;
  cv::meanStdDev(picture, mean, deviation);
  const double whole = deviation[0];
  if (!(whole > 0)) throw std::invalid_argument("image statistics: the picture has no contrast");
  std::vector<double> contrasts, relative;
  for (int row = 0; row + kTile_px <= picture.rows; row += kTile_px) {
    for (int col = 0; col + kTile_px <= picture.cols; col += kTile_px) {
      cv::meanStdDev(picture(cv::Rect(col, row, kTile_px, kTile_px)), mean, deviation);
      relative.push_back(deviation[0] / whole);
      if (mean[0] > 0) contrasts.push_back(deviation[0] / mean[0]);
    }
  }
  return {SpectralSlope(picture), Summarise(contrasts), Summarise(relative)};
}

}  // namespace perilune::tools
