#include "nav/navigator/crater_start.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "dem/linear/symmetric_solve.h"
#include "dem/synthesis/random.h"

namespace perilune::nav {
namespace {

using Eigen::Vector3d;

constexpr double kRate_hz = 50, kInterval_s = 4;
constexpr double kTurn_rad = 0.004, kPlace_m = 40;  ///< 1 sigma of a sighting

/// A lander that brakes and turns, flown by the filter's own equations from a known state.
class BrakingFlight {
 public:
  BrakingFlight() : site_(dem::MakeSite({-1.2, 2.3})) {
    mount_.linear() << 0, -1, 0, -1, 0, 0, 0, 0, -1;
    mount_.translation() = Vector3d(1, 0.5, -1.5);
    state_.t_ns = 1'700'000'000'000'000'000;
    state_.site_from_body.linear() = dem::ExpSo3({0.3, -0.2, 2.0}).toRotationMatrix();
    state_.site_from_body.translation() = Vector3d(30e3, 60e3, 14e3);
    state_.velocity_of_body_in_site_mps = Vector3d(-300, -800, -40);
  }

  const dem::Site& site() const { return site_; }
  const Eigen::Isometry3d& mount() const { return mount_; }
  const State& state() const { return state_; }

  /// Samples up to an interval later; the state is the one there.
  std::vector<Imu> Fly() {
    std::vector<Imu> samples;
    Imu sample;
    sample.gyro_radps = Vector3d(0.002, -0.004, 0.01);
    sample.accel_mps2 = Vector3d(0.5, 1.5, 3.0);
    const auto step_ns = static_cast<std::int64_t>(1e9 / kRate_hz);
    for (int i = 0; i < static_cast<int>(kRate_hz * kInterval_s); ++i) {
      sample.t_ns = state_.t_ns;
      samples.push_back(sample);
      state_ = PropagateImu(state_, sample, 1 / kRate_hz, {}, site_);
      state_.t_ns = sample.t_ns + step_ns;
    }
    sample.t_ns = state_.t_ns;
    samples.push_back(sample);
    return samples;
  }

  CraterSighting Sighting(std::uint64_t seed, std::uint64_t stream) const {
    const auto normal = [&](std::uint64_t i) { return dem::RandomNormal(seed, stream, i); };
    dem::Vector6d error;
    for (std::uint64_t i = 0; i < 3; ++i) {
      error[static_cast<Eigen::Index>(i)] = kTurn_rad * normal(i);
      error[static_cast<Eigen::Index>(i) + 3] = kPlace_m * normal(i + 3);
    }
    CraterSighting sighting;
    sighting.t_ns = state_.t_ns;
    sighting.site_from_cam = dem::Perturb(state_.site_from_body * mount_, error);
    sighting.covariance.diagonal().head<3>().setConstant(kTurn_rad * kTurn_rad);
    sighting.covariance.diagonal().tail<3>().setConstant(kPlace_m * kPlace_m);
    return sighting;
  }

