#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "dem/raster/grid.h"
#include "dem/terrain/terrain.h"
#include "tools/crater_detections/detection_score.h"
#include "vision/camera/camera.h"

namespace perilune::tools {

/// A crater in the picture of a scene, px.
struct SceneCrater {
  double x_px = 0, y_px = 0, diameter_px = 0;
  double depth = 0;        ///< after wear, in diameters
  bool wiped_out = false;  ///< by a younger one
};

/// What is to be seen.
struct SceneChoice {
  std::string site_type = "mare";
  std::uint64_t seed = 0;
  double pixel_m = 10;
};

/// Synthetic ground seen from straight above, and the craters that are in it.
class RenderedScene {
 public:
  explicit RenderedScene(const SceneChoice& choice);

  /// 8 bit: exposed so that 1 % of the pixels are at or above 230, with noise of `noise` levels.
  cv::Mat Picture(double sun_elevation_rad, double sun_azimuth_rad, double noise = 1) const;

  /// All of 5 px and more in the picture and 50 px around.
  const std::vector<SceneCrater>& craters() const { return craters_; }

  /// The craters as labels for one of the pictures: those count whose centres are in it, that are kLeast_px
  /// to half of it wide, 0.1 diameters deep, not wiped out, and not altogether in cast shadow.
  std::vector<TrueCrater> Truth(const cv::Mat& picture) const;

  static constexpr int kSize_px = 512;
  static constexpr double kLeast_px = 8;

 private:
  std::uint64_t seed_;
  std::vector<dem::Terrain> terrain_;  ///< one
  std::vector<SceneCrater> craters_;
  vision::Camera camera_;
};

}  // namespace perilune::tools
