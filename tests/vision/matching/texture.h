#pragma once

#include <Eigen/Dense>
#include <array>
#include <cmath>
#include <cstdint>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"
#include "vision/matching/match_map.h"
#include "vision/render/render.h"

namespace perilune::vision {

/// A smooth random texture that can be sampled anywhere: a sum of random plane waves of 8 to 48 px.
class Texture {
 public:
  explicit Texture(std::uint64_t seed) {
    for (std::uint64_t k = 0; k < kWaves; ++k) {
      const double frequency = 2 * dem::kPi / (8 + 40 * dem::RandomUniform(seed, 1, k));
      const double direction = 2 * dem::kPi * dem::RandomUniform(seed, 2, k);
      waves_[k] = {frequency * std::cos(direction), frequency * std::sin(direction),
                   2 * dem::kPi * dem::RandomUniform(seed, 3, k)};
    }
  }
  double At(double x, double y) const {
    double value = 0;
    for (const Eigen::Vector3d& wave : waves_) value += std::sin(wave.x() * x + wave.y() * y + wave.z());
    return 0.5 + 0.04 * value;
  }

 private:
  static constexpr std::size_t kWaves = 20;
  std::array<Eigen::Vector3d, kWaves> waves_;
};

inline cv::Mat TextureImage(int size, const Eigen::Vector2d& shift, std::uint64_t seed) {
  const Texture texture(seed);
  cv::Mat image(size, size, CV_32F);
  for (int row = 0; row < size; ++row) {
    for (int col = 0; col < size; ++col) {
      image.at<float>(row, col) = static_cast<float>(texture.At(col - shift.x(), row - shift.y()));
    }
  }
  return image;
}

inline View FlatView(const cv::Mat& radiance) {
  View view;
  view.radiance = radiance;
  view.camera = PinholeCamera(radiance.cols, dem::DegToRad(60));
  view.range_m = cv::Mat(radiance.size(), CV_64F, cv::Scalar(1000.0));
  view.lit_fraction = cv::Mat(radiance.size(), CV_32F, cv::Scalar(1.0));
  return view;
}

inline cv::Mat AddNoise(const cv::Mat& image, double sigma, double correlation_px, std::uint64_t seed) {
  cv::Mat noise(image.size(), CV_32F);
  for (int i = 0; i < static_cast<int>(noise.total()); ++i) {
    noise.ptr<float>()[i] = static_cast<float>(dem::RandomNormal(seed, 7, static_cast<std::uint64_t>(i)));
  }
  if (correlation_px > 0) cv::GaussianBlur(noise, noise, cv::Size(0, 0), correlation_px / std::sqrt(2.0));
  return image + noise * (sigma / std::sqrt(noise.dot(noise) / static_cast<double>(noise.total())));
}

inline MatchOptions SmallPatches() {
  MatchOptions options;
  options.patch_size_px = 48;
  options.patches_across = 6;
  return options;
}

}  // namespace perilune::vision
