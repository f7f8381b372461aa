#include "nav/estimation/smoother.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include "dem/frames/pose.h"
#include "tests/nav/estimation/allocations.h"
#include "tests/nav/estimation/descent_world.h"

namespace perilune::nav {
namespace {

using Eigen::Vector3d;
using test::DescentSetup;
using test::DescentWorld;

DescentSetup ShortDescent(double duration_s) {
  DescentSetup setup;
  setup.start_s = 60;
  setup.duration_s = duration_s;
  setup.landmarks = 30;
  return setup;
}

double Sigma(const State& state, int row) { return std::sqrt(state.covariance(row, row)); }

TEST(Smoother, FindsThePlaceInItsMap) {
  const DescentWorld world(1, ShortDescent(12));
  Smoother smoother(world.Options(), world.site(), world.prior());
  Feed(world, smoother, [](std::int64_t) {});
  const State& state = smoother.Newest();
  const State truth = world.Truth(state.t_ns);
  const StateVector error = StateDifference(state, truth);
  const Vector3d relative = error.segment<3>(kPosition) + error.segment<3>(kMapTie);
  EXPECT_LT(relative.norm(), 6) << "4 sigma of a map error of 1.5, 1.5 and 1 m";
  EXPECT_LT(error.segment<3>(kVelocity).norm(), 1);
  EXPECT_LT(test::NormalisedError(state, truth, 0, kStateSize), 56.0) << "dof 22, one in 10 000";
  EXPECT_GT(Sigma(state, kPosition), 20) << "the tie of 30 m is not known";
}

TEST(Smoother, ADelayedPictureGivesWhatItGivesInTime) {
  DescentSetup setup = ShortDescent(9);
  // Whatever freezes at its entry depends on what was known then: here nothing does.
  setup.map_error_correlation_m = 1e12;
  const DescentWorld world(2, setup);
  SmootherOptions options = world.Options();
  std::vector<LandmarkMeasurement> pictures = world.pictures();
  for (LandmarkMeasurement& picture : pictures) {
    for (vision::Match& match : picture.matches) match.point_covariance_m2.setZero();
  }
  options.huber_sigma = 1e6;
  options.longest_carry_s =
      5;  // while the picture is missing, the star after it speaks of an earlier keyframe
  options.solve.function_tolerance = 1e-16;
  options.solve.max_iterations = 50;
  const auto run = [&](bool late) {
    Smoother smoother(options, world.site(), world.prior());
    smoother.AddImu(world.imu());
    EntryResult fifth;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      smoother.AddAttitude(world.attitudes()[i]);
      const bool is_fifth = i == 4;
      if (!(late && is_fifth)) {
        const EntryResult entry = smoother.AddLandmarks(pictures[i], world.camera(), world.body_from_cam());
        EXPECT_EQ(entry.status, EntryStatus::kAccepted) << i;
        EXPECT_EQ(entry.matches_accepted, 30) << i;
        EXPECT_FALSE(entry.delayed);
      }
      if (late && i == 6) {
        fifth = smoother.AddLandmarks(pictures[4], world.camera(), world.body_from_cam());
        EXPECT_EQ(fifth.status, EntryStatus::kAccepted);
        EXPECT_TRUE(fifth.delayed);
      }
    }
    return smoother.Newest();
  };
  const State in_time = run(false), late = run(true);
  ASSERT_EQ(in_time.t_ns, late.t_ns);
  const StateVector difference = StateDifference(in_time, late);
  // The inertial unit holds 0.1 mm from keyframe to keyframe and the tie is known to 30 m: squared, the
  // normal equations lose eleven of their sixteen digits in each elimination, and there are eight.
  constexpr double kRounding = 8 * 1e-16 * (30 / 1e-4) * (30 / 1e-4);
  for (int i = 0; i < kStateSize; ++i) {
    EXPECT_LT(std::abs(difference[i]), kRounding * Sigma(in_time, i)) << i;
    EXPECT_NEAR(Sigma(late, i) / Sigma(in_time, i), 1, 2 * kRounding) << i;
  }
}

TEST(Smoother, AMeasurementOlderThanTheWindowIsRefused) {
  const DescentWorld world(3, ShortDescent(8));
  SmootherOptions options = world.Options();
  options.keyframes = 3;
  Smoother smoother(options, world.site(), world.prior());
  Feed(world, smoother, [](std::int64_t) {});
  EXPECT_EQ(smoother.window().keyframes().size(), 3U);
  EXPECT_EQ(smoother.AddAttitude(world.attitudes().front()).status, EntryStatus::kTooOld);
  EXPECT_FALSE(smoother.At(world.attitudes().front().t_ns));
}

TEST(Smoother, GatesWhatContradictsIt) {
  const DescentWorld world(4, ShortDescent(10));
  Smoother smoother(world.Options(), world.site(), world.prior());
  Feed(world, smoother, [](std::int64_t) {});
  const State before = smoother.Newest();
  Range range = world.ranges().back();
  range.t_ns = before.t_ns;
  const EntryResult honest = smoother.AddRange(range, world.body_from_beam(), world.map(), {});
  EXPECT_EQ(honest.dof, 1);
  range.t_ns += 100'000'000;
  range.range_m += 3000;
  const EntryResult jump = smoother.AddRange(range, world.body_from_beam(), world.map(), {});
  EXPECT_EQ(jump.status, EntryStatus::kGated);
  EXPECT_GT(jump.nis, jump.threshold);
  range.valid = false;
  EXPECT_EQ(smoother.AddRange(range, world.body_from_beam(), world.map(), {}).status,
            EntryStatus::kNotPredicted);
  Attitude turned = world.attitudes().back();
  turned.t_ns = range.t_ns;
  turned.moon_from_body = turned.moon_from_body * dem::ExpSo3({0, 0.1, 0});
  EXPECT_EQ(smoother.AddAttitude(turned).status, EntryStatus::kGated);
  // A picture with a third of its landmarks far off: those are left out one by one.
  LandmarkMeasurement picture = world.pictures().back();
  for (std::size_t i = 0; i < picture.matches.size(); i += 3) picture.matches[i].pixel_px.y() += 40;
  const EntryResult mixed = smoother.AddLandmarks(picture, world.camera(), world.body_from_cam());
  EXPECT_EQ(mixed.status, EntryStatus::kAccepted);
  EXPECT_EQ(mixed.matches_accepted, 20);
  picture.matches.resize(2);
  EXPECT_EQ(smoother.AddLandmarks(picture, world.camera(), world.body_from_cam()).status,
            EntryStatus::kNotPredicted);
}

TEST(Smoother, FixesAndBeamSpeedsAreTaken) {
  const DescentWorld world(5, ShortDescent(6));
  Smoother smoother(world.Options(), world.site(), world.prior());
  smoother.AddImu(world.imu());
  for (int k = 1; k <= 5; ++k) {
    const std::int64_t t_ns = DescentWorld::kStart_ns + std::int64_t{k} * 1'000'000'000;
    const State truth = world.Truth(t_ns);
    Fix fix;
    fix.status = FixStatus::kAccepted;
    fix.t_ns = t_ns;
    fix.site_from_cam = truth.site_from_body * world.body_from_cam();
    fix.site_from_cam.translation() += truth.map_tie_m + truth.map_error_m;
    fix.covariance_map_relative = dem::Matrix6d::Identity() * 1e-8;
    fix.covariance_map_relative.bottomRightCorner<3, 3>().setIdentity();
    EXPECT_EQ(smoother.AddFix(fix, world.body_from_cam(), k % 2 == 0).status, EntryStatus::kAccepted);
    std::vector<BeamSpeed> beams;
    for (const Vector3d& beam : {Vector3d(0.4, 0, 0.9165151), Vector3d(-0.2, 0.3464102, 0.9165151),
                                 Vector3d(-0.2, -0.3464102, 0.9165151)}) {
      const Vector3d in_body = truth.site_from_body.linear().transpose() * truth.velocity_of_body_in_site_mps;
      beams.push_back({beam, beam.dot(in_body), 0.05});
    }
    const EntryResult speeds = smoother.AddBeamSpeeds(t_ns, beams);
    EXPECT_EQ(speeds.status, EntryStatus::kAccepted);
    EXPECT_EQ(speeds.dof, 3);
  }
  const State& state = smoother.Newest();
  const StateVector error = StateDifference(state, world.Truth(state.t_ns));
  EXPECT_LT(error.segment<3>(kVelocity).norm(), 0.2);
  EXPECT_LT(Sigma(state, kVelocity), 0.06);
  EXPECT_LT((error.segment<3>(kPosition) + error.segment<3>(kMapTie)).norm(), 6);
}

TEST(Smoother, NeverLearnsTheTieFromItsOwnMap) {
  // Pictures and ranges see position + tie and star trackers neither: nothing here tells one from the other
  // but gravity's direction and strength, 1e-6 m/s² a metre, against an accelerometer of 1e-3.
  DescentSetup setup = ShortDescent(60);
  setup.prior.position_sigma_m = {300, 300, 100};
  const DescentWorld world(6, setup);
  SmootherOptions options = world.Options();
  options.keyframes = 8;
  Smoother smoother(options, world.site(), world.prior());
  double last[3] = {30, 30, 10};
  // The start's position is 300 m uncertain and the tie 30 m: their sum known, the tie has
  // 1/√(1/30² + 1/300²) left, and stays there.
  const double left[3] = {1 / std::hypot(1 / 30.0, 1 / 300.0), 1 / std::hypot(1 / 30.0, 1 / 300.0),
                          1 / std::hypot(1 / 10.0, 1 / 100.0)};
  Feed(world, smoother, [&](std::int64_t) {
    for (int axis = 0; axis < 3; ++axis) last[axis] = Sigma(smoother.Newest(), kMapTie + axis);
  });
  for (int axis = 0; axis < 3; ++axis) EXPECT_NEAR(last[axis] / left[axis], 1, 2e-3) << axis;
}

TEST(Smoother, NeverLearnsTheHeadingWithoutPicturesAndStars) {
  // Ranges to a sphere and an inertial unit: the Moon's rotation of 2.7e-6 rad/s is far below the gyro's
  // bias, so the heading stays as it was, and so do the horizontal position and velocity along it.
  DescentSetup setup = ShortDescent(40);
  setup.attitude_every_s = 0;
  setup.blind_from_s = 0;
  setup.range_every_s = 0;
  const DescentWorld world(7, setup);
  SmootherOptions options = world.Options();
  options.keyframes = 8;
  Smoother smoother(options, world.site(), world.prior());
  smoother.AddImu(world.imu());
  for (int k = 1; k < 40; ++k) {
    const std::int64_t t_ns = DescentWorld::kStart_ns + std::int64_t{k} * 1'000'000'000;
    const State truth = world.Truth(t_ns);
    const Eigen::Isometry3d site_from_beam = truth.site_from_body * world.body_from_beam();
    Range range{t_ns, 0, 1, true, 0};
    range.range_m =
        world.map()
            .FirstHit({site_from_beam.translation() + truth.map_tie_m, site_from_beam.linear().col(2)})
            ->range_m +
        truth.range_bias_m;
    smoother.AddRange(range, world.body_from_beam(), world.map(), {});
  }
  const State& state = smoother.Newest();
  ASSERT_GT(smoother.window().keyframes().size(), 5U);
  const Vector3d up_in_body = state.site_from_body.linear().transpose() * Vector3d::UnitZ();
  const double heading = std::sqrt(up_in_body.dot(state.covariance.block<3, 3>(kTheta, kTheta) * up_in_body));
  EXPECT_GT(heading, 1e-3);
  EXPECT_GT(Sigma(state, kPosition), 150);
  EXPECT_GT(Sigma(state, kPosition + 1), 150);
  EXPECT_LT(Sigma(state, kPosition + 2), 15) << "the height they do see, but for the tie of 10 m";
}

TEST(Smoother, AMinuteWithoutVisionIsSaidAndOvercome) {
  DescentSetup setup;
  setup.start_s = 20;
  setup.duration_s = 100;
  setup.landmarks = 30;
  setup.blind_from_s = 20.5;
  setup.blind_to_s = 80.5;
  setup.attitude_every_s = 1;
  const DescentWorld world(8, setup);
  Smoother smoother(world.Options(), world.site(), world.prior());
  double before = 0, worst = 0, after = 0;
  Feed(world, smoother, [&](std::int64_t t_ns) {
    const State state = *smoother.At(t_ns);
    const State truth = world.Truth(t_ns);
    const StateVector error = StateDifference(state, truth);
    const Vector3d relative = error.segment<3>(kPosition) + error.segment<3>(kMapTie);
    const Eigen::Matrix3d covariance = state.MapRelativePositionCovariance();
    EXPECT_LT(relative.dot(covariance.inverse() * relative), 21.1) << "dof 3, one in 10 000";
    const double sigma = std::sqrt(covariance(0, 0)),
                 t = static_cast<double>(t_ns - DescentWorld::kStart_ns) * 1e-9;
    if (t < 20.2) before = sigma;
    if (t > 20.6 && t < 80.2) {
      EXPECT_GT(sigma, 0.999 * worst) << "it only grows";
      worst = sigma;
    }
    after = sigma;
  });
  // The accelerometer's bias, known to some 1e-4 m/s² by then, does 0.2 m in a minute; velocity 0.05 m/s, 3
  // m.
  EXPECT_GT(worst, 2 * before);
  EXPECT_LT(after, 1.2 * before);
}

TEST(Smoother, TheSameCallsGiveTheSameBytes) {
  const DescentWorld world(9, ShortDescent(6));
  const auto run = [&] {
    Smoother smoother(world.Options(), world.site(), world.prior());
    Feed(world, smoother, [](std::int64_t) {});
    return smoother.Newest();
  };
  const State a = run(), b = run();
  EXPECT_EQ(a.covariance, b.covariance);
  EXPECT_EQ(a.site_from_body.matrix(), b.site_from_body.matrix());
}

TEST(Smoother, TakingInInertialSamplesAllocatesNothing) {
  const DescentWorld world(10, ShortDescent(20));
  Smoother smoother(world.Options(), world.site(), world.prior());
  const long before = test::Allocations();
  smoother.AddImu(world.imu());
  EXPECT_EQ(test::Allocations() - before, 0);
}

TEST(Smoother, RefusesBadOptions) {
  SmootherOptions options;
  options.keyframes = 1;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
  options = {};
  options.map_error_correlation_m = 0;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
  options = {};
  options.huber_sigma = 0;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
}

/// χ² of one row of the error over seeds: its mean within 3.3 sigma of its degrees of freedom.
TEST(SmootherSlow, CovarianceIsTheScatterOverFiftyDescents) {
  constexpr int kSeeds = 50;
  DescentSetup setup = ShortDescent(40);
  const struct {
    int offset, size;
    const char* name;
  } parts[] = {{0, kStateSize, "whole state"},
               {kTheta, 3, "attitude"},
               {kPosition, 3, "position"},
               {kVelocity, 3, "velocity"},
               {kGyroBias, 6, "biases"},
               {kRangeBias, 1, "range bias"},
               {kMapTie, 3, "tie"},
               {kMapError, 3, "map error"}};
  double sums[8] = {}, relative_sum = 0;
  for (std::uint64_t seed = 100; seed < 100 + kSeeds; ++seed) {
    const DescentWorld world(seed, setup);
    SmootherOptions options = world.Options();
    options.keyframes = 10;
    Smoother smoother(options, world.site(), world.prior());
    Feed(world, smoother, [](std::int64_t) {});
    const State& state = smoother.Newest();
    const State truth = world.Truth(state.t_ns);
    for (int i = 0; i < 8; ++i)
      sums[i] += test::NormalisedError(state, truth, parts[i].offset, parts[i].size);
    const StateVector error = StateDifference(state, truth);
    const Vector3d relative = error.segment<3>(kPosition) + error.segment<3>(kMapTie);
    relative_sum += relative.dot(state.MapRelativePositionCovariance().inverse() * relative);
  }
  for (int i = 0; i < 8; ++i) {
    EXPECT_NEAR(sums[i] / kSeeds, parts[i].size, 3.3 * std::sqrt(2.0 * parts[i].size / kSeeds))
        << parts[i].name;
    std::printf("NEES %s: %.2f (dof %d)\n", parts[i].name, sums[i] / kSeeds, parts[i].size);
  }
  EXPECT_NEAR(relative_sum / kSeeds, 3, 3.3 * std::sqrt(6.0 / kSeeds));
}

}  // namespace
}  // namespace perilune::nav
