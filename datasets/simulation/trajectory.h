#pragma once

#include <Eigen/Geometry>

#include "datasets/simulation/quintic.h"
#include "dem/frames/site.h"

namespace perilune::datasets {

/// A powered descent over the curved Moon: along a great circle to the site, quintic in time in the distance
/// still to go and in the height.
struct DescentOptions {
  double duration_s = 200;
  double uprange_m = 85'000;       ///< at the start, along the sphere
  double start_height_m = 15'000;  ///< above the ground at the site
  double end_height_m = 500;       ///< above the ground at the site
  double start_speed_mps = 860;    ///< over the sphere
  double start_vertical_mps = -30;
  double end_vertical_mps = -15;
  double start_deceleration_mps2 = 4.0;  ///< along the track: a throttled braking phase
  double end_deceleration_mps2 = 2.0;
  double flight_azimuth_rad =
      dem::DegToRad(270);  ///< direction of flight at the site from north, eastward: 270° comes from the east
  double start_tilt_rad = dem::DegToRad(
      25);  ///< of the boresight from nadir forward; it falls smoothly to zero (25°: the engine brakes)
  double wobble_rad = dem::DegToRad(0.5);  ///< amplitude of roll, pitch and yaw about the plan (0.5°)
  double wobble_period_s = 23;             ///< of roll; pitch and yaw use incommensurate ones

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Everything about the motion at an instant, free of error.
struct BodyMotion {
  Eigen::Isometry3d site_from_body = Eigen::Isometry3d::Identity();
  Eigen::Vector3d velocity_in_site_mps = Eigen::Vector3d::Zero();  ///< of body against site
  Eigen::Vector3d acceleration_in_site_mps2 =
      Eigen::Vector3d::Zero();  ///< second derivative of the site coordinates
  Eigen::Vector3d rate_in_body_radps = Eigen::Vector3d::Zero();  ///< of body against site
};

/// Body axes without tilt: x forward along the flight, y left, z up. The boresight of a nadir camera is −z:
/// tilted forward, +z (the thrust) leans against the flight. All derivatives are analytic.
class Trajectory {
 public:
  /// `site_ground_m`: height of the ground at the site above the sphere. Throws std::invalid_argument
  /// (Validate).
  Trajectory(const DescentOptions& options, double site_ground_m);

  double duration_s() const { return options_.duration_s; }
  /// Defined from 0 to duration_s.
  BodyMotion At(double t_s) const;

 private:
  /// The motion of the body's origin; attitude and rate stay at their defaults.
  BodyMotion AlongPath(double t_s) const;

  DescentOptions options_;
  double site_ground_m_;
  Eigen::Vector3d forward_at_site_;
  Quintic to_go_m_;
  Quintic height_m_;
  Quintic tilt_rad_;
};

}  // namespace perilune::datasets
