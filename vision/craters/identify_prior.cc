#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "dem/linear/symmetric_solve.h"
#include "vision/craters/identify.h"
#include "vision/craters/surest.h"
#include "vision/craters/verification.h"

namespace perilune::vision {
namespace {

constexpr std::size_t kMostPairs = 400;
// A start that is nearly right explains less than there is: a corner of the image is accepted where the whole
// of it is to be found. Few more are tried once a place is that far beyond the bound, all else.
constexpr std::size_t kMoreWhenFarBeyond = 20;
constexpr double kFarBeyond = 20;

/// Pairings of detections that fit within the prior, likeliest first.
std::vector<Pairing> FitWithin(const CraterMap& map, const Verifier& verifier,
                               const std::vector<int>& detections, const std::vector<int>& in_view,
                               const PosePriorFactor& prior, const IdentifyOptions& options) {
  const dem::Matrix6d covariance = dem::InverseOfSymmetric(prior.information);
  std::vector<std::pair<double, Pairing>> fits;
  for (const int crater : in_view) {
    if (!ProjectRimWithDerivatives(map.rim(crater), prior.site_from_cam)) continue;
    for (const int i : detections) {
      const auto r = EvaluateConic(verifier.MatchOf({i, crater}), options.irregularity, prior.site_from_cam);
      if (!r) continue;
      const Matrix5d of_all = r->covariance + r->by_pose * covariance * r->by_pose.transpose();
      const double chi2 = r->residual.dot(of_all.llt().solve(r->residual));
      if (chi2 <= options.gate_chi2) fits.emplace_back(chi2, Pairing{i, crater});
    }
  }
  std::sort(fits.begin(), fits.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.detection, a.second.crater) <
           std::tie(b.first, b.second.detection, b.second.crater);
  });
  std::vector<Pairing> pairings;
  for (const auto& [chi2, pairing] : fits) pairings.push_back(pairing);
  return pairings;
}

struct PairOfPairings {
  double chi2;
  Pairing first, second;
  Eigen::Isometry3d pose;
};

/// Two pairings that agree with each other and the prior, best first.
std::vector<PairOfPairings> AgreeingPairs(const Verifier& verifier, const std::vector<Pairing>& fits,
                                          const PosePriorFactor& prior, const IdentifyOptions& options) {
  std::vector<PairOfPairings> pairs;
  const std::size_t reach = std::min<std::size_t>(fits.size(), 120);
  for (std::size_t a = 0; a < reach; ++a) {
    for (std::size_t b = a + 1; b < reach; ++b) {
      if (fits[a].detection == fits[b].detection || fits[a].crater == fits[b].crater) continue;
      const std::array<ConicMatch, 2> matches = {verifier.MatchOf(fits[a]), verifier.MatchOf(fits[b])};
      const auto pose = StepsToPose(matches, options.irregularity, prior.site_from_cam, prior, 2);
      if (!pose || pose->chi2 > 2 * options.gate_chi2) continue;
      pairs.push_back({pose->chi2, fits[a], fits[b], pose->moon_from_cam});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.chi2 < b.chi2; });
  return pairs;
}

}  // namespace

Identification IdentifyWithPrior(const CraterMap& map, const Camera& camera,
                                 const std::vector<CraterDetection>& detections, const PosePriorFactor& prior,
                                 const IdentifyOptions& options) {
  options.Validate();
  const UsableDetections usable = UseDetections(camera, detections, options.noise);
  const Verifier verifier(map, camera, usable, options, prior);
  const std::vector<int> in_view = CratersInFootprint(map.index(), camera, prior.site_from_cam);
  std::vector<std::vector<int>> sets = LargestOfSurest(usable);
  std::vector<int>& all = sets.emplace_back(usable.measured.size());
  std::iota(all.begin(), all.end(), 0);
  std::optional<Explained> best;
  double hypotheses = 0;
  for (const std::vector<int>& set : sets) {
    const std::vector<Pairing> fits = FitWithin(map, verifier, set, in_view, prior, options);
    const std::vector<PairOfPairings> pairs = AgreeingPairs(verifier, fits, prior, options);
    hypotheses += std::max(1.0, static_cast<double>(pairs.size()));
    std::size_t end = std::min(kMostPairs, pairs.size());
    for (std::size_t i = 0; i < end; ++i) {
      const auto explained = verifier.Grow({pairs[i].first, pairs[i].second}, pairs[i].pose, 2);
      if (explained && (!best || explained->log10_tail < best->log10_tail)) best = explained;
      if (verifier.IsCertain(best, hypotheses)) return verifier.Conclude(best, hypotheses);
      if (Log10Accidents(best, hypotheses) < options.log10_false_alarms - kFarBeyond)
        end = std::min(end, i + 1 + kMoreWhenFarBeyond);
    }
    if (verifier.IsAccepted(best, hypotheses)) break;
  }
  return verifier.Conclude(best, hypotheses);
}

}  // namespace perilune::vision
