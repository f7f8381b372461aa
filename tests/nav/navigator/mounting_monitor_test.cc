#include "nav/navigator/mounting_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "dem/frames/pose.h"
#include "dem/synthesis/random.h"
#include "tests/nav/navigator/small_descent.h"

namespace perilune::nav {
namespace {

using ::testing::HasSubstr;

constexpr double kSigma_rad = 1e-3;

Fix FixOff(const Eigen::Vector3d& offset_rad, const MountingMonitor& monitor = MountingMonitor({})) {
  Fix fix;
  fix.status = FixStatus::kAccepted;
  fix.attitude_offset.emplace();
  fix.attitude_offset->offset_rad = offset_rad - monitor.correction_rad();
  fix.attitude_offset->of_correction_rad2 = monitor.covariance_rad2();
  fix.attitude_offset->covariance_rad2 =
      kSigma_rad * kSigma_rad * Eigen::Matrix3d::Identity() + monitor.covariance_rad2();
  return fix;
}

TEST(MountingMonitor, HonestOffsetsAreBelieved) {
  MountingMonitor monitor({});
  for (std::uint64_t k = 0; k < 300; ++k) {
    const Eigen::Vector3d noise(dem::RandomNormal(5, 1, k), dem::RandomNormal(5, 2, k),
                                dem::RandomNormal(5, 3, k));
    EXPECT_FALSE(monitor.Judge(FixOff(kSigma_rad * noise)));
  }
  EXPECT_FALSE(monitor.Contradicted());
  EXPECT_TRUE(monitor.correction_rad().isZero());
}

TEST(MountingMonitor, ThreeInARowOrAWindowContradict) {
  MountingMonitor large({}), interrupted({}), window({});
  const Eigen::Vector3d beyond(5 * kSigma_rad, 0, 0), within(0, 3 * kSigma_rad, 0);
  EXPECT_FALSE(large.Judge(FixOff(beyond)));
  EXPECT_FALSE(large.Judge(FixOff(beyond)));
  EXPECT_THAT(large.Judge(FixOff(beyond)).value_or(""), HasSubstr("images contradict the attitude"));
  EXPECT_TRUE(large.Contradicted());
  for (int k = 0; k < 6; ++k) {
    EXPECT_FALSE(interrupted.Judge(FixOff(k % 3 == 2 ? Eigen::Vector3d(Eigen::Vector3d::Zero()) : beyond)));
  }
  for (int k = 0; k < 9; ++k) EXPECT_FALSE(window.Judge(FixOff(within)));  // 9 each, of 3
  EXPECT_TRUE(window.Judge(FixOff(within)));
}

// Offsets that scatter about a constant: the estimate ends within its sigma, which counts ten images as one.
TEST(MountingMonitor, EstimatesTheOffsetWithAnHonestSigma) {
  const Eigen::Vector3d truth(0.02, -0.01, 0.005);
  MountingMonitor monitor({});
  for (std::uint64_t k = 0; k < 100; ++k) {
    const Eigen::Vector3d noise(dem::RandomNormal(6, 1, k), dem::RandomNormal(6, 2, k),
                                dem::RandomNormal(6, 3, k));
    monitor.Judge(FixOff(truth + kSigma_rad * noise, monitor));
  }
  ASSERT_TRUE(monitor.Contradicted());
  const double sigma_rad = std::sqrt(monitor.covariance_rad2()(0, 0));
  EXPECT_NEAR(sigma_rad, kSigma_rad / std::sqrt(9.8), 2e-5);  // 98 images of weight 0.1
  EXPECT_LT((monitor.correction_rad() - truth).norm(), 3 * sigma_rad);
}

TEST(MountingMonitor, FollowsAnOffsetThatChanges) {
  MountingMonitor monitor({});
  const Eigen::Vector3d first(0.02, 0, 0), second(0, -0.02, 0);
  for (int k = 0; k < 30; ++k) monitor.Judge(FixOff(first, monitor));
  EXPECT_LT((monitor.correction_rad() - first).norm(), kSigma_rad);
  bool told = false;
  for (int k = 0; k < 30; ++k) told = monitor.Judge(FixOff(second, monitor)).has_value() || told;
  EXPECT_TRUE(told);
  EXPECT_LT((monitor.correction_rad() - second).norm(), kSigma_rad);
}

TEST(MountingMonitor, IgnoresWhatHasNoPoseOrNoOffset) {
  MountingMonitor monitor({});
  Fix no_pose = FixOff({1, 0, 0}), no_offset;
  no_pose.status = FixStatus::kInconsistent;
  no_offset.status = FixStatus::kAccepted;
  for (int k = 0; k < 20; ++k) {
    EXPECT_FALSE(monitor.Judge(no_pose));
    EXPECT_FALSE(monitor.Judge(no_offset));
  }
}

TEST(MountingMonitor, RefusesBadOptions) {
  MountingMonitorOptions never;
  never.limits.in_a_row = 0;
  EXPECT_THROW(MountingMonitor{never}, std::invalid_argument);
  EXPECT_THROW(MountingMonitor({.image_weight = 0}), std::invalid_argument);
  EXPECT_THROW(MountingMonitor({.largest_sigma_rad = 0}), std::invalid_argument);
}

// A camera that sits a quarter of a degree off: fixes do not follow it, and the navigator says so.
TEST(Navigator, ACameraThatSitsOtherwiseThanDeclaredIsFound) {
  const test::SmallDescent world(44);
  Mounting declared = world.mounting();
  declared.body_from_cam.linear() =
      declared.body_from_cam.linear() * dem::ExpSo3({dem::DegToRad(0.25), 0, 0}).toRotationMatrix();
  Navigator navigator(world.Options(), world.Levels(), declared, world.site(), world.Prior());
  int told_at = -1;
  for (int k = 0; k < 6; ++k) {
    const StepRecord record = navigator.Step(world.Frame(k));
    ASSERT_TRUE(record.fix.HasPose()) << record.fix.reason;
    const Eigen::Vector3d true_camera_m =
        world.SiteFromBody(k) * world.mounting().body_from_cam.translation() + world.tie_m;
    const Eigen::Vector3d off_m = record.fix.site_from_cam.translation() - true_camera_m;
    const Eigen::Matrix3d covariance = record.fix.covariance_map_relative.bottomRightCorner<3, 3>();
    EXPECT_LT(off_m.dot(covariance.inverse() * off_m), 25) << k;  // believed, it would be off by 11 m
    for (const Event& event : record.events) {
      if (event.kind == "trust" && event.source == "star_tracker0" && told_at < 0) told_at = k;
    }
  }
  EXPECT_EQ(told_at, 2);
}

}  // namespace
}  // namespace perilune::nav
