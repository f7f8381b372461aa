#include "nav/fix/fix_covariance.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "dem/linear/symmetric_eigen.h"
#include "dem/linear/symmetric_solve.h"
#include "dem/terrain/height_error.h"
#include "nav/fix/sun_axes.h"
#include "vision/pose/reprojection.h"

namespace perilune::nav {
namespace {

using Gain = Eigen::Matrix<double, 6, 2>;
using PointGain = Eigen::Matrix<double, 6, 3>;

constexpr double kNegligibleCorrelation = 1e-4;

struct Linearised {
  std::vector<Gain> pixel_gain;                      // K_i √C_i
  std::vector<PointGain> point_gain;                 // −K_i ∂projected/∂point
  dem::Matrix6d of_matches = dem::Matrix6d::Zero();  // normal matrix without the prior
  dem::Matrix6d inverse_normal = dem::Matrix6d::Zero();
  double chi2 = 0;  // weighted residuals
};

Linearised Linearise(const SolvedPose& solved, const vision::Camera& camera) {
  Linearised lin;
  std::vector<vision::Reprojection> rows;
  for (std::size_t i = 0; i < solved.matches.size(); ++i) {
    const vision::Match& match = solved.matches[i];
    rows.push_back(vision::Reproject(match, camera, solved.site_from_cam).value_or(vision::Reprojection{}));
    const Eigen::Matrix2d information = solved.weight[i] * match.covariance_px2.inverse();
    lin.of_matches += rows.back().by_pose.transpose() * information * rows.back().by_pose;
    lin.chi2 += rows.back().residual_px.dot(information * rows.back().residual_px);
  }
  const dem::Matrix6d normal = lin.of_matches + solved.prior_information;
  lin.inverse_normal = dem::InverseOfSymmetric(normal);
  for (std::size_t i = 0; i < solved.matches.size(); ++i) {
    const Eigen::Matrix2d& covariance = solved.matches[i].covariance_px2;
    const Gain gain =
        lin.inverse_normal * rows[i].by_pose.transpose() * (solved.weight[i] * covariance.inverse());
    const dem::PrincipalAxes axes = dem::PrincipalAxesOf(covariance);
    lin.pixel_gain.push_back(gain * axes.With(axes.values.cwiseSqrt()));
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

// Σ_ij c_ij G_i G_jᵀ over the matches, c their correlation (1 on the diagonal is up to `correlation`).
template <typename Gains, typename Correlation>
dem::Matrix6d SumOfPairs(const Gains& gains, const Correlation& correlation) {
  dem::Matrix6d sum = dem::Matrix6d::Zero();
  for (std::size_t i = 0; i < gains.size(); ++i) {
    for (std::size_t j = i; j < gains.size(); ++j) {
      const double c = correlation(i, j);
      if (!(c > kNegligibleCorrelation)) continue;
      const dem::Matrix6d pair = c * gains[i] * gains[j].transpose();
      sum += i == j ? pair : dem::Matrix6d(pair + pair.transpose());
    }
  }
  return sum;
}

double Apart_m(const SolvedPose& solved, std::size_t i, std::size_t j) {
  return (solved.matches[i].point_in_site_m - solved.matches[j].point_in_site_m).norm();
}

dem::Matrix6d OfPixels(const SolvedPose& solved, const Linearised& lin, double overlap_power) {
  return SumOfPairs(lin.pixel_gain, [&](std::size_t i, std::size_t j) {
    return i == j ? 1.0 : std::pow(Overlap(solved.matches[i], solved.matches[j]), overlap_power);
  });
}

dem::Matrix6d OfMapHeights(const SolvedPose& solved, const Linearised& lin, const MapDeclaration& map) {
  if (!(map.height_sigma_m > 0)) return dem::Matrix6d::Zero();
  std::vector<dem::Vector6d> by_height;
  for (const PointGain& gain : lin.point_gain) by_height.emplace_back(gain.col(2));
  return map.height_sigma_m * map.height_sigma_m * SumOfPairs(by_height, [&](std::size_t i, std::size_t j) {
           return dem::HeightErrorCorrelation(Apart_m(solved, i, j), map.height_correlation_m);
         });
}

dem::Matrix6d OfPrior(const SolvedPose& solved, const Linearised& lin) {
  if (!solved.prior_errs) return dem::Matrix6d::Zero();
  return lin.inverse_normal * solved.prior_information * lin.inverse_normal;
}

// What the pixel errors' part of the covariance has to be multiplied by. Overlapping patches absorb more of
// the residuals' freedom than six of independent ones would: tr(N · covariance).
double OwnScale(const SolvedPose& solved, const Linearised& lin, const dem::Matrix6d& of_pixels,
                const MatchErrorModel& model) {
  const double n = static_cast<double>(solved.matches.size());
  const double absorbed = (lin.of_matches * of_pixels).trace();
  const double freedom = std::max(2.0, 2 * n - absorbed);
  const double independent = 6 * n / std::max(6.0, absorbed);
  return std::max(model.least_own_variance, lin.chi2 / freedom) * (1 + model.few_patches / independent);
}

// What all landmarks have in common: a shift along the Sun's azimuth and across it, and a height.
dem::Matrix6d OfCommonShift(const SolvedPose& solved, const Linearised& lin, const MapDeclaration& map,
                            const dem::Sun& sun, const MatchErrorModel& model, double pixel_m) {
  PointGain gain = PointGain::Zero();
  Eigen::Vector3d middle = Eigen::Vector3d::Zero();
  for (std::size_t i = 0; i < solved.matches.size(); ++i) {
    gain += lin.point_gain[i];
    middle += solved.matches[i].point_in_site_m / static_cast<double>(solved.matches.size());
  }
  const SunAxes axes = SunAxesAt(middle, sun);
  const double along_m = model.SunShift_px(axes.elevation_rad) * pixel_m;
  PointGain scaled;
  scaled.col(0) = gain * axes.along * along_m;
  scaled.col(1) = gain * axes.across * (model.shift_across * along_m);
  scaled.col(2) = gain * axes.up * (model.LandmarkHeight_map_px(axes.elevation_rad) * map.DetailPixel_m());
  return scaled * scaled.transpose();
}

dem::Matrix6d Symmetric(const dem::Matrix6d& m) { return 0.5 * (m + m.transpose()); }

}  // namespace

MatchErrorModel MatchErrorModel::Independent() {
  MatchErrorModel model;
  model.least_own_variance = 1;
  model.few_patches = 0;
  model.grazing_shift_px = 0;
  model.high_shift_px = 0;
  model.overlap_power = 1;
  model.landmark_height_map_px = 0;
  model.grazing_landmark_height_map_px = 0;
  model.high_landmark_height_map_px = 0;
  return model;
}

double MatchErrorModel::Grazing(double elevation_rad) const {
  return std::exp(-std::max(0.0, elevation_rad) / grazing_elevation_rad);
}

double MatchErrorModel::High(double elevation_rad) {
  const double sine = std::sin(elevation_rad);
  return sine * sine * sine;
}

double MatchErrorModel::SunShift_px(double elevation_rad) const {
  return std::hypot(grazing_shift_px * Grazing(elevation_rad), high_shift_px * High(elevation_rad));
}

double MatchErrorModel::LandmarkHeight_map_px(double elevation_rad) const {
  return std::hypot(landmark_height_map_px, grazing_landmark_height_map_px * Grazing(elevation_rad),
                    high_landmark_height_map_px * High(elevation_rad));
}

void MatchErrorModel::Validate() const {
  const auto require = [](bool good, const char* what) {
    if (!good) throw std::invalid_argument(what);
  };
  require(declared_counts_as > 0, "declared_counts_as must be positive");
  require(least_own_variance > 0, "least_own_variance must be positive");
  require(few_patches >= 0, "few_patches must not be negative");
  require(overlap_power > 0, "overlap_power must be positive");
  require(grazing_shift_px >= 0, "grazing_shift_px must not be negative");
  require(grazing_elevation_rad > 0, "grazing_elevation_rad must be positive");
  require(high_shift_px >= 0, "high_shift_px must not be negative");
  require(shift_across >= 0, "shift_across must not be negative");
  require(landmark_height_map_px >= 0, "landmark_height_map_px must not be negative");
  require(grazing_landmark_height_map_px >= 0, "grazing_landmark_height_map_px must not be negative");
  require(high_landmark_height_map_px >= 0, "high_landmark_height_map_px must not be negative");
}

dem::Matrix6d FormalCovariance(const SolvedPose& solved, const vision::Camera& camera,
                               const MapDeclaration& map) {
  const Linearised lin = Linearise(solved, camera);
  return Symmetric(OfPixels(solved, lin, 1) + OfMapHeights(solved, lin, map) + OfPrior(solved, lin));
}

dem::Matrix6d MapRelativeCovariance(const SolvedPose& solved, const vision::Camera& camera,
                                    const MapDeclaration& map, const dem::Sun& sun,
                                    const MatchErrorModel& model, double pixel_m) {
  const Linearised lin = Linearise(solved, camera);
  const dem::Matrix6d of_pixels = OfPixels(solved, lin, model.overlap_power);
  return Symmetric(OwnScale(solved, lin, of_pixels, model) * of_pixels + OfMapHeights(solved, lin, map) +
                   OfPrior(solved, lin) + OfCommonShift(solved, lin, map, sun, model, pixel_m));
}

}  // namespace perilune::nav
