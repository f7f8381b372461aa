#include "nav/estimation/preintegration.h"

#include <Eigen/LU>
#include <cmath>
#include <stdexcept>
#include <string>

#include "dem/frames/moon.h"
#include "dem/frames/pose.h"

namespace perilune::nav {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

/// ∫₀¹ exp(s[φ]×) ds and ∫₀¹ (1−s) exp(s[φ]×) ds: what a force that is constant in a turning body gives in
/// velocity and way.
struct TurningIntegrals {
  Matrix3d first, second;
};

TurningIntegrals IntegralsOf(const Vector3d& phi) {
  const double a2 = phi.squaredNorm(), a = std::sqrt(a2);
  double once = 0.5 - a2 / 24, twice = 1.0 / 6 - a2 / 120, thrice = 1.0 / 24 - a2 / 720;
  if (a > 0.05) {  // below it the series err by less than 1e-9
    once = (1 - std::cos(a)) / a2;
    twice = (a - std::sin(a)) / (a2 * a);
    thrice = (a2 / 2 - 1 + std::cos(a)) / (a2 * a2);
  }
  const Matrix3d skew = dem::Skew(phi), square = skew * skew;
  return {Matrix3d::Identity() + once * skew + twice * square,
          0.5 * Matrix3d::Identity() + twice * skew + thrice * square};
}

Vector3d CentralGravity(const Vector3d& from_centre) {
  const double r = from_centre.norm();
  return -dem::kMoonGm_m3ps2 / (r * r * r) * from_centre;
}

Matrix3d CentralGravityGradient(const Vector3d& from_centre) {
  const double r = from_centre.norm();
  const Vector3d up = from_centre / r;
  return -dem::kMoonGm_m3ps2 / (r * r * r) * (Matrix3d::Identity() - 3 * up * up.transpose());
}

}  // namespace

Matrix3d InverseRightJacobian(const Vector3d& theta_rad) {
  const Matrix3d skew = dem::Skew(theta_rad);
  return Matrix3d::Identity() + 0.5 * skew + (1.0 / 12 + theta_rad.squaredNorm() / 720) * skew * skew;
}

Motion Moved(const Motion& motion, const MotionVector& delta) {
  Motion moved;
  moved.site_from_body = dem::Perturb(motion.site_from_body, delta.head<6>());
  moved.velocity_of_body_in_site_mps = motion.velocity_of_body_in_site_mps + delta.segment<3>(kVelocity);
  moved.gyro_bias_radps = motion.gyro_bias_radps + delta.segment<3>(kGyroBias);
  moved.accel_bias_mps2 = motion.accel_bias_mps2 + delta.segment<3>(kAccelBias);
  return moved;
}

MotionVector MotionDifference(const Motion& from, const Motion& to) {
  MotionVector delta;
  delta << dem::PoseDifference(from.site_from_body, to.site_from_body),
      to.velocity_of_body_in_site_mps - from.velocity_of_body_in_site_mps,
      to.gyro_bias_radps - from.gyro_bias_radps, to.accel_bias_mps2 - from.accel_bias_mps2;
  return delta;
}

/// The increments for the biases of a state.
struct ImuPreintegration::Increment {
  Eigen::Quaterniond turn;
  Vector3d velocity_mps, way_m;
  Vector3d turn_by_bias_rad;  ///< the correction within `turn`
};

/// Position about the Moon's centre and velocity in inertial axes, the site's at the moment.
struct ImuPreintegration::InertialMotion {
  Vector3d from_centre_m, velocity_mps;

  InertialMotion(const Motion& motion, const Vector3d& moon_rate)
      : from_centre_m(motion.site_from_body.translation() - dem::MoonCentreInSite()),
        velocity_mps(motion.velocity_of_body_in_site_mps + moon_rate.cross(from_centre_m)) {}
};

/// Free fall under what was felt, from a start, in its inertial axes.
struct ImuPreintegration::Arc {
  InertialMotion start;
  Increment felt;
  Vector3d middle_m;  ///< from the Moon's centre, half way in time
  Vector3d velocity_by_gravity_mps, way_by_gravity_m;
};

ImuPreintegration::ImuPreintegration(const Vector3d& gyro_bias_radps, const Vector3d& accel_bias_mps2)
    : gyro_bias_radps_(gyro_bias_radps), accel_bias_mps2_(accel_bias_mps2) {}

