#pragma once

#include <cmath>
#include <cstdint>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"
#include "nav/landing/divert.h"

namespace perilune::test {

struct RandomDescent {
  nav::DescentState state;
  Eigen::Vector3d aim_in_site_m = Eigen::Vector3d::Zero();
  nav::DivertLimits limits;
};

/// A lander of 0.1 to 20 t at 50 m to 2 km, on its way to a place near the site or drifting, and an aim
/// within some hundred metres: about half of them are in reach.
inline RandomDescent DrawDescent(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t stream = 0;
  const auto uniform = [&](double low, double high) {
    return low + (high - low) * dem::RandomUniform(seed, 100 + stream++, index);
  };
  RandomDescent descent;
  nav::DivertLimits& limits = descent.limits;
  limits.mass_kg = 100 * std::pow(200.0, uniform(0, 1));
  limits.fuel_kg = limits.mass_kg * uniform(0.03, 0.25);
  limits.max_thrust_n = limits.mass_kg * 1.625 * uniform(1.1, 3.5);
  limits.min_thrust_n = uniform(0, 1) < 0.5 ? 0 : limits.mass_kg * 1.625 * uniform(0, 0.7);
  limits.isp_s = uniform(230, 450);
  limits.max_tilt_rad = dem::DegToRad(uniform(10, 60));
  limits.max_time_s = uniform(0, 1) < 0.5 ? 0 : uniform(30, 200);
  limits.gate_height_m = uniform(3, 40);
  limits.gate_speed_mps = uniform(0.5, 3);
  limits.clearance_m = limits.gate_height_m * uniform(0, 1);

  const double height_m = 50 * std::pow(40.0, uniform(0, 1));
  const double azimuth = uniform(0, 2 * dem::kPi), aim_azimuth = uniform(0, 2 * dem::kPi);
  const double speed_mps = uniform(0, 1) * std::sqrt(2 * 1.6 * height_m);
  const double ahead_m = speed_mps * uniform(0, 40), off_m = height_m * uniform(0, 1);
  descent.aim_in_site_m = {off_m * std::cos(aim_azimuth), off_m * std::sin(aim_azimuth),
                           uniform(-3000, 3000)};
  descent.state.position_in_site_m = {-ahead_m * std::cos(azimuth), -ahead_m * std::sin(azimuth),
                                      descent.aim_in_site_m.z() + height_m};
  descent.state.velocity_in_site_mps = {speed_mps * std::cos(azimuth), speed_mps * std::sin(azimuth),
                                        -uniform(0, 1) * std::sqrt(2 * 1.0 * height_m)};
  return descent;
}

}  // namespace perilune::test
