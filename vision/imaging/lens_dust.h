#pragma once

#include <cstdint>
#include <opencv2/core.hpp>

namespace perilune::vision {

/// Grains on the front lens, far out of focus: soft dark spots that stay where they are in every image.
struct LensDustOptions {
  int count = 0;                  ///< spots in the image; 0 = a clean lens
  double smallest_radius_px = 8;  ///< 1 sigma of a spot's Gaussian profile, drawn evenly from here …
  double largest_radius_px = 40;  ///< … to here: the blur circle of the aperture seen from the lens
  double deepest = 0.1;           ///< share of the light that a spot's middle takes, drawn evenly up to this

  bool Off() const { return count == 0; }
  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Share of the light that arrives at each pixel (CV_32F): the product over the spots of 1 − depth ·
/// exp(−d²/2r²). The same `camera_seed` has the same spots. Throws std::invalid_argument for bad options.
cv::Mat LensDustMap(const LensDustOptions& options, cv::Size size, std::uint64_t camera_seed);

}  // namespace perilune::vision
