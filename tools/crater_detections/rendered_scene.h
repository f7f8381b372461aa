#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "dem/raster/grid.h"
#include "dem/terrain/terrain.h"
#include "tools/crater_detections/detection_score.h"

namespace perilune::tools {

/// Synthetic ground seen from straight above, 10 m a pixel, and the craters that are in it.
class RenderedScene {
 public:
  /// Maria for even seeds, highlands for odd ones.
  explicit RenderedScene(std::uint64_t seed);

  /// 8 bit: exposed so that 1 % of the pixels are at or above 230, with noise of 1 level.
  cv::Mat Picture(double sun_elevation_rad, double sun_azimuth_rad) const;

  /// Craters of 5 px and more in the picture and 50 px around. Those count whose centres are in it, that are
  /// kLeast_px to half the picture wide, 0.1 diameters deep after wear, and not wiped out by a younger
  /// crater.
  const std::vector<TrueCrater>& truth() const { return truth_; }

  static constexpr int kSize_px = 512;
  static constexpr double kPixel_m = 10, kLeast_px = 8;

 private:
  std::uint64_t seed_;
  std::vector<dem::Terrain> terrain_;  ///< one
  std::vector<TrueCrater> truth_;
};

}  // namespace perilune::tools
