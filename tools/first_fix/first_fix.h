#pragma once

#include <string>

#include "nav/fix/fix_from_image.h"
#include "tools/first_fix/first_fix_world.h"

namespace perilune::tools {

/// What became of a picture and a map.
enum class FirstFixVerdict {
  kRight,  ///< a pose within 3 u or 5 of its own sigmas, u = max(map pixel, ground sample)
  kWrong,  ///< a pose further off, or any pose when the map is of another place
  kNone,   ///< no pose
};

struct FirstFixOutcome {
  FirstFixVerdict verdict = FirstFixVerdict::kNone;
  nav::Fix fix;
  double seconds = 0;         ///< processor time of the whole fix
  double search_seconds = 0;  ///< of the coarse search alone
  double horizontal_error_m = 0;
  double mahalanobis = 0;   ///< of the position
  double significance = 0;  ///< of the search's best place
  double ambiguity = 0;
  double search_error_px = 0;  ///< of the search's best hypothesis: how far off it shows the ground; −1: none
};

/// A fix of the world's own picture.
FirstFixOutcome FixOwnMap(const FirstFixWorld& world, const FirstFixImage& image);

/// A fix of a picture of `world` with the map of `other`, as if it were there: the prior stands over the
/// other map's middle as high above its ground.
FirstFixOutcome FixOtherMap(const FirstFixWorld& world, const FirstFixImage& image,
                            const FirstFixWorld& other);

std::string ToString(FirstFixVerdict verdict);

}  // namespace perilune::tools
