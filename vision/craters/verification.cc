#include "vision/craters/verification.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "dem/checks/require.h"

namespace perilune::vision {
namespace {

bool SamePairings(const std::vector<Pairing>& a, const std::vector<Pairing>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Pairing& p, const Pairing& q) {
    return p.detection == q.detection && p.crater == q.crater;
  });
}

/// One to one: the best pairs first; by detection.
std::vector<Pairing> AssignBestFirst(std::vector<FittingPair> fitting) {
  std::sort(fitting.begin(), fitting.end(), [](const FittingPair& a, const FittingPair& b) {
    return std::tie(a.chi2, a.pairing.detection, a.pairing.crater) <
           std::tie(b.chi2, b.pairing.detection, b.pairing.crater);
  });
  std::vector<Pairing> chosen;
  for (const FittingPair& pair : fitting) {
    const bool taken = std::any_of(chosen.begin(), chosen.end(), [&p = pair.pairing](const Pairing& c) {
      return c.detection == p.detection || c.crater == p.crater;
    });
    if (!taken) chosen.push_back(pair.pairing);
  }
  std::sort(chosen.begin(), chosen.end(),
            [](const Pairing& a, const Pairing& b) { return a.detection < b.detection; });
  return chosen;
}

}  // namespace

void IdentifyOptions::Validate() const {
  noise.Validate();
  irregularity.Validate();
  dem::Require(gate_chi2 > 0, "gate_chi2", gate_chi2, "positive");
  dem::Require(min_probability >= 0 && min_probability < 1, "min_probability", min_probability,
               "at least 0 and below 1");
  dem::Require(log10_false_alarms <= 0, "log10_false_alarms", log10_false_alarms, "at most 0");
  dem::Require(min_height_m > 0 && min_height_m < max_height_m, "min_height_m", min_height_m,
               "positive and below max_height_m");
  dem::Require(max_height_m < 1e7, "max_height_m", max_height_m, "below 10 000 km");
  dem::Require(attitude_sigma_rad > 0, "attitude_sigma_rad", attitude_sigma_rad, "positive");
  for (const auto& [name, sigma_m] : {std::pair("tie_horizontal_sigma_m", tie_horizontal_sigma_m),
                                      std::pair("tie_vertical_sigma_m", tie_vertical_sigma_m)}) {
    dem::Require(sigma_m >= 0 && std::isfinite(sigma_m), name, sigma_m, "at least 0");
  }
}

UsableDetections UseDetections(const Camera& camera, const std::vector<CraterDetection>& detections,
                               const DetectionNoise& noise) {
  UsableDetections usable;
  for (std::size_t i = 0; i < detections.size(); ++i) {
    if (const auto measured = Measure(camera, detections[i], noise)) {
      usable.measured.push_back(*measured);
      usable.index.push_back(static_cast<int>(i));
      usable.score.push_back(detections[i].score);
    }
  }
  return usable;
}

double Log10Tail(const std::vector<double>& chances, int count) {
  if (count <= 0) return 0;
  if (count > static_cast<int>(chances.size())) return -std::numeric_limits<double>::infinity();
  // exactly[k]: k events so far, the last place holding `count` and more.
  std::vector<double> exactly(static_cast<std::size_t>(count) + 1, 0.0);
  exactly[0] = 1;
  for (const double chance : chances) {
    const double p = std::clamp(chance, 0.0, 1.0);
    exactly[count] += exactly[count - 1] * p;
    for (int k = count - 1; k > 0; --k) exactly[k] = exactly[k] * (1 - p) + exactly[k - 1] * p;
    exactly[0] *= 1 - p;
  }
  return exactly[count] > 0 ? std::log10(exactly[count]) : -300;
}

Verifier::Verifier(const CraterMap& map, const Camera& camera, const UsableDetections& detections,
                   const IdentifyOptions& options, const std::optional<PosePriorFactor>& prior)
    : map_(map), camera_(camera), detections_(detections), options_(options), prior_(prior) {}

ConicMatch Verifier::MatchOf(const Pairing& pairing) const {
  return {map_.rim(pairing.crater), detections_.measured[static_cast<std::size_t>(pairing.detection)]};
}

std::vector<Verifier::Seen> Verifier::SeenFrom(const ConicPose& pose) const {
  std::vector<Seen> seen;
  for (const int crater : CratersInFootprint(map_.index(), camera_, pose.moon_from_cam)) {
    const auto ellipse = ProjectRim(map_.rim(crater), pose.moon_from_cam);
    if (!ellipse) continue;
    const auto pixel = camera_.Project({ellipse->centre.x(), ellipse->centre.y(), 1});
    if (pixel && camera_.Contains(*pixel)) seen.push_back({crater, *ellipse});
  }
  return seen;
}

