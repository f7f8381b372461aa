#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "dem/linear/symmetric_solve.h"
#include "tests/vision/tracking/two_frames.h"

namespace perilune::vision {
namespace {

constexpr int kSeeds = 300;

struct World {
  std::string name;
  TwoFrames frames;
  double prior_sigma_rad = 0;  ///< 0: no prior
  bool ranges = false;
};

World Named(const std::string& name, TwoFrames frames, double relief_m, double prior_sigma_rad,
            bool ranges = false) {
  frames.relief_m = relief_m;
  frames.noise_px = 0.15;
  frames.count = 150;
  return {name, frames, prior_sigma_rad, ranges};
}

TwoFrames Oblique(TwoFrames frames) {
  frames.site_from_cam0.linear() =
      frames.site_from_cam0.linear() * dem::ExpSo3({0.6, 0, 0}).toRotationMatrix();
  return frames;
}

double Nees(const Eigen::VectorXd& error, const Eigen::MatrixXd& covariance) {
  return dem::SquaredMahalanobis(error, covariance);
}

/// Squared Mahalanobis distance of the direction, 2 degrees of freedom.
double DirectionNees(const RelativeMotion& motion, const TwoFrames& frames) {
  const Eigen::Matrix<double, 3, 2> basis = TangentBasis(frames.Direction());
  const Eigen::Vector2d error =
      basis.transpose() * (motion.cam0_from_cam1.translation().normalized() - frames.Direction());
  return Nees(error, basis.transpose() * motion.direction_covariance_rad2 * basis);
}

// The mean over 300 seeds of chi² with d degrees of freedom scatters by √(2 d/300)/d: 6 % for d = 2. DESIGN's
// band for a NEES, 0.8 to 1.25 of the dimension, is three of that.
void ExpectNees(const World& world, int dimension, double sum, int count) {
  ASSERT_GT(count, kSeeds / 2) << world.name;
  EXPECT_GT(sum / count, 0.8 * dimension) << world.name << ' ' << dimension;
  EXPECT_LT(sum / count, 1.25 * dimension) << world.name << ' ' << dimension;
}

void CheckScatter(const World& world) {
  double direction = 0, all = 0;
  int count = 0, ambiguous = 0;
  for (std::uint64_t seed = 1000; seed < 1000 + kSeeds; ++seed) {
    const auto prior = world.prior_sigma_rad > 0
                           ? std::optional(PriorOf(world.frames, world.prior_sigma_rad, seed))
                           : std::nullopt;
    std::optional<RangeKnowledge> ranges;
    if (world.ranges) ranges = RangeKnowledge{world.frames.relief_m / 1000, 0};
    const RelativeMotion motion =
        EstimateRelativeMotion(world.frames.Pairs(seed, world.ranges), world.frames.camera, prior, ranges);
    if (!motion.HasDirection()) continue;
    if (motion.second_direction_in_cam0) {
      ++ambiguous;
      continue;
    }
    ++count;
    direction += DirectionNees(motion, world.frames);
    if (world.ranges) {
      const dem::Vector6d error = dem::PoseDifference(motion.cam0_from_cam1, world.frames.cam0_from_cam1);
      all += Nees(error, motion.covariance);
    }
  }
  EXPECT_LT(ambiguous, kSeeds / 20) << world.name;
  ExpectNees(world, 2, direction, count);
  if (world.ranges) ExpectNees(world, 6, all, count);
}

TEST(MotionCovarianceSlow, DirectionWithKnownRotation) {
  CheckScatter(Named("sideways", NadirFrames(1000, {10, 3, 1}, {0.01, 0, 0.02}), 5, 2e-4));
  CheckScatter(Named("down", NadirFrames(1000, {2, -1, 25}, {0.01, 0, 0.02}), 5, 2e-4));
  CheckScatter(Named("straight down", NadirFrames(1000, {0, 0, 10}), 0, 2e-4));
  CheckScatter(Named("oblique", Oblique(NadirFrames(1000, {10, 10, 15})), 10, 1e-3));
}

TEST(MotionCovarianceSlow, DirectionWithEstimatedRotation) {
  CheckScatter(Named("down over relief", NadirFrames(1000, {5, -5, 30}, {0.01, 0, 0.02}), 40, 0));
  CheckScatter(Named("sideways over relief", NadirFrames(1000, {60, 20, 0}, {0.01, 0, 0.02}), 60, 0));
  CheckScatter(Named("down over a plane", NadirFrames(1000, {0, 0, 40}, {0.01, 0, 0.02}), 0, 0));
}

TEST(MotionCovarianceSlow, MetresWithKnownRanges) {
  CheckScatter(Named("down", NadirFrames(1000, {2, -1, 25}, {0.01, 0, 0.02}), 10, 2e-4, true));
  CheckScatter(Named("free rotation", NadirFrames(1000, {12, -5, 25}, {0.01, 0, 0.02}), 10, 0, true));
  CheckScatter(Named("oblique", Oblique(NadirFrames(1000, {10, 10, 15})), 10, 1e-3, true));
}

}  // namespace
}  // namespace perilune::vision