void ImuPreintegration::Add(const Imu& imu, double dt, const ImuNoise& noise) {
  if (!(dt >= 0 && dt <= 1)) {
    throw std::invalid_argument("preintegration: dt_s " + std::to_string(dt) + " must be between 0 and 1 s");
  }
  const Vector3d phi = (imu.gyro_radps - gyro_bias_radps_) * dt, force = imu.accel_mps2 - accel_bias_mps2_;
  const TurningIntegrals integrals = IntegralsOf(phi);
  const Matrix3d rotation = turn_.toRotationMatrix();
  const Eigen::Quaterniond step_turn = dem::ExpSo3(phi);
  const Matrix3d turn_by_rate =
      dt * integrals.first.transpose();  // the right Jacobian is the left one turned
  const Matrix3d velocity_by_force = dt * rotation * integrals.first;
  const Matrix3d way_by_force = dt * dt * rotation * integrals.second;

  MotionMatrix transition = MotionMatrix::Identity();
  transition.block<3, 3>(kTheta, kTheta) = step_turn.toRotationMatrix().transpose();
  transition.block<3, 3>(kTheta, kGyroBias) = -turn_by_rate;
  transition.block<3, 3>(kVelocity, kTheta) = -rotation * dem::Skew(dt * integrals.first * force);
  transition.block<3, 3>(kVelocity, kGyroBias) = dt * dt / 2 * rotation * dem::Skew(force);
  transition.block<3, 3>(kVelocity, kAccelBias) = -velocity_by_force;
  transition.block<3, 3>(kPosition, kTheta) = -rotation * dem::Skew(dt * dt * integrals.second * force);
  transition.block<3, 3>(kPosition, kVelocity) = dt * Matrix3d::Identity();
  transition.block<3, 3>(kPosition, kGyroBias) = dt * dt * dt / 6 * rotation * dem::Skew(force);
  transition.block<3, 3>(kPosition, kAccelBias) = -way_by_force;

  const auto variance = [](double density) { return density * density; };
  const double accel = variance(noise.accel_mps2_rthz);
  const MotionMatrix spread = transition * covariance_;
  covariance_.noalias() = spread * transition.transpose();
  covariance_.diagonal().segment<3>(kTheta).array() += variance(noise.gyro_radps_rthz) * dt;
  covariance_.diagonal().segment<3>(kVelocity).array() += accel * dt;
  covariance_.diagonal().segment<3>(kPosition).array() += accel * dt * dt * dt / 3;
  covariance_.diagonal().segment<3>(kGyroBias).array() += variance(noise.gyro_walk_radps2_rthz) * dt;
  covariance_.diagonal().segment<3>(kAccelBias).array() += variance(noise.accel_walk_mps3_rthz) * dt;
  for (int axis = 0; axis < 3; ++axis) {
    covariance_(kPosition + axis, kVelocity + axis) += accel * dt * dt / 2;
    covariance_(kVelocity + axis, kPosition + axis) += accel * dt * dt / 2;
  }
  const Eigen::Matrix<double, 9, 6> kept = transition.topLeftCorner<9, 9>() * by_biases_;
  by_biases_ = kept + transition.topRightCorner<9, 6>();

  way_m_ += dt * velocity_mps_ + way_by_force * force;
  velocity_mps_ += velocity_by_force * force;
  turn_ = (turn_ * step_turn).normalized();
  duration_s_ += dt;
}

ImuPreintegration::Increment ImuPreintegration::Corrected(const Motion& from) const {
  Eigen::Matrix<double, 6, 1> change;
  change << from.gyro_bias_radps - gyro_bias_radps_, from.accel_bias_mps2 - accel_bias_mps2_;
  const Eigen::Matrix<double, 9, 1> by_change = by_biases_ * change;
  return {turn_ * dem::ExpSo3(by_change.segment<3>(kTheta)), velocity_mps_ + by_change.segment<3>(kVelocity),
          way_m_ + by_change.segment<3>(kPosition), by_change.segment<3>(kTheta)};
}

