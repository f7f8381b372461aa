#pragma once

#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "vision/matching/match_map.h"
#include "vision/matching/prepared_pair.h"

namespace perilune::vision {

/// A patch of the expected view; `index` counts all of the regular grid.
struct Patch {
  int index = 0;
  cv::Rect area;
};

/// The patches that the map covers, of a grid that stays a few pixels away from the border: a patch on it
/// could not move. None where the image is too small for one.
std::vector<Patch> CoveredPatches(const PreparedPair& pair, const MatchOptions& options);

/// How well a patch fits at each place within the search radius and the image.
struct PatchScores {
  cv::Mat scores;        ///< CV_32F, normalised correlation
  cv::Point first_move;  ///< of the patch, at the scores' first pixel
  double contrast = 0;   ///< √Σ (expected − mean)²: how much the patch has to say
};

/// Nothing for a patch without contrast.
std::optional<PatchScores> ScorePatch(const PreparedPair& pair, const cv::Rect& patch,
                                      double search_radius_px);

}  // namespace perilune::vision
