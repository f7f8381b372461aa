#include "nav/estimation/preintegration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/frames/pose.h"
#include "dem/frames/shortest_turn.h"
#include "dem/linear/symmetric_solve.h"
#include "dem/synthesis/random.h"
#include "tests/nav/estimation/allocations.h"

namespace perilune::nav {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

const ImuNoise kTestNoise{2e-5, 1e-6, 5e-4, 2e-5};

dem::Site MareSite() { return dem::MakeSite({dem::DegToRad(26.1), dem::DegToRad(3.6)}); }

Motion BrakingMotion() {
  Motion motion;
  motion.site_from_body.linear() = dem::ExpSo3({2.5, -0.4, 0.3}).toRotationMatrix();
  motion.site_from_body.translation() = Vector3d(-60e3, 20e3, 9e3);
  motion.velocity_of_body_in_site_mps = {1100, -350, -40};
  motion.gyro_bias_radps = {1e-4, -2e-4, 3e-4};
  motion.accel_bias_mps2 = {1e-2, 2e-2, -3e-2};
  return motion;
}

/// Rates of a few degrees a second and a thrust that jumps from sample to sample.
std::vector<Imu> JerkySamples(int count, std::uint64_t seed) {
  std::vector<Imu> samples;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i) {
    Imu imu;
    for (std::uint64_t axis = 0; axis < 3; ++axis) {
      imu.gyro_radps[static_cast<int>(axis)] = 0.1 * dem::RandomNormal(seed, axis, i);
      imu.accel_mps2[static_cast<int>(axis)] = dem::RandomNormal(seed, 3 + axis, i);
    }
    imu.accel_mps2.z() += 3;
    samples.push_back(imu);
  }
  return samples;
}

ImuPreintegration Summed(const std::vector<Imu>& samples, double dt_s, const Motion& at,
                         const ImuNoise& noise) {
  ImuPreintegration sum(at.gyro_bias_radps, at.accel_bias_mps2);
  for (const Imu& imu : samples) sum.Add(imu, dt_s, noise);
  return sum;
}

/// Position and velocity about the Moon's centre in inertial axes that are the site's at t = 0.
struct InertialState {
  Vector3d position, velocity;
};

Vector3d Gravity(const Vector3d& from_centre) {
  return -dem::kMoonGm_m3ps2 / std::pow(from_centre.norm(), 3) * from_centre;
}

/// Runge-Kutta's fourth order with a force given in time.
InertialState Integrated(InertialState s, double t0_s, double dt_s,
                         const std::function<Vector3d(double)>& force) {
  const auto fall = [&](const Vector3d& p, double t) -> Vector3d { return Gravity(p) + force(t); };
  const Vector3d a1 = fall(s.position, t0_s);
  const Vector3d v2 = s.velocity + dt_s / 2 * a1;
  const Vector3d a2 = fall(s.position + dt_s / 2 * s.velocity, t0_s + dt_s / 2);
  const Vector3d v3 = s.velocity + dt_s / 2 * a2;
  const Vector3d a3 = fall(s.position + dt_s / 2 * v2, t0_s + dt_s / 2);
  const Vector3d v4 = s.velocity + dt_s * a3;
  const Vector3d a4 = fall(s.position + dt_s * v3, t0_s + dt_s);
  return {s.position + dt_s / 6 * (s.velocity + 2 * v2 + 2 * v3 + v4),
          s.velocity + dt_s / 6 * (a1 + 2 * a2 + 2 * a3 + a4)};
}

InertialState InInertial(const Motion& motion, const dem::Site& site, double t_s) {
  const Vector3d rate = MoonRateInSite(site);
  const Vector3d from_centre = motion.site_from_body.translation() - dem::MoonCentreInSite();
  const Eigen::AngleAxisd turned(rate.norm() * t_s, rate.normalized());
  return {turned * from_centre, turned * (motion.velocity_of_body_in_site_mps + rate.cross(from_centre))};
}

Motion InSite(const InertialState& state, const Eigen::Quaterniond& inertial_from_body, const dem::Site& site,
              double t_s) {
  const Vector3d rate = MoonRateInSite(site);
  const Eigen::AngleAxisd back(-rate.norm() * t_s, rate.normalized());
  Motion motion;
  motion.site_from_body.linear() = (back * inertial_from_body).toRotationMatrix();
  motion.site_from_body.translation() = back * state.position + dem::MoonCentreInSite();
  motion.velocity_of_body_in_site_mps = back * (state.velocity - rate.cross(state.position));
  return motion;
}

