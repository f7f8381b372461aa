#include "nav/navigator/mounting_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dem/frames/pose.h"
#include "dem/synthesis/random.h"
#include "tests/nav/navigator/small_descent.h"

namespace perilune::nav {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double kSigma_rad = 1e-3;
constexpr double kFootprint_m = 1000;
constexpr double kFarApart_m = 4000;  // every image sees ground of its own

MountingMonitor::Seen At(double along_m) { return {{along_m, 0, 0}, kFootprint_m}; }

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

// Offsets of images that are `step_m` apart: a constant one, and errors that images share as the options say.
class Flight {
 public:
  Flight(std::uint64_t seed, double step_m, Eigen::Vector3d offset_rad = Eigen::Vector3d::Zero())
      : seed_(seed),
        step_m_(step_m),
        shared_(std::exp(-step_m / (MountingMonitorOptions().shared_footprints * kFootprint_m))),
        offset_rad_(std::move(offset_rad)),
        error_rad_(Noise()) {}

  std::optional<std::string> Next(MountingMonitor& monitor) {
    auto text =
        monitor.Judge(FixOff(offset_rad_ + error_rad_, monitor), At(step_m_ * static_cast<double>(image_)));
    ++image_;
    error_rad_ = shared_ * error_rad_ + std::sqrt(1 - shared_ * shared_) * Noise();
    return text;
  }

 private:
  Eigen::Vector3d Noise() const {
    return kSigma_rad * Eigen::Vector3d(dem::RandomNormal(seed_, 1, image_),
                                        dem::RandomNormal(seed_, 2, image_),
                                        dem::RandomNormal(seed_, 3, image_));
  }

  std::uint64_t seed_;
  double step_m_, shared_;
  Eigen::Vector3d offset_rad_;
  std::uint64_t image_ = 0;
  Eigen::Vector3d error_rad_;
};

// 200 descents of 200 images, of which neighbours share four fifths of their errors: 23 grounds each. A mean
// of about one ground is looked at anew some 30 times a descent, and exceeds its limit once in 1 000: 6 of
// the descents are expected to, and 16 are 4 sigma more.
TEST(MountingMonitor, ImagesOfTheSameGroundContradictRarely) {
  int told = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    MountingMonitor monitor({});
    Flight flight(seed, 56);
    bool contradicted = false;
    for (int k = 0; k < 200; ++k) contradicted = flight.Next(monitor).has_value() || contradicted;
    told += contradicted;
  }
  EXPECT_LE(told, 16);
}

TEST(MountingMonitor, AContradictionIsSaidOnceAndCorrected) {
  MountingMonitor monitor({});
  const Eigen::Vector3d offset(5 * kSigma_rad, 0, 0);
  EXPECT_FALSE(monitor.Judge(FixOff(offset), At(0)));
  EXPECT_FALSE(monitor.Judge(FixOff(offset), At(1)));
  EXPECT_TRUE(monitor.correction_rad().isZero());
  EXPECT_THAT(monitor.Judge(FixOff(offset), At(2)).value_or(""), HasSubstr("images contradict the attitude"));
  EXPECT_TRUE(monitor.Contradicted());
  for (int k = 3; k < 100; ++k) EXPECT_FALSE(monitor.Judge(FixOff(offset, monitor), At(k))) << k;
}

// Nine (3 sigma) is no contradiction of one ground. The mean of several, each forgotten to 1/e, tends to 2.16
// of one's NIS: (Σ e⁻ᵏ)² / Σ e⁻²ᵏ.
TEST(MountingMonitor, WhatOneGroundLeavesOpenSeveralDecide) {
  const Eigen::Vector3d offset(0, 3 * kSigma_rad, 0);
  MountingMonitor one({}), several({});
  for (int k = 0; k < 50; ++k) EXPECT_FALSE(one.Judge(FixOff(offset), At(0.1 * k)));
  bool told = false;
  for (int k = 0; k < 6; ++k) {
    told = several.Judge(FixOff(offset), At(kFarApart_m * k)).has_value() || told;
  }
  EXPECT_TRUE(told);
}

