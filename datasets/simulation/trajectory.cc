#include "datasets/simulation/trajectory.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace perilune::datasets {
namespace {

void Require(bool good, const char* field, double value) {
  if (!good) throw std::invalid_argument(std::string("trajectory.") + field + ": " + std::to_string(value));
}

// A sine of its own amplitude and rate.
Motion Wobble(double amplitude, double period_s, double t_s) {
  const double rate = 2 * dem::kPi / period_s;
  return {amplitude * std::sin(rate * t_s), amplitude * rate * std::cos(rate * t_s),
          -amplitude * rate * rate * std::sin(rate * t_s)};
}

// Periods of pitch and yaw as shares of roll's: incommensurate, so that no attitude repeats.
constexpr double kPitchPeriod = 0.7862;
constexpr double kYawPeriod = 1.3179;

}  // namespace

void DescentOptions::Validate() const {
  Require(duration_s > 0 && duration_s < 1e5, "duration_s", duration_s);
  Require(uprange_m >= 0 && uprange_m < 1e6, "uprange_m", uprange_m);
  Require(end_height_m > 0, "end_height_m", end_height_m);
  Require(start_height_m > end_height_m && start_height_m < 1e6, "start_height_m", start_height_m);
  Require(std::abs(start_tilt_rad) < dem::kPi / 2, "start_tilt_rad", start_tilt_rad);
  Require(wobble_rad >= 0 && wobble_rad < 0.2, "wobble_rad", wobble_rad);
  Require(wobble_period_s > 0, "wobble_period_s", wobble_period_s);
  for (const double value : {start_speed_mps, start_vertical_mps, end_vertical_mps, start_deceleration_mps2,
                             end_deceleration_mps2, flight_azimuth_rad}) {
    Require(std::isfinite(value), "speeds", value);
  }
}

Trajectory::Trajectory(const DescentOptions& options, double site_ground_m)
    : options_((options.Validate(), options)),
      site_ground_m_(site_ground_m),
      forward_at_site_(std::sin(options.flight_azimuth_rad), std::cos(options.flight_azimuth_rad), 0),
      to_go_m_({options.uprange_m, -options.start_speed_mps, options.start_deceleration_mps2},
               {0, 0, options.end_deceleration_mps2}, options.duration_s),
      height_m_({options.start_height_m, options.start_vertical_mps, 0},
                {options.end_height_m, options.end_vertical_mps, 0}, options.duration_s),
      tilt_rad_({options.start_tilt_rad, 0, 0}, {0, 0, 0}, options.duration_s) {}

BodyMotion Trajectory::AlongPath(double t_s) const {
  const Motion to_go = to_go_m_.At(t_s);
  const Motion height = height_m_.At(t_s);
  const double angle = to_go.position / dem::kMoonRadius_m;
  const double rate = to_go.velocity / dem::kMoonRadius_m;
  const double angular_acceleration = to_go.acceleration / dem::kMoonRadius_m;
  const double radius = dem::kMoonRadius_m + site_ground_m_ + height.position;
  // Polar coordinates about the Moon's centre in the plane of flight; the angle counts backwards from the
  // site.
  const Eigen::Vector3d up = Eigen::Vector3d::UnitZ();
  const Eigen::Vector3d radial = std::cos(angle) * up - std::sin(angle) * forward_at_site_;
  const Eigen::Vector3d backward = -std::sin(angle) * up - std::cos(angle) * forward_at_site_;
  BodyMotion motion;
  motion.site_from_body.translation() = dem::MoonCentreInSite() + radius * radial;
  motion.velocity_in_site_mps = height.velocity * radial + radius * rate * backward;
  motion.acceleration_in_site_mps2 = (height.acceleration - radius * rate * rate) * radial +
                                     (radius * angular_acceleration + 2 * height.velocity * rate) * backward;
  return motion;
}

BodyMotion Trajectory::At(double t_s) const {
  BodyMotion motion = AlongPath(t_s);
  const Motion to_go = to_go_m_.At(t_s);
  const Motion tilt = tilt_rad_.At(t_s);
  const Motion roll = Wobble(options_.wobble_rad, options_.wobble_period_s, t_s);
  const Motion pitch = Wobble(options_.wobble_rad, kPitchPeriod * options_.wobble_period_s, t_s);
  const Motion yaw = Wobble(options_.wobble_rad, kYawPeriod * options_.wobble_period_s, t_s);
  // site_from_body = axes at the site · Ry(about the left) · Rx(roll) · Rz(yaw): the local vertical and the
  // tilt turn about the same axis.
  Eigen::Matrix3d site_from_level;
  site_from_level << forward_at_site_, Eigen::Vector3d::UnitZ().cross(forward_at_site_),
      Eigen::Vector3d::UnitZ();
  const double about_left = -to_go.position / dem::kMoonRadius_m - tilt.position + pitch.position;
  const double about_left_rate = -to_go.velocity / dem::kMoonRadius_m - tilt.velocity + pitch.velocity;
  const Eigen::Matrix3d roll_matrix =
      Eigen::AngleAxisd(roll.position, Eigen::Vector3d::UnitX()).toRotationMatrix();
  const Eigen::Matrix3d yaw_matrix =
      Eigen::AngleAxisd(yaw.position, Eigen::Vector3d::UnitZ()).toRotationMatrix();
  motion.site_from_body.linear() =
      site_from_level * Eigen::AngleAxisd(about_left, Eigen::Vector3d::UnitY()) * roll_matrix * yaw_matrix;
  motion.rate_in_body_radps =
      yaw_matrix.transpose() * (roll_matrix.transpose() * (about_left_rate * Eigen::Vector3d::UnitY()) +
                                roll.velocity * Eigen::Vector3d::UnitX()) +
      yaw.velocity * Eigen::Vector3d::UnitZ();
  return motion;
}

}  // namespace perilune::datasets
