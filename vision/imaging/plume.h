#pragma once

#include <opencv2/core.hpp>

namespace perilune::vision {

/// Dust that the engines blow up between camera and ground near touchdown: a uniform veil.
struct PlumeOptions {
  /// Height of the camera above the ground at which dust starts to show; 0 = no dust ever. Apollo crews saw
  /// it from some 30 m down (mem.).
  double start_height_m = 0;
  /// Optical depth along the line of sight when the camera is on the ground.
  double optical_depth_at_ground = 2;
  /// Radiance factor of dust that is infinitely thick: bright regolith in full sun.
  double radiance_factor = 0.1;

  bool Off() const { return start_height_m == 0 || optical_depth_at_ground == 0; }
  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// τ(h) = τ_ground (1 − h/h_start)² below h_start, else 0: starts without a jump in value or slope.
double PlumeOpticalDepth(const PlumeOptions& options, double height_m);

/// Light through the veil: L e^−τ + L_dust (1 − e^−τ). Contrast falls by e^−τ and by the added mean. CV_32F.
cv::Mat SeenThroughPlume(const cv::Mat& light, const PlumeOptions& options, double height_m);

}  // namespace perilune::vision
