#include "vision/craters/bearing_votes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>

#include "vision/craters/bearing_bits.h"
#include "vision/craters/triangle_pose.h"

namespace perilune::vision {
namespace {

constexpr int kLeastAgreeing = 3;            // detections, the first one among them
constexpr std::size_t kMostCompared = 1000;  // places
constexpr double kSamePlace = 0.15;          // in heights
constexpr double kPlaceTolerance = 0.1;      // of a distance, from what the others say
constexpr double kSizeTolerance = 0.25;      // of the logarithm of a ratio
// In steps of CraterNeighbours: 6 % of a distance, 18 % of a size, 7° of a bearing. A direction down that is
// 3° off foreshortens by 5 %; sizes disagree by 8 % (1 sigma) between a detector and a catalogue.
constexpr int kNearDistances = 1, kNearSizes = 1, kNearBearings = 2;
/// Of a distance in radii: the anchor's radius is as uncertain.
constexpr std::array<int, 5> kDistanceShifts = {0, -2, 2, -4, 4};

static_assert(CraterNeighbours::kBearings == 128);  // of bearing_bits.h

/// The neighbours of a crater by distance, size and bearing, each as wide as the tolerances.
class Surroundings {
 public:
  void Take(CraterNeighbours::Range neighbours) {
    bits_.assign(kRows * CraterNeighbours::kSizes, Bearings{});
    for (const CraterNeighbours::Neighbour& n : neighbours) {
      const Bearings seen = AroundBearing(n.bearing);
      const int last_size = std::min(n.size + kNearSizes, CraterNeighbours::kSizes - 1);
      for (int size = std::max(n.size - kNearSizes, 0); size <= last_size; ++size) {
        for (int d = -kNearDistances; d <= kNearDistances; ++d) {
          Bearings& bits = bits_[Index(n.distance + d, size)];
          bits = bits | seen;
        }
      }
    }
  }

  const Bearings& At(int distance, int size) const { return bits_[Index(distance, size)]; }

 private:
  static constexpr int kMargin = 8;  // rows on either side, for shifts
  static constexpr std::size_t kRows = CraterNeighbours::kDistances + 2 * kMargin;

  static std::size_t Index(int distance, int size) {
    return static_cast<std::size_t>(size) * kRows + static_cast<std::size_t>(distance + kMargin);
  }

  static Bearings AroundBearing(int bearing) {
    constexpr Bearings kAroundZero{(1ULL << (kNearBearings + 1)) - 1, ~0ULL << (64 - kNearBearings)};
    return kAroundZero.TurnedBack((CraterNeighbours::kBearings - bearing) % CraterNeighbours::kBearings);
  }

  std::vector<Bearings> bits_;
};

/// The other detections as one of them sees them.
struct AnchorView {
  std::vector<SeenNeighbour> seen;  ///< by detection; its own is not used
  struct Voter {
    int distance, size, bearing;
  };
  std::vector<Voter> voters;  ///< those that a catalogue could show as neighbours

  AnchorView(const std::vector<LaidOut>& all, std::size_t anchor) : seen(all.size()) {
    for (std::size_t b = 0; b < all.size(); ++b) {
      if (b == anchor) continue;
      seen[b] = SeenFrom(all[anchor].position, all[anchor].up, all[anchor].mean_radius, all[b].position,
                         all[b].mean_radius);
      const CraterNeighbours::Place at = CraterNeighbours::PlaceOf(seen[b]);
      if (at.distance >= 0 && at.distance < CraterNeighbours::kDistances && at.size >= 0 &&
          at.size < CraterNeighbours::kSizes) {
        voters.push_back({at.distance, at.size, at.bearing});
      }
    }
  }
};

/// −log10 of the Poisson chance that at least so many detections agree where so many do on average.
class Surprise {
 public:
  static constexpr unsigned kMostAgreeing = 31;

  Surprise() {
    for (std::size_t m = 0; m < kMeans; ++m) {
      const double mean = (static_cast<double>(m) + 0.5) / kPerMean;
      double tail = 0;
      for (unsigned count = 64; count-- > 0;) {
        tail += std::exp(count * std::log(mean) - mean - std::lgamma(count + 1.0));
        if (count <= kMostAgreeing) of_[m][count] = -std::log10(tail);
      }
    }
  }

  /// By number of detections.
  const std::array<double, kMostAgreeing + 1>& Of(double mean) const {
    return of_[std::min(static_cast<std::size_t>(mean * kPerMean), kMeans - 1)];
  }

 private:
  static constexpr std::size_t kMeans = 256;
  static constexpr double kPerMean = 8;
  std::array<std::array<double, kMostAgreeing + 1>, kMeans> of_{};
};

/// An anchor taken for a crater with a heading: bearings on the map less those in the image.
struct Candidate {
  double surprise = 0;  ///< that so many other detections agree
  int anchor = 0, crater = 0, shift = 0, heading = 0;
};

/// The most surprising candidates.
class BestCandidates {
 public:
  double Least() const { return least_; }

