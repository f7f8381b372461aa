#include "vision/tracking/relative_motion.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/vision/tracking/two_frames.h"

namespace perilune::vision {
namespace {

constexpr double kTight_rad = 1e-5;

double DirectionError_rad(const RelativeMotion& motion, const TwoFrames& frames) {
  return AngleBetween_rad(motion.cam0_from_cam1.translation(), frames.Direction());
}

TEST(RelativeMotion, SidewaysOverAPlane) {
  // 10 m to the right at 1000 m: every point moves by the same 886.8 · 10 / 1000 px to the left.
  const TwoFrames frames = NadirFrames(1000, {10, 0, 0});
  const auto pairs = frames.Pairs(1, false);
  for (const TrackPair& pair : pairs) {
    EXPECT_NEAR(pair.pixel1_px.x() - pair.pixel0_px.x(), -frames.camera.fx_px * 0.01, 1e-9);
    EXPECT_NEAR(pair.pixel1_px.y(), pair.pixel0_px.y(), 1e-9);
  }
  const RelativeMotion motion = EstimateRelativeMotion(pairs, frames.camera, PriorOf(frames, kTight_rad, 1));
  ASSERT_EQ(motion.status, MotionStatus::kOk);
  EXPECT_NEAR(motion.parallax_px, 8.868, 0.02);
  EXPECT_FALSE(motion.scaled);
  EXPECT_LT((motion.cam0_from_cam1.translation() - Eigen::Vector3d::UnitX()).norm(), 2e-3);
  EXPECT_EQ(motion.inliers.size(), pairs.size());
}

TEST(RelativeMotion, TowardsTheGround) {
  // The focus of expansion lies in the picture.
  const TwoFrames frames = NadirFrames(1000, {1, -2, 20});
  const RelativeMotion motion =
      EstimateRelativeMotion(frames.Pairs(2, false), frames.camera, PriorOf(frames, kTight_rad, 2));
  ASSERT_EQ(motion.status, MotionStatus::kOk);
  EXPECT_LT(DirectionError_rad(motion, frames), 1e-3);
}

TEST(RelativeMotion, AwayFromTheGround) {
  const TwoFrames frames = NadirFrames(1000, {0, 3, -20});
  const RelativeMotion motion =
      EstimateRelativeMotion(frames.Pairs(3, false), frames.camera, PriorOf(frames, kTight_rad, 3));
  ASSERT_EQ(motion.status, MotionStatus::kOk);
  EXPECT_LT(DirectionError_rad(motion, frames), 1e-3);
}

TEST(RelativeMotion, RotationIsEstimatedOverRelief) {
  TwoFrames frames = NadirFrames(1000, {15, 5, 25}, {0.02, -0.03, 0.05});
  frames.relief_m = 60;
  const RelativeMotion motion = EstimateRelativeMotion(frames.Pairs(4, false), frames.camera);
  ASSERT_EQ(motion.status, MotionStatus::kOk);
  // Exact tracks: what is left is the pull of the relief's prior against the pixels' assumed floor.
  EXPECT_LT(DirectionError_rad(motion, frames), motion.direction_sigma_rad);
  EXPECT_LT(motion.direction_sigma_rad, 1e-3);
  EXPECT_LT(dem::PoseDifference(frames.cam0_from_cam1, motion.cam0_from_cam1).head<3>().norm(), 1e-5);
}

TEST(RelativeMotion, APlaneHasTwoAnswersAndSaysSo) {
  // Two motions explain a plane's homography; both see it from the front over all of a narrow view.
  TwoFrames frames = NadirFrames(1000, {60, 0, 10}, {0.01, 0.02, -0.01});
  frames.site_from_cam0.linear() =
      frames.site_from_cam0.linear() * dem::ExpSo3({0.35, 0, 0}).toRotationMatrix();
  frames.noise_px = 0.1;
  const RelativeMotion motion = EstimateRelativeMotion(frames.Pairs(5, false), frames.camera);
  ASSERT_TRUE(motion.HasDirection());
  if (DirectionError_rad(motion, frames) > 0.2) {
    ASSERT_TRUE(motion.second_direction_in_cam0);
    EXPECT_LT(AngleBetween_rad(*motion.second_direction_in_cam0, frames.Direction()), 0.2);
  }
  // Relief decides.
  frames.relief_m = 50;
  const RelativeMotion decided = EstimateRelativeMotion(frames.Pairs(5, false), frames.camera);
  EXPECT_EQ(decided.status, MotionStatus::kOk);
  EXPECT_FALSE(decided.second_direction_in_cam0);
  EXPECT_LT(DirectionError_rad(decided, frames), 5 * decided.direction_sigma_rad);
}

TEST(RelativeMotion, PureRotationGivesNoTranslation) {
  for (std::uint64_t seed = 10; seed < 30; ++seed) {
    TwoFrames frames = NadirFrames(1000, {0, 0, 0}, {0.03, -0.02, 0.04});
    frames.noise_px = 0.15;
    const auto pairs = frames.Pairs(seed, false);
    const RelativeMotion free = EstimateRelativeMotion(pairs, frames.camera);
    EXPECT_EQ(free.status, MotionStatus::kNoParallax) << seed;
    EXPECT_LT(dem::PoseDifference(frames.cam0_from_cam1, free.cam0_from_cam1).head<3>().norm(), 1e-3);
    EXPECT_EQ(free.cam0_from_cam1.translation().norm(), 0);
    const RelativeMotion held = EstimateRelativeMotion(pairs, frames.camera, PriorOf(frames, 1e-4, seed));
    EXPECT_EQ(held.status, MotionStatus::kNoParallax) << seed;
  }
}

TEST(RelativeMotion, DuplicatedFramesGiveNoDirection) {
  TwoFrames frames = NadirFrames(1000, {0, 0, 0});
  auto pairs = frames.Pairs(6, false);
  for (TrackPair& pair : pairs) pair.pixel1_px = pair.pixel0_px;
  EXPECT_EQ(EstimateRelativeMotion(pairs, frames.camera).status, MotionStatus::kNoParallax);
  // The gyro turned while the camera stood still: that is no motion either.
  RotationPrior turned;
  turned.cam0_from_cam1 = dem::ExpSo3({0.02, 0, 0});
  turned.covariance_rad2 = 1e-8 * Eigen::Matrix3d::Identity();
  const RelativeMotion stuck = EstimateRelativeMotion(pairs, frames.camera, turned);
  EXPECT_FALSE(stuck.HasDirection());
}

TEST(RelativeMotion, RangesGiveMetres) {
  TwoFrames frames = NadirFrames(1500, {12, -7, 30}, {0.01, -0.02, 0.03});
  for (const bool tilted : {false, true}) {
    if (tilted)
      frames.site_from_cam0.linear() =
          frames.site_from_cam0.linear() * dem::ExpSo3({0.5, 0, 0}).toRotationMatrix();
    const RelativeMotion motion =
        EstimateRelativeMotion(frames.Pairs(7, true), frames.camera, std::nullopt, RangeKnowledge{});
    ASSERT_EQ(motion.status, MotionStatus::kOk);
    EXPECT_TRUE(motion.scaled);
    EXPECT_LT((motion.cam0_from_cam1.translation() - frames.cam0_from_cam1.translation()).norm(), 1e-5);
  }
}

TEST(RelativeMotion, TheScalesCommonErrorIsInTheCovariance) {
  const TwoFrames frames = NadirFrames(1500, {0, 0, 30});
  RangeKnowledge ranges;
  ranges.common_relative_sigma = 0.05;
  const RelativeMotion motion =
      EstimateRelativeMotion(frames.Pairs(8, true), frames.camera, PriorOf(frames, kTight_rad, 8), ranges);
  // 5 % of 30 m; the tracks' own part is far below that.
  EXPECT_NEAR(std::sqrt(motion.covariance(5, 5)), 1.5, 0.05);
}

TEST(RelativeMotion, HoveringIsMeasuredInMetresWithoutADirection) {
  TwoFrames frames = NadirFrames(800, {0, 0, 0}, {0.01, 0, 0});
  frames.noise_px = 0.1;
  const RelativeMotion motion = EstimateRelativeMotion(frames.Pairs(9, true), frames.camera,
                                                       PriorOf(frames, 1e-4, 9), RangeKnowledge{});
  EXPECT_EQ(motion.status, MotionStatus::kNoParallax);
  ASSERT_TRUE(motion.scaled);
  const Eigen::Matrix3d covariance = motion.covariance.bottomRightCorner<3, 3>();
  const Eigen::Vector3d t = motion.cam0_from_cam1.translation();
  EXPECT_GT(t.norm(), 0);
  EXPECT_LT(t.dot(covariance.inverse() * t), 30);  // chi² of 3
}

TEST(RelativeMotion, OutliersAreFound) {
  for (const bool with_prior : {false, true}) {
    TwoFrames frames = NadirFrames(1000, {10, 5, 25}, {0.01, 0.02, 0.01});
    frames.relief_m = 40;
    frames.noise_px = 0.1;
    auto pairs = frames.Pairs(11, false);
    for (std::size_t i = 0; i < pairs.size(); i += 3) {
      pairs[i].pixel1_px +=
          Eigen::Vector2d(20 * dem::RandomUniform(12, 1, i) + 5, -30 * dem::RandomUniform(12, 2, i) - 5);
    }
    const auto prior = with_prior ? std::optional(PriorOf(frames, 1e-3, 11)) : std::nullopt;
    const RelativeMotion motion = EstimateRelativeMotion(pairs, frames.camera, prior);
    ASSERT_EQ(motion.status, MotionStatus::kOk);
    EXPECT_LT(DirectionError_rad(motion, frames), 5 * motion.direction_sigma_rad);
    int bad = 0;
    for (const int i : motion.inliers) bad += i % 3 == 0;
    EXPECT_LE(bad, 3);  // a few move along their epipolar lines
    EXPECT_GE(motion.inliers.size(), 190U);
  }
}

TEST(RelativeMotion, NonsenseIsInconsistent) {
  TwoFrames frames = NadirFrames(1000, {10, 5, 25});
  auto pairs = frames.Pairs(13, false);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i].pixel1_px = {1023 * dem::RandomUniform(14, 1, i), 1023 * dem::RandomUniform(14, 2, i)};
  }
  EXPECT_EQ(EstimateRelativeMotion(pairs, frames.camera).status, MotionStatus::kInconsistent);
  EXPECT_EQ(EstimateRelativeMotion(pairs, frames.camera, PriorOf(frames, 1e-3, 1)).status,
            MotionStatus::kInconsistent);
  pairs.resize(5);
  EXPECT_EQ(EstimateRelativeMotion(pairs, frames.camera).status, MotionStatus::kTooFewTracks);
}

