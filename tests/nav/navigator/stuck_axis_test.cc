#include "nav/navigator/stuck_axis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "dem/frames/site.h"
#include "dem/synthesis/random.h"
#include "nav/navigator/imu_track.h"

namespace perilune::nav {
namespace {

using Eigen::Vector3d;

constexpr int kRun = 10;

Vector3d NoiseAt(int i) {
  Vector3d noise;
  for (int axis = 0; axis < 3; ++axis) {
    noise[axis] = dem::RandomNormal(7, static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(axis));
  }
  return noise;
}

TEST(StuckAxis, NoiseIsNotStuck) {
  StuckAxis watch(kRun);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(watch.Add(NoiseAt(i)), 0) << i;
}

TEST(StuckAxis, TheRunIsCountedFromItsFirstReading) {
  StuckAxis watch(kRun);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(watch.Add(NoiseAt(i)), 0);
  for (int i = 1; i <= 30; ++i) {
    Vector3d reading = NoiseAt(100 + i);
    reading.y() = 2;
    EXPECT_EQ(watch.Add(reading), i < kRun ? 0 : i);
  }
  EXPECT_EQ(watch.Add(NoiseAt(200)), 0);
}

TEST(StuckAxis, FromTheBeginningTheOtherAxesShowTheNoise) {
  StuckAxis watch(kRun);
  int noticed = 0;
  for (int i = 1; i <= 30; ++i) {
    const Vector3d noise = NoiseAt(i);
    if (watch.Add({noise.x(), noise.y(), -5}) > 0 && noticed == 0) noticed = i;
  }
  EXPECT_EQ(noticed, kRun);
}

TEST(StuckAxis, WithoutNoiseOnlyTheLargestReadingIsJudged) {
  StuckAxis watch(kRun);
  EXPECT_EQ(watch.Add({5, 0, 0}), 0);
  // The first axis stands at the largest, the second at zero, the third moves.
  for (int i = 1; i < 100; ++i) EXPECT_EQ(watch.Add({5, 0, 0.001 * i}), i + 1 < kRun || i < 10 ? 0 : i + 1);
  StuckAxis still(kRun);  // below what it once read
  EXPECT_EQ(still.Add({-5, 0, 0}), 0);
  for (int i = 1; i < 100; ++i) EXPECT_EQ(still.Add({3, 0, 0.001 * i}), 0);
}

TEST(StuckAxis, AUnitWhoseReadingsRepeatAnywayIsNotJudged) {
  StuckAxis constant(kRun), rounded(kRun);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(constant.Add({0, 0, 1.62}), 0);
    // Steps of half a sigma: every fifth reading is the one before again.
    Vector3d reading = (2 * NoiseAt(i)).array().round();
    if (i > 300) reading.x() = 6;
    EXPECT_EQ(rounded.Add(reading), 0);
  }
}

TEST(StuckAxis, RefusesARunOfOne) { EXPECT_THROW(StuckAxis(1), std::invalid_argument); }

/// 100 Hz for 1 s, each axis with noise of 1e-3; the force along y at most `limit_mps2`.
std::vector<Imu> Samples(double limit_mps2) {
  std::vector<Imu> samples;
  for (int i = 0; i <= 100; ++i) {
    Imu sample{i * 10'000'000LL, 1e-6 * NoiseAt(i), Vector3d(0, 3, 0) + 1e-3 * NoiseAt(1000 + i)};
    sample.accel_mps2.y() = std::min(sample.accel_mps2.y(), limit_mps2);
    samples.push_back(sample);
  }
  return samples;
}

TEST(ImuTrack, AStuckAxisCountsAsUncertainAsCoastingFromItsFirstReading) {
  const dem::Site site = dem::MakeSite({0, 0});
  const auto moved = [&](double limit_mps2, StuckSensors& stuck) {
    ImuTrack track(site, Eigen::Isometry3d::Identity(), {1e-5, 0, 1e-4, 0}, {});
    track.Append(Samples(limit_mps2));
    stuck = track.Stuck();
    return track.Propagate({}, 1'000'000'000);
  };
  StuckSensors free, at_limit;
  const State good = moved(100, free), short_of = moved(2, at_limit);
  EXPECT_EQ(free, StuckSensors());
  EXPECT_EQ(at_limit, (StuckSensors{false, true}));
  // Velocity walks by density · √t: 1e-4 m/s and 3 m/s after a second.
  EXPECT_NEAR(good.covariance(kVelocity + 1, kVelocity + 1), 1e-8, 1e-10);
  EXPECT_NEAR(short_of.covariance(kVelocity + 1, kVelocity + 1), 9, 0.01);
  EXPECT_EQ(good.covariance(kTheta, kTheta), short_of.covariance(kTheta, kTheta));
  // The velocity that the limit hides, 1 m/s, is well inside.
  const Vector3d hidden = good.velocity_of_body_in_site_mps - short_of.velocity_of_body_in_site_mps;
  EXPECT_NEAR(hidden.y(), 1, 0.01);
}

}  // namespace
}  // namespace perilune::nav
