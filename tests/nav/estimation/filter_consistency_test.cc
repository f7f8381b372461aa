// The filter's covariance against the scatter of its errors: many runs over a simple arc whose truth, sensors
// and map obey the models that the filter assumes.

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>

#include "dem/frames/pose.h"
#include "dem/linear/symmetric_solve.h"
#include "dem/synthesis/random.h"
#include "nav/estimation/map_error.h"
#include "nav/estimation/propagate.h"
#include "nav/estimation/update.h"

namespace perilune::nav {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr int kRuns = 240;
constexpr double kStep_s = 0.1;
constexpr int kStepsPerFix = 10;
constexpr int kFixes = 20;
constexpr double kSpeed_mps = 600;
constexpr double kMapCorrelation_m = 1500;
const ImuNoise kNoise{2e-5, 1e-6, 5e-4, 2e-5};
const TieSigma kTie{30, 10};
const Vector3d kLever(1.5, -0.5, 2);
constexpr double kStarSigma_rad = 2e-4;

Matrix3d FixNoise() { return Vector3d(36, 25, 16).asDiagonal(); }
Matrix3d SharedNoise() { return Vector3d(49, 25, 9).asDiagonal(); }

/// Numbers of one run, drawn in order.
class Draws {
 public:
  explicit Draws(std::uint64_t run) : run_(run) {}
  Vector3d Three(double sigma = 1) {
    Vector3d v;
    for (int i = 0; i < 3; ++i) v[i] = sigma * dem::RandomNormal(20261122, run_, next_++);
    return v;
  }
  Vector3d Like(const Matrix3d& covariance) { return Matrix3d(covariance.llt().matrixL()) * Three(); }

