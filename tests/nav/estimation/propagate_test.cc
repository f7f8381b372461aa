#include "nav/estimation/propagate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "dem/frames/moon.h"
#include "dem/frames/pose.h"

namespace perilune::nav {
namespace {

using Eigen::Vector3d;

dem::Site HadleySite() { return dem::MakeSite({dem::DegToRad(26.1), dem::DegToRad(3.6)}); }

State Descending() {
  State state;
  state.t_ns = 1'000'000'000;
  state.site_from_body.linear() = dem::ExpSo3({2.5, -0.4, 0.3}).toRotationMatrix();
  state.site_from_body.translation() = Vector3d(-60e3, 20e3, 9e3);
  state.velocity_of_body_in_site_mps = {1100, -350, -40};
  state.gyro_bias_radps = {1e-4, -2e-4, 3e-4};
  state.accel_bias_mps2 = {1e-2, 2e-2, -3e-2};
  return state;
}

const Imu kTurningUnderThrust{0, Vector3d(0.02, -0.05, 0.03), Vector3d(0.4, -0.2, 3.1)};

TEST(Propagate, FreeFallFollowsTheTwoBodyOrbit) {
  // A circular orbit 15 km up through the site's zenith, in inertial axes that coincide with `moon` at t = 0:
  // its position after t is known in closed form, and the Moon has turned by Ω t under it.
  const dem::Site site = HadleySite();
  const double radius_m = dem::kMoonRadius_m + 15e3;
  const double rate_radps = std::sqrt(dem::kMoonGm_m3ps2 / std::pow(radius_m, 3));
  const Vector3d up = site.moon_from_site.linear().col(2);
  const Vector3d forward = (site.moon_from_site.linear() * Vector3d(0.8, -0.6, 0)).normalized();
  const auto position_in_inertial = [&](double t_s) -> Vector3d {
    return radius_m * (std::cos(rate_radps * t_s) * up + std::sin(rate_radps * t_s) * forward);
  };
  const auto velocity_in_inertial = [&](double t_s) -> Vector3d {
    return radius_m * rate_radps * (-std::sin(rate_radps * t_s) * up + std::cos(rate_radps * t_s) * forward);
  };
  const Vector3d spin(0, 0, dem::kMoonRotation_radps);
  const auto position_in_site = [&](double t_s) -> Vector3d {
    const Eigen::AngleAxisd moon_from_inertial(-dem::kMoonRotation_radps * t_s, Vector3d::UnitZ());
    return site.moon_from_site.inverse() * (moon_from_inertial * position_in_inertial(t_s));
  };
  const auto velocity_in_site = [&](double t_s) -> Vector3d {
    const Eigen::AngleAxisd moon_from_inertial(-dem::kMoonRotation_radps * t_s, Vector3d::UnitZ());
    const Vector3d relative = velocity_in_inertial(t_s) - spin.cross(position_in_inertial(t_s));
    return site.moon_from_site.linear().transpose() * (moon_from_inertial * relative);
  };
  State state;
  state.site_from_body.translation() = position_in_site(0);
  state.velocity_of_body_in_site_mps = velocity_in_site(0);
  for (int step = 0; step < 4000; ++step) state = PropagateImu(state, Imu{}, 0.05, ImuNoise{}, site);
  EXPECT_EQ(state.t_ns, 200'000'000'000);
  // 330 km of flight; without Coriolis and centrifugal terms the end would be off by more than 150 m.
  EXPECT_LT((state.site_from_body.translation() - position_in_site(200)).norm(), 1e-2);
  EXPECT_LT((state.velocity_of_body_in_site_mps - velocity_in_site(200)).norm(), 1e-4);
}

TEST(Propagate, RestsOnTheSurfaceUnderTheRightSpecificForce) {
  const dem::Site site = HadleySite();
  State state;
  state.site_from_body.linear() = dem::ExpSo3({0.4, 1.1, -0.7}).toRotationMatrix();
  state.site_from_body.translation() = Vector3d(3000, -2000, 100);
  const Eigen::Matrix3d body_from_site = state.site_from_body.linear().transpose();
  // By hand: the support carries gravity less the centrifugal part, and the body turns with the Moon.
  const Vector3d in_moon = site.moon_from_site * state.site_from_body.translation();
  const Vector3d gravity_in_moon = -dem::kMoonGm_m3ps2 / std::pow(in_moon.norm(), 3) * in_moon;
  const Vector3d centrifugal_in_moon =
      std::pow(dem::kMoonRotation_radps, 2) * Vector3d(in_moon.x(), in_moon.y(), 0);
  const Vector3d support =
      site.moon_from_site.linear().transpose() * -(gravity_in_moon + centrifugal_in_moon);
  EXPECT_NEAR(support.norm(), 1.62, 0.01);
  const Imu imu{0, body_from_site * MoonRateInSite(site), body_from_site * support};
  const State start = state;
  for (int step = 0; step < 2000; ++step) state = PropagateImu(state, imu, 0.1, ImuNoise{}, site);
  EXPECT_LT((state.site_from_body.translation() - start.site_from_body.translation()).norm(), 1e-5);
  EXPECT_LT(state.velocity_of_body_in_site_mps.norm(), 1e-7);
  EXPECT_LT(dem::PoseDifference(start.site_from_body, state.site_from_body).head<3>().norm(), 1e-10);
}

TEST(Propagate, RemovesBiases) {
  const dem::Site site = HadleySite();
  State biased = Descending(), clean = Descending();
  clean.gyro_bias_radps.setZero();
  clean.accel_bias_mps2.setZero();
  Imu sample = kTurningUnderThrust;
  sample.gyro_radps += biased.gyro_bias_radps;
  sample.accel_mps2 += biased.accel_bias_mps2;
  const State a = PropagateImu(biased, sample, 0.01, ImuNoise{}, site);
  const State b = PropagateImu(clean, kTurningUnderThrust, 0.01, ImuNoise{}, site);
  EXPECT_LT((a.site_from_body.matrix() - b.site_from_body.matrix()).norm(), 1e-10);
  EXPECT_LT((a.velocity_of_body_in_site_mps - b.velocity_of_body_in_site_mps).norm(), 1e-12);
}

TEST(Propagate, TransitionMatchesDifferences) {
  const dem::Site site = HadleySite();
  const State state = Descending();
  const double dt_s = 0.02;
  const StateMatrix transition = ImuTransition(state, kTurningUnderThrust, dt_s, site);
  StateVector step;
  step << Vector3d::Constant(1e-5), Vector3d::Constant(10), Vector3d::Constant(1e-2),
      Vector3d::Constant(1e-5), Vector3d::Constant(1e-3), 1, Vector3d::Constant(1), Vector3d::Constant(1);
  for (int i = 0; i < kStateSize; ++i) {
    const auto moved = [&](double sign) {
      const StateVector delta = sign * step[i] * StateVector::Unit(i);
      return PropagateImu(Moved(state, delta), kTurningUnderThrust, dt_s, ImuNoise{}, site);
    };
    const StateVector numeric = StateDifference(moved(-1), moved(1)) / (2 * step[i]);
    for (int row = 0; row < kStateSize; ++row) {
      EXPECT_NEAR(transition(row, i), numeric[row], 3e-7 + 1e-3 * std::abs(numeric[row]))
          << row << " by " << i;
    }
  }
}

TEST(Propagate, NoiseGrowsAsItsDensities) {
  const dem::Site site = HadleySite();
  State state;
  state.site_from_body.translation() = Vector3d(0, 0, 1000);
  const ImuNoise noise{1e-3, 1e-5, 1e-2, 1e-4};
  for (int i = 0; i < 400; ++i) state = PropagateImu(state, Imu{}, 0.025, noise, site);
  // After 10 s, without specific force: angle σ√t, velocity σ√t, position σ√(t³/3), bias σ√t; bias and
  // gravity gradient add less than 1 %.
  EXPECT_NEAR(std::sqrt(state.covariance(kVelocity, kVelocity)), 1e-2 * std::sqrt(10.0), 1e-3);
  EXPECT_NEAR(std::sqrt(state.covariance(kPosition, kPosition)), 1e-2 * std::sqrt(1000.0 / 3), 5e-3);
  EXPECT_NEAR(std::sqrt(state.covariance(kTheta, kTheta)), 1e-3 * std::sqrt(10.0), 1e-4);
  EXPECT_NEAR(std::sqrt(state.covariance(kGyroBias, kGyroBias)), 1e-5 * std::sqrt(10.0), 1e-9);
  EXPECT_NEAR(std::sqrt(state.covariance(kAccelBias, kAccelBias)), 1e-4 * std::sqrt(10.0), 1e-9);
}

TEST(Propagate, BringsASampleToTheBody) {
  // A unit 2 m out on x, turned by 90° about z, on a body that spins about z: it feels −ω² r along body x.
  Eigen::Isometry3d body_from_imu = Eigen::Isometry3d::Identity();
  body_from_imu.linear() = Eigen::AngleAxisd(dem::kPi / 2, Vector3d::UnitZ()).toRotationMatrix();
  body_from_imu.translation() = Vector3d(2, 0, 0);
  const double rate_radps = 0.3;
  const Vector3d felt_in_body(-rate_radps * rate_radps * 2, 0, 1.6);
  const Imu sample{5, Vector3d(0, 0, rate_radps), body_from_imu.linear().transpose() * felt_in_body};
  const Imu in_body = ImuInBody(sample, body_from_imu);
  EXPECT_TRUE(in_body.gyro_radps.isApprox(Vector3d(0, 0, rate_radps)));
  EXPECT_TRUE(in_body.accel_mps2.isApprox(Vector3d(0, 0, 1.6), 1e-12));
}

TEST(Propagate, RefusesBadSteps) {
  const dem::Site site = HadleySite();
  EXPECT_THROW(PropagateImu(State{}, Imu{}, -0.01, ImuNoise{}, site), std::invalid_argument);
  EXPECT_THROW(PropagateImu(State{}, Imu{}, 1.5, ImuNoise{}, site), std::invalid_argument);
  EXPECT_THROW((ImuNoise{-1, 0, 0, 0}.Validate()), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::nav
