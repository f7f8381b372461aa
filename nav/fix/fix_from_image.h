#pragma once

#include <opencv2/core.hpp>

#include "dem/ephemeris/sun.h"
#include "dem/terrain/terrain.h"
#include "nav/fix/estimate_fix.h"
#include "vision/matching/coarse_search.h"
#include "vision/matching/match_map.h"
#include "vision/render/render.h"

namespace perilune::nav {

struct FixOptions {
  vision::MatchOptions match;    ///< patches across at most; their size, radius and low-pass follow the scale
  vision::RenderOptions render;  ///< how the map is lit: lunar-Lambert unless there is reason
  EstimateFixOptions estimate;
  /// The image is matched at the scale where a map pixel is this many image pixels (never enlarged): finer
  /// image detail than that is not in the map. 0 = always the full image.
  double working_map_px = 2.2;
  double blur_map_px = 0.5;  ///< low-pass before matching, 1 sigma in map pixels …
  double blur_min_px = 0.8;  ///< … and at least this in working pixels
  double patch_map_px = 40;  ///< side of the patches, at most 0.3 of the image
  /// Where single patches do not stand out: significance (vision::JointPlace) of the place where all of them
  /// together do.
  double min_joint_significance = 25;
  double surroundings_map_px = 16;  ///< 1 sigma of what contrast is relative to
  /// Significance (vision::MatchOptions) once the view lies on the image and little is searched.
  double min_significance_aligned = 3.5;
  double min_lit_share_aligned = 0.1;  ///< likewise: significance says whether that is enough
  double search_sigma = 3.5;           ///< search radius in sigmas of the prior
  double min_map_px_across = 50;       ///< of the footprint; fewer is "no map"
  double min_covered_share = 0.4;      ///< of the footprint on the map; less is "no map"
  /// A prior whose landmarks may be off by more than this many working pixels is searched as a whole
  /// (vision/matching/coarse_search.h); below it patches are sought around their predicted places.
  double max_patch_search_px = 48;
  vision::CoarseSearchOptions coarse;
  /// No fix when another place stands out more than this times as much as the best one. Below it all places
  /// that stand out are refined, and two that both give a fix are none.
  double max_ambiguity_ratio = 0.9;
  /// A view that is off by no more than this many working pixels lies on the image: what the two share can be
  /// measured at once.
  double aligned_radius_px = 5;
  int max_passes = 6;  ///< renderings at the working scale
  void Validate() const;
};

/// One image, one fix: render the map at the predicted pose under the epoch's Sun, match coarse to fine,
/// solve, and render again at the solution until the expected view and the image lie within half a pixel.
/// `image` is CV_8U or CV_16U of the camera's size. Throws std::invalid_argument for an image of another size
/// or type.
Fix FixFromImage(const cv::Mat& image, const vision::Camera& camera, const dem::Terrain& map,
                 const dem::Sun& sun, const PosePrior& prior, const MapDeclaration& declaration,
                 const FixOptions& options = {});

}  // namespace perilune::nav
