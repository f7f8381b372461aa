#include "datasets/simulation/sensors.h"

#include <gtest/gtest.h>

#include "datasets/simulation/mounting.h"
#include "dem/ephemeris/moon_orientation.h"
#include "dem/frames/pose.h"
#include "nav/estimation/propagate.h"
#include "tests/datasets/tiny_scenario.h"

namespace perilune::datasets {
namespace {

constexpr std::int64_t kT0_ns = 1'774'378'837'000'000'000;

Scenario WithoutImuErrors(Scenario scenario) {
  const double rate_hz = scenario.imu.model.rate_hz;
  scenario.imu.model = {};
  scenario.imu.model.rate_hz = rate_hz;
  return scenario;
}

// A sphere of the site's height, wide enough for the tiny descent.
dem::Terrain Sphere(const dem::Site& site) {
  dem::TerrainLevel level;
  level.spacing_m = 100;
  level.x0_m = -5000;
  level.y0_m = 5000;
  level.z_m = dem::Grid<float>(101, 101);
  for (int row = 0; row < 101; ++row) {
    for (int col = 0; col < 101; ++col) {
      level.z_m.At(col, row) = static_cast<float>(dem::ZInSite(-5000 + 100 * col, 5000 - 100 * row, 0));
    }
  }
  return dem::Terrain(site, {std::move(level)});
}

TEST(SimulateImu, IntegratesBackToTheTrajectory) {
  // The navigator's own strapdown integration, written apart from the simulation, over the whole descent.
  Scenario scenario = WithoutImuErrors(test::TinyScenario());
  scenario.trajectory = DescentOptions{};
  const Trajectory trajectory(scenario.trajectory, -1900);
  const ImuRecording imu = SimulateImu(scenario, trajectory, kT0_ns);
  ASSERT_EQ(imu.samples.size(), 20'001u);
  const Eigen::Isometry3d body_from_imu = AlignedMount(scenario.imu.position_in_body_m);
  const BodyMotion start = trajectory.At(0), end = trajectory.At(200);
  nav::State state;
  state.t_ns = kT0_ns;
  state.site_from_body = start.site_from_body;
  state.velocity_of_body_in_site_mps = start.velocity_in_site_mps;
  for (std::size_t i = 1; i < imu.samples.size(); ++i) {
    const nav::Imu mean = nav::MeanImu(nav::ImuInBody(imu.samples[i - 1], body_from_imu),
                                       nav::ImuInBody(imu.samples[i], body_from_imu));
    state = nav::PropagateImu(state, mean, 0.01, {}, scenario.site);
  }
  // The navigator neglects the lever arm's share of angular acceleration: some 1e-4 m/s² that oscillates.
  EXPECT_LT((state.site_from_body.translation() - end.site_from_body.translation()).norm(), 1.0);
  EXPECT_LT((state.velocity_of_body_in_site_mps - end.velocity_in_site_mps).norm(), 0.01);
  EXPECT_LT(dem::PoseDifference(end.site_from_body, state.site_from_body).head<3>().norm(), 1e-6);
}

TEST(SimulateImu, NoiseHasTheDeclaredDensity) {
  Scenario scenario = test::TinyScenario();
  scenario.trajectory = DescentOptions{};
  scenario.imu.model.gyro_walk_radps2_rthz = scenario.imu.model.accel_walk_mps3_rthz = 0;
  const Trajectory trajectory(scenario.trajectory, 0);
  const ImuRecording ideal = SimulateImu(WithoutImuErrors(scenario), trajectory, kT0_ns);
  const ImuRecording noisy = SimulateImu(scenario, trajectory, kT0_ns);
  double gyro = 0, accel = 0;
  for (std::size_t i = 0; i < ideal.samples.size(); ++i) {
    gyro +=
        (noisy.samples[i].gyro_radps - noisy.gyro_bias_radps[i] - ideal.samples[i].gyro_radps).squaredNorm();
    accel +=
        (noisy.samples[i].accel_mps2 - noisy.accel_bias_mps2[i] - ideal.samples[i].accel_mps2).squaredNorm();
  }
  // 60 000 draws: their mean square is known within 0.6 % (1 sigma).
  const double draws = 3.0 * static_cast<double>(ideal.samples.size());
  EXPECT_NEAR(std::sqrt(gyro / draws), scenario.imu.model.gyro_noise_radps_rthz * 10, 1.5e-4 * 0.02);
  EXPECT_NEAR(std::sqrt(accel / draws), scenario.imu.model.accel_noise_mps2_rthz * 10, 5e-3 * 0.02);
}

TEST(SimulateRanges, MeasureAlongTheBeamAndEndAtTheMaximum) {
  Scenario scenario = test::TinyScenario();
  scenario.altimeter.bias_sigma_m = 0;
  const Trajectory trajectory(scenario.trajectory, 0);
  const auto ranges = SimulateRanges(scenario, trajectory, Sphere(scenario.site), kT0_ns);
  ASSERT_EQ(ranges.size(), 61u);
  EXPECT_FALSE(ranges.front().valid);  // 1400 m up, 1200 m is the most
  ASSERT_TRUE(ranges.back().valid);
  // Nearly nadir: the height over the cosine of the wobble.
  EXPECT_NEAR(ranges.back().range_m, 500 - 1.2, 5);
  for (const nav::Range& range : ranges) {
    if (!range.valid) continue;
    const double t_s = static_cast<double>(range.t_ns - kT0_ns) * 1e-9;
    const Eigen::Isometry3d site_from_beam =
        trajectory.At(t_s).site_from_body * NadirBeamMount(scenario.altimeter.position_in_body_m);
    const Eigen::Vector3d point = site_from_beam * Eigen::Vector3d(0, 0, range.range_m);
    EXPECT_LT(std::abs(dem::HeightAboveSphere(point)), 5 * range.sigma_m);
  }
}

TEST(SimulateStarTracker, TurnsIntoTheTrueAttitude) {
  const Scenario scenario = test::TinyScenario();
  const Trajectory trajectory(scenario.trajectory, 0);
  double sum = 0;
  const auto samples = SimulateStarTracker(scenario, trajectory, kT0_ns);
  for (const StarTrackerSample& sample : samples) {
    const double t_s = static_cast<double>(sample.t_ns - kT0_ns) * 1e-9;
    const Eigen::Matrix3d site_from_sensor = scenario.site.moon_from_site.linear().transpose() *
                                             dem::MoonFromInertial(sample.t_ns) *
                                             sample.inertial_from_sensor.toRotationMatrix();
    const Eigen::Matrix3d truth = trajectory.At(t_s).site_from_body.linear() * SidewaysMount().linear();
    sum += dem::LogSo3(Eigen::Quaterniond(truth.transpose() * site_from_sensor)).squaredNorm();
  }
  // 75 draws: their root mean square is known within 8 % (1 sigma).
  const double rms = std::sqrt(sum / (3.0 * static_cast<double>(samples.size())));
  EXPECT_NEAR(rms / scenario.star_tracker.sigma_rad, 1, 0.3);
}

TEST(DrawPrior, ScattersByItsSigmas) {
  Scenario scenario = test::TinyScenario();
  const Trajectory trajectory(scenario.trajectory, 0);
  const BodyMotion truth = trajectory.At(0);
  constexpr int kSeeds = 400;
  Eigen::Matrix<double, 9, 1> sum = Eigen::Matrix<double, 9, 1>::Zero();
  for (int seed = 0; seed < kSeeds; ++seed) {
    scenario.seed = static_cast<std::uint64_t>(seed);
    const Prior prior = DrawPrior(scenario, trajectory, kT0_ns);
    const dem::Vector6d error = dem::PoseDifference(truth.site_from_body, prior.site_from_body);
    Eigen::Matrix<double, 9, 1> scaled;
    scaled << error.head<3>() / prior.attitude_sigma_rad,
        error.tail<3>().cwiseQuotient(prior.position_sigma_m),
        (prior.velocity_in_site_mps - truth.velocity_in_site_mps) / prior.velocity_sigma_mps;
    sum += scaled.cwiseAbs2();
  }
  for (int i = 0; i < 9; ++i) EXPECT_NEAR(sum[i] / kSeeds, 1, 0.3) << i;  // 4 sigma of a chi-square mean
}

}  // namespace
}  // namespace perilune::datasets