TEST(Preintegration, IsAFineIntegrationOfTheSameSamples) {
  const dem::Site site = MareSite();
  const Motion start = BrakingMotion();
  const double dt_s = 0.01;
  const std::vector<Imu> samples = JerkySamples(1000, 20261126);
  InertialState fine = InInertial(start, site, 0);
  Eigen::Quaterniond attitude(start.site_from_body.linear());
  InertialState unforced = fine;
  constexpr int kParts = 40;
  for (const Imu& imu : samples) {
    const Vector3d rate = imu.gyro_radps - start.gyro_bias_radps,
                   felt = imu.accel_mps2 - start.accel_bias_mps2;
    const auto force = [&](double t) -> Vector3d { return attitude * (dem::ExpSo3(rate * t) * felt); };
    for (int part = 0; part < kParts; ++part) {
      fine = Integrated(fine, part * dt_s / kParts, dt_s / kParts, force);
    }
    unforced = Integrated(unforced, 0, dt_s, [](double) { return Vector3d::Zero(); });
    attitude = (attitude * dem::ExpSo3(rate * dt_s)).normalized();
  }
  const Motion expected = InSite(fine, attitude, site, 10);
  const Motion predicted = Summed(samples, dt_s, start, kTestNoise).Predict(start, site);
  const MotionVector error = MotionDifference(expected, predicted);
  // Against what the samples alone changed, not against kilometres of coasting.
  const double velocity_change = (fine.velocity - unforced.velocity).norm();
  const double way_change = (fine.position - unforced.position).norm();
  EXPECT_LT(error.segment<3>(kTheta).norm(), 1e-6 * 0.1);
  EXPECT_LT(error.segment<3>(kVelocity).norm(), 1e-6 * velocity_change);
  EXPECT_LT(error.segment<3>(kPosition).norm(), 1e-6 * way_change);
  std::printf(
      "10 s of samples against 40 Runge-Kutta steps each: turn %.1e rad, velocity %.1e, way %.1e relative\n",
      error.segment<3>(kTheta).norm(), error.segment<3>(kVelocity).norm() / velocity_change,
      error.segment<3>(kPosition).norm() / way_change);
}

/// Position and velocity on an ellipse in the (x, y) plane, `t_s` after its lowest point.
InertialState OnEllipse(double t_s) {
  const double low = dem::kMoonRadius_m + 15e3, high = dem::kMoonRadius_m + 100e3;
  const double a = (low + high) / 2, e = (high - low) / (high + low), b = a * std::sqrt(1 - e * e);
  const double rate = std::sqrt(dem::kMoonGm_m3ps2 / (a * a * a));
  double anomaly = rate * t_s;
  for (int i = 0; i < 30; ++i) anomaly = rate * t_s + e * std::sin(anomaly);  // Kepler's equation
  const double anomaly_rate = rate / (1 - e * std::cos(anomaly));
  return {{a * (std::cos(anomaly) - e), b * std::sin(anomaly), 0},
          {-a * std::sin(anomaly) * anomaly_rate, b * std::cos(anomaly) * anomaly_rate, 0}};
}

/// Error at the end of 600 s of chained preintegrations of `part_s` each, against an analytic arc. `felt` is
/// the specific force in the inertial axes of t = 0.
MotionVector ErrorAfterArc(const std::function<InertialState(double)>& arc,
                           const std::function<Vector3d(double)>& felt, const Vector3d& rate_in_body,
                           double part_s) {
  const dem::Site site = MareSite();
  const double dt_s = 0.01;
  const Eigen::Quaterniond first = dem::ExpSo3({0.4, 1.2, -0.7});
  const auto attitude = [&](double t) { return first * dem::ExpSo3(rate_in_body * t); };
  Motion motion = InSite(arc(0), attitude(0), site, 0);
  for (int part = 0; part < std::lround(600 / part_s); ++part) {
    ImuPreintegration sum(Vector3d::Zero(), Vector3d::Zero());
    for (int i = 0; i < std::lround(part_s / dt_s); ++i) {
      const double t = part * part_s + i * dt_s;
      const auto in_body = [&](double u) -> Vector3d { return attitude(u).conjugate() * felt(u); };
      // What an integrating sensor gives: the mean over its interval.
      sum.Add({0, rate_in_body, (in_body(t) + 4 * in_body(t + dt_s / 2) + in_body(t + dt_s)) / 6}, dt_s,
              kTestNoise);
    }
    motion = sum.Predict(motion, site);
  }
  return MotionDifference(InSite(arc(600), attitude(600), site, 600), motion);
}

