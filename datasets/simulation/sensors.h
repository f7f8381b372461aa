#pragma once

#include <cstdint>
#include <vector>

#include "datasets/formats/sequence.h"
#include "datasets/formats/truth.h"
#include "datasets/scenarios/scenario.h"
#include "datasets/simulation/trajectory.h"
#include "dem/terrain/terrain.h"
#include "nav/sensors/records.h"

namespace perilune::datasets {

/// Sample times of a sensor from `start_ns` on, both ends of the duration included.
std::vector<std::int64_t> SampleTimes(std::int64_t start_ns, double duration_s, double rate_hz);

/// What an ideal IMU mounted in the body measures at an instant: its rate against inertial space, and its
/// specific force (central gravity GM/r², Coriolis and centrifugal terms of the turning Moon, lever arm),
/// both in imu.
nav::Imu IdealImu(const Trajectory& trajectory, const dem::Site& site, const Eigen::Isometry3d& body_from_imu,
                  double t_s);

/// IMU samples with their true biases.
struct ImuRecording {
  std::vector<nav::Imu> samples;
  std::vector<Eigen::Vector3d> gyro_bias_radps;
  std::vector<Eigen::Vector3d> accel_bias_mps2;
};

/// Samples are instantaneous values at their time tags (consumers integrate by the trapezoidal rule, as with
/// EuRoC data), plus bias (drawn once, then a random walk) and white noise of density/√Δt.
ImuRecording SimulateImu(const Scenario& scenario, const Trajectory& trajectory, std::int64_t start_ns);

/// Ranges along the beam to the true ground; not valid beyond the maximum range or where the beam misses.
std::vector<nav::Range> SimulateRanges(const Scenario& scenario, const Trajectory& trajectory,
                                       const dem::Terrain& ground, std::int64_t start_ns);

/// Star tracker samples; `start_ns` is TAI.
std::vector<StarTrackerSample> SimulateStarTracker(const Scenario& scenario, const Trajectory& trajectory,
                                                   std::int64_t start_ns);

/// What the navigator is told: the true state at the start, moved by errors drawn from the declared sigmas.
Prior DrawPrior(const Scenario& scenario, const Trajectory& trajectory, std::int64_t start_ns);

/// True states at the union of the IMU's and the images' times (biases of the last IMU sample).
std::vector<TruthState> TrueStates(const Trajectory& trajectory, const ImuRecording& imu,
                                   const std::vector<std::int64_t>& image_times_ns, std::int64_t start_ns);

}  // namespace perilune::datasets
