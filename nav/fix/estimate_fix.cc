#include "nav/fix/estimate_fix.h"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "dem/linear/symmetric_solve.h"
#include "nav/fix/directional_scale.h"
#include "nav/fix/fix_covariance.h"
#include "nav/fix/halves.h"
#include "nav/fix/holdout.h"
#include "vision/pose/reprojection.h"

namespace perilune::nav {
namespace {

std::optional<vision::PosePriorFactor> UsedPrior(const PosePrior& prior) {
  vision::PosePriorFactor factor{prior.site_from_cam, dem::Matrix6d::Zero()};
  if (prior.use_attitude && prior.use_position) {
    factor.information = dem::InverseOfSymmetric(prior.covariance);
  } else if (prior.use_attitude) {
    factor.information.topLeftCorner<3, 3>() = prior.covariance.topLeftCorner<3, 3>().inverse();
  } else if (prior.use_position) {
    factor.information.bottomRightCorner<3, 3>() = prior.covariance.bottomRightCorner<3, 3>().inverse();
  } else {
    return std::nullopt;
  }
  return factor;
}

// Robust pose of the inliers, found and solved again until they stay the same.
struct Solution {
  vision::RefinedPose pose;
  std::vector<int> inliers;
};

Solution Solve(const std::vector<vision::Match>& matches, const vision::Camera& camera,
               std::vector<int> inliers, const Eigen::Isometry3d& start,
               const std::optional<vision::PosePriorFactor>& prior, double gate_px,
               const vision::RefineOptions& options) {
  Solution solution{{}, std::move(inliers)};
  solution.pose.site_from_cam = start;
  for (int round = 0; round < 4; ++round) {
    solution.pose =
        vision::RefinePose(matches, solution.inliers, camera, solution.pose.site_from_cam, prior, options);
    if (!solution.pose.usable) return solution;
    std::vector<int> now = vision::InliersWithin(matches, camera, solution.pose.site_from_cam, gate_px);
    if (now == solution.inliers || now.size() < 6) break;
    solution.inliers = std::move(now);
  }
  solution.pose =
      vision::RefinePose(matches, solution.inliers, camera, solution.pose.site_from_cam, prior, options);
  return solution;
}

// A pose, with the matches as their residuals say they err.
struct ScaledSolution {
  Solution solution;
  std::vector<vision::Match> matches;
};

// The matches' covariances come from each patch alone; what the pose's residuals say of all of them scales
// them.
std::vector<vision::Match> ScaledByResiduals(std::vector<vision::Match> matches, const vision::Camera& camera,
                                             const Solution& solution, const dem::Sun& sun,
                                             double prior_matches) {
  const std::vector<Eigen::Vector2d> along_sun =
      SunInImage(matches, camera, solution.pose.site_from_cam, sun);
  std::vector<SunResidual> residuals;
  for (std::size_t k = 0; k < solution.inliers.size(); ++k) {
    const auto i = static_cast<std::size_t>(solution.inliers[k]);
    const auto r = vision::Reproject(matches[i], camera, solution.pose.site_from_cam);
    residuals.push_back({r ? r->residual_px : Eigen::Vector2d::Zero(), matches[i].covariance_px2,
                         along_sun[i], solution.pose.weight[k]});
  }
  const DirectionalScale scale = MeasureDirectionalScale(residuals, prior_matches);
  for (std::size_t i = 0; i < matches.size(); ++i) {
    matches[i].covariance_px2 = scale.Apply(matches[i].covariance_px2, along_sun[i]);
  }
  return matches;
}

ScaledSolution SolveScaled(std::vector<vision::Match> matches, const vision::Camera& camera,
                           const vision::Consensus& consensus,
                           const std::optional<vision::PosePriorFactor>& prior, const dem::Sun& sun,
                           double gate_px, const EstimateFixOptions& options) {
  Solution solution =
      Solve(matches, camera, consensus.inliers, consensus.site_from_cam, prior, gate_px, options.refine);
  if (!solution.pose.usable) return {std::move(solution), std::move(matches)};
  matches = ScaledByResiduals(std::move(matches), camera, solution, sun, options.errors.declared_counts_as);
  solution =
      Solve(matches, camera, solution.inliers, solution.pose.site_from_cam, prior, gate_px, options.refine);
  return {std::move(solution), std::move(matches)};
}

SolvedPose ForCovariance(const ScaledSolution& solved, const std::optional<vision::PosePriorFactor>& prior) {
  SolvedPose result{solved.solution.pose.site_from_cam,
                    {},
                    solved.solution.pose.weight,
                    prior ? prior->information : dem::Matrix6d::Zero()};
  for (const int i : solved.solution.inliers)
    result.matches.push_back(solved.matches[static_cast<std::size_t>(i)]);
  return result;
}

AttitudeOffset OffsetOf(const Eigen::Isometry3d& of_image, const dem::Matrix6d& covariance_of_image,
                        const PosePrior& prior) {
  return {dem::PoseDifference(prior.site_from_cam, of_image).head<3>(),
          covariance_of_image.topLeftCorner<3, 3>() + prior.covariance.topLeftCorner<3, 3>(),
          prior.correction_covariance_rad2};
}

void RecordMatches(Fix& fix, const std::vector<vision::Match>& matches, const vision::Camera& camera,
                   const std::vector<int>& inliers) {
  double sum = 0;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    FixMatch row{matches[i], Eigen::Vector2d::Zero(),
                 std::binary_search(inliers.begin(), inliers.end(), static_cast<int>(i))};
    if (const auto r = vision::Reproject(matches[i], camera, fix.site_from_cam))
      row.residual_px = r->residual_px;
    if (row.inlier) sum += row.residual_px.squaredNorm();
    fix.matches.push_back(row);
  }
  fix.inliers = static_cast<int>(inliers.size());
  fix.residual_rms_px = inliers.empty() ? 0 : std::sqrt(sum / static_cast<double>(inliers.size()));
}

dem::Vector6d WeakestDirection(const dem::Matrix6d& covariance) {
  // In position alone: metres and radians do not compare.
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> eigen(covariance.bottomRightCorner<3, 3>());
  dem::Vector6d direction = dem::Vector6d::Zero();
  direction.tail<3>() = eigen.eigenvectors().col(2);
  return direction;
}

void AddTie(Fix& fix, const MapDeclaration& map) {
  if (!map.tie_sigma_horizontal_m || !map.tie_sigma_vertical_m) return;
  const double h2 = *map.tie_sigma_horizontal_m * *map.tie_sigma_horizontal_m;
  const double v2 = *map.tie_sigma_vertical_m * *map.tie_sigma_vertical_m;
  fix.covariance_absolute = fix.covariance_map_relative;
  fix.covariance_absolute->bottomRightCorner<3, 3>() +=
      Eigen::Vector3d(h2, h2, v2).asDiagonal().toDenseMatrix();
}

// Distance of the solution from the prior in sigmas of both together; of the position alone where the
// attitude is known to contradict.
double PriorDistance(const PosePrior& prior, const Fix& fix) {
  const dem::Vector6d delta = dem::PoseDifference(prior.site_from_cam, fix.site_from_cam);
  const dem::Matrix6d covariance = prior.covariance + fix.covariance_map_relative;
  return std::sqrt(std::max(0.0, dem::SquaredMahalanobis(delta, covariance)));
}

Fix Refused(Fix fix, FixStatus status, const std::string& reason) {
  fix.status = status;
  fix.reason = reason;
  return fix;
}

}  // namespace

