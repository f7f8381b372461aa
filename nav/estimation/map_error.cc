#include "nav/estimation/map_error.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>
#include <string>

#include "dem/linear/symmetric_solve.h"

namespace perilune::nav {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

Matrix3d PositionCovariance(const Fix& fix) { return fix.covariance_map_relative.bottomRightCorner<3, 3>(); }

/// Makes three rows of the error state independent of all others, with a covariance of their own.
void Replace(StateMatrix& covariance, int offset, const Matrix3d& block) {
  covariance.middleRows<3>(offset).setZero();
  covariance.middleCols<3>(offset).setZero();
  covariance.block<3, 3>(offset, offset) = block;
}

bool AllLikeTheLast(std::span<const RefusedFix> refused, const ReadmissionOptions& options) {
  const RefusedFix& last = refused.back();
  return std::all_of(refused.begin(), refused.end() - 1, [&](const RefusedFix& one) {
    const Vector3d difference = one.innovation_m - last.innovation_m;
    const Matrix3d spread = PositionCovariance(one.fix) + PositionCovariance(last.fix);
    return difference.norm() <= options.agreement * last.innovation_m.norm() ||
           dem::SquaredMahalanobis(difference, spread) <= options.threshold;
  });
}

/// Whether the innovations lie on the line in time through the first and the last one, and drift slowly.
bool OnOneDrift(std::span<const RefusedFix> refused, const ReadmissionOptions& options) {
  const RefusedFix &first = refused.front(), &last = refused.back();
  const auto predicted = [](const RefusedFix& one) -> Vector3d {
    return one.fix.site_from_cam.translation() - one.innovation_m;
  };
  const Vector3d drift = last.innovation_m - first.innovation_m;
  const double way_m = (predicted(last) - predicted(first)).norm();
  const auto span_ns = static_cast<double>(last.fix.t_ns - first.fix.t_ns);
  if (refused.size() < 3 || !(span_ns > 0) || drift.norm() > options.drift_share * way_m) return false;
  return std::all_of(refused.begin() + 1, refused.end() - 1, [&](const RefusedFix& one) {
    const double share = static_cast<double>(one.fix.t_ns - first.fix.t_ns) / span_ns;
    const Vector3d off = one.innovation_m - (first.innovation_m + share * drift);
    const Matrix3d spread = PositionCovariance(one.fix) +
                            (1 - share) * (1 - share) * PositionCovariance(first.fix) +
                            share * share * PositionCovariance(last.fix);
    return dem::SquaredMahalanobis(off, spread) <= options.threshold;
  });
}

}  // namespace

void MapErrorOptions::Validate() const {
  if (!(shared_variance >= 0 && shared_variance < 1)) {
    throw std::invalid_argument("map error: shared_variance " + std::to_string(shared_variance) +
                                " must be at least 0 and less than 1");
  }
  if (!(correlation_footprints > 0) || !std::isfinite(correlation_footprints)) {
    throw std::invalid_argument("map error: correlation_footprints " +
                                std::to_string(correlation_footprints) + " must be positive");
  }
}

State ResetMapTie(const State& state, const TieSigma& tie, const Matrix3d& local_error_covariance_m2) {
  State reset = state;
  reset.map_tie_m.setZero();
  reset.map_error_m.setZero();
  const Vector3d sigma_m(tie.horizontal_m, tie.horizontal_m, tie.vertical_m);
  Replace(reset.covariance, kMapTie, sigma_m.cwiseAbs2().asDiagonal());
  Replace(reset.covariance, kMapError, local_error_covariance_m2);
  return reset;
}

State AdvanceMapError(const State& state, double distance_m, double correlation_m,
                      const Matrix3d& stationary_covariance_m2) {
  if (!(correlation_m > 0)) throw std::invalid_argument("map error: correlation_m must be positive");
  const double kept = std::exp(-std::max(0.0, distance_m) / correlation_m);
  State advanced = state;
  advanced.map_error_m *= kept;
  advanced.covariance.middleRows<3>(kMapError) *= kept;
  advanced.covariance.middleCols<3>(kMapError) *= kept;
  advanced.covariance.block<3, 3>(kMapError, kMapError) += (1 - kept * kept) * stationary_covariance_m2;
  return advanced;
}

Fix WithoutSharedError(const Fix& fix, const MapErrorOptions& options) {
  Fix independent = fix;
  const double kept = 1 - options.shared_variance;
  independent.covariance_map_relative.bottomRightCorner<3, 3>() *= kept;
  // With the correlations as they were the matrix stays a covariance.
  independent.covariance_map_relative.topRightCorner<3, 3>() *= std::sqrt(kept);
  independent.covariance_map_relative.bottomLeftCorner<3, 3>() *= std::sqrt(kept);
  return independent;
}

Matrix3d SharedErrorCovariance(const Fix& fix, const MapErrorOptions& options) {
  return options.shared_variance * PositionCovariance(fix);
}

double CorrelatedSamples(double correlation_m, double step_m) {
  // Limited, so that a lander that stands still gets a large number and not infinity.
  constexpr double kMost = 1e6;
  if (step_m * kMost <= 2 * correlation_m) return kMost;
  return std::max(1.0, 2 * correlation_m / step_m);
}

void ReadmissionOptions::Validate() const {
  if (refusals < 2) throw std::invalid_argument("readmission: refusals must be at least 2");
  if (!(threshold > 0)) throw std::invalid_argument("readmission: threshold must be positive");
  if (!(agreement >= 0 && agreement < 1))
    throw std::invalid_argument("readmission: agreement must be in [0, 1)");
  if (!(drift_share >= 0 && drift_share < 1))
    throw std::invalid_argument("readmission: drift_share must be in [0, 1)");
}

Readmission JudgeRefusals(const std::vector<RefusedFix>& refused, const ReadmissionOptions& options) {
  const auto wanted = static_cast<std::size_t>(options.refusals);
  if (refused.size() < wanted) return Readmission::kNotYet;
  const std::span<const RefusedFix> last = std::span(refused).last(wanted);
  return AllLikeTheLast(last, options) || OnOneDrift(last, options) ? Readmission::kStateIsWrong
                                                                    : Readmission::kFixesDisagree;
}

State WidenedBy(const State& state, const Vector3d& innovation_m, double elapsed_s) {
  State widened = state;
  const double variance = innovation_m.squaredNorm();
  widened.covariance.block<3, 3>(kPosition, kPosition) += variance * Matrix3d::Identity();
  widened.covariance.block<3, 3>(kVelocity, kVelocity) +=
      variance / std::max(1.0, elapsed_s * elapsed_s) * Matrix3d::Identity();
  return widened;
}

}  // namespace perilune::nav
