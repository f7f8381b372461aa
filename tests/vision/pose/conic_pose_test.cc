#include "vision/pose/conic_pose.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "dem/linear/symmetric_solve.h"
#include "tests/support/crater_worlds.h"

namespace perilune::vision {
namespace {

const Camera kCamera = PinholeCamera(1024, dem::kPi / 2);
const DetectionNoise kNoise;

/// What a camera sees of made-up craters about it, exactly.
std::vector<ConicMatch> ExactConics(const Eigen::Isometry3d& pose, bool circles, std::uint64_t seed) {
  std::vector<ConicMatch> matches;
  for (std::uint64_t i = 0; i < 400 && matches.size() < 12; ++i) {
    dem::Crater crater;
    crater.centre = {0.05 * (2 * dem::RandomUniform(seed, 1, i) - 1),
                     0.05 * (2 * dem::RandomUniform(seed, 2, i) - 1)};
    crater.semi_major_m = 3000 + 9000 * dem::RandomUniform(seed, 3, i);
    crater.semi_minor_m = crater.semi_major_m * (circles ? 1 : 0.75 + 0.25 * dem::RandomUniform(seed, 4, i));
    crater.azimuth_rad = 3 * dem::RandomUniform(seed, 5, i);
    crater.height_m = 1000 * dem::RandomNormal(seed, 6, i);
    const auto seen = test_support::DetectionOf(RimOf(crater), kCamera, pose);
    if (seen) matches.push_back({RimOf(crater), *Measure(kCamera, *seen, kNoise)});
  }
  return matches;
}

class ConicPoseExact : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(CirclesAndEllipses, ConicPoseExact, testing::Bool());

TEST_P(ConicPoseExact, PositionFollowsFromOneRimOrFromCentres) {
  const Eigen::Isometry3d pose = test_support::ViewFrom({0.002, -0.004}, 100'000, 0.3, 1);
  const auto matches = ExactConics(pose, GetParam(), 11);
  ASSERT_GE(matches.size(), 8U);
  for (const ConicMatch& match : matches) {
    const Eigen::Vector3d direction =
        DirectionOfCentre(match.measured.ellipse, pose.linear().transpose() * match.rim.up);
    const Eigen::Vector3d truth = (pose.inverse() * match.rim.centre).normalized();
    EXPECT_LT(direction.cross(truth).norm(), 1e-10);
    const auto position = PositionFromRim(match, pose.linear());
    ASSERT_TRUE(position);
    EXPECT_LT((*position - pose.translation()).norm(), 1e-3);
  }
  const auto position = PositionFromCentres(matches, pose.linear());
  ASSERT_TRUE(position);
  EXPECT_LT((*position - pose.translation()).norm(), 1e-3);
  EXPECT_FALSE(PositionFromCentres(std::span(matches).first(1), pose.linear()));
}

TEST_P(ConicPoseExact, RefinementFindsThePoseToAMillimetre) {
  const Eigen::Isometry3d pose = test_support::ViewFrom({0.002, -0.004}, 100'000, 0.3, 1);
  const auto matches = ExactConics(pose, GetParam(), 12);
  dem::Vector6d off;
  off << 0.02, -0.01, 0.03, 2000, -3000, 1500;
  const auto found = RefineConicPose(matches, {}, dem::Perturb(pose, off), std::nullopt);
  ASSERT_TRUE(found);
  EXPECT_LT((found->moon_from_cam.translation() - pose.translation()).norm(), 1e-3);
  EXPECT_LT(dem::PoseDifference(pose, found->moon_from_cam).head<3>().norm(), 1e-8);
  EXPECT_LT(found->chi2, 1e-9);
}

TEST(ConicPose, JacobianAgreesWithDifferences) {
  const Eigen::Isometry3d truth = test_support::ViewFrom({0, 0}, 90'000, 0.4, 2);
  dem::Vector6d off;
  off << 0.01, 0.01, -0.02, 1000, 500, -700;
  const Eigen::Isometry3d pose = dem::Perturb(truth, off);
  for (const ConicMatch& match : ExactConics(truth, false, 13)) {
    const auto at = EvaluateConic(match, {}, pose);
    ASSERT_TRUE(at);
    for (int k = 0; k < 6; ++k) {
      dem::Vector6d delta = dem::Vector6d::Zero();
      delta[k] = k < 3 ? 1e-6 : 0.1;
      const auto plus = EvaluateConic(match, {}, dem::Perturb(pose, delta));
      const auto minus = EvaluateConic(match, {}, dem::Perturb(pose, -delta));
      ASSERT_TRUE(plus && minus);
      const Vector5d difference = -(plus->residual - minus->residual) / (2 * delta[k]);
      EXPECT_LT((difference - at->by_pose.col(k)).norm(), 1e-5 * difference.norm() + 1e-12);
    }
  }
}

constexpr int kTries = 200;

/// Mean squared, normalised error (of 6) of poses found by `refine` of ellipses that err by so many times
/// what they declare.
template <typename Refine>
double NeesOf(const Refine& refine, double times) {
  const Eigen::Isometry3d pose = test_support::ViewFrom({0.002, -0.004}, 100'000, 0.3, 1);
  RimIrregularity none;
  none.centre_sigma_diameters = none.axes_sigma = none.height_sigma_m = 0;
  const auto exact = ExactConics(pose, false, 14);
  double sum = 0;
  for (std::uint64_t t = 0; t < kTries; ++t) {
    std::vector<ConicMatch> matches;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const auto seen = test_support::DetectionOf(exact[i].rim, kCamera, pose);
      const auto noisy = test_support::Disturbed(*seen, times, 0.03 * times, 100 + t, i);
      matches.push_back({exact[i].rim, *Measure(kCamera, noisy, kNoise)});
    }
    const std::optional<ConicPose> found = refine(matches, none, pose, std::nullopt);
    if (!found) return -1;
    const dem::Vector6d error = dem::PoseDifference(found->moon_from_cam, pose);
    sum += dem::SquaredMahalanobis(error, found->covariance);
  }
  return sum / kTries;
}

TEST(ConicPose, CovarianceAgreesWithScatter) {
  // χ² of 6 · 200 degrees of freedom: 6 ± 3.3 · √(12/200).
  EXPECT_NEAR(NeesOf(RefineConicPose, 1), 6, 0.81);
}

// Twice the error that is declared: four times the variance, of which 54 degrees of freedom tell a fifth too
// much or too little (1 sigma: √(2/54)). 6 · (1 + 2/54), as of an F distribution, ± 3.3 · √(12/200) · (1 +
// …).
TEST(ConicPose, WhatScattersMoreThanItDeclaresIsScaled) {
  EXPECT_GT(NeesOf(RefineConicPose, 2), 20);
  EXPECT_NEAR(NeesOf(RefineAsScattered, 2), 6.2, 0.9);
}

TEST(ConicPose, WhatScattersLessStaysAsDeclared) {
  const Eigen::Isometry3d pose = test_support::ViewFrom({0.002, -0.004}, 100'000, 0.3, 1);
  const auto matches = ExactConics(pose, false, 14);
  const auto found = RefineAsScattered(matches, {}, pose, std::nullopt);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->variance_scale, 1);
  EXPECT_EQ(found->covariance, RefineConicPose(matches, {}, pose, std::nullopt)->covariance);
}

TEST(ConicPose, AnOpenProblemSaysSo) {
  const Eigen::Isometry3d pose = test_support::ViewFrom({0, 0}, 100'000, 0.1, 0);
  EXPECT_FALSE(StepsToPose({}, {}, pose, std::nullopt, 1));
  PosePriorFactor prior;
  prior.site_from_cam = pose;
  prior.information.diagonal() << 1e6, 1e6, 1e6, 1e-6, 1e-6, 1e-6;
  const auto alone = StepsToPose({}, {}, pose, prior, 1);
  ASSERT_TRUE(alone);
  EXPECT_NEAR(alone->covariance(3, 3), 1e6, 1);
}

}  // namespace
}  // namespace perilune::vision
