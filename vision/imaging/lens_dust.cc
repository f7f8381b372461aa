#include "vision/imaging/lens_dust.h"

#include <algorithm>
#include <cmath>

#include "dem/synthesis/random.h"
#include "vision/imaging/camera_streams.h"
#include "vision/imaging/option_check.h"

namespace perilune::vision {
namespace {

/// A Gaussian is followed this many sigmas out, to 3e-4 of its depth.
constexpr double kReachSigmas = 4;

void Darken(cv::Mat& map, double col, double row, double radius_px, double depth) {
  const double reach_px = kReachSigmas * radius_px;
  const int first_row = std::max(0, static_cast<int>(std::ceil(row - reach_px)));
  const int last_row = std::min(map.rows - 1, static_cast<int>(std::floor(row + reach_px)));
  const int first_col = std::max(0, static_cast<int>(std::ceil(col - reach_px)));
  const int last_col = std::min(map.cols - 1, static_cast<int>(std::floor(col + reach_px)));
  for (int v = first_row; v <= last_row; ++v) {
    for (int u = first_col; u <= last_col; ++u) {
      const double d2 = (u - col) * (u - col) + (v - row) * (v - row);
      map.at<float>(v, u) *= static_cast<float>(1 - depth * std::exp(-d2 / (2 * radius_px * radius_px)));
    }
  }
}

}  // namespace

void LensDustOptions::Validate() const {
  RequireWithin("lens_dust.count", count, 0, 10000);
  RequireWithin("lens_dust.smallest_radius_px", smallest_radius_px, 0.5, 1000);
  RequireWithin("lens_dust.largest_radius_px", largest_radius_px, smallest_radius_px, 1000);
  RequireShare("lens_dust.deepest", deepest);
}

cv::Mat LensDustMap(const LensDustOptions& options, cv::Size size, std::uint64_t camera_seed) {
  options.Validate();
  cv::Mat map(size, CV_32F, cv::Scalar(1));
  for (int i = 0; i < options.count; ++i) {
    const auto draw = [&](CameraStream stream) {
      return dem::RandomUniform(camera_seed, StreamNumber(stream), static_cast<std::uint64_t>(i));
    };
    const double radius_px =
        options.smallest_radius_px +
        draw(CameraStream::kDustRadius) * (options.largest_radius_px - options.smallest_radius_px);
    Darken(map, draw(CameraStream::kDustColumn) * size.width - 0.5,
           draw(CameraStream::kDustRow) * size.height - 0.5, radius_px,
           draw(CameraStream::kDustDepth) * options.deepest);
  }
  return map;
}

}  // namespace perilune::vision