TEST(RelativeMotion, ANarrowViewOfAPlaneIsWeak) {
  // 5° wide: a sideways step and a turn look alike.
  TwoFrames frames = NadirFrames(1000, {10, 0, 0});
  frames.camera = PinholeCamera(1024, 0.087);
  frames.noise_px = 0.2;
  const RelativeMotion motion = EstimateRelativeMotion(frames.Pairs(15, false), frames.camera);
  EXPECT_NE(motion.status, MotionStatus::kOk);
  const RelativeMotion held =
      EstimateRelativeMotion(frames.Pairs(15, false), frames.camera, PriorOf(frames, 1e-5, 15));
  EXPECT_EQ(held.status, MotionStatus::kOk);
}

TEST(RelativeMotion, LensesWithDistortion) {
  for (const bool fisheye : {false, true}) {
    TwoFrames frames = NadirFrames(1000, {10, -4, 25}, {0.01, 0.02, 0.01});
    frames.relief_m = 30;
    if (fisheye) {
      frames.camera = FisheyeCamera(1024, 2.0);
      frames.camera.distortion = {0.02, -0.01, 0.003, -0.0005, 0};
    } else {
      frames.camera.distortion = {-0.1, 0.02, 1e-4, -1e-4, 0.001};
    }
    const RelativeMotion motion = EstimateRelativeMotion(frames.Pairs(16, false), frames.camera);
    ASSERT_EQ(motion.status, MotionStatus::kOk);
    EXPECT_LT(DirectionError_rad(motion, frames), motion.direction_sigma_rad);
    EXPECT_LT(motion.direction_sigma_rad, 1e-3);
  }
}

