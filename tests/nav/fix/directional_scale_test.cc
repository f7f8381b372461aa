#include "nav/fix/directional_scale.h"

#include <gtest/gtest.h>

#include "dem/ephemeris/sub_solar.h"
#include "dem/frames/moon.h"
#include "nav/fix/sun_axes.h"
#include "tests/support/synthetic_matches.h"

namespace perilune::nav {
namespace {

using test_support::ExactMatches;
using test_support::NadirPose;

vision::Camera Wide() { return vision::PinholeCamera(512, dem::DegToRad(60)); }

dem::Sun InTheNorthEast() { return dem::SunFromAngles({dem::DegToRad(30), dem::DegToRad(45)}); }

TEST(SunAxes, OfALowSunInTheEast) {
  const SunAxes axes =
      SunAxesAt(Eigen::Vector3d::Zero(), dem::SunFromAngles({dem::DegToRad(10), dem::DegToRad(90)}));
  EXPECT_LT((axes.along - Eigen::Vector3d::UnitX()).norm(), 1e-12);
  EXPECT_LT((axes.across - Eigen::Vector3d::UnitY()).norm(), 1e-12);
  EXPECT_LT((axes.up - Eigen::Vector3d::UnitZ()).norm(), 1e-12);
  EXPECT_NEAR(axes.elevation_rad, dem::DegToRad(10), 1e-12);
}

// A quarter of the Moon further east the same Sun stands 80 degrees from the zenith of the other side.
TEST(SunAxes, TheVerticalIsThatOfThePlace) {
  const Eigen::Vector3d east(dem::kMoonRadius_m, 0, -dem::kMoonRadius_m);
  const SunAxes axes = SunAxesAt(east, dem::SunFromAngles({dem::DegToRad(10), dem::DegToRad(90)}));
  EXPECT_NEAR(axes.elevation_rad, dem::DegToRad(80), 1e-12);
  EXPECT_LT((axes.along - Eigen::Vector3d::UnitZ()).norm(), 1e-12);
}

// Looking straight down with north on top (x east, y south in the image) a Sun in the north-east lies to the
// upper right.
TEST(DirectionalScale, TheSunsAzimuthInTheImage) {
  const Eigen::Isometry3d pose = NadirPose(3000);
  const auto matches = ExactMatches(Wide(), pose, 20, 1, 7);
  const Eigen::Vector3d northeast = Eigen::Vector3d(1, 1, 0).normalized();
  for (const Eigen::Vector2d& along : SunInImage(matches, Wide(), pose, InTheNorthEast())) {
    const Eigen::Vector2d expected = (pose.linear().transpose() * northeast).head<2>();
    EXPECT_LT((along - expected).norm(), 2e-3);  // the Moon is round
  }
}

TEST(DirectionalScale, UnderTheZenithSomeDirectionIsTaken) {
  const Eigen::Isometry3d pose = NadirPose(3000);
  vision::Match below;
  const dem::Sun zenith{Eigen::Vector3d::UnitZ(), 0};
  const auto along = SunInImage({below}, Wide(), pose, zenith);
  ASSERT_EQ(along.size(), 1U);
  EXPECT_NEAR(along[0].norm(), 1, 1e-12);
}

TEST(DirectionalScale, StretchesACovarianceAlongAndAcross) {
  const DirectionalScale scale{4, 0.25};
  Eigen::Matrix2d covariance;
  covariance << 2, 0.5, 0.5, 1;
  const Eigen::Matrix2d scaled = scale.Apply(covariance, Eigen::Vector2d::UnitY());
  EXPECT_NEAR(scaled(1, 1), 4, 1e-12);
  EXPECT_NEAR(scaled(0, 0), 0.5, 1e-12);
  EXPECT_NEAR(scaled(0, 1), 0.5, 1e-12);  // the correlation stays
}

// Residuals of 2 sigma along and half a sigma across, by hand: (k + 4 n) / (k + n − 3).
TEST(DirectionalScale, IsWhatTheResidualsScatterMoreThanDeclared) {
  constexpr int kMatches = 43;
  const Eigen::Vector2d along = Eigen::Vector2d(3, 4) / 5, across(-along.y(), along.x());
  std::vector<SunResidual> residuals(kMatches,
                                     {2 * along - 0.5 * across, Eigen::Matrix2d::Identity(), along, 1});
  const DirectionalScale scale = MeasureDirectionalScale(residuals, 10);
  EXPECT_NEAR(scale.along, (10 + 4.0 * kMatches) / 50, 1e-12);
  EXPECT_NEAR(scale.across, (10 + 0.25 * kMatches) / 50, 1e-12);
  for (SunResidual& of : residuals) of.weight = 0.5;
  EXPECT_NEAR(MeasureDirectionalScale(residuals, 10).along, (10 + 2.0 * kMatches) / 50, 1e-12);
}

}  // namespace
}  // namespace perilune::nav
