#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "dem/ephemeris/sun.h"
#include "dem/terrain/terrain.h"
#include "tools/crater_trials/crater_scene.h"
#include "vision/craters/crater_map.h"
#include "vision/craters/detect.h"

namespace perilune::tools {

/// Views of real ground, rendered, and what Perilune's own detector finds in them.
struct RenderedViewOptions {
  /// With dem/gld100_256ppd_*.tif, the sites that LU1319381's files are of.
  std::filesystem::path data;
  double lowest_m = 50'000, highest_m = 200'000;  ///< height; less where the DEM does not fill such a view
  double most_off_nadir_rad = 0.175;
  double lowest_sun_rad = 0.0873, highest_sun_rad = 1.047;  ///< elevation, uniform; any azimuth
  double noise = 1;                                         ///< of the picture, grey values
  vision::DetectCratersOptions detector;
  /// From the Sun's known direction; else it is estimated from the picture, but for its sense.
  bool sun_known = true;
};

/// Pictures of one camera over the DEMs, the sites in turn. DEMs are read when first seen and kept.
class RenderedViews {
 public:
  RenderedViews(RenderedViewOptions options, vision::Camera camera);

  /// View number `index` of a seed, with the detections in it: in two readings where the Sun is not known
  /// (DetectCratersEitherWay), which differ in nothing else. The truth of a detection is the catalogued
  /// crater whose rim, seen from the true pose, has its centre within a quarter of the diameter of the
  /// detection's and a diameter within a factor of 1.4, the nearest of them; −1: none. `picture`: where it is
  /// put. Throws dem::DataError.
  std::vector<CraterScene> Take(const vision::CraterMap& map, const CraterSceneOptions& scene_options,
                                std::uint64_t seed, std::uint64_t index, cv::Mat* picture = nullptr);

 private:
  struct Ground {
    dem::Terrain terrain;
    double half_width_m = 0;  ///< of the square around the site's origin that the DEM covers
  };
  const Ground& GroundOf(std::size_t site);

  RenderedViewOptions options_;
  vision::Camera camera_;
  std::map<std::size_t, Ground> grounds_;
};

}  // namespace perilune::tools
