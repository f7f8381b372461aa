#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <stdexcept>
#include <utility>

#include "vision/craters/bearing_votes.h"
#include "vision/craters/identify.h"
#include "vision/craters/laid_out.h"
#include "vision/craters/surest.h"
#include "vision/craters/verification.h"

namespace perilune::vision {
namespace {

constexpr std::size_t kMostGrown = 40;  // of the places found at once
constexpr int kSeed = 1;                // detections that a hypothesis takes for granted

/// The largest of a set of detections on the ground, down being where the whole set has it.
std::vector<LaidOut> LayOutLargest(const UsableDetections& usable, const std::vector<int>& set,
                                   double height_radii) {
  const auto ellipses = [&usable](const std::vector<int>& of) {
    std::vector<MeasuredEllipse> chosen;
    for (const int i : of) chosen.push_back(usable.measured[static_cast<std::size_t>(i)]);
    return chosen;
  };
  const auto down = DownFromEllipses(ellipses(set), height_radii);
  if (!down) return {};
  const std::vector<int> largest = LargestOf(usable, set);
  std::vector<LaidOut> laid_out = LayOut(ellipses(largest), *down, height_radii);
  for (LaidOut& detection : laid_out)
    detection.detection = largest[static_cast<std::size_t>(detection.detection)];
  return laid_out;
}

/// One reading of an image, searched by and by.
class ReadingSearch {
 public:
  ReadingSearch(const CraterMap& map, const CraterNeighbours& neighbours, const Camera& camera,
                const std::vector<CraterDetection>& detections, const IdentifyOptions& options)
      : map_(map),
        neighbours_(neighbours),
        options_(options),
        usable_(UseDetections(camera, detections, options.noise)),
        verifier_(map, camera, usable_, options, std::nullopt),
        sets_(SurestSets(usable_)) {}
  ReadingSearch(const ReadingSearch&) = delete;  // the verifier looks at its detections
  ReadingSearch& operator=(const ReadingSearch&) = delete;

  std::size_t SetCount() const { return sets_.size(); }

  /// Looks for places by the largest of a set.
  void LookBy(std::size_t set) {
    // The ground's curvature over the view depends on the height: three stand for all.
    for (const double height_m : {100'000.0, 180'000.0, 50'000.0}) {
      const std::vector<LaidOut> laid_out = LayOutLargest(usable_, sets_[set], height_m / dem::kMoonRadius_m);
      const AgreedPlaces agreed = PlacesByBearing(map_, neighbours_, laid_out, options_);
      hypotheses_ += agreed.hypotheses;
      for (std::size_t i = 0; i < std::min(kMostGrown, agreed.places.size()); ++i) {
        auto explained = verifier_.Grow(agreed.places[i].pairings, agreed.places[i].moon_from_cam, kSeed);
        if (explained && (!best_ || explained->log10_tail < best_->log10_tail)) best_ = std::move(explained);
        if (verifier_.IsCertain(best_, hypotheses_)) return;
      }
      if (verifier_.IsAccepted(best_, hypotheses_)) return;
    }
  }

  const std::optional<Explained>& best() const { return best_; }
  double hypotheses() const { return hypotheses_; }
  Identification Conclude(double hypotheses) const { return verifier_.Conclude(best_, hypotheses); }

 private:
  const CraterMap& map_;
  const CraterNeighbours& neighbours_;
  const IdentifyOptions& options_;
  UsableDetections usable_;
  Verifier verifier_;
  std::vector<std::vector<int>> sets_;
  std::optional<Explained> best_;
  double hypotheses_ = 0;
};

}  // namespace

LostReading IdentifyLostReading(const CraterMap& map, const CraterNeighbours& neighbours,
                                const Camera& camera,
                                const std::vector<std::vector<CraterDetection>>& readings,
                                const IdentifyOptions& options) {
  options.Validate();
  if (readings.empty()) throw std::invalid_argument("readings: there is none");
  std::deque<ReadingSearch> searches;
  std::size_t sets = 0;
  for (const std::vector<CraterDetection>& detections : readings) {
    searches.emplace_back(map, neighbours, camera, detections, options);
    sets = std::max(sets, searches.back().SetCount());
  }
  std::size_t best = 0;
  double hypotheses = 0;
  for (std::size_t set = 0; set < sets; ++set) {
    hypotheses = 0;
    for (std::size_t i = 0; i < searches.size(); ++i) {
      if (set < searches[i].SetCount()) searches[i].LookBy(set);
      if (Log10Accidents(searches[i].best(), 1) < Log10Accidents(searches[best].best(), 1)) best = i;
      hypotheses += searches[i].hypotheses();
    }
    if (Log10Accidents(searches[best].best(), hypotheses) < options.log10_false_alarms) break;
  }
  return {searches[best].Conclude(hypotheses), best};
}

Identification IdentifyLost(const CraterMap& map, const CraterNeighbours& neighbours, const Camera& camera,
                            const std::vector<CraterDetection>& detections, const IdentifyOptions& options) {
  return IdentifyLostReading(map, neighbours, camera, {detections}, options).identification;
}

}  // namespace perilune::vision
