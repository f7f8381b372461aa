#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <optional>
#include <vector>

#include "dem/frames/pose.h"
#include "dem/frames/site.h"
#include "nav/estimation/map_error.h"
#include "nav/estimation/state.h"
#include "nav/estimation/update.h"
#include "nav/navigator/imu_track.h"
#include "nav/sensors/records.h"

namespace perilune::nav {

/// The camera's pose by craters of a catalogue that were recognised in one image.
struct CraterSighting {
  std::int64_t t_ns = 0;
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  dem::Matrix6d covariance = dem::Matrix6d::Zero();  ///< rows as dem/frames/pose.h; without the tie
};

struct CraterStartOptions {
  ImuNoise imu_noise;
  ImuTrackOptions imu_track;
  /// Of the catalogue as a whole: common to all sightings, so that it is no error of their difference.
  TieSigma tie;
  /// 1 sigma, each axis, of what is known of the velocity before two sightings give it: orbits and descents.
  double velocity_sigma_mps = 1500;
  double gyro_bias_sigma_radps = 0;
  double accel_bias_sigma_mps2 = 0;
  double range_bias_sigma_m = 0;
  /// NIS (6 degrees of freedom) up to which two sightings belong together. The inertial unit knows the turn
  /// between them, so that a wrong one rarely passes.
  double threshold = kGateDof6;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// A start without a prior: craters give where the camera was in two images, the inertial unit what happened
/// in between, and both together position, attitude and velocity with one covariance.
class CraterStart {
 public:
  /// Throws std::invalid_argument for bad options.
  CraterStart(const CraterStartOptions& options, const dem::Site& site,
              const Eigen::Isometry3d& body_from_cam, const Eigen::Isometry3d& body_from_imu);

  /// Samples follow the earlier ones in time; throws std::invalid_argument otherwise.
  void Append(const std::vector<Imu>& samples) { imu_.Append(samples); }

  /// A star tracker's answer carried to a later time: moon_from_cam, and 1 sigma of each axis, rad.
  struct CameraAttitude {
    Eigen::Matrix3d moon_from_cam = Eigen::Matrix3d::Identity();
    double sigma_rad = 0;
  };
  CameraAttitude AttitudeAt(const Attitude& attitude, std::int64_t t_ns) const;

  /// The state at this sighting's time, when it and the one before belong together; nothing for the first
  /// one, or when they do not: then the later one counts as the first. Samples up to its time were appended.
  std::optional<State> Add(const CraterSighting& sighting);

 private:
  State StateOf(const CraterSighting& sighting) const;

  CraterStartOptions options_;
  dem::Site site_;
  Eigen::Isometry3d body_from_cam_;
  ImuTrack imu_;
  std::optional<State> before_;
};

}  // namespace perilune::nav