  void Add(const Candidate& candidate) {
    candidates_.push_back(candidate);
    if (candidates_.size() >= 4 * kMostCompared) Cut();
  }

  std::vector<Candidate> Take() {
    Cut();
    return std::move(candidates_);
  }

 private:
  void Cut() {
    std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
      return std::tie(b.surprise, a.anchor, a.crater, a.shift) <
             std::tie(a.surprise, b.anchor, b.crater, b.shift);
    });
    if (candidates_.size() <= kMostCompared) return;
    candidates_.resize(kMostCompared);
    least_ = candidates_.back().surprise;
  }

  std::vector<Candidate> candidates_;
  double least_ = 0;
};

/// A detection taken for a neighbour of the anchor's crater.
struct BearingVote {
  int detection = 0, crater = 0;
  std::complex<double> in_image, on_map;  ///< where it lies from the anchor, in its radii
};

/// The votes that agree with one of them on where things lie, the largest such set; one a detection.
std::vector<BearingVote> Consensus(const std::vector<BearingVote>& votes) {
  std::vector<BearingVote> best;
  for (const BearingVote& by : votes) {
    const std::complex<double> turn = by.on_map / by.in_image;
    std::array<double, 32> least{};
    std::array<const BearingVote*, 32> nearest{};
    for (const BearingVote& v : votes) {
      const double miss = std::abs(v.on_map - turn * v.in_image) / std::abs(v.on_map);
      const auto b = static_cast<std::size_t>(v.detection);
      if (miss > kPlaceTolerance || (nearest[b] != nullptr && least[b] <= miss)) continue;
      least[b] = miss;
      nearest[b] = &v;
    }
    std::vector<BearingVote> agreeing;
    for (const BearingVote* v : nearest) {
      if (v == nullptr) continue;
      const bool taken = std::any_of(agreeing.begin(), agreeing.end(),
                                     [v](const BearingVote& other) { return other.crater == v->crater; });
      if (!taken) agreeing.push_back(*v);
    }
    if (agreeing.size() > best.size()) best = std::move(agreeing);
  }
  return best;
}

class BearingSearch {
 public:
  BearingSearch(const CraterMap& map, const CraterNeighbours& neighbours,
                const std::vector<LaidOut>& detections, const IdentifyOptions& options)
      : map_(map), neighbours_(neighbours), detections_(detections), options_(options) {
    for (std::size_t anchor = 0; anchor < detections.size(); ++anchor)
      views_.emplace_back(detections, anchor);
  }

  AgreedPlaces Search() {
    AgreedPlaces result;
    BestCandidates best;
    Surroundings surroundings;
    for (int crater = 0; crater < map_.size(); ++crater) {
      surroundings.Take(neighbours_.Of(crater));
      for (int anchor = 0; anchor < static_cast<int>(detections_.size()); ++anchor) {
        if (!HeightFits(anchor, crater)) continue;
        for (const int shift : kDistanceShifts) {
          Count(surroundings, anchor, crater, shift, best);
          result.hypotheses += CraterNeighbours::kBearings;
        }
      }
    }
    result.places = Ranked(best.Take());
    return result;
  }

 private:
  struct Weighed {
    AgreedPlace place;
    double surprise = 0, weight = 0;
  };

  const LaidOut& At(int detection) const { return detections_[static_cast<std::size_t>(detection)]; }
  const AnchorView& ViewOf(int anchor) const { return views_[static_cast<std::size_t>(anchor)]; }

  /// Detections are laid out from one height, in Moon radii.
  bool HeightFits(int anchor, int crater) const {
    const LaidOut& at = At(anchor);
    const double height_m = ((at.position - at.up).norm() - 1) * map_.MeanRadius_m(crater) / at.mean_radius;
    return height_m >= options_.min_height_m && height_m <= options_.max_height_m;
  }

  /// Adds the heading that most detections agree with, if they are surprisingly many.
  void Count(const Surroundings& surroundings, int anchor, int crater, int shift,
             BestCandidates& best) const {
    BearingCounts counts;
    for (const AnchorView::Voter& voter : ViewOf(anchor).voters)
      counts.Add(surroundings.At(voter.distance + shift, voter.size).TurnedBack(voter.bearing));
    const auto& surprise = surprise_.Of(counts.Mean());
    unsigned agreeing = kLeastAgreeing - 1;
    while (agreeing < Surprise::kMostAgreeing && surprise[agreeing] < best.Least()) ++agreeing;
    Bearings where = counts.AtLeast(agreeing);
    if (!where.Any()) return;
    while (agreeing < Surprise::kMostAgreeing) {
      const Bearings more = counts.AtLeast(agreeing + 1);
      if (!more.Any()) break;
      where = more;
      ++agreeing;
    }
    const int heading = where.low != 0 ? std::countr_zero(where.low) : 64 + std::countr_zero(where.high);
    best.Add({surprise[agreeing], anchor, crater, shift, heading});
  }

