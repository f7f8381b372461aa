#include "dem/hazard/lander.h"

#include <algorithm>
#include <cmath>

#include "dem/checks/require.h"

namespace perilune::dem {

double Lander::HighestGround_m() const { return std::min(body_clearance_m, max_roughness_m); }

void Lander::Validate() const {
  const auto length = [](double value) { return value > 0 && std::isfinite(value); };
  Require(legs >= 3 && legs <= 6, "legs", legs, "3 to 6");
  Require(length(leg_circle_diameter_m), "leg_circle_diameter_m", leg_circle_diameter_m,
          "a positive number of metres");
  Require(pad_diameter_m >= 0 && pad_diameter_m < leg_circle_diameter_m, "pad_diameter_m", pad_diameter_m,
          "0 or more and less than the leg circle");
  Require(length(body_clearance_m), "body_clearance_m", body_clearance_m, "a positive number of metres");
  Require(max_tilt_rad > 0 && max_tilt_rad < kPi / 2, "max_tilt_rad", max_tilt_rad, "in (0, pi/2)");
  Require(length(max_roughness_m), "max_roughness_m", max_roughness_m, "a positive number of metres");
}

}  // namespace perilune::dem
