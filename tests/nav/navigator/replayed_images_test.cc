#include <gtest/gtest.h>

#include "dem/frames/pose.h"
#include "nav/navigator/navigator.h"
#include "tests/nav/navigator/small_descent.h"

namespace perilune::nav {
namespace {

constexpr int kReplayImages = 4;

/// Nobody measures motion or attitude: pictures alone.
FrameInput PictureOnly(const test::SmallDescent& world, int k) {
  FrameInput input = world.Frame(k);
  input.imu.clear();
  input.attitudes.clear();
  input.ranges.clear();
  return input;
}

void ExpectSameRecord(const StepRecord& a, const StepRecord& b) {
  EXPECT_EQ(a.site_from_cam_prior.matrix(), b.site_from_cam_prior.matrix());
  EXPECT_EQ(a.state.site_from_body.matrix(), b.state.site_from_body.matrix());
  EXPECT_EQ(a.state.covariance, b.state.covariance);
  EXPECT_EQ(a.level, b.level);
  ASSERT_EQ(a.events.size(), b.events.size());
  for (std::size_t i = 0; i < a.events.size(); ++i) {
    EXPECT_EQ(a.events[i].nis, b.events[i].nis);
    EXPECT_EQ(a.events[i].text, b.events[i].text);
  }
}

TEST(ReplayedImages, LeadToTheSameStateToTheLastBit) {
  const test::SmallDescent world(51);
  Navigator first(world.Options(), world.Levels(), world.mounting(), world.site(), world.Prior());
  Navigator second(world.Options(), world.Levels(), world.mounting(), world.site(), world.Prior());
  for (int k = 0; k < kReplayImages; ++k) {
    SCOPED_TRACE(k);
    FrameInput input = world.Frame(k);
    if (k == 1) input.image.pixels.setTo(0);  // an image without a fix widens the next search
    const StepRecord stepped = first.Step(input);
    if (k == kReplayImages - 1) {
      ExpectSameRecord(stepped, second.Step(input));
    } else {
      input.image.pixels.release();
      ExpectSameRecord(stepped, second.Replay(input, stepped.fix));
    }
  }
}

TEST(PicturesAlone, GivePositionVelocityAndAttitude) {
  const test::SmallDescent world(52);
  State prior = world.Prior();
  // Ten times worse than the world's own prior in attitude, and wrong by as much.
  const double sigma_rad = 1e-2;
  dem::Vector6d error = dem::Vector6d::Zero();
  error.head<3>() << sigma_rad, -sigma_rad, sigma_rad;
  prior.site_from_body = dem::Perturb(prior.site_from_body, error);
  prior.covariance.block<3, 3>(kTheta, kTheta) = sigma_rad * sigma_rad * Eigen::Matrix3d::Identity();
  NavigatorOptions options = world.Options();
  options.attitude_from_fixes = true;
  Navigator navigator(options, world.Levels(), world.mounting(), world.site(), prior);
  for (int k = 0; k < kReplayImages; ++k) {
    SCOPED_TRACE(k);
    const StepRecord record = navigator.Step(PictureOnly(world, k));
    ASSERT_TRUE(record.fix.HasPose()) << record.fix.reason;
    EXPECT_EQ(record.events.back().kind, "fix");
    EXPECT_TRUE(record.events.back().accepted);
    EXPECT_EQ(record.events.back().dof, 6);
  }
  const State& state = navigator.state();
  Eigen::Isometry3d truth = world.SiteFromBody(kReplayImages - 1);
  truth.translation() += world.tie_m;
  Eigen::Isometry3d found = state.site_from_body;
  found.translation() += state.map_tie_m;
  const dem::Vector6d wrong = dem::PoseDifference(found, truth);
  EXPECT_LT(wrong.head<3>().norm(), 0.5 * sigma_rad);
  EXPECT_LT(wrong.tail<3>().norm(), 2 * test::SmallDescent::kMapSpacing_m);
  const Eigen::Matrix3d attitude = state.covariance.block<3, 3>(kTheta, kTheta);
  EXPECT_LT(std::sqrt(attitude.trace()), sigma_rad);
  EXPECT_LT(wrong.head<3>().dot(attitude.ldlt().solve(wrong.head<3>())), kGateDof3);
}

}  // namespace
}  // namespace perilune::nav
