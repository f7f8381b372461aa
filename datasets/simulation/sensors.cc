#include "datasets/simulation/sensors.h"

#include <algorithm>
#include <cmath>

#include "datasets/simulation/mounting.h"
#include "datasets/simulation/random_stream.h"
#include "dem/ephemeris/moon_orientation.h"
#include "dem/frames/pose.h"

namespace perilune::datasets {
namespace {

double Seconds(std::int64_t t_ns, std::int64_t start_ns) {
  return static_cast<double>(t_ns - start_ns) * 1e-9;
}

Eigen::Vector3d MoonRateInSite(const dem::Site& site) {
  return site.moon_from_site.linear().transpose() * (dem::kMoonRotation_radps * Eigen::Vector3d::UnitZ());
}

Eigen::Vector3d RateAgainstInertialInBody(const Trajectory& trajectory, const dem::Site& site, double t_s) {
  const BodyMotion motion = trajectory.At(t_s);
  return motion.rate_in_body_radps + motion.site_from_body.linear().transpose() * MoonRateInSite(site);
}

// By a central difference of the analytic rate: its error, h²/6 · ω''', is below 1e-9 rad/s².
Eigen::Vector3d AngularAcceleration(const Trajectory& trajectory, const dem::Site& site, double t_s) {
  constexpr double kStep_s = 1e-3;
  return (RateAgainstInertialInBody(trajectory, site, t_s + kStep_s) -
          RateAgainstInertialInBody(trajectory, site, t_s - kStep_s)) /
         (2 * kStep_s);
}

}  // namespace

std::vector<std::int64_t> SampleTimes(std::int64_t start_ns, double duration_s, double rate_hz) {
  const auto count = static_cast<std::int64_t>(std::floor(duration_s * rate_hz + 1e-6)) + 1;
  std::vector<std::int64_t> times_ns;
  for (std::int64_t i = 0; i < count; ++i) {
    times_ns.push_back(start_ns + std::llround(static_cast<double>(i) / rate_hz * 1e9));
  }
  return times_ns;
}

nav::Imu IdealImu(const Trajectory& trajectory, const dem::Site& site, const Eigen::Isometry3d& body_from_imu,
                  double t_s) {
  const BodyMotion motion = trajectory.At(t_s);
  const Eigen::Vector3d moon_rate = MoonRateInSite(site);
  const Eigen::Vector3d from_centre = motion.site_from_body.translation() - dem::MoonCentreInSite();
  const Eigen::Vector3d inertial_acceleration = motion.acceleration_in_site_mps2 +
                                                2 * moon_rate.cross(motion.velocity_in_site_mps) +
                                                moon_rate.cross(moon_rate.cross(from_centre));
  const Eigen::Vector3d gravity = -dem::kMoonGm_m3ps2 / std::pow(from_centre.norm(), 3) * from_centre;
  const Eigen::Vector3d rate = RateAgainstInertialInBody(trajectory, site, t_s);
  const Eigen::Vector3d lever = body_from_imu.translation();
  const Eigen::Vector3d force_in_body =
      motion.site_from_body.linear().transpose() * (inertial_acceleration - gravity) +
      AngularAcceleration(trajectory, site, t_s).cross(lever) + rate.cross(rate.cross(lever));
  const Eigen::Matrix3d imu_from_body = body_from_imu.linear().transpose();
  return {0, imu_from_body * rate, imu_from_body * force_in_body};
}

ImuRecording SimulateImu(const Scenario& scenario, const Trajectory& trajectory, std::int64_t start_ns) {
  const ImuModel& model = scenario.imu.model;
  const Eigen::Isometry3d body_from_imu = AlignedMount(scenario.imu.position_in_body_m);
  const double root_dt = std::sqrt(1 / model.rate_hz);
  ImuRecording recording;
  Eigen::Vector3d gyro_bias = model.gyro_bias_sigma_radps * Normal3(scenario.seed, RandomUse::kImuBias, 0);
  Eigen::Vector3d accel_bias = model.accel_bias_sigma_mps2 * Normal3(scenario.seed, RandomUse::kImuBias, 1);
  const auto times_ns = SampleTimes(start_ns, trajectory.duration_s(), model.rate_hz);
  for (std::size_t i = 0; i < times_ns.size(); ++i) {
    nav::Imu sample = IdealImu(trajectory, scenario.site, body_from_imu, Seconds(times_ns[i], start_ns));
    sample.t_ns = times_ns[i];
    sample.gyro_radps += gyro_bias + model.gyro_noise_radps_rthz / root_dt *
                                         Normal3(scenario.seed, RandomUse::kImuNoise, 2 * i);
    sample.accel_mps2 += accel_bias + model.accel_noise_mps2_rthz / root_dt *
                                          Normal3(scenario.seed, RandomUse::kImuNoise, 2 * i + 1);
    recording.samples.push_back(sample);
    recording.gyro_bias_radps.push_back(gyro_bias);
    recording.accel_bias_mps2.push_back(accel_bias);
    gyro_bias += model.gyro_walk_radps2_rthz * root_dt * Normal3(scenario.seed, RandomUse::kImuWalk, 2 * i);
    accel_bias +=
        model.accel_walk_mps3_rthz * root_dt * Normal3(scenario.seed, RandomUse::kImuWalk, 2 * i + 1);
  }
  return recording;
}

std::vector<nav::Range> SimulateRanges(const Scenario& scenario, const Trajectory& trajectory,
                                       const dem::Terrain& ground, std::int64_t start_ns) {
  const AltimeterOptions& altimeter = scenario.altimeter;
  const Eigen::Isometry3d body_from_beam = NadirBeamMount(altimeter.position_in_body_m);
  const double bias_m = altimeter.bias_sigma_m * Normal(scenario.seed, RandomUse::kRangeBias, 0);
  std::vector<nav::Range> ranges;
  for (const std::int64_t t_ns : SampleTimes(start_ns, trajectory.duration_s(), altimeter.rate_hz)) {
    const Eigen::Isometry3d site_from_beam =
        trajectory.At(Seconds(t_ns, start_ns)).site_from_body * body_from_beam;
    const auto hit =
        ground.FirstHit({site_from_beam.translation(), site_from_beam.linear() * Eigen::Vector3d::UnitZ(), 0,
                         altimeter.max_range_m});
    nav::Range range;
    range.t_ns = t_ns;
    range.valid = hit.has_value();
    if (hit) {
      range.sigma_m = std::max(altimeter.sigma_m, altimeter.sigma_share * hit->range_m);
      range.range_m =
          hit->range_m + bias_m + range.sigma_m * Normal(scenario.seed, RandomUse::kRange, ranges.size());
    }
    ranges.push_back(range);
  }
  return ranges;
}

std::vector<StarTrackerSample> SimulateStarTracker(const Scenario& scenario, const Trajectory& trajectory,
                                                   std::int64_t start_ns) {
  const Eigen::Isometry3d body_from_sensor = SidewaysMount();
  std::vector<StarTrackerSample> samples;
  for (const std::int64_t t_ns :
       SampleTimes(start_ns, trajectory.duration_s(), scenario.star_tracker.rate_hz)) {
    const Eigen::Matrix3d moon_from_sensor = scenario.site.moon_from_site.linear() *
                                             trajectory.At(Seconds(t_ns, start_ns)).site_from_body.linear() *
                                             body_from_sensor.linear();
    const Eigen::Vector3d error_rad =
        scenario.star_tracker.sigma_rad * Normal3(scenario.seed, RandomUse::kStarTracker, samples.size());
    const Eigen::Quaterniond moon_from_inertial(dem::MoonFromInertial(t_ns));
    const Eigen::Quaterniond inertial_from_sensor =
        moon_from_inertial.conjugate() * Eigen::Quaterniond(moon_from_sensor) * dem::ExpSo3(error_rad);
    samples.push_back({t_ns, inertial_from_sensor.normalized(), scenario.star_tracker.sigma_rad});
  }
  return samples;
}

Prior DrawPrior(const Scenario& scenario, const Trajectory& trajectory, std::int64_t start_ns) {
  const PriorOptions& options = scenario.prior;
  const BodyMotion motion = trajectory.At(0);
  Prior prior;
  prior.t_ns = start_ns;
  prior.position_sigma_m = {options.horizontal_sigma_m, options.horizontal_sigma_m, options.vertical_sigma_m};
  prior.velocity_sigma_mps = options.velocity_sigma_mps;
  prior.attitude_sigma_rad = options.attitude_sigma_rad;
  dem::Vector6d error;
  error << options.attitude_sigma_rad * Normal3(scenario.seed, RandomUse::kPrior, 0),
      prior.position_sigma_m.cwiseProduct(Normal3(scenario.seed, RandomUse::kPrior, 1));
  prior.site_from_body = dem::Perturb(motion.site_from_body, error);
  prior.velocity_in_site_mps =
      motion.velocity_in_site_mps + options.velocity_sigma_mps * Normal3(scenario.seed, RandomUse::kPrior, 2);
  return prior;
}

std::vector<TruthState> TrueStates(const Trajectory& trajectory, const ImuRecording& imu,
                                   const std::vector<std::int64_t>& image_times_ns, std::int64_t start_ns) {
  std::vector<std::int64_t> times_ns = image_times_ns;
  for (const nav::Imu& sample : imu.samples) times_ns.push_back(sample.t_ns);
  std::sort(times_ns.begin(), times_ns.end());
  times_ns.erase(std::unique(times_ns.begin(), times_ns.end()), times_ns.end());
  std::vector<TruthState> states;
  std::size_t last = 0;
  for (const std::int64_t t_ns : times_ns) {
    while (last + 1 < imu.samples.size() && imu.samples[last + 1].t_ns <= t_ns) ++last;
    const BodyMotion motion = trajectory.At(Seconds(t_ns, start_ns));
    states.push_back({t_ns, motion.site_from_body, motion.velocity_in_site_mps, imu.gyro_bias_radps[last],
                      imu.accel_bias_mps2[last]});
  }
  return states;
}

}  // namespace perilune::datasets