std::vector<FittingPair> Verifier::Fitting(const ConicPose& pose, double most_sigma) const {
  std::vector<FittingPair> fitting;
  for (const Seen& seen : SeenFrom(pose)) {
    const auto projection = ProjectRimWithDerivatives(map_.rim(seen.crater), pose.moon_from_cam);
    if (!projection) continue;
    const Eigen::Matrix2d spread =
        projection->centre_by_pose * pose.covariance * projection->centre_by_pose.transpose();
    const double sigma = std::sqrt(spread.trace());
    if (sigma > most_sigma) continue;
    const double reach = std::sqrt(options_.gate_chi2) *
                         std::hypot(sigma, 0.2 * MeanRadius(seen.ellipse) + 4 / camera_.FocalLength_px());
    for (int i = 0; i < static_cast<int>(detections_.measured.size()); ++i) {
      const Ellipse& ellipse = detections_.measured[static_cast<std::size_t>(i)].ellipse;
      if ((ellipse.centre - seen.ellipse.centre).squaredNorm() > reach * reach) continue;
      ConicMatch match = MatchOf({i, seen.crater});
      match.variance_scale = pose.variance_scale;
      const auto r = EvaluateConic(match, options_.irregularity, pose.moon_from_cam);
      if (!r) continue;
      const Matrix5d covariance = r->covariance + r->by_pose * pose.covariance * r->by_pose.transpose();
      const Matrix5d root = Eigen::LLT<Matrix5d>(covariance).matrixL();
      const double chi2 = root.triangularView<Eigen::Lower>().solve(r->residual).squaredNorm();
      if (!(chi2 <= options_.gate_chi2)) continue;
      fitting.push_back({{i, seen.crater},
                         chi2,
                         -0.5 * chi2 - root.diagonal().array().log().sum() - 2.5 * std::log(2 * dem::kPi)});
    }
  }
  return fitting;
}

double Verifier::ImageArea() const {
  return static_cast<double>(camera_.width_px) * camera_.height_px / (camera_.fx_px * camera_.fy_px);
}

std::vector<double> Verifier::ChanceOfMatch(const ConicPose& pose) const {
  std::vector<double> chance(detections_.measured.size(), 0.0);
  for (const Seen& seen : SeenFrom(pose)) {
    // A detection of this size and shape, were it at the crater's place.
    for (std::size_t i = 0; i < chance.size(); ++i) {
      ConicMatch match = MatchOf({static_cast<int>(i), seen.crater});
      const double ratio = MeanRadius(match.measured.ellipse) / MeanRadius(seen.ellipse);
      if (ratio > 1.6 || ratio < 0.6) continue;  // ten sigma
      match.measured.ellipse.centre = seen.ellipse.centre;
      const auto r = EvaluateConic(match, options_.irregularity, pose.moon_from_cam);
      if (!r) continue;
      const Matrix5d covariance = r->covariance + r->by_pose * pose.covariance * r->by_pose.transpose();
      const Eigen::Matrix3d of_shape = covariance.bottomRightCorner<3, 3>();
      if (r->residual.tail<3>().dot(of_shape.inverse() * r->residual.tail<3>()) > options_.gate_chi2)
        continue;
      const double gate_area =
          dem::kPi * options_.gate_chi2 * std::sqrt(covariance.topLeftCorner<2, 2>().determinant());
      chance[i] += gate_area / ImageArea();
    }
  }
  return chance;
}

double Verifier::CentreSigmaOf(const std::vector<Pairing>& pairings) const {
  double largest = 0;
  for (const Pairing& pairing : pairings) {
    const Matrix5d& covariance = detections_.measured[static_cast<std::size_t>(pairing.detection)].covariance;
    largest = std::max(largest, std::sqrt(covariance.topLeftCorner<2, 2>().trace()));
  }
  return largest;
}

double Log10Accidents(const std::optional<Explained>& place, double hypotheses) {
  return std::log10(std::max(1.0, hypotheses)) + (place ? place->log10_tail : 0);
}

std::optional<Explained> Verifier::Grow(const std::vector<Pairing>& seed, const Eigen::Isometry3d& start,
                                        int seed_size) const {
  constexpr int kRounds = 8;
  Explained explained;
  explained.pairings = seed;
  Eigen::Isometry3d from = start;
  // Far from the seed a gate must not hold many craters; near it, it is as wide as the seed is uncertain.
  double most_sigma = std::max(12 / camera_.FocalLength_px(), 1.5 * CentreSigmaOf(seed));
  for (int round = 0; round < kRounds; ++round) {
    std::vector<ConicMatch> matches;
    for (const Pairing& pairing : explained.pairings) matches.push_back(MatchOf(pairing));
    const auto pose = StepsToPose(matches, options_.irregularity, from, prior_, round == 0 ? 4 : 2);
    if (!pose) return std::nullopt;
    const double height_m = pose->moon_from_cam.translation().norm() - dem::kMoonRadius_m;
    if (height_m < 0.5 * options_.min_height_m || height_m > 2 * options_.max_height_m) return std::nullopt;
    explained.pose = *pose;
    from = pose->moon_from_cam;
    std::vector<Pairing> next = AssignBestFirst(Fitting(*pose, most_sigma));
    if (next.size() < std::min<std::size_t>(seed.size(), 2)) return std::nullopt;
    const bool settled = SamePairings(next, explained.pairings);
    explained.pairings = std::move(next);
    if (settled && most_sigma > 50 / camera_.FocalLength_px()) break;
    most_sigma *= 2;
  }
  const int count = static_cast<int>(explained.pairings.size());
  if (count <= seed_size) {
    explained.log10_tail = 0;
    return explained;
  }
  std::vector<double> chance = ChanceOfMatch(explained.pose);
  // Which of them made the hypothesis is forgotten: the least likely ones are left out.
  std::sort(chance.begin(), chance.end());
  chance.erase(chance.begin(), chance.begin() + seed_size);
  explained.log10_tail = Log10Tail(chance, count - seed_size);
  return explained;
}

bool Verifier::IsAccepted(const std::optional<Explained>& best, double hypotheses) const {
  return best && Log10Accidents(best, hypotheses) < options_.log10_false_alarms;
}

bool Verifier::IsCertain(const std::optional<Explained>& best, double hypotheses) const {
  constexpr double kMargin = 3, kFairShare = 0.3;
  return best && Log10Accidents(best, hypotheses) < options_.log10_false_alarms - kMargin &&
         static_cast<double>(best->pairings.size()) >=
             kFairShare * static_cast<double>(detections_.measured.size());
}

}  // namespace perilune::vision
