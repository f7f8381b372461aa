#include "tools/crater_trials/removed_region.h"

#include <cmath>
#include <cstddef>

#include "dem/frames/moon.h"

namespace perilune::tools {

double HorizonAngle(double camera_m, double ground_m) {
  return std::acos((dem::kMoonRadius_m + ground_m) / (dem::kMoonRadius_m + camera_m));
}

std::vector<dem::Crater> WithoutRegion(const std::vector<dem::Crater>& craters, const dem::CraterIndex& index,
                                       const Eigen::Vector3d& direction_in_moon, double angle_rad) {
  std::vector<bool> removed(craters.size(), false);
  for (const int crater : index.Within(direction_in_moon, angle_rad)) {
    removed[static_cast<std::size_t>(crater)] = true;
  }
  std::vector<dem::Crater> left;
  for (std::size_t i = 0; i < craters.size(); ++i) {
    if (!removed[i]) left.push_back(craters[i]);
  }
  return left;
}

}  // namespace perilune::tools