/// The site's z axis of t = 0 points from the Moon's centre to the site: turn the ellipse's plane so that it
/// starts 15 km above it.
InertialState AboveSite(const InertialState& in_plane) {
  const Eigen::Quaterniond turn =
      dem::ShortestTurn(Vector3d::UnitX(), Vector3d::UnitZ()) * dem::ExpSo3({0.5, 0, 0});
  return {turn * in_plane.position, turn * in_plane.velocity};
}

TEST(Preintegration, FollowsAKeplerOrbitForTenMinutes) {
  const auto orbit = [](double t) { return AboveSite(OnEllipse(t)); };
  const auto nothing = [](double) -> Vector3d { return Vector3d::Zero(); };
  for (const double part_s : {1.0, 10.0, 60.0}) {
    const MotionVector error = ErrorAfterArc(orbit, nothing, {0, 1e-3, 0}, part_s);
    std::printf("orbit, 600 s in parts of %g s: %.2e m, %.2e m/s\n", part_s,
                error.segment<3>(kPosition).norm(), error.segment<3>(kVelocity).norm());
    // Simpson's rule for the way errs by 4 g''' T⁵ / 2880 in each part, g''' = g ω³; an along-track error
    // grows about threefold in a third of a revolution. A micrometre for rounding at 1 700 km.
    const double omega = 9.1e-4, by_part = 4 * 1.6 * std::pow(omega, 3) * std::pow(part_s, 5) / 2880;
    const double bound = 3 * by_part * 600 / part_s + 1e-6;
    EXPECT_LT(error.segment<3>(kPosition).norm(), bound) << part_s;
    EXPECT_LT(error.segment<3>(kVelocity).norm(), 3 * omega * bound) << part_s;
  }
}

TEST(Preintegration, FollowsAPoweredDescentForTenMinutes) {
  // A braking descent with a throttle that swings, as polynomials and a sine in inertial axes:
  // p(t) = p0 + v0 t + a t²/2 + c t³/6 − s/w² sin(w t), so p'' = a + c t + s sin(w t).
  const InertialState start = AboveSite(OnEllipse(0));
  const Vector3d braking = -2.6 * start.velocity.normalized() - 0.3 * start.position.normalized();
  const Vector3d jerk(2e-4, -3e-4, 1e-4), swing(0.4, -0.2, 0.3);
  const double w = 0.2;
  const auto arc = [&](double t) -> InertialState {
    return {start.position + start.velocity * t + braking * t * t / 2 + jerk * t * t * t / 6 -
                swing / (w * w) * std::sin(w * t),
            start.velocity + braking * t + jerk * t * t / 2 - swing / w * std::cos(w * t)};
  };
  const auto felt = [&](double t) -> Vector3d {
    return braking + jerk * t + swing * std::sin(w * t) - Gravity(arc(t).position);
  };
  for (const double part_s : {1.0, 10.0}) {
    const MotionVector error = ErrorAfterArc(arc, felt, {0.002, -0.004, 0.003}, part_s);
    std::printf("descent, 600 s in parts of %g s: %.2e m, %.2e m/s\n", part_s,
                error.segment<3>(kPosition).norm(), error.segment<3>(kVelocity).norm());
    EXPECT_LT(error.segment<3>(kPosition).norm(), 0.05) << part_s;
    EXPECT_LT(error.segment<3>(kVelocity).norm(), 1e-4) << part_s;
  }
}

