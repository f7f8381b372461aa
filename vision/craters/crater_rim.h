#pragma once

#include <Eigen/Geometry>
#include <optional>

#include "dem/craters/crater.h"
#include "vision/craters/ellipse.h"

namespace perilune::vision {

/// A crater's rim as the ellipse centre + cos t · major + sin t · minor in its local tangent plane; `moon`,
/// m.
struct CraterRim {
  Eigen::Vector3d centre = Eigen::Vector3d::Zero();
  Eigen::Vector3d major = Eigen::Vector3d::UnitX();  ///< semi-axis
  Eigen::Vector3d minor = Eigen::Vector3d::UnitY();
  Eigen::Vector3d up = Eigen::Vector3d::UnitZ();  ///< the plane's normal, away from the Moon's centre
};

CraterRim RimOf(const dem::Crater& crater);

/// The rim in the normalised image plane (z = 1 in `cam`) of a camera at moon_from_cam; nothing unless all of
/// it lies before the camera and its upper side is seen. Exact: the dual conic of the image is m mᵀ + n nᵀ −
/// c cᵀ, with the semi-axes m, n and the centre c in `cam`. Note that the ellipse's centre is not the image
/// of the crater's centre.
std::optional<Ellipse> ProjectRim(const CraterRim& rim, const Eigen::Isometry3d& moon_from_cam);

/// What a rim looks like, and how that changes with the pose (perturbed as dem/frames/pose.h has it, with
/// `moon` for `site`).
struct RimProjection {
  Ellipse ellipse;
  Eigen::Matrix<double, 2, 6> centre_by_pose;
  Eigen::Matrix<double, 3, 6> shape_by_pose;  ///< of (Sxx, Syy, Sxy)
  Eigen::Vector2d centre_by_height;           ///< per m upward
};
std::optional<RimProjection> ProjectRimWithDerivatives(const CraterRim& rim,
                                                       const Eigen::Isometry3d& moon_from_cam);

}  // namespace perilune::vision
