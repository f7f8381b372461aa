#pragma once

#include <vector>

#include "vision/craters/verification.h"

namespace perilune::vision {

/// Which detections are looked at alone before all are: the 50 surest (CraterDetection::score), the 30
/// surest, then all; ascending numbers of usable ones. Where a detector does not say how sure it is, all at
/// once.
std::vector<std::vector<int>> SurestSets(const UsableDetections& detections);

/// The 24 largest of a set, largest first: they fit the fewest craters of the map.
std::vector<int> LargestOf(const UsableDetections& detections, std::vector<int> set);

/// The 24 largest of each of those. A detector's largest finds are often no craters, so they follow the
/// largest of its surest.
std::vector<std::vector<int>> LargestOfSurest(const UsableDetections& detections);

inline constexpr int kMostVoters = 24;  // 60 votes a true place would have are no better than 20

}  // namespace perilune::vision