ImuPreintegration::Arc ImuPreintegration::ArcFrom(const Motion& from, const dem::Site& site) const {
  Arc arc{InertialMotion(from, MoonRateInSite(site)), Corrected(from), {}, {}, {}};
  const double t = duration_s_;
  const Vector3d& start = arc.start.from_centre_m;
  const Vector3d felt_velocity = from.site_from_body.linear() * arc.felt.velocity_mps;
  const Vector3d felt_way = from.site_from_body.linear() * arc.felt.way_m;
  const Vector3d at_start = CentralGravity(start);
  arc.velocity_by_gravity_mps = t * at_start;
  arc.way_by_gravity_m = t * t / 2 * at_start;
  // The end depends on gravity along the way and that on the end: each round gains a factor of (gravity
  // gradient) · t² / 6 < 1e-3.
  for (int round = 0; round < 4; ++round) {
    const Vector3d end = start + t * arc.start.velocity_mps + felt_way + arc.way_by_gravity_m;
    const Vector3d end_velocity = arc.start.velocity_mps + felt_velocity + arc.velocity_by_gravity_mps;
    arc.middle_m = (start + end) / 2 + t / 8 * (arc.start.velocity_mps - end_velocity);  // Hermite's cubic
    const Vector3d at_middle = CentralGravity(arc.middle_m);
    arc.velocity_by_gravity_mps = t / 6 * (at_start + 4 * at_middle + CentralGravity(end));
    arc.way_by_gravity_m = t * t / 6 * (at_start + 2 * at_middle);
  }
  return arc;
}

Motion ImuPreintegration::Predict(const Motion& from, const dem::Site& site) const {
  const Vector3d moon_rate = MoonRateInSite(site);
  const Arc arc = ArcFrom(from, site);
  const Matrix3d rotation = from.site_from_body.linear();
  const Eigen::Quaterniond site_from_start = dem::ExpSo3(-moon_rate * duration_s_);
  const Vector3d from_centre =
      site_from_start * (arc.start.from_centre_m + duration_s_ * arc.start.velocity_mps +
                         arc.way_by_gravity_m + rotation * arc.felt.way_m);
  const Vector3d velocity = site_from_start * (arc.start.velocity_mps + arc.velocity_by_gravity_mps +
                                               rotation * arc.felt.velocity_mps);
  Motion to = from;
  to.site_from_body.linear() =
      (site_from_start * Eigen::Quaterniond(rotation) * arc.felt.turn).normalized().toRotationMatrix();
  to.site_from_body.translation() = from_centre + dem::MoonCentreInSite();
  to.velocity_of_body_in_site_mps = velocity - moon_rate.cross(from_centre);
  return to;
}

MotionVector ImuPreintegration::Residual(const Motion& from, const Motion& to, const dem::Site& site) const {
  const Vector3d moon_rate = MoonRateInSite(site);
  const Arc arc = ArcFrom(from, site);
  const InertialMotion end(to, moon_rate);
  const Eigen::Quaterniond start_from_end = dem::ExpSo3(moon_rate * duration_s_);
  const Eigen::Quaterniond body_from_site = Eigen::Quaterniond(from.site_from_body.linear()).conjugate();
  MotionVector residual;
  residual.segment<3>(kTheta) = dem::LogSo3(arc.felt.turn.conjugate() * body_from_site * start_from_end *
                                            Eigen::Quaterniond(to.site_from_body.linear()));
  residual.segment<3>(kPosition) =
      body_from_site * (start_from_end * end.from_centre_m - arc.start.from_centre_m -
                        duration_s_ * arc.start.velocity_mps - arc.way_by_gravity_m) -
      arc.felt.way_m;
  residual.segment<3>(kVelocity) = body_from_site * (start_from_end * end.velocity_mps -
                                                     arc.start.velocity_mps - arc.velocity_by_gravity_mps) -
                                   arc.felt.velocity_mps;
  residual.segment<3>(kGyroBias) = to.gyro_bias_radps - from.gyro_bias_radps;
  residual.segment<3>(kAccelBias) = to.accel_bias_mps2 - from.accel_bias_mps2;
  return residual;
}

