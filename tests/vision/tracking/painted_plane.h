#pragma once

#include <cmath>
#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "dem/frames/pose.h"
#include "dem/synthesis/random.h"
#include "vision/camera/camera.h"

namespace perilune::vision {

/// The plane z = 0 of `site`, painted with waves of random directions and phases: a smooth picture without
/// grid, so that an image of it is exact at pixel centres.
class PaintedPlane {
 public:
  PaintedPlane(std::uint64_t seed, double shortest_m, double longest_m) {
    for (std::uint64_t i = 0; i < kWaves; ++i) {
      const double share = static_cast<double>(i) / (kWaves - 1);
      const double length_m = shortest_m * std::pow(longest_m / shortest_m, share);
      const double angle = 2 * CV_PI * dem::RandomUniform(seed, 1, i);
      waves_.push_back({2 * CV_PI / length_m * std::cos(angle), 2 * CV_PI / length_m * std::sin(angle),
                        2 * CV_PI * dem::RandomUniform(seed, 2, i)});
    }
  }

  /// CV_32F about 0.5, 1 sigma 0.13.
  cv::Mat Picture(const Camera& camera, const Eigen::Isometry3d& site_from_cam) const {
    cv::Mat picture(camera.height_px, camera.width_px, CV_32F);
    for (int row = 0; row < picture.rows; ++row) {
      for (int col = 0; col < picture.cols; ++col) {
        const Eigen::Vector3d point = PointUnder(camera, site_from_cam, Eigen::Vector2d(col, row));
        double sum = 0;
        for (const Wave& wave : waves_)
          sum += std::sin(wave.kx * point.x() + wave.ky * point.y() + wave.phase);
        picture.at<float>(row, col) = static_cast<float>(0.5 + 0.04 * sum);
      }
    }
    return picture;
  }

  static Eigen::Vector3d PointUnder(const Camera& camera, const Eigen::Isometry3d& site_from_cam,
                                    const Eigen::Vector2d& pixel) {
    const Eigen::Vector3d ray = site_from_cam.linear() * camera.Unproject(pixel);
    return site_from_cam.translation() - ray * (site_from_cam.translation().z() / ray.z());
  }

 private:
  static constexpr std::uint64_t kWaves = 21;
  struct Wave {
    double kx, ky, phase;
  };
  std::vector<Wave> waves_;
};

/// Digital numbers of a picture: gain, white noise of `noise_dn`, rounding, clipping at 2^bits − 1.
inline cv::Mat Digitised(const cv::Mat& picture, int bits, double gain, double noise_dn, std::uint64_t seed) {
  const double top = std::pow(2.0, bits) - 1;
  cv::Mat numbers(picture.size(), bits > 8 ? CV_16U : CV_8U);
  for (int row = 0; row < picture.rows; ++row) {
    std::vector<double> noise(static_cast<std::size_t>(picture.cols));
    dem::RandomNormals(seed, 9, static_cast<std::uint64_t>(row) * noise.size(), noise);
    for (int col = 0; col < picture.cols; ++col) {
      const double dn = std::clamp(std::round(gain * top * picture.at<float>(row, col) +
                                              noise_dn * noise[static_cast<std::size_t>(col)]),
                                   0.0, top);
      if (bits > 8) {
        numbers.at<std::uint16_t>(row, col) = static_cast<std::uint16_t>(dn);
      } else {
        numbers.at<std::uint8_t>(row, col) = static_cast<std::uint8_t>(dn);
      }
    }
  }
  return numbers;
}

}  // namespace perilune::vision
