// The end of an identification: what is said of the best place, and to whom its detections belong.

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "vision/craters/verification.h"

namespace perilune::vision {
namespace {

constexpr int kFewestEllipses = 4;

struct SurePairings {
  std::vector<Pairing> pairings;
  std::vector<double> probabilities;
};

/// The pairings that are at least so probable; all where fewer than four are.
SurePairings SureOf(const std::vector<Pairing>& pairings, const std::vector<double>& probabilities,
                    double least) {
  constexpr std::size_t kFewest = 4;
  SurePairings sure;
  for (std::size_t k = 0; k < pairings.size(); ++k) {
    if (probabilities[k] < least) continue;
    sure.pairings.push_back(pairings[k]);
    sure.probabilities.push_back(probabilities[k]);
  }
  if (sure.pairings.size() < kFewest) return {pairings, probabilities};
  return sure;
}

/// The pose's covariance with a displacement of everything it was found by.
std::optional<dem::Matrix6d> WithTie(const ConicPose& pose, const IdentifyOptions& options) {
  const double horizontal = options.tie_horizontal_sigma_m * options.tie_horizontal_sigma_m,
               vertical = options.tie_vertical_sigma_m * options.tie_vertical_sigma_m;
  if (horizontal + vertical == 0) return std::nullopt;
  const Eigen::Vector3d up = pose.moon_from_cam.translation().normalized();
  dem::Matrix6d covariance = pose.covariance;
  covariance.bottomRightCorner<3, 3>() +=
      horizontal * Eigen::Matrix3d::Identity() + (vertical - horizontal) * up * up.transpose();
  return covariance;
}

}  // namespace

std::vector<double> Verifier::Probabilities(const ConicPose& pose,
                                            const std::vector<Pairing>& pairings) const {
  double smallest = std::numeric_limits<double>::infinity();
  for (const Pairing& pairing : pairings) {
    const MeasuredEllipse& measured = detections_.measured[static_cast<std::size_t>(pairing.detection)];
    smallest = std::min(smallest, MeanRadius(measured.ellipse));
  }
  const std::vector<Seen> seen = SeenFrom(pose);
  const auto shown = std::count_if(seen.begin(), seen.end(),
                                   [&](const Seen& one) { return MeanRadius(one.ellipse) >= smallest; });
  const double paired = static_cast<double>(pairings.size());
  IdentityOdds odds;
  odds.detected_share = (paired + 1) / (std::max(paired, static_cast<double>(shown)) + 2);
  const double found = static_cast<double>(detections_.measured.size());
  odds.log_false_density =
      LogFalseDensity(detections_.measured, (found - paired + 1) / (found + 1), ImageArea());
  return IdentityProbabilities(pairings, Fitting(pose, std::numeric_limits<double>::infinity()), odds);
}

std::optional<ConicPose> Verifier::Refine(const std::vector<Pairing>& pairings,
                                          const Eigen::Isometry3d& start) const {
  std::vector<ConicMatch> matches;
  for (const Pairing& pairing : pairings) matches.push_back(MatchOf(pairing));
  return RefineAsScattered(matches, options_.irregularity, start, prior_);
}

Identification Verifier::Conclude(const std::optional<Explained>& best, double hypotheses) const {
  Identification result;
  result.hypotheses = hypotheses;
  if (static_cast<int>(detections_.measured.size()) < kFewestEllipses) {
    result.status = IdentifyStatus::kTooFewEllipses;
    result.reason = std::to_string(detections_.measured.size()) + " usable ellipses: at least " +
                    std::to_string(kFewestEllipses) + " are needed";
    return result;
  }
  if (!best || best->pairings.size() < 2) {
    result.status = IdentifyStatus::kNoHypothesis;
    result.reason = "no place on the map looks like these ellipses";
    return result;
  }
  result.pose = Refine(best->pairings, best->pose.moon_from_cam).value_or(best->pose);
  const auto [pairings, probabilities] =
      SureOf(best->pairings, Probabilities(result.pose, best->pairings), options_.min_probability);
  if (pairings.size() < best->pairings.size())
    result.pose = Refine(pairings, result.pose.moon_from_cam).value_or(result.pose);
  result.covariance_absolute = WithTie(result.pose, options_);
  for (std::size_t k = 0; k < pairings.size(); ++k) {
    const ConicMatch pair = MatchOf(pairings[k]);
    const auto r = EvaluateConic(pair, options_.irregularity, result.pose.moon_from_cam);
    const auto ellipse = ProjectRim(pair.rim, result.pose.moon_from_cam);
    if (!r || !ellipse) continue;
    CraterMatch match;
    match.detection = detections_.index[static_cast<std::size_t>(pairings[k].detection)];
    match.crater = pairings[k].crater;
    match.residual_px =
        r->residual.head<2>().cwiseProduct(Eigen::Vector2d(camera_.fx_px, camera_.fy_px)).norm();
    match.chi2 = r->residual.dot(r->covariance.llt().solve(r->residual));
    match.score = std::cos(GaussianAngle(*ellipse, pair.measured.ellipse));
    match.probability = probabilities[k];
    result.matches.push_back(match);
  }
  result.log10_false_alarms = Log10Accidents(best, hypotheses);
  if (result.log10_false_alarms > options_.log10_false_alarms) {
    result.status = IdentifyStatus::kNotSignificant;
    result.reason = "the best place explains " + std::to_string(best->pairings.size()) + " of " +
                    std::to_string(detections_.measured.size()) + " ellipses, which may be chance";
    return result;
  }
  result.status = IdentifyStatus::kIdentified;
  return result;
}

}  // namespace perilune::vision
