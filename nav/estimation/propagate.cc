#include "nav/estimation/propagate.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "dem/frames/moon.h"
#include "dem/frames/pose.h"

namespace perilune::nav {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

void RequireDensity(double density, const std::string& field) {
  if (!(density >= 0) || !std::isfinite(density)) {
    throw std::invalid_argument("imu noise: " + field + " " + std::to_string(density) +
                                " must be finite and not negative");
  }
}

/// d FreeFallAcceleration / d position.
Matrix3d FreeFallGradient(const Vector3d& from_centre, const Vector3d& moon_rate) {
  const double r = from_centre.norm();
  const Vector3d up = from_centre / r;
  const Matrix3d spin = dem::Skew(moon_rate);
  return -dem::kMoonGm_m3ps2 / (r * r * r) * (Matrix3d::Identity() - 3 * up * up.transpose()) - spin * spin;
}

/// Bias-free rate against inertial and specific force, both in body.
struct Inertial {
  Vector3d rate_radps;
  Vector3d force_mps2;
};

Inertial WithoutBiases(const State& state, const Imu& imu) {
  return {imu.gyro_radps - state.gyro_bias_radps, imu.accel_mps2 - state.accel_bias_mps2};
}

/// Attitude after `dt_s`: the body turns by its rate, the site's axes by the Moon's.
Eigen::Quaterniond Turned(const State& state, const Vector3d& rate_radps, double dt_s,
                          const Vector3d& moon_rate) {
  const Eigen::Quaterniond site_from_body(state.site_from_body.linear());
  return (dem::ExpSo3(-moon_rate * dt_s) * site_from_body * dem::ExpSo3(rate_radps * dt_s)).normalized();
}

StateMatrix StepNoise(double dt, const ImuNoise& noise) {
  const auto variance = [](double density) { return density * density; };
  const double gyro = variance(noise.gyro_radps_rthz), accel = variance(noise.accel_mps2_rthz);
  StateVector diagonal = StateVector::Zero();
  diagonal.segment<3>(kTheta).setConstant(gyro * dt);
  diagonal.segment<3>(kVelocity).setConstant(accel * dt);
  diagonal.segment<3>(kPosition).setConstant(accel * dt * dt * dt / 3);
  diagonal.segment<3>(kGyroBias).setConstant(variance(noise.gyro_walk_radps2_rthz) * dt);
  diagonal.segment<3>(kAccelBias).setConstant(variance(noise.accel_walk_mps3_rthz) * dt);
  StateMatrix q = diagonal.asDiagonal();
  const Matrix3d position_velocity = accel * dt * dt / 2 * Matrix3d::Identity();
  q.block<3, 3>(kPosition, kVelocity) = position_velocity;
  q.block<3, 3>(kVelocity, kPosition) = position_velocity;
  return q;
}

}  // namespace

void ImuNoise::Validate() const {
  RequireDensity(gyro_radps_rthz, "gyro_radps_rthz");
  RequireDensity(gyro_walk_radps2_rthz, "gyro_walk_radps2_rthz");
  RequireDensity(accel_mps2_rthz, "accel_mps2_rthz");
  RequireDensity(accel_walk_mps3_rthz, "accel_walk_mps3_rthz");
}

Vector3d MoonRateInSite(const dem::Site& site) {
  return site.moon_from_site.linear().transpose() * Vector3d(0, 0, dem::kMoonRotation_radps);
}

Vector3d FreeFallAcceleration(const dem::Site& site, const Vector3d& position_in_site_m,
                              const Vector3d& velocity_in_site_mps) {
  const Vector3d from_centre = position_in_site_m - dem::MoonCentreInSite();
  const double r = from_centre.norm();
  const Vector3d moon_rate = MoonRateInSite(site);
  return -dem::kMoonGm_m3ps2 / (r * r * r) * from_centre - 2 * moon_rate.cross(velocity_in_site_mps) -
         moon_rate.cross(moon_rate.cross(from_centre));
}