TEST(Preintegration, JacobiansMatchDifferences) {
  const dem::Site site = MareSite();
  const Motion from = BrakingMotion();
  const ImuPreintegration sum = Summed(JerkySamples(200, 3), 0.01, from, kTestNoise);
  MotionVector off;
  off << 0.02, -0.01, 0.015, 3, -4, 2, 0.5, -0.3, 0.2, 1e-4, 1e-4, -1e-4, 1e-3, -2e-3, 1e-3;
  const Motion to = Moved(sum.Predict(from, site), off);
  Motion from_off = from;
  from_off.gyro_bias_radps += Vector3d(2e-3, -1e-3, 1e-3);
  from_off.accel_bias_mps2 += Vector3d(0.02, 0.01, -0.03);
  const ImuJacobians jacobians = sum.Jacobians(from_off, to, site);
  const double steps[] = {1e-5, 10, 1, 1e-6, 1e-3};
  for (int column = 0; column < kMotionSize; ++column) {
    const double step = steps[column / 3];
    const MotionVector delta = step * MotionVector::Unit(column);
    const MotionVector by_from =
        (sum.Residual(Moved(from_off, delta), to, site) - sum.Residual(Moved(from_off, -delta), to, site)) /
        (2 * step);
    const MotionVector by_to =
        (sum.Residual(from_off, Moved(to, delta), site) - sum.Residual(from_off, Moved(to, -delta), site)) /
        (2 * step);
    const double scale = 1 + jacobians.by_from.col(column).norm();
    EXPECT_LT((jacobians.by_from.col(column) - by_from).norm(), 2e-6 * scale) << "from, column " << column;
    EXPECT_LT((jacobians.by_to.col(column) - by_to).norm(), 2e-6 * scale) << "to, column " << column;
  }
}

TEST(Preintegration, CorrectsForOtherBiasesToFirstOrder) {
  const dem::Site site = MareSite();
  const Motion nominal = BrakingMotion();
  const std::vector<Imu> samples = JerkySamples(200, 4);
  const ImuPreintegration sum = Summed(samples, 0.01, nominal, kTestNoise);
  for (const double size : {1.0, 0.5}) {
    Motion other = nominal;
    other.gyro_bias_radps += size * Vector3d(2e-3, -3e-3, 1e-3);
    other.accel_bias_mps2 += size * Vector3d(0.05, 0.02, -0.04);
    const MotionVector left = MotionDifference(Summed(samples, 0.01, other, kTestNoise).Predict(other, site),
                                               sum.Predict(other, site));
    // Angle α = 2 s · |δb| = 7.5e-3: what is left is α²/2 of what was felt (7 m/s, 7 m), and the turn of the
    // other bias' change itself, ∫ α δa: α/2 · 2 s · 0.067 m/s², and two thirds of that for the way.
    const double second_order = std::pow(size * 7.5e-3, 2) / 2;
    const double turned_change = size * size * 7.5e-3 * 0.067;
    EXPECT_LT(left.segment<3>(kTheta).norm(), second_order);
    EXPECT_LT(left.segment<3>(kVelocity).norm(), 7 * second_order + turned_change);
    EXPECT_LT(left.segment<3>(kPosition).norm(), 7 * second_order + turned_change * 2 / 3);
  }
}

TEST(Preintegration, CovarianceIsTheScatterOfThreeHundredRuns) {
  const dem::Site site = MareSite();
  const Motion from = BrakingMotion();
  const std::vector<Imu> samples = JerkySamples(200, 5);
  constexpr int kSums = 300;
  constexpr double kDt_s = 0.01;
  const ImuNoise noise{1e-3, 3e-4, 1e-2, 3e-3};
  const Motion truth = Summed(samples, kDt_s, from, noise).Predict(from, site);
  MotionMatrix scatter = MotionMatrix::Zero();
  double nees = 0, increments_nees = 0;
  MotionMatrix declared = MotionMatrix::Zero();
  for (std::uint64_t run = 0; run < kSums; ++run) {
    std::uint64_t next = 0;
    const auto draw = [&](double sigma) {
      const Vector3d three(dem::RandomNormal(7, run, next), dem::RandomNormal(7, run, next + 1),
                           dem::RandomNormal(7, run, next + 2));
      next += 3;
      return Vector3d(sigma * three);
    };
    ImuPreintegration sum(from.gyro_bias_radps, from.accel_bias_mps2);
    Motion end = truth;
    for (const Imu& exact : samples) {
      Imu measured = exact;  // the exact samples hold the starting biases already
      measured.gyro_radps +=
          end.gyro_bias_radps - from.gyro_bias_radps + draw(noise.gyro_radps_rthz / std::sqrt(kDt_s));
      measured.accel_mps2 +=
          end.accel_bias_mps2 - from.accel_bias_mps2 + draw(noise.accel_mps2_rthz / std::sqrt(kDt_s));
      end.gyro_bias_radps += draw(noise.gyro_walk_radps2_rthz * std::sqrt(kDt_s));
      end.accel_bias_mps2 += draw(noise.accel_walk_mps3_rthz * std::sqrt(kDt_s));
      sum.Add(measured, kDt_s, noise);
    }
    const MotionVector error = sum.Residual(from, end, site);
    scatter += error * error.transpose() / kSums;
    declared = sum.covariance();
    nees += dem::SquaredMahalanobis(error, declared) / kSums;
    increments_nees += dem::SquaredMahalanobis(error.head<9>(), declared.topLeftCorner<9, 9>()) / kSums;
  }
  EXPECT_NEAR(nees, 15, 3.3 * std::sqrt(2 * 15.0 / kSums));
  EXPECT_NEAR(increments_nees, 9, 3.3 * std::sqrt(2 * 9.0 / kSums));
  for (int i = 0; i < kMotionSize; ++i) {
    EXPECT_NEAR(scatter(i, i) / declared(i, i), 1, 3.6 * std::sqrt(2.0 / kSums)) << "row " << i;
  }
}

