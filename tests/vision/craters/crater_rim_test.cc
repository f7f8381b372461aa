#include "vision/craters/crater_rim.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dem/frames/pose.h"
#include "tests/support/crater_worlds.h"

namespace perilune::vision {
namespace {

/// At latitude and longitude 0, where up is +x, east +y, north +z.
dem::Crater CraterAtOrigin(double semi_major_m, double semi_minor_m, double azimuth_rad) {
  dem::Crater crater;
  crater.semi_major_m = semi_major_m;
  crater.semi_minor_m = semi_minor_m;
  crater.azimuth_rad = azimuth_rad;
  return crater;
}

/// A camera that sees the crater at the origin in the middle of its image, `range_m` away and `emission_rad`
/// off its vertical, southward; x to the east.
Eigen::Isometry3d LookAtOrigin(double range_m, double emission_rad) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  const Eigen::Vector3d to_camera(std::cos(emission_rad), 0, -std::sin(emission_rad));
  pose.linear().col(0) = Eigen::Vector3d(0, 1, 0);
  pose.linear().col(2) = -to_camera;
  pose.linear().col(1) = pose.linear().col(2).cross(pose.linear().col(0));
  pose.translation() = Eigen::Vector3d(dem::kMoonRadius_m, 0, 0) + range_m * to_camera;
  return pose;
}

TEST(CraterRim, AzimuthCountsFromNorthEastward) {
  EXPECT_LT((RimOf(CraterAtOrigin(5, 3, 0)).major - Eigen::Vector3d(0, 0, 5)).norm(), 1e-12);
  EXPECT_LT((RimOf(CraterAtOrigin(5, 3, dem::kPi / 2)).major - Eigen::Vector3d(0, 5, 0)).norm(), 1e-12);
  const CraterRim rim = RimOf(CraterAtOrigin(5, 3, 0.3));
  EXPECT_NEAR(rim.minor.norm(), 3, 1e-12);
  EXPECT_NEAR(rim.minor.dot(rim.major), 0, 1e-12);
  EXPECT_NEAR(rim.up.dot(rim.minor), 0, 1e-12);
}

TEST(CraterRim, CircleBelowIsACircle) {
  const auto ellipse = ProjectRim(RimOf(CraterAtOrigin(2000, 2000, 0)), LookAtOrigin(100'000, 0));
  ASSERT_TRUE(ellipse);
  EXPECT_LT(ellipse->centre.norm(), 1e-12);
  EXPECT_LT((ellipse->shape - 0.0004 * Eigen::Matrix2d::Identity()).norm(), 1e-12);
}

TEST(CraterRim, ObliqueCircleAsDerivedByHand) {
  // The rim's points r (cos t, sin t) lie in cam at (r cos t, r sin t cos e, ρ + r sin t sin e), up to the
  // sign of y. Its nearest and furthest points project to ±r c / (ρ ∓ r s): the centre and the semi-axis
  // along y follow. Across, x² = r² cos² t / z² is greatest at r / √(ρ² − r² s²).
  const double r = 20'000, rho = 100'000, e = 0.9, c = std::cos(e), s = std::sin(e);
  const auto ellipse = ProjectRim(RimOf(CraterAtOrigin(r, r, 1)), LookAtOrigin(rho, e));
  ASSERT_TRUE(ellipse);
  const double square = rho * rho - r * r * s * s;
  EXPECT_NEAR(ellipse->centre.x(), 0, 1e-12);
  // The centre of the ellipse lies nearer to the camera's side (south: +y) than the image of the centre.
  EXPECT_NEAR(ellipse->centre.y(), r * r * c * s / square, 1e-12);
  const EllipseAxes axes = AxesOf(*ellipse);
  EXPECT_NEAR(axes.semi_major, r / std::sqrt(square), 1e-12);
  EXPECT_NEAR(axes.semi_minor, r * c * rho / square, 1e-12);
  EXPECT_NEAR(axes.angle_rad, 0, 1e-9);
}

TEST(CraterRim, UnseenRimsAreNotProjected) {
  const CraterRim rim = RimOf(CraterAtOrigin(2000, 2000, 0));
  Eigen::Isometry3d below = LookAtOrigin(100'000, 0);
  below.translation().x() = dem::kMoonRadius_m - 1000;
  EXPECT_FALSE(ProjectRim(rim, below));
  Eigen::Isometry3d away = LookAtOrigin(100'000, 0);
  away.linear().col(2) *= -1;
  away.linear().col(1) *= -1;
  EXPECT_FALSE(ProjectRim(rim, away));
  EXPECT_FALSE(
      ProjectRim(RimOf(CraterAtOrigin(200'000, 200'000, 0)), LookAtOrigin(100'000, 1)));  // half behind
}

TEST(CraterRim, DerivativesAgreeWithDifferences) {
  const Eigen::Isometry3d pose = test_support::ViewFrom({0.01, 0.02}, 80'000, 0.4, 0.3);
  dem::Crater crater = CraterAtOrigin(9000, 7000, 0.5);
  const auto projection = ProjectRimWithDerivatives(RimOf(crater), pose);
  ASSERT_TRUE(projection);
  for (int k = 0; k < 6; ++k) {
    dem::Vector6d delta = dem::Vector6d::Zero();
    delta[k] = k < 3 ? 1e-6 : 0.1;
    const auto plus = ProjectRim(RimOf(crater), dem::Perturb(pose, delta));
    const auto minus = ProjectRim(RimOf(crater), dem::Perturb(pose, -delta));
    ASSERT_TRUE(plus && minus);
    const Eigen::Vector2d centre = (plus->centre - minus->centre) / (2 * delta[k]);
    const Eigen::Matrix2d shape = (plus->shape - minus->shape) / (2 * delta[k]);
    EXPECT_LT((projection->centre_by_pose.col(k) - centre).norm(), 1e-6 * centre.norm());
    EXPECT_LT(
        (projection->shape_by_pose.col(k) - Eigen::Vector3d(shape(0, 0), shape(1, 1), shape(0, 1))).norm(),
        1e-5 * shape.norm());
  }
  crater.height_m = 1;
  const auto raised = ProjectRim(RimOf(crater), pose);
  EXPECT_LT((projection->centre_by_height - (raised->centre - projection->ellipse.centre)).norm(),
            1e-3 * projection->centre_by_height.norm());
}

}  // namespace
}  // namespace perilune::vision
