#include "tools/evaluation/trajectory_errors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <stdexcept>

#include "dem/frames/pose.h"

namespace perilune::tools {
namespace {

constexpr double kExact = 1e-9;

Eigen::Isometry3d PoseAt(const Eigen::Vector3d& position, const Eigen::Vector3d& turn_rad) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = dem::ExpSo3(turn_rad).toRotationMatrix();
  pose.translation() = position;
  return pose;
}

Eigen::Isometry3d At(double x, double y, double z) { return PoseAt({x, y, z}, Eigen::Vector3d::Zero()); }

datasets::TrajectoryPose Timed(std::int64_t t_ns, const Eigen::Isometry3d& pose = At(0, 0, 0)) {
  return {t_ns, pose, std::nullopt};
}

/// Reference: 1 m a step along x. Estimate: 1.1 m a step along its own x, then 0.01 rad about z.
std::vector<PosePair> StepsWithDrift(int poses) {
  std::vector<PosePair> pairs;
  Eigen::Isometry3d estimate = Eigen::Isometry3d::Identity();
  for (int i = 0; i < poses; ++i) {
    pairs.push_back({i, At(i, 0, 0), estimate});
    estimate = estimate * PoseAt({1.1, 0, 0}, {0, 0, 0.01});
  }
  return pairs;
}

TEST(ErrorStatistics, OfFourNumbers) {
  const ErrorStatistics s = SummariseErrors({0.4, 0, 0.5, 0.3});
  EXPECT_NEAR(s.mean, 0.3, kExact);
  EXPECT_NEAR(s.rmse, std::sqrt(0.125), kExact);  // (0.16 + 0 + 0.25 + 0.09) / 4
  EXPECT_NEAR(s.std, std::sqrt(0.035), kExact);   // 0.125 − 0.3²
  EXPECT_NEAR(s.median, 0.35, kExact);
  EXPECT_EQ(s.min, 0);
  EXPECT_EQ(s.max, 0.5);
  EXPECT_EQ(s.count, 4);
  EXPECT_THROW(SummariseErrors({}), std::invalid_argument);
}

TEST(Association, TakesTheNearestWithinTheLimit) {
  const datasets::TrajectoryPoses reference = {Timed(0, At(1, 0, 0)), Timed(10, At(2, 0, 0)),
                                               Timed(20, At(3, 0, 0)), Timed(30, At(4, 0, 0))};
  const datasets::TrajectoryPoses estimate = {Timed(1), Timed(12), Timed(15), Timed(28)};
  // 15 is 5 from both of its neighbours: beyond the limit.
  const std::vector<PosePair> pairs = AssociateByTime(reference, estimate, 2);
  ASSERT_EQ(pairs.size(), 3U);
  EXPECT_EQ(pairs[0].reference.translation().x(), 1);
  EXPECT_EQ(pairs[1].reference.translation().x(), 2);
  EXPECT_EQ(pairs[2].reference.translation().x(), 4);
  EXPECT_EQ(pairs[2].t_ns, 28);
  // With the limit at 5 the tie goes to the earlier pose, which serves twice.
  ASSERT_EQ(AssociateByTime(reference, estimate, 5).size(), 4U);
  EXPECT_EQ(AssociateByTime(reference, estimate, 5)[2].reference.translation().x(), 2);
}

TEST(Association, GoesThroughTheShorterTrajectory) {
  const datasets::TrajectoryPoses reference = {Timed(10, At(7, 0, 0))};
  const datasets::TrajectoryPoses estimate = {Timed(8, At(1, 0, 0)), Timed(11, At(2, 0, 0)),
                                              Timed(12, At(3, 0, 0))};
  const std::vector<PosePair> pairs = AssociateByTime(reference, estimate, 100);
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_EQ(pairs[0].reference.translation().x(), 7);
  EXPECT_EQ(pairs[0].estimate.translation().x(), 2);
  EXPECT_TRUE(AssociateByTime(reference, {}, 100).empty());
  EXPECT_THROW(AssociateByTime(reference, estimate, -1), std::invalid_argument);
}

TEST(Association, SurvivesTheEndsOfTime) {
  const datasets::TrajectoryPoses reference = {Timed(std::numeric_limits<std::int64_t>::min())};
  const datasets::TrajectoryPoses estimate = {Timed(std::numeric_limits<std::int64_t>::max())};
  EXPECT_TRUE(AssociateByTime(reference, estimate, std::numeric_limits<std::int64_t>::max()).empty());
}

TEST(Alignment, FindsAKnownMotionForSeedsNobodyPicked) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    const auto draw = [&] { return Eigen::Vector3d(normal(random), normal(random), normal(random)); };
    const Eigen::Isometry3d truth = PoseAt(1e3 * draw(), 2 * draw());
    std::vector<PosePair> pairs;
    for (int i = 0; i < 20; ++i) {
      const Eigen::Isometry3d estimate = PoseAt(100 * draw(), draw());
      pairs.push_back({i, truth * estimate, estimate});
    }
    const Eigen::Isometry3d found = Align(pairs, Alignment::kSe3);
    EXPECT_LT((found.matrix() - truth.matrix()).norm(), 1e-9);
    EXPECT_LT(AbsolutePoseError(Aligned(pairs, found)).translation_m.max, 1e-9);
    EXPECT_LT(AbsolutePoseError(Aligned(pairs, found)).rotation_rad.max, 1e-9);
  }
}

