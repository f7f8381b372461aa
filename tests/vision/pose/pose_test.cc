#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "tests/support/synthetic_matches.h"
#include "vision/pose/consensus.h"
#include "vision/pose/refine_pose.h"
#include "vision/pose/reprojection.h"

namespace perilune::vision {
namespace {

using test_support::ExactMatches;
using test_support::NadirPose;
using test_support::WithNoise;

Camera TestCamera() {
  Camera camera = PinholeCamera(1024, dem::DegToRad(60));
  camera.distortion = {0.01, -0.02, 1e-4, -2e-4, 0.005};
  return camera;
}

TEST(Reprojection, JacobiansAgainstDifferences) {
  const Camera camera = TestCamera();
  const Eigen::Isometry3d pose =
      dem::Perturb(NadirPose(5000), (dem::Vector6d() << 0.3, -0.2, 1.1, 30, 40, -50).finished());
  for (const Match& match : ExactMatches(camera, pose, 20, 50, 3)) {
    const auto here = Reproject(match, camera, pose);
    ASSERT_TRUE(here.has_value());
    EXPECT_LT(here->residual_px.norm(), 1e-8);
    for (int k = 0; k < 6; ++k) {
      const double h = k < 3 ? 1e-6 : 1e-2;
      dem::Vector6d delta = dem::Vector6d::Zero();
      delta(k) = h;
      const auto ahead = Reproject(match, camera, dem::Perturb(pose, delta));
      const auto behind = Reproject(match, camera, dem::Perturb(pose, -delta));
      // residual = observed − projected
      const Eigen::Vector2d numeric = -(ahead->residual_px - behind->residual_px) / (2 * h);
      EXPECT_LT((numeric - here->by_pose.col(k)).norm(), 1e-5 * (1 + here->by_pose.col(k).norm())) << k;
    }
    for (int k = 0; k < 3; ++k) {
      Match ahead = match, behind = match;
      ahead.point_in_site_m(k) += 0.01;
      behind.point_in_site_m(k) -= 0.01;
      const Eigen::Vector2d numeric =
          -(Reproject(ahead, camera, pose)->residual_px - Reproject(behind, camera, pose)->residual_px) /
          0.02;
      EXPECT_LT((numeric - here->by_point.col(k)).norm(), 1e-6) << k;
    }
  }
}

TEST(RefinePose, RecoversTheExactPose) {
  const Camera camera = TestCamera();
  const Eigen::Isometry3d truth = NadirPose(8000);
  const auto matches = ExactMatches(camera, truth, 40, 100, 5);
  std::vector<int> all(matches.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i);
  const Eigen::Isometry3d start =
      dem::Perturb(truth, (dem::Vector6d() << 0.02, -0.01, 0.03, 150, -200, 120).finished());
  const RefinedPose refined = RefinePose(matches, all, camera, start, std::nullopt);
  ASSERT_TRUE(refined.usable);
  EXPECT_LT((refined.site_from_cam.translation() - truth.translation()).norm(), 1e-3);
  EXPECT_LT(dem::PoseDifference(truth, refined.site_from_cam).head<3>().norm(), 1e-6);
}

TEST(RefinePose, PriorPullsByItsInformation) {
  // Matches say nothing (none), the prior is all there is.
  PosePriorFactor prior{NadirPose(1000), dem::Matrix6d::Identity()};
  const Eigen::Isometry3d start = dem::Perturb(prior.site_from_cam, dem::Vector6d::Constant(0.1));
  const RefinedPose refined = RefinePose({}, {}, TestCamera(), start, prior);
  ASSERT_TRUE(refined.usable);
  EXPECT_LT(dem::PoseDifference(prior.site_from_cam, refined.site_from_cam).norm(), 1e-6);
}

TEST(RefinePose, ScatterEqualsTheGaussNewtonCovariance) {
  // The inverse normal matrix in the project's δ against the scatter of 400 noisy solves.
  const Camera camera = TestCamera();
  const Eigen::Isometry3d truth = NadirPose(3000);
  const auto exact = ExactMatches(camera, truth, 60, 200, 9);
  std::vector<int> all(exact.size());
  dem::Matrix6d normal = dem::Matrix6d::Zero();
  const double sigma_px = 0.3;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = static_cast<int>(i);
    const auto r = Reproject(exact[i], camera, truth);
    normal += r->by_pose.transpose() * r->by_pose / (sigma_px * sigma_px);
  }
  const int runs = 400;
  double nees = 0;
  for (int run = 0; run < runs; ++run) {
    const auto noisy = WithNoise(exact, sigma_px, 100 + static_cast<std::uint64_t>(run));
    RefineOptions options;
    options.huber_sigma = 100;  // plain least squares: the formula's own assumption
    const RefinedPose refined = RefinePose(noisy, all, camera, truth, std::nullopt, options);
    ASSERT_TRUE(refined.usable);
    const dem::Vector6d delta = dem::PoseDifference(refined.site_from_cam, truth);
    nees += delta.dot(normal * delta);
  }
  // χ² with 6 · 400 degrees of freedom: mean 6, 1 sigma of the mean √(12/400) = 0.17; four of them.
  EXPECT_NEAR(nees / runs, 6, 0.7);
}

TEST(Consensus, FindsTheInliersAmongHalfOutliers) {
  const Camera camera = TestCamera();
  const Eigen::Isometry3d truth = NadirPose(6000);
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    auto matches = WithNoise(ExactMatches(camera, truth, 80, 80, seed), 0.4, seed);
    for (std::size_t i = 0; i < 40; ++i) {
      matches[i].pixel_px +=
          60 * Eigen::Vector2d(dem::RandomNormal(seed, 21, i), dem::RandomNormal(seed, 22, i));
    }
    PosePriorFactor prior;
    prior.site_from_cam =
        dem::Perturb(truth, (dem::Vector6d() << 0.01, 0.01, -0.01, 200, 200, 100).finished());
    prior.information.diagonal() << 1e4, 1e4, 1e4, 1e-5, 1e-5, 1e-5;
    const Consensus consensus = FindConsensus(matches, camera, prior, {});
    int right = 0, wrong = 0;
    for (const int i : consensus.inliers) (i >= 40 ? right : wrong) += 1;
    EXPECT_GE(right, 38) << seed;
    EXPECT_LE(wrong, 3) << seed;
    EXPECT_LT((consensus.site_from_cam.translation() - truth.translation()).norm(), 60) << seed;
  }
}

}  // namespace
}  // namespace perilune::vision
