#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dem/craters/crater.h"
#include "vision/craters/identify.h"

namespace perilune::tools {

/// How views are drawn and what a detector would make of them.
struct CraterSceneOptions {
  double lowest_m = 50'000, highest_m = 200'000;  ///< height, uniform
  double most_off_nadir_rad = 0.35;               ///< uniform; any roll and azimuth
  vision::DetectionNoise noise;                   ///< 1 px, 3 %
  double missed = 0.3;                            ///< share of the craters in view
  double false_share = 0.2;                       ///< of the detections
  double least_diameter_px = 8, most_diameter_px = 512;
  vision::RimIrregularity irregularity;  ///< of true rims against the catalogue's, as the navigator is told
};

/// A view and the detections in it.
struct CraterScene {
  Eigen::Isometry3d moon_from_cam = Eigen::Isometry3d::Identity();
  double height_m = 0;
  int in_view = 0;  ///< catalogued craters of a detectable size whose true centres are in the image
  std::vector<vision::CraterDetection> detections;
  std::vector<int> truth;  ///< catalogue position of each detection, −1 for false ones
  int TrulyDetected() const;
};

/// The rim in pixels, when its centre is in the image and its size one that is detected.
std::optional<vision::Ellipse> DetectableRim(const vision::CraterRim& rim, const vision::Camera& camera,
                                             const Eigen::Isometry3d& moon_from_cam,
                                             const CraterSceneOptions& options);

/// Scene number `index` of a seed: a place anywhere on the Moon. The true rims are the catalogue's, moved,
/// reshaped and raised by the irregularity, drawn for each crater from the seed; false detections are craters
/// of other places put onto the ground at random, shapes and foreshortening as true ones have them.
CraterScene DrawCraterScene(const std::vector<dem::Crater>& catalogue, const dem::CraterIndex& index,
                            const vision::Camera& camera, const CraterSceneOptions& options,
                            std::uint64_t seed, std::uint64_t scene);

}  // namespace perilune::tools
