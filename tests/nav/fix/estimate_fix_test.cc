#include "nav/fix/estimate_fix.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "dem/ephemeris/sub_solar.h"
#include "dem/linear/symmetric_solve.h"
#include "nav/fix/directional_scale.h"
#include "tests/support/synthetic_matches.h"

namespace perilune::nav {
namespace {

using test_support::ExactMatches;
using test_support::NadirPose;
using test_support::WithNoise;

constexpr double kHeight_m = 6000;
constexpr int kMatches = 120;

vision::Camera TestCamera() { return vision::PinholeCamera(1024, dem::DegToRad(60)); }

// The Sun 20 degrees up in the east.
dem::Sun TestSun() { return dem::SunFromAngles({dem::DegToRad(20), dem::DegToRad(90)}); }

double GroundSample_m() { return kHeight_m / TestCamera().FocalLength_px(); }

// Attitude to 0.01°, position to 200 m.
dem::Matrix6d PriorCovariance() {
  dem::Vector6d sigma;
  sigma << dem::DegToRad(0.01), dem::DegToRad(0.01), dem::DegToRad(0.01), 200, 200, 200;
  return sigma.cwiseAbs2().asDiagonal();
}

PosePrior DrawPrior(const Eigen::Isometry3d& truth, std::uint64_t seed) {
  dem::Vector6d error;
  for (int k = 0; k < 6; ++k) {
    error(k) =
        std::sqrt(PriorCovariance()(k, k)) * dem::RandomNormal(seed, 41, static_cast<std::uint64_t>(k));
  }
  PosePrior prior;
  prior.site_from_cam = dem::Perturb(truth, error);
  prior.covariance = PriorCovariance();
  return prior;
}

MapDeclaration Declared() {
  MapDeclaration map;
  map.map_pixel_m = 20;
  return map;
}

TEST(EstimateFix, CovarianceEqualsTheScatter) {
  const Eigen::Isometry3d truth = NadirPose(kHeight_m);
  EstimateFixOptions options;
  options.errors = MatchErrorModel::Independent();  // this world has none
  options.max_attitude_nis = 0;                     // one in a thousand honest ones would be left out
  double nees_position = 0, nees_pose = 0;
  const int runs = 200;
  for (int run = 0; run < runs; ++run) {
    const auto seed = static_cast<std::uint64_t>(run);
    const auto matches = WithNoise(ExactMatches(TestCamera(), truth, kMatches, 60, seed), 0.3, seed);
    const Fix fix = EstimateFix(matches, kMatches, TestCamera(), DrawPrior(truth, seed), Declared(),
                                TestSun(), GroundSample_m(), options);
    ASSERT_EQ(fix.status, FixStatus::kAccepted) << fix.reason;
    const dem::Vector6d error = dem::PoseDifference(fix.site_from_cam, truth);
    nees_pose += dem::SquaredMahalanobis(error, fix.covariance_map_relative);
    nees_position += error.tail<3>().dot(fix.covariance_map_relative.bottomRightCorner<3, 3>().inverse() *
                                         error.tail<3>());
  }
  // χ² means 6 and 3; sigma of the means √(2·6/200) = 0.24 and 0.17.
  EXPECT_NEAR(nees_pose / runs, 6, 1.0);
  EXPECT_NEAR(nees_position / runs, 3, 0.7);
}

TEST(EstimateFix, CovarianceCountsCorrelatedMapHeights) {
  // Heights are all wrong by the same amount in each run: perfectly correlated.
  const Eigen::Isometry3d truth = NadirPose(kHeight_m);
  MapDeclaration map = Declared();
  map.height_sigma_m = 8;
  map.height_correlation_m = 1e7;
  EstimateFixOptions options;
  options.errors = MatchErrorModel::Independent();
  options.max_attitude_nis = 0;  // one in a thousand honest ones would be left out
  double nees = 0;
  const int runs = 200;
  for (int run = 0; run < runs; ++run) {
    const auto seed = static_cast<std::uint64_t>(run);
    auto matches = WithNoise(ExactMatches(TestCamera(), truth, kMatches, 60, seed), 0.3, seed);
    const double height_error = map.height_sigma_m * dem::RandomNormal(seed, 51, 0);
    for (vision::Match& match : matches) match.point_in_site_m.z() += height_error;
    const Fix fix = EstimateFix(matches, kMatches, TestCamera(), DrawPrior(truth, seed), map, TestSun(),
                                GroundSample_m(), options);
    ASSERT_TRUE(fix.HasPose()) << fix.reason;
    const Eigen::Vector3d error = truth.translation() - fix.site_from_cam.translation();
    nees += error.dot(fix.covariance_map_relative.bottomRightCorner<3, 3>().inverse() * error);
  }
  EXPECT_NEAR(nees / runs, 3, 0.7);
}

dem::Matrix6d CovarianceWith(const MatchErrorModel& errors) {
  const Eigen::Isometry3d truth = NadirPose(kHeight_m);
  const auto matches = WithNoise(ExactMatches(TestCamera(), truth, kMatches, 60, 1), 0.3, 1);
  EstimateFixOptions options;
  options.errors = errors;
  return EstimateFix(matches, kMatches, TestCamera(), DrawPrior(truth, 1), Declared(), TestSun(),
                     GroundSample_m(), options)
      .covariance_map_relative;
}

// All landmarks shifted along the Sun's azimuth (east) by 0.2 of the larger pixel (the map's 20 m): the
// camera that matches them and holds its attitude shifts with them, by 4 m, and by a quarter of it across.
TEST(EstimateFix, AShiftAlongTheSunMovesTheFixAlongTheSun) {
  MatchErrorModel model = MatchErrorModel::Independent();
  model.grazing_elevation_rad = dem::DegToRad(7);
  model.grazing_shift_px = 0.2 * std::exp(20.0 / 7);  // 0.2 pixels at 20 degrees
  model.shift_across = 0.25;
  ASSERT_NEAR(model.SunShift_px(dem::DegToRad(20)), 0.2, 1e-12);
  const dem::Matrix6d added = CovarianceWith(model) - CovarianceWith(MatchErrorModel::Independent());
  const auto variance = [&](const Eigen::Vector3d& axis) {
    return axis.dot(added.bottomRightCorner<3, 3>() * axis);
  };
  // The attitude is held to 0.01 degrees, not for good: it takes some of the shift.
  EXPECT_NEAR(variance(Eigen::Vector3d::UnitX()), 16, 3);
  EXPECT_NEAR(variance(Eigen::Vector3d::UnitY()), 1, 0.2);
  EXPECT_NEAR(variance(Eigen::Vector3d::UnitZ()), 0, 0.05);
}

TEST(EstimateFix, TheShiftIsLeastUnderAMiddlingSun) {
  const MatchErrorModel model;
  EXPECT_NEAR(model.SunShift_px(0), model.grazing_shift_px, 1e-12);
  EXPECT_NEAR(model.SunShift_px(dem::kPi / 2), model.high_shift_px, 1e-6);
  EXPECT_LT(model.SunShift_px(dem::DegToRad(20)), 0.3 * model.SunShift_px(dem::DegToRad(3)));
  EXPECT_LT(model.SunShift_px(dem::DegToRad(20)), 0.3 * model.SunShift_px(dem::DegToRad(70)));
}

// Under the horizon's Sun, one in the zenith, and one where what a low Sun lights has faded (five times its
// scale, e^-5 = 0.7 %) and a high one's share is sin^3 45 = 0.354.
TEST(EstimateFix, LandmarksStandHigherUnderALowSunAndAHighOne) {
  const MatchErrorModel model;
  EXPECT_NEAR(model.LandmarkHeight_map_px(0),
              std::hypot(model.landmark_height_map_px, model.grazing_landmark_height_map_px), 1e-12);
  EXPECT_NEAR(model.LandmarkHeight_map_px(dem::kPi / 2),
              std::hypot(model.landmark_height_map_px, model.high_landmark_height_map_px), 1e-9);
  MatchErrorModel at_45 = model;
  at_45.grazing_elevation_rad = dem::DegToRad(9);
  EXPECT_NEAR(at_45.LandmarkHeight_map_px(dem::DegToRad(45)),
              std::hypot(model.landmark_height_map_px, 0.3536 * model.high_landmark_height_map_px), 1e-4);
}

// Landmarks that all stand 0.1 map pixels (2 m) higher than the map has them lift the camera by as much.
TEST(EstimateFix, LandmarksHigherThanTheMapLiftTheFix) {
  MatchErrorModel model = MatchErrorModel::Independent();
  model.landmark_height_map_px = 0.1;
  const dem::Matrix6d added = CovarianceWith(model) - CovarianceWith(MatchErrorModel::Independent());
  EXPECT_NEAR(added(5, 5), 4, 0.05);
  EXPECT_NEAR(added(3, 3), 0, 0.05);
}

// 120 patches that each declare twice the noise that their residuals show. (The attitude's prior error stays:
// compared in height alone. Without the robust loss, which weighs residuals by what is declared.)
double HeightVariance_m2(double declared_over_shown, const MatchErrorModel& errors) {
  const Eigen::Isometry3d truth = NadirPose(kHeight_m);
  auto matches = WithNoise(ExactMatches(TestCamera(), truth, kMatches, 1, 1), 0.3, 1);
  for (vision::Match& match : matches) match.covariance_px2 *= declared_over_shown;
  EstimateFixOptions options;
  options.errors = errors;
  options.refine.huber_sigma = 1e6;
  return EstimateFix(matches, kMatches, TestCamera(), DrawPrior(truth, 1), Declared(), TestSun(),
                     GroundSample_m(), options)
      .covariance_map_relative(5, 5);
}

MatchErrorModel DeclaredCountsAs(double matches) {
  MatchErrorModel model = MatchErrorModel::Independent();
  model.declared_counts_as = matches;
  return model;
}

// The variance falls to what the residuals say, no further than the declarations count for. Residuals of
// 120 matches scatter by √(2 / (2 · 120 − 6)) of their variance: four of that.
TEST(EstimateFix, ResidualsScaleTheMatchesVariance) {
  const double scatter = 4 * std::sqrt(2.0 / (2 * kMatches - 6));
  const MatchErrorModel nothing = DeclaredCountsAs(1e-9), everything = DeclaredCountsAs(1e9);
  EXPECT_NEAR(HeightVariance_m2(4, nothing) / HeightVariance_m2(1, nothing), 1, scatter);
  EXPECT_NEAR(HeightVariance_m2(4, everything) / HeightVariance_m2(1, everything), 4, 4 * scatter);
  const MatchErrorModel half = DeclaredCountsAs(kMatches - 3);
  EXPECT_NEAR(HeightVariance_m2(4, half) / HeightVariance_m2(1, everything), 2.5, 2.5 * scatter);
}

// Where the declarations are not scaled, their sum is, but no lower than allowed.
TEST(EstimateFix, ResidualsScaleTheOwnVarianceWithinLimits) {
  MatchErrorModel model = DeclaredCountsAs(1e9);
  const double unscaled_m2 = HeightVariance_m2(4, model);
  model.least_own_variance = 0.6;
  EXPECT_NEAR(HeightVariance_m2(4, model) / unscaled_m2, 0.6, 0.01);
  model.least_own_variance = 0.01;
  EXPECT_NEAR(HeightVariance_m2(4, model) / unscaled_m2, 0.25,
              4 * 0.25 * std::sqrt(2.0 / (2 * kMatches - 6)));
}

// Errors of 0.4 px along the Sun and 0.2 px across it that all declare 0.3 px: as the ground's detail makes
// them. What the residuals say of both directions makes the covariance that of the scatter.
TEST(EstimateFix, TheCovarianceEqualsTheScatterWhereErrorsFollowTheSun) {
  const Eigen::Isometry3d truth = NadirPose(kHeight_m);
  EstimateFixOptions options;
  options.errors = MatchErrorModel::Independent();
  Eigen::Vector2d squares = Eigen::Vector2d::Zero(), declared = Eigen::Vector2d::Zero();
  const int runs = 200;
  for (int run = 0; run < runs; ++run) {
    const auto seed = static_cast<std::uint64_t>(run);
    auto matches = ExactMatches(TestCamera(), truth, kMatches, 1, seed);
    const auto noisy = WithNoise(matches, 0.3, seed);
    const auto along_sun = SunInImage(matches, TestCamera(), truth, TestSun());
    for (std::size_t i = 0; i < matches.size(); ++i) {
      const Eigen::Vector2d error = noisy[i].pixel_px - matches[i].pixel_px;
      const Eigen::Vector2d along = along_sun[i] * along_sun[i].dot(error);
      matches[i].pixel_px += (0.4 * along + 0.2 * (error - along)) / 0.3;
      matches[i].covariance_px2 = noisy[i].covariance_px2;
    }
    PosePrior prior = DrawPrior(truth, seed);
    prior.site_from_cam.linear() = truth.linear();  // the attitude is exact: what is left are the matches
    prior.covariance.topLeftCorner<3, 3>() = 1e-16 * Eigen::Matrix3d::Identity();
    const Fix fix =
        EstimateFix(matches, kMatches, TestCamera(), prior, Declared(), TestSun(), GroundSample_m(), options);
    ASSERT_TRUE(fix.HasPose()) << fix.reason;
    const Eigen::Vector2d error_m = (fix.site_from_cam.translation() - truth.translation()).head<2>();
    squares += error_m.cwiseAbs2();
    declared += fix.covariance_map_relative.diagonal().segment<2>(3);
  }
  // The Sun is in the east. Of a mean of 200 squares one sigma is 10 %; declared as 0.3 px both would be 44
  // and 56 % off.
  EXPECT_NEAR(squares.x() / declared.x(), 1, 0.3);
  EXPECT_NEAR(squares.y() / declared.y(), 1, 0.3);
}

// A map of 20 m that is worth a pixel of 60 errs as one of 60 m.
TEST(EstimateFix, AMapErrsInThePixelThatItsReliefIsWorth) {
  const Eigen::Isometry3d truth = NadirPose(kHeight_m);
  const auto matches = WithNoise(ExactMatches(TestCamera(), truth, kMatches, 60, 1), 0.3, 1);
  const auto fix = [&](double map_pixel_m, double detail_pixel_m) {
    MapDeclaration map = Declared();
    map.map_pixel_m = map_pixel_m;
    map.detail_pixel_m = detail_pixel_m;
    return EstimateFix(matches, kMatches, TestCamera(), DrawPrior(truth, 1), map, TestSun(),
                       GroundSample_m());
  };
  const Fix blurred = fix(20, 60);
  EXPECT_EQ(blurred.covariance_map_relative, fix(60, 0).covariance_map_relative);
  EXPECT_EQ(blurred.map_pixel_m, 20);
  EXPECT_EQ(fix(20, 10).covariance_map_relative, fix(20, 0).covariance_map_relative);
  EXPECT_GT(blurred.covariance_map_relative(5, 5), 1.2 * fix(20, 0).covariance_map_relative(5, 5));
}

TEST(EstimateFix, FewPatchesAreTrustedLess) {
  MatchErrorModel model = MatchErrorModel::Independent();
  model.few_patches = kMatches;  // as many as there are: the matches' part doubles
  const dem::Matrix6d plain = CovarianceWith(MatchErrorModel::Independent()), wide = CovarianceWith(model);
  EXPECT_GT(wide(5, 5) / plain(5, 5), 1.9);
}

TEST(EstimateFix, AnAlbedoMapsPlaceIsPartOfTheCovariance) {
  const Eigen::Isometry3d truth = NadirPose(kHeight_m);
  const auto matches = WithNoise(ExactMatches(TestCamera(), truth, kMatches, 60, 1), 0.3, 1);
  MapDeclaration with = Declared();
  with.albedo_tie_sigma_m = 4;
  const auto covariance = [&](const MapDeclaration& map) {
    return EstimateFix(matches, kMatches, TestCamera(), DrawPrior(truth, 1), map, TestSun(), GroundSample_m())
        .covariance_map_relative;
  };
  dem::Matrix6d expected = dem::Matrix6d::Zero();
  expected(3, 3) = expected(4, 4) = 16;
  EXPECT_TRUE((covariance(with) - covariance(Declared())).isApprox(expected, 1e-9));
}

// Matches that are right scatter their halves as the covariance says (mean of d² of 3 degrees of freedom: 3;
// the shared attitude prior makes it a little less). When one half of the image lies on ground that moved by
// a pixel, no half is wrong in itself, and the fix is.
TEST(EstimateFix, HalvesThatDisagreeAreNoFix) {
  const Eigen::Isometry3d truth = NadirPose(kHeight_m);
  EstimateFixOptions options;
  options.max_halves_sigma = 6;
  double sum = 0;
  constexpr int kDraws = 200;
  for (int run = 0; run < kDraws; ++run) {
    const auto seed = static_cast<std::uint64_t>(run);
    auto matches = WithNoise(ExactMatches(TestCamera(), truth, kMatches, 60, seed), 0.3, seed);
    const Fix fix = EstimateFix(matches, kMatches, TestCamera(), DrawPrior(truth, seed), Declared(),
                                TestSun(), GroundSample_m(), options);
    ASSERT_TRUE(fix.HasPose()) << fix.reason;
    sum += *fix.halves_distance_sigma * *fix.halves_distance_sigma;
    if (run >= 20) continue;
    for (vision::Match& match : matches) {
      const bool second = (static_cast<int>((match.pixel_px.x() + 0.5) / 256) +
                           static_cast<int>((match.pixel_px.y() + 0.5) / 256)) %
                              2 !=
                          0;
      if (second) match.pixel_px.x() += 1;
    }
    const Fix moved = EstimateFix(matches, kMatches, TestCamera(), DrawPrior(truth, seed), Declared(),
                                  TestSun(), GroundSample_m(), options);
    EXPECT_EQ(moved.status, FixStatus::kInconsistent);
  }
  EXPECT_GT(sum / kDraws, 3 - 3 * std::sqrt(6.0 / kDraws));
  EXPECT_LT(sum / kDraws, 3 + 3 * std::sqrt(6.0 / kDraws));
}

TEST(EstimateFix, AbsoluteCovarianceOnlyWithADeclaredTie) {
  const Eigen::Isometry3d truth = NadirPose(kHeight_m);
  const auto matches = WithNoise(ExactMatches(TestCamera(), truth, kMatches, 60, 1), 0.3, 1);
  const Fix without = EstimateFix(matches, kMatches, TestCamera(), DrawPrior(truth, 1), Declared(), TestSun(),
                                  GroundSample_m());
  EXPECT_FALSE(without.covariance_absolute.has_value());
  MapDeclaration map = Declared();
  map.tie_sigma_horizontal_m = 30;
  map.tie_sigma_vertical_m = 10;
  const Fix with =
      EstimateFix(matches, kMatches, TestCamera(), DrawPrior(truth, 1), map, TestSun(), GroundSample_m());
  ASSERT_TRUE(with.covariance_absolute.has_value());
  const dem::Matrix6d added = *with.covariance_absolute - with.covariance_map_relative;
  EXPECT_NEAR(added(3, 3), 900, 1e-6);
  EXPECT_NEAR(added(5, 5), 100, 1e-6);
  EXPECT_NEAR((added.topLeftCorner<3, 3>().norm()), 0, 1e-12);
}

TEST(EstimateFix, ScatteredMatchesAreNoFix) {
  const Eigen::Isometry3d truth = NadirPose(kHeight_m);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    auto matches = ExactMatches(TestCamera(), truth, kMatches, 60, seed);
    for (std::size_t i = 0; i < matches.size(); ++i) {
      matches[i].pixel_px +=
          12 * Eigen::Vector2d(dem::RandomUniform(seed, 61, i) - 0.5, dem::RandomUniform(seed, 62, i) - 0.5);
    }
    const Fix fix = EstimateFix(matches, kMatches, TestCamera(), DrawPrior(truth, seed), Declared(),
                                TestSun(), 4 * GroundSample_m());
    EXPECT_FALSE(fix.HasPose()) << seed << ": " << fix.inliers << " inliers";
  }
}

TEST(EstimateFix, FewMatchesAreNoFix) {
  const Eigen::Isometry3d truth = NadirPose(kHeight_m);
  const auto matches = ExactMatches(TestCamera(), truth, 10, 60, 1);
  const Fix fix = EstimateFix(matches, kMatches, TestCamera(), DrawPrior(truth, 1), Declared(), TestSun(),
                              GroundSample_m());
  EXPECT_EQ(fix.status, FixStatus::kTooFewMatches);
  EXPECT_FALSE(fix.reason.empty());
}

TEST(EstimateFix, UncertainGeometryIsWeakAndSaysWhere) {
  const Eigen::Isometry3d truth = NadirPose(kHeight_m);
  const auto matches = WithNoise(ExactMatches(TestCamera(), truth, 20, 1, 1), 1.5, 1);
  PosePrior prior = DrawPrior(truth, 1);
  prior.use_attitude = false;  // flat ground, no attitude: position and tilt trade
  MapDeclaration map = Declared();
  map.map_pixel_m = GroundSample_m();
  EstimateFixOptions options;
  options.inlier_gate_px = 5;
  const Fix fix = EstimateFix(matches, 20, TestCamera(), prior, map, TestSun(), GroundSample_m(), options);
  ASSERT_EQ(fix.status, FixStatus::kWeak) << fix.reason << fix.HorizontalSigma_m();
  ASSERT_TRUE(fix.weak_direction.has_value());
  EXPECT_GT(fix.weak_direction->segment<2>(3).norm(), 0.8);  // horizontal
}

}  // namespace
}  // namespace perilune::nav
