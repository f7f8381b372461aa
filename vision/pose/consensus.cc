#include "vision/pose/consensus.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>

#include "dem/synthesis/random.h"
#include "vision/pose/reprojection.h"

namespace perilune::vision {
namespace {

constexpr int kGaussNewtonSteps = 4;

// Different indices below `n`; nothing for an unlucky draw.
std::optional<std::vector<int>> DrawSample(int n, const ConsensusOptions& options, int draw) {
  std::vector<int> sample;
  for (int k = 0; k < options.sample_size; ++k) {
    const auto index = static_cast<std::uint64_t>(draw) * static_cast<std::uint64_t>(options.sample_size) +
                       static_cast<std::uint64_t>(k);
    const int i = static_cast<int>(dem::RandomUniform(options.seed, 0, index) * n);
    if (std::find(sample.begin(), sample.end(), i) != sample.end()) return std::nullopt;
    sample.push_back(i);
  }
  return sample;
}

// Gauss-Newton on residuals of 1 px sigma with the prior, from the prior's pose or a better start.
std::optional<Eigen::Isometry3d> Hypothesis(const std::vector<Match>& matches, const std::vector<int>& use,
                                            const Camera& camera, const PosePriorFactor& prior,
                                            Eigen::Isometry3d pose) {
  for (int step = 0; step < kGaussNewtonSteps; ++step) {
    dem::Matrix6d normal = prior.information;
    dem::Vector6d right = -prior.information * dem::PoseDifference(prior.site_from_cam, pose);
    for (const int i : use) {
      const auto r = Reproject(matches[i], camera, pose);
      if (!r) return std::nullopt;
      normal.noalias() += r->by_pose.transpose() * r->by_pose;
      right.noalias() += r->by_pose.transpose() * r->residual_px;
    }
    const dem::Vector6d delta = normal.ldlt().solve(right);
    if (!delta.allFinite()) return std::nullopt;
    pose = dem::Perturb(pose, delta);
  }
  return pose;
}

double TruncatedCost(const std::vector<Match>& matches, const Camera& camera, const Eigen::Isometry3d& pose,
                     double gate_px) {
  double cost = 0;
  for (const double e : ReprojectionErrors(matches, camera, pose)) cost += std::min(e * e, gate_px * gate_px);
  return cost;
}

}  // namespace

void ConsensusOptions::Validate() const {
  if (!(gate_px > 0)) throw std::invalid_argument("gate_px must be positive");
  if (samples < 1 || sample_size < 3)
    throw std::invalid_argument("consensus needs at least 1 sample of 3 matches");
}

Consensus FindConsensus(const std::vector<Match>& matches, const Camera& camera, const PosePriorFactor& prior,
                        const ConsensusOptions& options) {
  options.Validate();
  Consensus best;
  const Eigen::Isometry3d start = options.start.value_or(prior.site_from_cam);
  best.site_from_cam = start;
  const int n = static_cast<int>(matches.size());
  if (n < options.sample_size) return best;
  double best_cost = std::numeric_limits<double>::infinity();
  for (int draw = 0; draw < options.samples; ++draw) {
    const auto sample = DrawSample(n, options, draw);
    if (!sample) continue;
    auto pose = Hypothesis(matches, *sample, camera, prior, start);
    if (!pose) continue;
    double cost = TruncatedCost(matches, camera, *pose, options.gate_px);
    if (cost >= best_cost) continue;
    // Local optimisation: the pose of all that agree, twice.
    for (int round = 0; round < 2; ++round) {
      const std::vector<int> inliers = InliersWithin(matches, camera, *pose, options.gate_px);
      const auto optimised = Hypothesis(matches, inliers, camera, prior, *pose);
      if (!optimised) break;
      const double optimised_cost = TruncatedCost(matches, camera, *optimised, options.gate_px);
      if (optimised_cost >= cost) break;
      pose = optimised;
      cost = optimised_cost;
    }
    best_cost = cost;
    best.site_from_cam = *pose;
  }
  best.inliers = InliersWithin(matches, camera, best.site_from_cam, options.gate_px);
  return best;
}

}  // namespace perilune::vision
