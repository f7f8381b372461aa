#pragma once

#include <vector>

#include "dem/craters/crater.h"
#include "dem/craters/crater_index.h"

namespace perilune::tools {

/// Angle (rad, about the Moon's centre) from the point under a camera to the farthest ground that it can see,
/// both heights above the sphere of 1 737 400 m: arccos((R + ground) / (R + camera)).
double HorizonAngle(double camera_m, double ground_m);

/// The craters without those whose centres lie within `angle_rad` of a direction (of any length, in `moon`),
/// in their order. `index` is that of the craters.
std::vector<dem::Crater> WithoutRegion(const std::vector<dem::Crater>& craters, const dem::CraterIndex& index,
                                       const Eigen::Vector3d& direction_in_moon, double angle_rad);

}  // namespace perilune::tools
