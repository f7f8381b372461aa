#pragma once

#include <Eigen/Core>

namespace perilune::dem {

/// The Sun as seen from the site: one direction for the whole terrain (its parallax over 100 km is 1e-7 rad).
struct Sun {
  Eigen::Vector3d direction_to_sun_in_site = Eigen::Vector3d::UnitZ();
  double angular_radius_rad = 0.00465;
};

}  // namespace perilune::dem
