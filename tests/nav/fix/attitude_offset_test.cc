#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include "dem/ephemeris/sub_solar.h"
#include "dem/frames/moon.h"
#include "nav/fix/estimate_fix.h"
#include "tests/support/synthetic_matches.h"

namespace perilune::nav {
namespace {

using test_support::ExactMatches;
using test_support::NadirPose;
using test_support::WithNoise;

constexpr double kAbove_m = 4000;
constexpr int kLandmarks = 160;
constexpr int kScatterRuns = 100;

vision::Camera CameraOver() { return vision::PinholeCamera(1024, dem::DegToRad(60)); }

/// A fix of noisy matches of an upright camera, whose prior is turned by `error` and by noise of 0.01°.
Fix FixWith(const Eigen::Vector3d& error_rad, std::uint64_t seed, const EstimateFixOptions& options) {
  const double sigma_rad = dem::DegToRad(0.01);
  const Eigen::Isometry3d truth = NadirPose(kAbove_m);
  dem::Vector6d off = dem::Vector6d::Zero();
  for (int k = 0; k < 3; ++k) {
    off[k] = error_rad[k] + sigma_rad * dem::RandomNormal(seed, 41, static_cast<std::uint64_t>(k));
    off[3 + k] = 30 * dem::RandomNormal(seed, 42, static_cast<std::uint64_t>(k));
  }
  PosePrior prior;
  prior.site_from_cam = dem::Perturb(truth, off);
  prior.covariance = (dem::Vector6d() << Eigen::Vector3d::Constant(sigma_rad), Eigen::Vector3d::Constant(30))
                         .finished()
                         .cwiseAbs2()
                         .asDiagonal();
  MapDeclaration map;
  map.map_pixel_m = 20;
  const auto matches = WithNoise(ExactMatches(CameraOver(), truth, kLandmarks, 30, seed), 0.3, seed);
  return EstimateFix(matches, kLandmarks, CameraOver(), prior, map,
                     dem::SunFromAngles({dem::DegToRad(20), dem::DegToRad(90)}),
                     kAbove_m / CameraOver().FocalLength_px(), options);
}

EstimateFixOptions Independent() {
  EstimateFixOptions options;
  options.errors = MatchErrorModel::Independent();
  return options;
}

TEST(AttitudeOffset, OfAnHonestPriorIsChiSquare) {
  double sum = 0;
  for (std::uint64_t seed = 0; seed < kScatterRuns; ++seed) {
    const Fix fix = FixWith(Eigen::Vector3d::Zero(), seed, Independent());
    ASSERT_TRUE(fix.attitude_offset);
    sum += fix.attitude_offset->Nis();
  }
  EXPECT_NEAR(sum / kScatterRuns, 3, 3 * std::sqrt(6.0 / kScatterRuns));  // 3 sigma of such a mean
}

// 0.2° about the image's x move the ground below by 14 m, which a joint solution hides in the position.
TEST(AttitudeOffset, AWrongMountingIsSeenAndGivesNoFix) {
  const Eigen::Vector3d error_rad(dem::DegToRad(0.2), 0, 0);
  EstimateFixOptions trusting = Independent();
  trusting.max_attitude_nis = 0;
  const Eigen::Vector3d truth_m(0, 0, kAbove_m);
  for (std::uint64_t seed = 0; seed < kScatterRuns; ++seed) {
    const Fix believed = FixWith(error_rad, seed, trusting);
    EXPECT_FALSE(believed.attitude_offset);
    const Eigen::Vector3d wrong_m = believed.site_from_cam.translation() - truth_m;
    EXPECT_GT(wrong_m.dot(believed.covariance_map_relative.bottomRightCorner<3, 3>().inverse() * wrong_m),
              25);  // a false fix
    const Fix fix = FixWith(error_rad, seed, Independent());
    EXPECT_EQ(fix.status, FixStatus::kInconsistent);
    EXPECT_TRUE(fix.attitude_contradicted);
    EXPECT_NE(fix.reason.find("contradicts the prior's attitude"), std::string::npos);
    ASSERT_TRUE(fix.attitude_offset);
    EXPECT_NEAR(fix.attitude_offset->offset_rad.x(), -error_rad.x(), dem::DegToRad(0.08));
    EXPECT_GT(fix.ground_sample_m, 0);
  }
}

TEST(AttitudeOffset, ItsLimitMustNotBeNegative) {
  EstimateFixOptions options = Independent();
  options.max_attitude_nis = -1;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::nav
