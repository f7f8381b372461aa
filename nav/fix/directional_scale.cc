#include "nav/fix/directional_scale.h"

#include <algorithm>
#include <cmath>

#include "nav/fix/sun_axes.h"
#include "vision/pose/reprojection.h"

namespace perilune::nav {
namespace {

constexpr double kLeastScale = 0.2, kMostScale = 50;
constexpr double kNoLength = 1e-12;

Eigen::Vector2d Across(const Eigen::Vector2d& along) { return {-along.y(), along.x()}; }

// The six degrees of freedom of the pose take three of each direction's.
double Scale(double squares, double matches, double prior_matches) {
  const double freedom = std::max(1.0, matches - 3);
  return std::clamp((prior_matches + squares) / (prior_matches + freedom), kLeastScale, kMostScale);
}

}  // namespace

Eigen::Matrix2d DirectionalScale::Apply(const Eigen::Matrix2d& covariance_px2,
                                        const Eigen::Vector2d& along_sun) const {
  const Eigen::Vector2d across_sun = Across(along_sun);
  const Eigen::Matrix2d stretch = std::sqrt(along) * along_sun * along_sun.transpose() +
                                  std::sqrt(across) * across_sun * across_sun.transpose();
  return stretch * covariance_px2 * stretch;
}

std::vector<Eigen::Vector2d> SunInImage(const std::vector<vision::Match>& matches,
                                        const vision::Camera& camera, const Eigen::Isometry3d& site_from_cam,
                                        const dem::Sun& sun) {
  std::vector<Eigen::Vector2d> directions;
  directions.reserve(matches.size());
  for (const vision::Match& match : matches) {
    const auto r = vision::Reproject(match, camera, site_from_cam);
    const Eigen::Vector2d along =
        r ? Eigen::Vector2d(r->by_point * SunAxesAt(match.point_in_site_m, sun).along)
          : Eigen::Vector2d::Zero();
    const double length = along.norm();
    directions.push_back(length > kNoLength ? Eigen::Vector2d(along / length) : Eigen::Vector2d::UnitX());
  }
  return directions;
}

DirectionalScale MeasureDirectionalScale(const std::vector<SunResidual>& residuals, double prior_matches) {
  double along = 0, across = 0;
  for (const SunResidual& of : residuals) {
    const auto share = [&of](const Eigen::Vector2d& axis) {
      const double off_px = axis.dot(of.residual_px);
      return of.weight * off_px * off_px / axis.dot(of.declared_px2 * axis);
    };
    along += share(of.along_sun);
    across += share(Across(of.along_sun));
  }
  const double n = static_cast<double>(residuals.size());
  return {Scale(along, n, prior_matches), Scale(across, n, prior_matches)};
}

}  // namespace perilune::nav
