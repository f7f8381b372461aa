#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "vision/matching/match.h"
#include "vision/matching/patch_refinement.h"
#include "vision/render/render.h"

namespace perilune::vision {

struct MatchOptions {
  int patch_size_px = 80;       ///< side of the square patches
  int patches_across = 14;      ///< regular grid, this many along each axis: 1024 px with little overlap
  double search_radius_px = 6;  ///< how far from its expected place a patch is sought
  double blur_sigma_px = 0.8;   ///< low-pass of image and expectation before they are compared
  /// Whether whitened relative contrasts are compared (whitening.h), or grey values.
  bool whiten = true;
  /// Whitened: the view lies on the image within a pixel, so that what they share can be measured.
  bool aligned = false;
  double min_significance = 4.5;      ///< whitened: a patch's gain over its sigma, below which it is no match
  double surroundings_sigma_px = 35;  ///< whitened: what a contrast is relative to
  double min_score = 0.4;             ///< grey values: correlation below which a patch is no match
  double min_lit_share = 0.4;     ///< share of a patch outside cast shadows, of the map's and of the image's
  double min_valid_share = 0.95;  ///< share of a patch that the map must cover
  double peak_ratio = 0.97;       ///< second-best peak / best peak above which a patch is ambiguous
  RefinementOptions refinement;
  void Validate() const;
};

struct MapMatches {
  std::vector<Match> matches;
  int attempted = 0;  ///< patches that the map covered, matched or not
};

/// Finds patches of the expected view in the image: normalised cross-correlation within the search radius,
/// then least-squares refinement. `image` is CV_32F (any scale of grey) and has the size of the view. Each
/// match pairs the image position of the patch's centre with the surface point under that centre in the
/// expected view. Deterministic, parallel over patches.
MapMatches MatchMap(const cv::Mat& image, const View& expected, const MatchOptions& options);

}  // namespace perilune::vision