TEST(MountingMonitor, ASingleWrongImageContradictsNothing) {
  MountingMonitor monitor({});
  for (int k = 0; k < 10; ++k) {
    const Eigen::Vector3d offset((k == 5 ? 6 : 0) * kSigma_rad, 0, 0);
    EXPECT_FALSE(monitor.Judge(FixOff(offset), At(kFarApart_m * k))) << k;
  }
}

// 200 estimates of an offset under errors that images share: normalised they are chi-square (dof 3), whose
// mean over 200 has a sigma of 0.17.
TEST(MountingMonitor, EstimatesTheOffsetWithAnHonestSigma) {
  const Eigen::Vector3d truth(0.02, -0.01, 0.005);
  double nees = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    MountingMonitor monitor({});
    Flight flight(1000 + seed, 56, truth);
    for (int k = 0; k < 200; ++k) flight.Next(monitor);
    ASSERT_TRUE(monitor.Contradicted());
    EXPECT_LT(std::sqrt(monitor.covariance_rad2()(0, 0)), kSigma_rad / 4);  // 22 grounds
    nees +=
        AttitudeOffset{monitor.correction_rad() - truth, monitor.covariance_rad2(), Eigen::Matrix3d::Zero()}
            .Nis() /
        200;
  }
  EXPECT_NEAR(nees, 3, 5 * 0.17);
}

// What the next image shares with the estimate is not in it: over ground that stays the same it is not
// sharper than nothing.
TEST(MountingMonitor, TheSameGroundSaysNothingNew) {
  MountingMonitor monitor({});
  for (int k = 0; k < 200; ++k) monitor.Judge(FixOff({0.02, 0, 0}, monitor), At(0));
  ASSERT_TRUE(monitor.Contradicted());
  EXPECT_NEAR(std::sqrt(monitor.covariance_rad2()(0, 0)), MountingMonitorOptions().largest_sigma_rad, 1e-9);
}

// Images of one ground say 0.3 degrees, all others nothing.
TEST(MountingMonitor, AChanceIsWithdrawn) {
  MountingMonitor monitor({});
  std::vector<std::string> texts;
  for (int k = 0; k < 30; ++k) {
    const Eigen::Vector3d offset(0, (k < 3 ? 5 : 0) * kSigma_rad, 0);
    const double along_m = k < 3 ? k : kFarApart_m * k;
    if (const auto text = monitor.Judge(FixOff(offset, monitor), At(along_m))) texts.push_back(*text);
  }
  EXPECT_THAT(texts, ElementsAre(HasSubstr("contradict"), HasSubstr("agree with the attitude")));
  EXPECT_FALSE(monitor.Contradicted());
}

// What was found stays, also where the estimate is too blunt to tell it from nothing.
TEST(MountingMonitor, WhatWasFoundStaysUntilItIsRefuted) {
  MountingMonitor monitor({});
  const Eigen::Vector3d offset(5 * kSigma_rad, 0, 0);
  for (int k = 0; k < 3; ++k) monitor.Judge(FixOff(offset, monitor), At(k));
  ASSERT_TRUE(monitor.Contradicted());
  for (int k = 3; k < 300; ++k) {  // 0.6 of a ground in all
    EXPECT_FALSE(monitor.Judge(FixOff(offset, monitor), At(k)));
  }
  EXPECT_TRUE(monitor.Contradicted());
}

TEST(MountingMonitor, FollowsAnOffsetThatChangesAndForgetsOneThatEnds) {
  MountingMonitor monitor({});
  const Eigen::Vector3d first(0.02, 0, 0), second(0, -0.02, 0);
  int at = 0;
  const auto fly = [&](const Eigen::Vector3d& offset) {
    std::vector<std::string> texts;
    for (int k = 0; k < 30; ++k) {
      const auto text = monitor.Judge(FixOff(offset, monitor), At(kFarApart_m * at++));
      if (text) texts.push_back(*text);
    }
    return texts;
  };
  EXPECT_THAT(fly(first), ElementsAre(HasSubstr("contradict")));
  EXPECT_LT((monitor.correction_rad() - first).norm(), kSigma_rad);
  EXPECT_THAT(fly(second), ElementsAre(HasSubstr("contradict")));
  EXPECT_LT((monitor.correction_rad() - second).norm(), kSigma_rad);
  EXPECT_THAT(fly(Eigen::Vector3d::Zero()), ElementsAre(HasSubstr("agree with the attitude")));
  EXPECT_FALSE(monitor.Contradicted());
  EXPECT_TRUE(monitor.correction_rad().isZero());
  EXPECT_TRUE(monitor.covariance_rad2().isZero());
}