TEST(RelativeMotion, SameBytesTwiceAndRefusals) {
  TwoFrames frames = NadirFrames(1000, {10, -4, 25});
  frames.noise_px = 0.1;
  auto pairs = frames.Pairs(17, false);
  const RelativeMotion a = EstimateRelativeMotion(pairs, frames.camera);
  const RelativeMotion b = EstimateRelativeMotion(pairs, frames.camera);
  EXPECT_EQ(a.cam0_from_cam1.matrix(), b.cam0_from_cam1.matrix());
  EXPECT_EQ(a.inliers, b.inliers);
  RelativeMotionOptions options;
  options.consensus.gate_px = 0;
  EXPECT_THROW(EstimateRelativeMotion(pairs, frames.camera, std::nullopt, std::nullopt, options),
               std::invalid_argument);
  RotationPrior prior;
  prior.covariance_rad2.setZero();
  EXPECT_THROW(EstimateRelativeMotion(pairs, frames.camera, prior), std::invalid_argument);
  pairs[3].covariance_px2 << 1, 2, 2, 1;
  EXPECT_THROW(EstimateRelativeMotion(pairs, frames.camera), std::invalid_argument);
  pairs[3].covariance_px2.setIdentity();
  pairs[3].range0_m = -1;
  EXPECT_THROW(EstimateRelativeMotion(pairs, frames.camera, std::nullopt, RangeKnowledge{}),
               std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