 private:
  dem::Site site_;
  Eigen::Isometry3d mount_ = Eigen::Isometry3d::Identity();
  State state_;
};

CraterStartOptions Options() {
  CraterStartOptions options;
  options.imu_noise = {1e-6, 0, 1e-5, 0};
  return options;
}

CraterStart StartOf(const BrakingFlight& flight, const CraterStartOptions& options = Options()) {
  return {options, flight.site(), flight.mount(), Eigen::Isometry3d::Identity()};
}

// Attitude, position and velocity err as their joint covariance says: 9 degrees of freedom, 300 draws.
TEST(CraterStart, TwoSightingsGiveAnHonestState) {
  constexpr int kDraws = 300;
  double sum = 0, largest_mps = 0;
  for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
    BrakingFlight flight;
    CraterStart start = StartOf(flight);
    ASSERT_FALSE(start.Add(flight.Sighting(seed, 1)));
    start.Append(flight.Fly());
    const auto state = start.Add(flight.Sighting(seed, 2));
    ASSERT_TRUE(state) << seed;
    EXPECT_EQ(state->t_ns, flight.state().t_ns);
    const StateVector error = StateDifference(*state, flight.state());
    sum += dem::SquaredMahalanobis(error.head<9>(), state->covariance.topLeftCorner<9, 9>());
    largest_mps = std::max(largest_mps, error.segment<3>(kVelocity).norm());
  }
  EXPECT_NEAR(sum / kDraws, 9, 4 * std::sqrt(2 * 9.0 / kDraws));
  // √2 · 40 m in 4 s on each axis, and what gravity and thrust do meanwhile is known.
  EXPECT_LT(largest_mps, 5 * std::sqrt(2.0) * kPlace_m / kInterval_s);
}

// The catalogue's displacement moves all sightings: it is in the position, and not in the velocity.
TEST(CraterStart, TheTieIsInThePositionAlone) {
  const auto variances = [](double tie_m) {
    BrakingFlight flight;
    CraterStartOptions options = Options();
    options.tie = {tie_m, 2 * tie_m};
    CraterStart start = StartOf(flight, options);
    start.Add(flight.Sighting(1, 1));
    start.Append(flight.Fly());
    return Eigen::VectorXd(start.Add(flight.Sighting(1, 2)).value().covariance.diagonal());
  };
  const Eigen::VectorXd more = variances(100) - variances(0);
  EXPECT_NEAR(more[kPosition], 1e4, 1e-3);
  EXPECT_NEAR(more[kPosition + 1], 1e4, 1e-3);
  EXPECT_NEAR(more[kPosition + 2], 4e4, 1e-3);
  EXPECT_NEAR(more.segment<3>(kVelocity).norm(), 0, 1e-9);
}

// A place that is taken for another one: 20 km off no lander flies in four seconds, and a turn that the gyro
// did not see is none. The next sighting begins anew.
TEST(CraterStart, SightingsThatContradictEachOtherGiveNone) {
  for (const bool turned : {false, true}) {
    BrakingFlight flight;
    CraterStart start = StartOf(flight);
    CraterSighting wrong = flight.Sighting(3, 1);
    if (turned) {
      wrong.site_from_cam.linear() *= dem::ExpSo3({0, 0, 0.1}).toRotationMatrix();
    } else {
      wrong.site_from_cam.translation().x() += 60e3;
    }
    start.Add(wrong);
    start.Append(flight.Fly());
    EXPECT_FALSE(start.Add(flight.Sighting(3, 2))) << turned;
    std::vector<Imu> samples = flight.Fly();
    samples.erase(samples.begin());  // handed out before
    start.Append(samples);
    EXPECT_TRUE(start.Add(flight.Sighting(3, 3))) << turned;
  }
}

// A star tracker's answer of a while ago, turned by the gyro.
TEST(CraterStart, CarriesAnAttitudeToTheImage) {
  BrakingFlight flight;
  CraterStart start = StartOf(flight);
  Attitude attitude;
  attitude.t_ns = flight.state().t_ns;
  attitude.sigma_rad = 1e-4;
  attitude.moon_from_body =
      Eigen::Quaterniond(flight.site().moon_from_site.linear() * flight.state().site_from_body.linear());
  start.Append(flight.Fly());
  const auto carried = start.AttitudeAt(attitude, flight.state().t_ns);
  const Eigen::Matrix3d expected = flight.site().moon_from_site.linear() *
                                   flight.state().site_from_body.linear() * flight.mount().linear();
  const Eigen::Quaterniond off(carried.moon_from_cam.transpose() * expected);
  EXPECT_LT(dem::LogSo3(off).norm(), 1e-7);
  EXPECT_NEAR(carried.sigma_rad, 1e-4, 1e-6);
}

TEST(CraterStart, RefusesBadOptions) {
  const BrakingFlight flight;
  CraterStartOptions options = Options();
  options.velocity_sigma_mps = 0;
  EXPECT_THROW(StartOf(flight, options), std::invalid_argument);
  options = Options();
  options.tie.vertical_m = -1;
  EXPECT_THROW(StartOf(flight, options), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::nav