void EstimateFixOptions::Validate() const {
  if (!(inlier_gate_px > 0)) throw std::invalid_argument("inlier_gate_px must be positive");
  if (!(inlier_gate_map_px >= 0)) throw std::invalid_argument("inlier_gate_map_px must not be negative");
  if (!(max_attitude_nis >= 0)) throw std::invalid_argument("max_attitude_nis must not be negative");
  if (min_inliers < 6) throw std::invalid_argument("min_inliers must be at least 6");
  if (!(min_inlier_share >= 0 && min_inlier_share <= 1))
    throw std::invalid_argument("min_inlier_share must lie in [0, 1]");
  errors.Validate();
  consensus.Validate();
  refine.Validate();
}

Fix EstimateFix(const std::vector<vision::Match>& matches, int attempted, const vision::Camera& camera,
                const PosePrior& prior, const MapDeclaration& map, const dem::Sun& sun,
                double ground_sample_m, const EstimateFixOptions& options) {
  options.Validate();
  Fix fix;
  fix.attempted = attempted;
  fix.map_pixel_m = map.map_pixel_m;
  fix.ground_sample_m = ground_sample_m;
  fix.holdout_rms_px = std::numeric_limits<double>::quiet_NaN();
  const int found = static_cast<int>(matches.size());
  const int needed =
      std::max(options.min_inliers, static_cast<int>(std::ceil(options.min_inlier_share * found)));
  if (found < needed) {
    return Refused(fix, FixStatus::kTooFewMatches,
                   std::to_string(found) + " of " + std::to_string(attempted) + " patches matched, " +
                       std::to_string(needed) + " needed");
  }

  const double gate_px =
      std::max(options.inlier_gate_px, options.inlier_gate_map_px * map.DetailPixel_m() / ground_sample_m);
  vision::ConsensusOptions consensus_options = options.consensus;
  consensus_options.gate_px = 1.5 * gate_px;
  const vision::PosePriorFactor search{prior.site_from_cam, prior.covariance.inverse()};
  const vision::Consensus consensus = vision::FindConsensus(matches, camera, search, consensus_options);
  if (static_cast<int>(consensus.inliers.size()) < needed) {
    return Refused(fix, FixStatus::kInconsistent,
                   "only " + std::to_string(consensus.inliers.size()) + " of " + std::to_string(found) +
                       " matches agree on a pose, " + std::to_string(needed) + " needed");
  }

  const auto used_prior = UsedPrior(prior);
  const ScaledSolution solved = SolveScaled(matches, camera, consensus, used_prior, sun, gate_px, options);
  if (!solved.solution.pose.usable)
    return Refused(fix, FixStatus::kInconsistent, "the pose did not converge");
  const double error_px_m = std::max(map.DetailPixel_m(), ground_sample_m);
  const auto covariance_of = [&](const ScaledSolution& what,
                                 const std::optional<vision::PosePriorFactor>& with) {
    return MapRelativeCovariance(ForCovariance(what, with), camera, map, sun, options.errors, error_px_m);
  };
  if (prior.use_attitude && !prior.use_position && options.max_attitude_nis > 0) {
    const ScaledSolution alone = SolveScaled(matches, camera, consensus, {}, sun, gate_px, options);
    if (alone.solution.pose.usable && static_cast<int>(alone.solution.inliers.size()) >= needed) {
      const AttitudeOffset offset =
          OffsetOf(alone.solution.pose.site_from_cam, covariance_of(alone, {}), prior);
      const double nis = offset.Nis();  // no number where the image alone does not give an attitude
      if (std::isfinite(nis)) fix.attitude_offset = offset;
      fix.attitude_contradicted = fix.attitude_offset && nis > options.max_attitude_nis;
      if (fix.attitude_contradicted) {
        return Refused(fix, FixStatus::kInconsistent,
                       "the image contradicts the prior's attitude (NIS " + std::to_string(nis) + " of 3)");
      }
    }
  }
  const Solution& solution = solved.solution;
  const std::vector<vision::Match>& scaled = solved.matches;

  fix.site_from_cam = solution.pose.site_from_cam;
  RecordMatches(fix, scaled, camera, solution.inliers);
  if (fix.inliers < needed) {
    return Refused(fix, FixStatus::kInconsistent,
                   std::to_string(fix.inliers) + " inliers, " + std::to_string(needed) + " needed");
  }
  fix.covariance_map_relative = covariance_of(solved, used_prior);
  fix.covariance_map_relative.diagonal().segment<2>(3).array() +=
      map.albedo_tie_sigma_m * map.albedo_tie_sigma_m;
  const double distance = PriorDistance(prior, fix);
  if (distance > options.max_prior_distance_sigma) {
    fix.beyond_prior = true;
    return Refused(fix, FixStatus::kInconsistent,
                   "the pose lies " + std::to_string(distance) + " sigma from the prior");
  }
  if (options.max_halves_sigma > 0) {
    fix.halves_distance_sigma = HalvesDistance_sigma(scaled, solution.inliers, camera, fix.site_from_cam,
                                                     used_prior, map, options.refine);
    if (fix.halves_distance_sigma.value_or(0) > options.max_halves_sigma) {
      return Refused(
          fix, FixStatus::kInconsistent,
          "two halves of the inliers disagree by " + std::to_string(*fix.halves_distance_sigma) + " sigma");
    }
  }
  AddTie(fix, map);
  if (options.holdout) {
    fix.holdout_rms_px =
        HoldoutRms_px(scaled, camera, fix.site_from_cam, used_prior, gate_px, options.refine);
  }
  const double unit_m = std::max(map.map_pixel_m, ground_sample_m);
  if (fix.HorizontalSigma_m() <= unit_m) {
    fix.status = FixStatus::kAccepted;
  } else {
    fix.status = FixStatus::kWeak;
    fix.reason = "horizontal 1 sigma " + std::to_string(fix.HorizontalSigma_m()) + " m exceeds " +
                 std::to_string(unit_m) + " m";
    fix.weak_direction = WeakestDirection(fix.covariance_map_relative);
  }
  return fix;
}

}  // namespace perilune::nav