TEST(Preintegration, OneJumpAgreesWithTheFiltersSteps) {
  const dem::Site site = MareSite();
  const Motion from = BrakingMotion();
  InitialKnowledge knowledge;
  knowledge.site_from_body = from.site_from_body;
  knowledge.velocity_of_body_in_site_mps = from.velocity_of_body_in_site_mps;
  knowledge.attitude_sigma_rad = 1e-3;
  knowledge.position_sigma_m = {30, 40, 20};
  knowledge.velocity_sigma_mps = 0.5;
  knowledge.gyro_bias_sigma_radps = 1e-4;
  knowledge.accel_bias_sigma_mps2 = 1e-2;
  knowledge.range_bias_sigma_m = 2;
  State stepped = InitialState(knowledge);
  stepped.gyro_bias_radps = from.gyro_bias_radps;
  stepped.accel_bias_mps2 = from.accel_bias_mps2;
  const std::vector<Imu> samples = JerkySamples(400, 6);
  const State jumped = Propagated(stepped, Summed(samples, 0.005, from, kTestNoise), site);
  for (const Imu& imu : samples) stepped = PropagateImu(stepped, imu, 0.005, kTestNoise, site);
  const StateVector error = StateDifference(stepped, jumped);
  EXPECT_LT(error.segment<3>(kTheta).norm(), 1e-9);
  EXPECT_LT(error.segment<3>(kPosition).norm(), 1e-4) << "the filter's mid-point rule at 200 Hz";
  EXPECT_LT(error.segment<3>(kVelocity).norm(), 1e-4);
  for (int i = 0; i < kMapTie; ++i) {
    EXPECT_NEAR(jumped.covariance(i, i) / stepped.covariance(i, i), 1, 1e-4) << i;
  }
}

TEST(Preintegration, NothingOnTheImuPathIsAllocated) {
  const dem::Site site = MareSite();
  const Motion from = BrakingMotion();
  const std::vector<Imu> samples = JerkySamples(50, 8);
  State state;
  state.site_from_body = from.site_from_body;
  double sum_of_all = 0;
  const long before = test::Allocations();
  for (const Imu& imu : samples) state = PropagateImu(state, imu, 0.01, kTestNoise, site);
  EXPECT_EQ(test::Allocations() - before, 0) << "PropagateImu";
  const ImuPreintegration sum = Summed(samples, 0.01, from, kTestNoise);
  sum_of_all += sum.Predict(from, site).site_from_body.translation().x();
  sum_of_all += sum.Jacobians(from, from, site).by_from.sum();
  sum_of_all += Propagated(state, sum, site).covariance.trace();
  EXPECT_EQ(test::Allocations() - before, 0) << "preintegration";
  EXPECT_TRUE(std::isfinite(sum_of_all));
  std::vector<double> something(100);
  something.push_back(sum_of_all);  // used: a compiler may leave out what nobody looks at
  EXPECT_GT(test::Allocations() - before, 0) << "the counter counts";
  const long before_matrix = test::Allocations();
  const Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(30, static_cast<int>(something.size()));
  EXPECT_GT(test::Allocations() - before_matrix, 0) << "matrices too";
  EXPECT_EQ(matrix.sum(), 0);
}

TEST(Preintegration, RefusesBadSteps) {
  ImuPreintegration sum(Vector3d::Zero(), Vector3d::Zero());
  EXPECT_THROW(sum.Add({}, -0.01, kTestNoise), std::invalid_argument);
  EXPECT_THROW(sum.Add({}, 1.5, kTestNoise), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::nav
