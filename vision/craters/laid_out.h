#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "vision/craters/crater_detection.h"

namespace perilune::vision {

/// Down (unit, in `cam`) by the foreshortening of ellipses that are circles on average, seen from a height of
/// `height_radii` Moon radii above a sphere: robust least squares over all of them. Axis ratios of 1.07 leave
/// about 9° over the root of their number. Nothing for fewer than three.
std::optional<Eigen::Vector3d> DownFromEllipses(const std::vector<MeasuredEllipse>& ellipses,
                                                double height_radii);

/// A detection on the ground: in `cam`, in Moon radii, on the sphere whose centre is 1 + height_radii down.
struct LaidOut {
  int detection = 0;
  Eigen::Vector3d position = Eigen::Vector3d::Zero();
  Eigen::Vector3d up = Eigen::Vector3d::UnitZ();
  double mean_radius = 0;
};

/// All that meet the sphere less grazingly than 75°.
std::vector<LaidOut> LayOut(const std::vector<MeasuredEllipse>& ellipses, const Eigen::Vector3d& down_in_cam,
                            double height_radii);

}  // namespace perilune::vision
