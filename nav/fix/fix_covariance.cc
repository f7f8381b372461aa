#include "nav/fix/fix_covariance.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "dem/terrain/height_error.h"
#include "vision/pose/reprojection.h"

namespace perilune::nav {
namespace {

using Gain = Eigen::Matrix<double, 6, 2>;

constexpr double kNegligibleCorrelation = 1e-4;

struct Linearised {
  std::vector<Gain> pixel_gain;                         // K_i √C_i
  std::vector<Eigen::Matrix<double, 6, 3>> point_gain;  // −K_i ∂projected/∂point
  dem::Matrix6d inverse_normal = dem::Matrix6d::Zero();
};

Linearised Linearise(const SolvedPose& solved, const vision::Camera& camera) {
  Linearised lin;
  dem::Matrix6d normal = solved.prior_information;
  std::vector<vision::Reprojection> rows;
  for (std::size_t i = 0; i < solved.matches.size(); ++i) {
    const vision::Match& match = solved.matches[i];
    rows.push_back(vision::Reproject(match, camera, solved.site_from_cam).value_or(vision::Reprojection{}));
    normal += solved.weight[i] * rows.back().by_pose.transpose() * match.covariance_px2.inverse() *
              rows.back().by_pose;
  }
  lin.inverse_normal = normal.ldlt().solve(dem::Matrix6d::Identity());
  for (std::size_t i = 0; i < solved.matches.size(); ++i) {
    const Eigen::Matrix2d& covariance = solved.matches[i].covariance_px2;
    const Gain gain =
        lin.inverse_normal * rows[i].by_pose.transpose() * (solved.weight[i] * covariance.inverse());
    lin.pixel_gain.push_back(gain *
                             Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d>(covariance).operatorSqrt());
    lin.point_gain.push_back(-gain * rows[i].by_point);
  }
  return lin;
}

// Share of the area that two equal squares have in common.
double Overlap(const vision::Match& a, const vision::Match& b) {
  const double side = std::min(a.patch_size_px, b.patch_size_px);
  if (!(side > 0)) return 0;
  const Eigen::Vector2d apart = (a.pixel_px - b.pixel_px).cwiseAbs() / side;
  return std::max(0.0, 1 - apart.x()) * std::max(0.0, 1 - apart.y());
}

}  // namespace

void SharedScatter::Validate() const {
  if (!(variance_share >= 0)) throw std::invalid_argument("variance_share must not be negative");
  if (!(correlation_px > 0)) throw std::invalid_argument("correlation_px must be positive");
}

dem::Matrix6d MapRelativeCovariance(const SolvedPose& solved, const vision::Camera& camera,
                                    const MapDeclaration& map, const SharedScatter& shared, double pixel_m) {
  const Linearised lin = Linearise(solved, camera);
  const std::size_t n = solved.matches.size();
  dem::Matrix6d covariance = dem::Matrix6d::Zero();
  if (solved.prior_errs) covariance = lin.inverse_normal * solved.prior_information * lin.inverse_normal;
  const double height_variance = map.height_sigma_m * map.height_sigma_m;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i; j < n; ++j) {
      dem::Matrix6d pair = dem::Matrix6d::Zero();
      const double apart_m = (solved.matches[i].point_in_site_m - solved.matches[j].point_in_site_m).norm();
      const double own = i == j ? 1 : Overlap(solved.matches[i], solved.matches[j]);
      const double common =
          shared.variance_share * dem::HeightErrorCorrelation(apart_m, shared.correlation_px * pixel_m);
      if (own + common > kNegligibleCorrelation)
        pair += (own + common) * lin.pixel_gain[i] * lin.pixel_gain[j].transpose();
      const double correlation = dem::HeightErrorCorrelation(apart_m, map.height_correlation_m);
      if (height_variance > 0 && correlation > kNegligibleCorrelation) {
        pair +=
            height_variance * correlation * lin.point_gain[i].col(2) * lin.point_gain[j].col(2).transpose();
      }
      covariance += i == j ? pair : dem::Matrix6d(pair + pair.transpose());
    }
  }
  return 0.5 * (covariance + covariance.transpose());
}

}  // namespace perilune::nav