ImuJacobians ImuPreintegration::Jacobians(const Motion& from, const Motion& to, const dem::Site& site) const {
  const double t = duration_s_;
  const Vector3d moon_rate = MoonRateInSite(site);
  const Matrix3d spin = dem::Skew(moon_rate), one = Matrix3d::Identity();
  const Arc arc = ArcFrom(from, site);
  const MotionVector residual = Residual(from, to, site);
  const Matrix3d start_from_end = dem::ExpSo3(moon_rate * t).toRotationMatrix();
  const Matrix3d rotation = from.site_from_body.linear(), body_from_site = rotation.transpose();
  const Matrix3d gradient = CentralGravityGradient(arc.middle_m);
  const Matrix3d from_right = InverseRightJacobian(residual.segment<3>(kTheta));
  const Matrix3d end_from_start_body =
      to.site_from_body.linear().transpose() * start_from_end.transpose() * rotation;

  ImuJacobians j{MotionMatrix::Zero(), MotionMatrix::Zero()};
  j.by_to.block<3, 3>(kTheta, kTheta) = from_right;
  j.by_to.block<3, 3>(kPosition, kPosition) = body_from_site * start_from_end;
  j.by_to.block<3, 3>(kVelocity, kVelocity) = body_from_site * start_from_end;
  j.by_to.block<3, 3>(kVelocity, kPosition) = body_from_site * start_from_end * spin;
  j.by_to.bottomRightCorner<6, 6>().setIdentity();

  // Gravity changes with where the arc runs: with its start, its first velocity and (Δp grows about as t²)
  // what was felt.
  const Matrix3d velocity_by_start = t * gradient, velocity_by_velocity = t * t / 2 * gradient;
  const Matrix3d way_by_start = t * t / 2 * gradient, way_by_velocity = t * t * t / 6 * gradient;
  const Matrix3d velocity_by_way = t / 3 * gradient, way_by_way = t * t / 12 * gradient;
  j.by_from.block<3, 3>(kTheta, kTheta) = -from_right * end_from_start_body;
  j.by_from.block<3, 3>(kPosition, kTheta) =
      dem::Skew(residual.segment<3>(kPosition) + arc.felt.way_m) +
      body_from_site * way_by_way * rotation * dem::Skew(arc.felt.way_m);
  j.by_from.block<3, 3>(kVelocity, kTheta) =
      dem::Skew(residual.segment<3>(kVelocity) + arc.felt.velocity_mps) +
      body_from_site * velocity_by_way * rotation * dem::Skew(arc.felt.way_m);
  j.by_from.block<3, 3>(kPosition, kPosition) =
      -body_from_site * (one + t * spin + way_by_start + way_by_velocity * spin);
  j.by_from.block<3, 3>(kPosition, kVelocity) = -body_from_site * (t * one + way_by_velocity);
  j.by_from.block<3, 3>(kVelocity, kPosition) =
      -body_from_site * (spin + velocity_by_start + velocity_by_velocity * spin);
  j.by_from.block<3, 3>(kVelocity, kVelocity) = -body_from_site * (one + velocity_by_velocity);
  const Matrix3d turn_by_gyro = by_biases_.block<3, 3>(kTheta, 0);
  const Matrix3d right = IntegralsOf(-arc.felt.turn_by_bias_rad).first;
  j.by_from.block<3, 3>(kTheta, kGyroBias) =
      -from_right * dem::ExpSo3(-residual.segment<3>(kTheta)).toRotationMatrix() * right * turn_by_gyro;
  j.by_from.block<3, 6>(kPosition, kGyroBias) =
      -(one + body_from_site * way_by_way * rotation) * by_biases_.middleRows<3>(kPosition);
  j.by_from.block<3, 6>(kVelocity, kGyroBias) =
      -by_biases_.middleRows<3>(kVelocity) -
      body_from_site * velocity_by_way * rotation * by_biases_.middleRows<3>(kPosition);
  j.by_from.bottomRightCorner<6, 6>() = -Eigen::Matrix<double, 6, 6>::Identity();
  return j;
}

MotionMatrix TransitionOf(const ImuJacobians& jacobians) {
  return -Eigen::PartialPivLU<MotionMatrix>(jacobians.by_to).solve(jacobians.by_from);
}

State Propagated(const State& state, const ImuPreintegration& imu, const dem::Site& site) {
  const Motion from{state.site_from_body, state.velocity_of_body_in_site_mps, state.gyro_bias_radps,
                    state.accel_bias_mps2};
  const Motion to = imu.Predict(from, site);
  const ImuJacobians j = imu.Jacobians(from, to, site);
  const Eigen::PartialPivLU<MotionMatrix> by_to(j.by_to);
  StateMatrix transition = StateMatrix::Identity();
  transition.topLeftCorner<kMotionSize, kMotionSize>() = -by_to.solve(j.by_from);
  const MotionMatrix half = by_to.solve(imu.covariance());
  State moved = state;
  moved.site_from_body = to.site_from_body;
  moved.velocity_of_body_in_site_mps = to.velocity_of_body_in_site_mps;
  StateMatrix covariance = transition * state.covariance * transition.transpose();
  covariance.topLeftCorner<kMotionSize, kMotionSize>() += by_to.solve(half.transpose());
  moved.covariance = 0.5 * (covariance + covariance.transpose());
  return moved;
}

}  // namespace perilune::nav