TEST(Alignment, DoesNotScale) {
  // A square, and the same 10 % larger: the best motion is none, every corner is off by 0.1·√2.
  std::vector<PosePair> pairs;
  for (const auto& [x, y] : {std::pair(1, 1), {-1, 1}, {-1, -1}, {1, -1}}) {
    pairs.push_back({0, At(x, y, 0), At(1.1 * x, 1.1 * y, 0)});
  }
  const Eigen::Isometry3d found = Align(pairs, Alignment::kSe3);
  EXPECT_LT((found.matrix() - Eigen::Matrix4d::Identity()).norm(), kExact);
  const ErrorStatistics error = AbsolutePoseError(Aligned(pairs, found)).translation_m;
  EXPECT_NEAR(error.rmse, 0.1 * std::sqrt(2), kExact);
  EXPECT_NEAR(error.std, 0, kExact);
}

TEST(Alignment, NeverMirrors) {
  // Mirrored in z. Of all rotations the least squares leave z alone only by turning the least important axis.
  std::vector<PosePair> pairs;
  for (const Eigen::Vector3d& p :
       {Eigen::Vector3d(3, 0, 0), {-3, 0, 0}, {0, 2, 0}, {0, -2, 0}, {0, 0, 1}, {0, 0, -1}}) {
    pairs.push_back({0, At(p.x(), p.y(), p.z()), At(p.x(), p.y(), -p.z())});
  }
  const Eigen::Isometry3d found = Align(pairs, Alignment::kSe3);
  EXPECT_NEAR(found.linear().determinant(), 1, kExact);
  // What is left is the mirrored axis: two of six points, 2 m each.
  EXPECT_NEAR(AbsolutePoseError(Aligned(pairs, found)).translation_m.rmse, std::sqrt(2 * 4 / 6.0), kExact);
}

TEST(Alignment, PositionMovesCentroidsAlone) {
  const std::vector<PosePair> pairs = {{0, At(0, 0, 0), At(10, 1, 0)}, {1, At(2, 0, 0), At(12, -1, 0)}};
  const Eigen::Isometry3d found = Align(pairs, Alignment::kPosition);
  EXPECT_EQ(found.linear(), Eigen::Matrix3d::Identity());
  EXPECT_LT((found.translation() - Eigen::Vector3d(-10, 0, 0)).norm(), kExact);
  EXPECT_NEAR(AbsolutePoseError(Aligned(pairs, found)).translation_m.rmse, 1, kExact);
}

TEST(Alignment, RefusesWhatLeavesItOpen) {
  EXPECT_THROW(Align({{0, At(0, 0, 0), At(0, 0, 0)}, {1, At(1, 0, 0), At(1, 0, 0)}}, Alignment::kSe3),
               std::invalid_argument);
  std::vector<PosePair> line;
  for (int i = 0; i < 9; ++i) line.push_back({i, At(i, 2 * i, 0.1 * i), At(i, 2 * i, 0.1 * i)});
  EXPECT_THROW(Align(line, Alignment::kSe3), std::invalid_argument);
  EXPECT_THROW(Align({}, Alignment::kPosition), std::invalid_argument);
}

