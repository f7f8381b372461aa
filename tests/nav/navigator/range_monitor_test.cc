#include "nav/navigator/range_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "dem/synthesis/random.h"
#include "tests/nav/navigator/small_descent.h"

namespace perilune::nav {
namespace {

using ::testing::HasSubstr;

constexpr double kFixSigma_m = 2, kRangeSigma_m = 1;
constexpr std::int64_t kStep_ns = 1'000'000'000;

// A beam straight down; the state lies where it believes, 1 km up.
State Level() {
  State state;
  state.site_from_body.translation().z() = 1000;
  state.covariance.diagonal().setConstant(1e-6);
  return state;
}

RangeTest Read(double innovation_m) {
  RangeTest test;
  test.innovation_m = innovation_m;
  test.noise_m = kRangeSigma_m;
  test.derivative(kPosition + 2) = 1;
  test.derivative(kRangeBias) = 1;
  return test;
}

Fix FixAt(std::int64_t t_ns, double up_m) {
  Fix fix;
  fix.t_ns = t_ns;
  fix.status = FixStatus::kAccepted;
  fix.site_from_cam.translation() = Eigen::Vector3d(0, 0, 1000 + up_m);
  fix.covariance_map_relative.setZero();
  fix.covariance_map_relative.diagonal().setConstant(kFixSigma_m * kFixSigma_m);
  return fix;
}

const Eigen::Vector3d kPredicted_m(0, 0, 1000);

TEST(RangeMonitor, HonestSensorsDoNotContradict) {
  RangeMonitor monitor({});
  for (std::uint64_t k = 0; k < 300; ++k) {
    const auto t_ns = static_cast<std::int64_t>(k) * kStep_ns;
    monitor.Take(t_ns, Read(kRangeSigma_m * dem::RandomNormal(3, 1, k)), Level(), Level());
    EXPECT_FALSE(monitor.Judge(Level(), FixAt(t_ns, kFixSigma_m * dem::RandomNormal(3, 2, k)), kPredicted_m));
  }
}

// The state lies where the ranges say: the range finder reads 10 m too much, images see it 10 m lower.
TEST(RangeMonitor, ASmallBiasIsFoundAndLeftToFixesAndRangesTogether) {
  RangeMonitor monitor({});
  std::optional<RangeMonitor::Verdict> verdict;
  int images = 0;
  for (; images < 20 && !verdict; ++images) {
    monitor.Take(images * kStep_ns, Read(0), Level(), Level());
    verdict = monitor.Judge(Level(), FixAt(images * kStep_ns, -10), kPredicted_m);
  }
  ASSERT_TRUE(verdict);
  EXPECT_EQ(images, 3);
  EXPECT_THAT(verdict->text, HasSubstr("contradict the ranges by 10.0 m"));
  const StateMatrix& covariance = verdict->state.covariance;
  EXPECT_NEAR(covariance(kRangeBias, kRangeBias), 100, 1e-3);
  EXPECT_NEAR(covariance(kPosition + 2, kPosition + 2), 100, 1e-3);
  // What a range says of both stays as certain as it was.
  const Eigen::Matrix<double, 1, kStateSize> derivative = Read(0).derivative;
  EXPECT_NEAR((derivative * covariance * derivative.transpose())(0), 2e-6, 1e-9);
  EXPECT_TRUE(verdict->state.site_from_body.isApprox(Level().site_from_body));
}

// The state has not followed the ranges: only the bias is in doubt.
TEST(RangeMonitor, AStateThatKeptItsPlaceKeepsItsCertainty) {
  RangeMonitor monitor({});
  std::optional<RangeMonitor::Verdict> verdict;
  for (int k = 0; k < 3; ++k) {
    monitor.Take(k * kStep_ns, Read(10), Level(), Level());
    verdict = monitor.Judge(Level(), FixAt(k * kStep_ns, 0), kPredicted_m);
  }
  ASSERT_TRUE(verdict);
  EXPECT_NEAR(verdict->state.covariance(kRangeBias, kRangeBias), 100, 1e-3);
  EXPECT_NEAR(verdict->state.covariance(kPosition + 2, kPosition + 2), 0, 1e-3);
}

// The same once the state was drawn to the range: what it lacks is counted after the update.
TEST(RangeMonitor, WhatTheUpdateMovedIsCounted) {
  RangeMonitor monitor({});
  State drawn = Level();
  drawn.site_from_body.translation().z() += 10;
  for (int k = 0; k < 3; ++k) {
    monitor.Take(k * kStep_ns, Read(10), Level(), drawn);
    const auto verdict = monitor.Judge(drawn, FixAt(k * kStep_ns, 10), Eigen::Vector3d(0, 0, 1010));
    EXPECT_FALSE(verdict);  // image and range agree
  }
}

// A sensor that fails draws the bias after it until it is doubted; when it is well again it must be believed.
TEST(RangeMonitor, WhatAFailingSensorTaughtIsWithdrawn) {
  RangeMonitor monitor({});
  State state = Level();
  state.range_bias_m = 0.4;
  EXPECT_EQ(monitor.Withdraw(state).covariance, state.covariance);  // nothing was learnt
  for (int k = 0; k < 3; ++k) {
    monitor.Take(k * kStep_ns, Read(10), state, state);
    if (const auto verdict = monitor.Judge(state, FixAt(k * kStep_ns, 0), kPredicted_m))
      state = verdict->state;
  }
  ASSERT_NEAR(state.covariance(kRangeBias, kRangeBias), 100, 1e-3);
  state.range_bias_m = -107;
  state.covariance(kRangeBias, kPosition) = state.covariance(kPosition, kRangeBias) = 1e-4;
  const State withdrawn = monitor.Withdraw(state);
  EXPECT_EQ(withdrawn.range_bias_m, 0.4);
  EXPECT_EQ(withdrawn.covariance(kRangeBias, kRangeBias), 1e-6);
  EXPECT_EQ(withdrawn.covariance(kPosition, kRangeBias), 0);
  EXPECT_TRUE(withdrawn.site_from_body.isApprox(state.site_from_body));
}

// The window's mean contradicts, by its last image, which lies on its range exactly.
TEST(RangeMonitor, AnImageOnItsRangeLeavesTheStateFinite) {
  RangeMonitor monitor({});
  std::optional<RangeMonitor::Verdict> verdict;
  for (int k = 0; k < 10; ++k) {
    EXPECT_FALSE(verdict) << k;
    monitor.Take(k * kStep_ns, Read(0), Level(), Level());
    verdict = monitor.Judge(Level(), FixAt(k * kStep_ns, k % 3 == 2 || k == 9 ? 0 : -10), kPredicted_m);
  }
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(verdict->state.covariance.allFinite());
}

TEST(RangeMonitor, OldOrForgottenRangesAreNotCompared) {
  RangeMonitor late({}), forgotten({});
  for (int k = 0; k < 20; ++k) {
    late.Take(k * kStep_ns, Read(0), Level(), Level());
    EXPECT_FALSE(late.Judge(Level(), FixAt(k * kStep_ns + 2 * kStep_ns, -10), kPredicted_m));
    forgotten.Take(k * kStep_ns, Read(0), Level(), Level());
    forgotten.Forget();
    EXPECT_FALSE(forgotten.Judge(Level(), FixAt(k * kStep_ns, -10), kPredicted_m));
  }
}

TEST(RangeMonitor, RefusesBadOptions) {
  EXPECT_THROW(RangeMonitor({.latest_s = 0}), std::invalid_argument);
  RangeMonitorOptions never;
  never.limits.window_mean = 0;
  EXPECT_THROW(RangeMonitor{never}, std::invalid_argument);
}

// The map-relative position's NEES after 18 images with ranges that drift by a metre an image, to 15 m: they
// pass the gate and draw the state after them.
double NeesUnderBiasedRanges(const RangeMonitorOptions& monitor, bool* told) {
  const test::SmallDescent world(45);
  NavigatorOptions options = world.Options();
  options.range_monitor = monitor;
  Navigator navigator(options, world.Levels(), world.mounting(), world.site(), world.Prior());
  double nees = 0;
  for (int k = 0; k < 18; ++k) {
    FrameInput input = world.Frame(k);
    for (Range& range : input.ranges) range.range_m += std::min(k, 15);
    const StepRecord record = navigator.Step(input);
    for (const Event& event : record.events)
      *told = *told || (event.kind == "trust" && event.source == "altimeter0");
    const Eigen::Vector3d off_m = record.state.site_from_body.translation() + record.state.map_tie_m -
                                  world.SiteFromBody(k).translation() - world.tie_m;
    nees = off_m.dot(record.state.MapRelativePositionCovariance().inverse() * off_m);
  }
  return nees;
}

TEST(Navigator, ARangeFinderThatErrsByLittleIsFound) {
  RangeMonitorOptions never;
  never.limits.threshold = never.limits.window_mean = 1e9;
  bool told = false, told_without = false;
  const double nees = NeesUnderBiasedRanges({}, &told);
  const double without = NeesUnderBiasedRanges(never, &told_without);
  EXPECT_TRUE(told);
  EXPECT_FALSE(told_without);
  EXPECT_LT(nees, 14.2) << "of 3: once in 370";
  EXPECT_GT(without, 14.2);
}

}  // namespace
}  // namespace perilune::nav