StateMatrix ImuTransition(const State& state, const Imu& imu, double dt, const dem::Site& site) {
  const Inertial inertial = WithoutBiases(state, imu);
  const Vector3d moon_rate = MoonRateInSite(site);
  const Matrix3d rotation = Turned(state, inertial.rate_radps, dt / 2, moon_rate).toRotationMatrix();
  const Matrix3d half_turn_back = dem::ExpSo3(-inertial.rate_radps * dt / 2).toRotationMatrix();
  const Matrix3d turn_back = dem::ExpSo3(-inertial.rate_radps * dt).toRotationMatrix();
  const Matrix3d force_by_theta = -rotation * dem::Skew(inertial.force_mps2);
  const Matrix3d by_theta = force_by_theta * half_turn_back;
  const Vector3d from_centre = state.site_from_body.translation() - dem::MoonCentreInSite();
  const Matrix3d by_position = FreeFallGradient(from_centre, moon_rate);
  const Matrix3d by_velocity = -2 * dem::Skew(moon_rate);
  const Matrix3d one = Matrix3d::Identity();
  StateMatrix transition = StateMatrix::Identity();
  transition.block<3, 3>(kTheta, kTheta) = turn_back;
  transition.block<3, 3>(kTheta, kGyroBias) = -dt * half_turn_back;
  transition.block<3, 3>(kVelocity, kTheta) = dt * by_theta;
  transition.block<3, 3>(kVelocity, kPosition) = dt * by_position;
  transition.block<3, 3>(kVelocity, kVelocity) += dt * by_velocity + dt * dt / 2 * by_position;
  transition.block<3, 3>(kVelocity, kGyroBias) = -dt * dt / 2 * force_by_theta;
  transition.block<3, 3>(kVelocity, kAccelBias) = -dt * rotation;
  transition.block<3, 3>(kPosition, kTheta) = dt * dt / 2 * by_theta;
  transition.block<3, 3>(kPosition, kPosition) += dt * dt / 2 * by_position;
  transition.block<3, 3>(kPosition, kVelocity) = dt * one + dt * dt / 2 * by_velocity;
  transition.block<3, 3>(kPosition, kGyroBias) = -dt * dt * dt / 4 * force_by_theta;
  transition.block<3, 3>(kPosition, kAccelBias) = -dt * dt / 2 * rotation;
  return transition;
}

State PropagateImu(const State& state, const Imu& imu, double dt_s, const ImuNoise& noise,
                   const dem::Site& site) {
  if (!(dt_s >= 0 && dt_s <= 1)) {
    throw std::invalid_argument("imu step: dt_s " + std::to_string(dt_s) + " must be between 0 and 1 s");
  }
  const Inertial inertial = WithoutBiases(state, imu);
  const Vector3d moon_rate = MoonRateInSite(site);
  const Vector3d& position = state.site_from_body.translation();
  const Vector3d& velocity = state.velocity_of_body_in_site_mps;

  // Mid-point rule: acceleration at the middle of the step.
  const Vector3d force = Turned(state, inertial.rate_radps, dt_s / 2, moon_rate) * inertial.force_mps2;
  const Vector3d start_acceleration = force + FreeFallAcceleration(site, position, velocity);
  const Vector3d acceleration = force + FreeFallAcceleration(site, position + dt_s / 2 * velocity,
                                                             velocity + dt_s / 2 * start_acceleration);

  State next = state;
  next.t_ns += std::llround(dt_s * 1e9);
  next.site_from_body.linear() = Turned(state, inertial.rate_radps, dt_s, moon_rate).toRotationMatrix();
  next.site_from_body.translation() = position + dt_s * velocity + dt_s * dt_s / 2 * acceleration;
  next.velocity_of_body_in_site_mps = velocity + dt_s * acceleration;
  const StateMatrix transition = ImuTransition(state, imu, dt_s, site);
  const StateMatrix covariance =
      transition * state.covariance * transition.transpose() + StepNoise(dt_s, noise);
  next.covariance = 0.5 * (covariance + covariance.transpose());
  return next;
}

Imu MeanImu(const Imu& first, const Imu& last) {
  return {last.t_ns, 0.5 * (first.gyro_radps + last.gyro_radps), 0.5 * (first.accel_mps2 + last.accel_mps2)};
}

Imu ImuInBody(const Imu& sample, const Eigen::Isometry3d& body_from_imu) {
  const Vector3d rate = body_from_imu.linear() * sample.gyro_radps;
  const Vector3d lever = body_from_imu.translation();
  return {sample.t_ns, rate, body_from_imu.linear() * sample.accel_mps2 - rate.cross(rate.cross(lever))};
}

}  // namespace perilune::nav