TEST(AbsolutePoseError, ByHand) {
  const std::vector<PosePair> pairs = {
      {0, At(0, 0, 0), At(0, 0, 0)},
      {1, At(1, 0, 0), PoseAt({1.3, 0, 0}, {0.1, 0, 0})},
      {2, PoseAt({1, 1, 0}, {0, 0, 1}), PoseAt({1, 1.4, 0}, {0, 0, 1.2})},
      {3, At(1, 1, 1), PoseAt({1.3, 1, 1.4}, {0, 0.3, 0})},
  };
  const PoseErrors errors = AbsolutePoseError(pairs);
  EXPECT_NEAR(errors.translation_m.rmse, std::sqrt(0.125), kExact);  // 0, 0.3, 0.4, 0.5
  EXPECT_NEAR(errors.translation_m.median, 0.35, kExact);
  EXPECT_NEAR(errors.rotation_rad.mean, 0.15, kExact);  // 0, 0.1, 0.2, 0.3
  EXPECT_NEAR(errors.rotation_rad.rmse, std::sqrt(0.035), kExact);
  EXPECT_NEAR(errors.rotation_rad.max, 0.3, kExact);
}

TEST(RelativePoseError, OverOneFrameByHand) {
  const auto errors = RelativePoseError(StepsWithDrift(8), {RelativeDelta::Unit::kFrames, 1});
  ASSERT_TRUE(errors);
  EXPECT_EQ(errors->translation_m.count, 7);
  EXPECT_NEAR(errors->translation_m.min, 0.1, kExact);
  EXPECT_NEAR(errors->translation_m.max, 0.1, kExact);
  EXPECT_NEAR(errors->rotation_rad.min, 0.01, kExact);
  EXPECT_NEAR(errors->rotation_rad.max, 0.01, kExact);
}

TEST(RelativePoseError, OverTwoFramesByHand) {
  // Two steps of the estimate: (1.1 + 1.1 cos 0.01, 1.1 sin 0.01); the reference's two are (2, 0).
  const double expected = std::hypot(1.1 + 1.1 * std::cos(0.01) - 2, 1.1 * std::sin(0.01));
  const auto errors = RelativePoseError(StepsWithDrift(8), {RelativeDelta::Unit::kFrames, 2});
  ASSERT_TRUE(errors);
  EXPECT_EQ(errors->translation_m.count, 3);  // 0-2, 2-4, 4-6
  EXPECT_NEAR(errors->translation_m.rmse, expected, kExact);
  EXPECT_NEAR(errors->rotation_rad.rmse, 0.02, kExact);
}

TEST(RelativePoseError, OverMetresOfTheEstimatesPath) {
  std::vector<PosePair> pairs;
  for (int i = 0; i < 8; ++i) pairs.push_back({i, At(1.5 * i, 0, 0), At(i, 0, 0)});
  using Steps = std::vector<std::pair<std::size_t, std::size_t>>;
  EXPECT_EQ(RelativeSteps(pairs, {RelativeDelta::Unit::kMetres, 2}), (Steps{{2, 4}, {4, 6}}));
  const auto errors = RelativePoseError(pairs, {RelativeDelta::Unit::kMetres, 2});
  EXPECT_NEAR(errors->translation_m.rmse, 1, kExact);  // 3 m for 2 m
  EXPECT_FALSE(RelativePoseError(pairs, {RelativeDelta::Unit::kMetres, 100}));
}

TEST(RelativePoseError, DoesNotDependOnTheFrame) {
  const std::vector<PosePair> pairs = StepsWithDrift(9);
  const std::vector<PosePair> moved = Aligned(pairs, PoseAt({100, -7, 3}, {0.4, -1, 2}));
  const RelativeDelta delta;
  EXPECT_NEAR(RelativePoseError(moved, delta)->translation_m.rmse,
              RelativePoseError(pairs, delta)->translation_m.rmse, kExact);
}

TEST(RelativePoseError, RefusesBadDeltas) {
  EXPECT_THROW(RelativeSteps({}, {RelativeDelta::Unit::kFrames, 0.5}), std::invalid_argument);
  EXPECT_THROW(RelativeSteps({}, {RelativeDelta::Unit::kFrames, 0}), std::invalid_argument);
  EXPECT_THROW(RelativeSteps({}, {RelativeDelta::Unit::kMetres, NAN}), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::tools