  /// The detections that agree with a candidate, and the neighbours that they are.
  std::vector<BearingVote> VotesFor(const Candidate& candidate) const {
    const AnchorView& view = ViewOf(candidate.anchor);
    const CraterRim& rim = map_.rim(candidate.crater);
    const double turn = 2 * dem::kPi * candidate.heading / CraterNeighbours::kBearings;
    const double stretch = CraterNeighbours::kDistanceStep * candidate.shift;
    std::vector<BearingVote> votes;
    for (const CraterNeighbours::Neighbour& n : neighbours_.Of(candidate.crater)) {
      const SeenNeighbour on_map = SeenFrom(rim.centre, rim.up, map_.MeanRadius_m(candidate.crater),
                                            map_.rim(n.crater).centre, map_.MeanRadius_m(n.crater));
      for (int b = 0; b < static_cast<int>(detections_.size()); ++b) {
        const SeenNeighbour& in_image = view.seen[static_cast<std::size_t>(b)];
        if (b == candidate.anchor || std::abs(on_map.log_size - in_image.log_size) > kSizeTolerance ||
            std::abs(on_map.log_distance - in_image.log_distance - stretch) > 2 * kPlaceTolerance ||
            std::cos(on_map.bearing_rad - in_image.bearing_rad - turn) <
                1 - 2 * kPlaceTolerance * kPlaceTolerance) {
          continue;
        }
        votes.push_back({b, n.crater, std::polar(std::exp(in_image.log_distance), in_image.bearing_rad),
                         std::polar(std::exp(on_map.log_distance), on_map.bearing_rad)});
      }
    }
    return Consensus(votes);
  }

  /// By how much is agreed on, counting what lies at the same place from other craters.
  std::vector<AgreedPlace> Ranked(const std::vector<Candidate>& candidates) const {
    std::vector<Weighed> weighed;
    for (const Candidate& candidate : candidates) {
      const std::vector<BearingVote> votes = VotesFor(candidate);
      if (votes.size() + 1 < kLeastAgreeing) continue;
      if (auto place = PlaceOf(candidate, votes))
        weighed.push_back({std::move(*place), candidate.surprise, 0});
    }
    for (Weighed& w : weighed) {
      const Eigen::Vector3d at = w.place.moon_from_cam.translation();
      const double near_m = kSamePlace * (at.norm() - dem::kMoonRadius_m);
      for (const Weighed& other : weighed) {
        if ((other.place.moon_from_cam.translation() - at).squaredNorm() < near_m * near_m)
          w.weight += other.surprise;
      }
    }
    std::stable_sort(weighed.begin(), weighed.end(), [](const Weighed& a, const Weighed& b) {
      return std::pair(a.weight, a.surprise) > std::pair(b.weight, b.surprise);
    });
    std::vector<AgreedPlace> places;
    for (Weighed& w : weighed) places.push_back(std::move(w.place));
    return places;
  }

  /// By the largest triangle of the anchor with two others.
  std::optional<AgreedPlace> PlaceOf(const Candidate& candidate,
                                     const std::vector<BearingVote>& votes) const {
    AgreedPlace place;
    place.pairings.push_back({At(candidate.anchor).detection, candidate.crater});
    TriangleCorners from{At(candidate.anchor).position}, onto{map_.rim(candidate.crater).centre};
    double largest = 0;
    for (std::size_t k = 0; k < votes.size(); ++k) {
      place.pairings.push_back({At(votes[k].detection).detection, votes[k].crater});
      for (std::size_t l = k + 1; l < votes.size(); ++l) {
        const Eigen::Vector3d &b = At(votes[k].detection).position, &c = At(votes[l].detection).position;
        const double area = (b - from[0]).cross(c - from[0]).norm();
        if (area <= largest) continue;
        largest = area;
        from = {from[0], b, c};
        onto = {onto[0], map_.rim(votes[k].crater).centre, map_.rim(votes[l].crater).centre};
      }
    }
    if (!(largest > 0)) return std::nullopt;
    place.moon_from_cam = PoseOfTriangle(from, onto);
    const double height_m = place.moon_from_cam.translation().norm() - dem::kMoonRadius_m;
    if (!(height_m >= options_.min_height_m && height_m <= options_.max_height_m)) return std::nullopt;
    return place;
  }

  const CraterMap& map_;
  const CraterNeighbours& neighbours_;
  const std::vector<LaidOut>& detections_;
  const IdentifyOptions& options_;
  std::vector<AnchorView> views_;
  Surprise surprise_;
};

}  // namespace

AgreedPlaces PlacesByBearing(const CraterMap& map, const CraterNeighbours& neighbours,
                             const std::vector<LaidOut>& detections, const IdentifyOptions& options) {
  if (detections.size() < kLeastAgreeing || detections.size() > 32) return {};
  return BearingSearch(map, neighbours, detections, options).Search();
}

}  // namespace perilune::vision