TEST(MountingMonitor, IgnoresWhatHasNoPoseOrNoOffset) {
  MountingMonitor monitor({});
  Fix no_pose = FixOff({1, 0, 0}), no_offset;
  no_pose.status = FixStatus::kInconsistent;
  no_offset.status = FixStatus::kAccepted;
  for (int k = 0; k < 20; ++k) {
    EXPECT_FALSE(monitor.Judge(no_pose, At(0)));
    EXPECT_FALSE(monitor.Judge(no_offset, At(0)));
  }
}

// The navigator refuses an image that contradicts the attitude by itself; it counts here nevertheless.
TEST(MountingMonitor, ADisputedFixCounts) {
  MountingMonitor monitor({});
  Fix disputed = FixOff({5 * kSigma_rad, 0, 0});
  disputed.status = FixStatus::kInconsistent;
  disputed.attitude_contradicted = true;
  EXPECT_FALSE(monitor.Judge(disputed, At(0)));
  EXPECT_FALSE(monitor.Judge(disputed, At(1)));
  EXPECT_TRUE(monitor.Judge(disputed, At(2)));
}

TEST(MountingMonitor, RefusesBadOptions) {
  EXPECT_THROW(MountingMonitor({.shared_footprints = 0}), std::invalid_argument);
  EXPECT_THROW(MountingMonitor({.memory_grounds = 0}), std::invalid_argument);
  EXPECT_THROW(MountingMonitor({.in_a_row = 0}), std::invalid_argument);
  EXPECT_THROW(MountingMonitor({.threshold = 0}), std::invalid_argument);
  EXPECT_THROW(MountingMonitor({.largest_sigma_rad = 0}), std::invalid_argument);
  EXPECT_THROW(MountingMonitor({.agreement = 20}), std::invalid_argument);
}

// A camera that sits a quarter of a degree off: no image gives a fix until three of them have said so; then
// fixes are right.
TEST(Navigator, ACameraThatSitsOtherwiseThanDeclaredIsFound) {
  const test::SmallDescent world(44);
  Mounting declared = world.mounting();
  declared.body_from_cam.linear() =
      declared.body_from_cam.linear() * dem::ExpSo3({dem::DegToRad(0.25), 0, 0}).toRotationMatrix();
  Navigator navigator(world.Options(), world.Levels(), declared, world.site(), world.Prior());
  int told_at = -1;
  for (int k = 0; k < 6; ++k) {
    const StepRecord record = navigator.Step(world.Frame(k));
    for (const Event& event : record.events) {
      if (event.kind == "trust" && event.source == "star_tracker0" && told_at < 0) told_at = k;
    }
    if (k < 3) {
      EXPECT_EQ(record.fix.status, FixStatus::kInconsistent) << k;
      EXPECT_THAT(record.fix.reason, HasSubstr("contradicts the prior's attitude"));
      continue;
    }
    ASSERT_TRUE(record.fix.HasPose()) << record.fix.reason;
    const Eigen::Vector3d true_camera_m =
        world.SiteFromBody(k) * world.mounting().body_from_cam.translation() + world.tie_m;
    const Eigen::Vector3d off_m = record.fix.site_from_cam.translation() - true_camera_m;
    const Eigen::Matrix3d covariance = record.fix.covariance_map_relative.bottomRightCorner<3, 3>();
    EXPECT_LT(off_m.dot(covariance.inverse() * off_m), 25) << k;  // believed, it would be off by 11 m
  }
  EXPECT_EQ(told_at, 2);
}

}  // namespace
}  // namespace perilune::nav
