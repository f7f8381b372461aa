#include "vision/craters/surest.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <utility>

namespace perilune::vision {
namespace {

constexpr std::array<std::size_t, 3> kSurest = {50, 30, std::numeric_limits<std::size_t>::max()};

/// The score that so many of the surest have at least; lower than any where there are no more.
double LeastScoreOfSurest(std::vector<double> scores, std::size_t surest) {
  if (scores.size() <= surest) return -std::numeric_limits<double>::infinity();
  const auto last = scores.begin() + static_cast<std::ptrdiff_t>(surest) - 1;
  std::nth_element(scores.begin(), last, scores.end(), std::greater<>());
  return *last;
}

}  // namespace

std::vector<std::vector<int>> SurestSets(const UsableDetections& detections) {
  std::vector<std::vector<int>> sets;
  for (const std::size_t surest : kSurest) {
    const double least = LeastScoreOfSurest(detections.score, surest);
    std::vector<int> set;
    for (std::size_t i = 0; i < detections.measured.size(); ++i) {
      if (detections.score[i] >= least) set.push_back(static_cast<int>(i));
    }
    if (sets.empty() || set != sets.back()) sets.push_back(std::move(set));
  }
  return sets;
}

std::vector<int> LargestOf(const UsableDetections& detections, std::vector<int> set) {
  std::stable_sort(set.begin(), set.end(), [&detections](int a, int b) {
    return MeanRadius(detections.measured[static_cast<std::size_t>(a)].ellipse) >
           MeanRadius(detections.measured[static_cast<std::size_t>(b)].ellipse);
  });
  if (set.size() > kMostVoters) set.resize(kMostVoters);
  return set;
}

std::vector<std::vector<int>> LargestOfSurest(const UsableDetections& detections) {
  std::vector<std::vector<int>> sets;
  for (std::vector<int>& set : SurestSets(detections)) {
    std::vector<int> largest = LargestOf(detections, std::move(set));
    if (sets.empty() || largest != sets.back()) sets.push_back(std::move(largest));
  }
  return sets;
}

}  // namespace perilune::vision