 private:
  std::uint64_t run_;
  std::uint64_t next_ = 0;
};

InitialKnowledge Knowledge() {
  InitialKnowledge k;
  k.site_from_body.linear() = dem::ExpSo3({0.3, 2.6, 0.1}).toRotationMatrix();
  k.site_from_body.translation() = Vector3d(-20e3, 500, 6000);
  k.velocity_of_body_in_site_mps = {kSpeed_mps, 10, -30};
  k.attitude_sigma_rad = 2e-3;
  k.position_sigma_m = {300, 300, 150};
  k.velocity_sigma_mps = 2;
  k.gyro_bias_sigma_radps = 5e-5;
  k.accel_bias_sigma_mps2 = 2e-3;
  k.range_bias_sigma_m = 1;
  return k;
}

State DrawTruth(const State& estimate, Draws& draws) {
  StateVector delta = StateVector::Zero();
  for (const int offset : {kTheta, kPosition, kVelocity, kGyroBias, kAccelBias, kMapTie, kMapError}) {
    delta.segment<3>(offset) = draws.Like(estimate.covariance.block<3, 3>(offset, offset));
  }
  delta[kRangeBias] = draws.Three(std::sqrt(estimate.covariance(kRangeBias, kRangeBias))).x();
  return Moved(estimate, delta);
}

/// Rate and specific force without errors: a braking burn that slowly pitches over.
Imu Manoeuvre(const State& truth) {
  Imu imu;
  imu.gyro_radps = {0.004, -0.006, 0.002};
  imu.accel_mps2 = truth.site_from_body.linear().transpose() * Vector3d(-2.2, 0.1, 1.9);
  return imu;
}

struct Pair {
  State truth, estimate;
};

Pair Fly(Pair pair, const dem::Site& site, Draws& draws) {
  for (int i = 0; i < kStepsPerFix; ++i) {
    const Imu exact = Manoeuvre(pair.truth);
    State unbiased = pair.truth;
    unbiased.gyro_bias_radps.setZero();
    unbiased.accel_bias_mps2.setZero();
    Imu measured = exact;
    measured.gyro_radps +=
        pair.truth.gyro_bias_radps + draws.Three(kNoise.gyro_radps_rthz / std::sqrt(kStep_s));
    measured.accel_mps2 +=
        pair.truth.accel_bias_mps2 + draws.Three(kNoise.accel_mps2_rthz / std::sqrt(kStep_s));
    State moved = PropagateImu(unbiased, exact, kStep_s, kNoise, site);
    moved.gyro_bias_radps =
        pair.truth.gyro_bias_radps + draws.Three(kNoise.gyro_walk_radps2_rthz * std::sqrt(kStep_s));
    moved.accel_bias_mps2 =
        pair.truth.accel_bias_mps2 + draws.Three(kNoise.accel_walk_mps3_rthz * std::sqrt(kStep_s));
    pair.truth = moved;
    pair.estimate = PropagateImu(pair.estimate, measured, kStep_s, kNoise, site);
  }
  const double kept = std::exp(-kSpeed_mps * kStepsPerFix * kStep_s / kMapCorrelation_m);
  pair.truth.map_error_m =
      kept * pair.truth.map_error_m + std::sqrt(1 - kept * kept) * draws.Like(SharedNoise());
  pair.estimate =
      AdvanceMapError(pair.estimate, kSpeed_mps * kStepsPerFix * kStep_s, kMapCorrelation_m, SharedNoise());
  return pair;
}

struct Measured {
  Pair pair;
  double attitude_nis = 0;
  double fix_nis = 0;
};

Measured Measure(Pair pair, const dem::Site& site, Draws& draws) {
  Attitude attitude;
  attitude.sigma_rad = kStarSigma_rad;
  attitude.moon_from_body =
      Eigen::Quaterniond(site.moon_from_site.linear() * pair.truth.site_from_body.linear()) *
      dem::ExpSo3(draws.Three(kStarSigma_rad));
  const UpdateResult by_star = UpdateAttitude(pair.estimate, attitude, site, 1e9);
  Fix fix;
  fix.status = FixStatus::kAccepted;
  fix.site_from_cam.translation() = pair.truth.site_from_body * kLever + pair.truth.map_tie_m +
                                    pair.truth.map_error_m + draws.Like(FixNoise());
  fix.covariance_map_relative.bottomRightCorner<3, 3>() = FixNoise();
  const UpdateResult by_fix = UpdateFix(by_star.state, fix, kLever, 1e9);
  return {{pair.truth, by_fix.state}, by_star.nis, by_fix.nis};
}

/// dᵀ P⁻¹ d of some rows of the error.
double Nees(const Pair& pair, int offset, int size) {
  const Eigen::VectorXd error = StateDifference(pair.estimate, pair.truth).segment(offset, size);
  return dem::SquaredMahalanobis(error, pair.estimate.covariance.block(offset, offset, size, size));
}

/// The mean of kRuns draws of chi-square with `dof` lies within 3.3 sigma of it (two-sided 0.1 %).
void ExpectChiSquareMean(double sum, int dof, const char* what) {
  const double mean = sum / kRuns, band = 3.3 * std::sqrt(2.0 * dof / kRuns);
  EXPECT_NEAR(mean, dof, band) << what;
}

TEST(FilterConsistency, CovarianceIsTheScatterOfManyRuns) {
  const dem::Site site = dem::MakeSite({dem::DegToRad(26.1), dem::DegToRad(3.6)});
  double full = 0, position = 0, velocity = 0, map_relative = 0, attitude_nis = 0, fix_nis = 0;
  Vector3d scatter = Vector3d::Zero(), declared = Vector3d::Zero();
  for (int run = 0; run < kRuns; ++run) {
    Draws draws(static_cast<std::uint64_t>(run));
    Pair pair;
    pair.estimate = ResetMapTie(InitialState(Knowledge()), kTie, SharedNoise());
    pair.truth = DrawTruth(pair.estimate, draws);
    Measured measured;
    for (int k = 0; k < kFixes; ++k) {
      pair = Fly(pair, site, draws);
      measured = Measure(pair, site, draws);
      pair = measured.pair;
    }
    attitude_nis += measured.attitude_nis;
    fix_nis += measured.fix_nis;
    full += Nees(pair, 0, kStateSize);
    position += Nees(pair, kPosition, 3);
    velocity += Nees(pair, kVelocity, 3);
    const StateVector error = StateDifference(pair.estimate, pair.truth);
    const Vector3d relative = error.segment<3>(kPosition) + error.segment<3>(kMapTie);
    const Matrix3d covariance = pair.estimate.MapRelativePositionCovariance();
    map_relative += dem::SquaredMahalanobis(relative, covariance);
    scatter += relative.cwiseAbs2() / kRuns;
    declared += covariance.diagonal() / kRuns;
  }
  ExpectChiSquareMean(full, kStateSize, "whole state");
  ExpectChiSquareMean(position, 3, "true position");
  ExpectChiSquareMean(velocity, 3, "velocity");
  ExpectChiSquareMean(map_relative, 3, "map-relative position");
  ExpectChiSquareMean(attitude_nis, 3, "innovation of the star tracker");
  ExpectChiSquareMean(fix_nis, 3, "innovation of the fix");
  for (int axis = 0; axis < 3; ++axis) {
    EXPECT_NEAR(scatter[axis] / declared[axis], 1, 3.3 * std::sqrt(2.0 / kRuns)) << "axis " << axis;
  }
}

TEST(FilterConsistency, IgnoringTheSharedErrorWouldBeOverconfident) {
  // The same fixes taken as white noise: the declared map-relative covariance is then far too small, which
  // shows that the map error's state is needed and that the test above can fail.
  const dem::Site site = dem::MakeSite({dem::DegToRad(26.1), dem::DegToRad(3.6)});
  double map_relative = 0;
  for (int run = 0; run < kRuns; ++run) {
    Draws draws(static_cast<std::uint64_t>(run));
    Pair pair;
    pair.estimate = ResetMapTie(InitialState(Knowledge()), kTie, SharedNoise());
    pair.truth = DrawTruth(pair.estimate, draws);
    pair.estimate = ResetMapTie(pair.estimate, kTie, Matrix3d::Zero());
    for (int k = 0; k < kFixes; ++k) {
      pair = Fly(pair, site, draws);
      pair.estimate.map_error_m.setZero();
      pair.estimate.covariance.middleRows<3>(kMapError).setZero();
      pair.estimate.covariance.middleCols<3>(kMapError).setZero();
      pair = Measure(pair, site, draws).pair;
    }
    const StateVector error = StateDifference(pair.estimate, pair.truth);
    const Vector3d relative = error.segment<3>(kPosition) + error.segment<3>(kMapTie);
    map_relative += dem::SquaredMahalanobis(relative, pair.estimate.MapRelativePositionCovariance()) / kRuns;
  }
  EXPECT_GT(map_relative, 2 * 3);
}

}  // namespace
}  // namespace perilune::nav
