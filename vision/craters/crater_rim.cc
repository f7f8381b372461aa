#include "vision/craters/crater_rim.h"

#include <cmath>

#include "dem/frames/pose.h"

namespace perilune::vision {
namespace {

/// Semi-axes and centre of a rim in `cam`.
struct RimInCam {
  Eigen::Vector3d major, minor, centre;

  RimInCam(const CraterRim& rim, const Eigen::Isometry3d& moon_from_cam)
      : major(moon_from_cam.linear().transpose() * rim.major),
        minor(moon_from_cam.linear().transpose() * rim.minor),
        centre(moon_from_cam.linear().transpose() * (rim.centre - moon_from_cam.translation())) {}

  bool LiesBeforeCamera() const { return centre.z() > std::hypot(major.z(), minor.z()); }
};

bool ShowsUpperSide(const CraterRim& rim, const Eigen::Isometry3d& moon_from_cam) {
  return rim.up.dot(moon_from_cam.translation() - rim.centre) > 0;
}

}  // namespace

CraterRim RimOf(const dem::Crater& crater) {
  CraterRim rim;
  const double latitude = crater.centre.latitude_rad, longitude = crater.centre.longitude_rad;
  rim.centre = dem::PointInMoon(crater.centre, crater.height_m);
  rim.up = dem::DirectionInMoon(crater.centre);
  const Eigen::Vector3d east(-std::sin(longitude), std::cos(longitude), 0);
  const Eigen::Vector3d north(-std::sin(latitude) * std::cos(longitude),
                              -std::sin(latitude) * std::sin(longitude), std::cos(latitude));
  const double c = std::cos(crater.azimuth_rad), s = std::sin(crater.azimuth_rad);
  rim.major = crater.semi_major_m * (c * north + s * east);
  rim.minor = crater.semi_minor_m * (c * east - s * north);
  return rim;
}

std::optional<Ellipse> ProjectRim(const CraterRim& rim, const Eigen::Isometry3d& moon_from_cam) {
  const RimInCam in_cam(rim, moon_from_cam);
  if (!in_cam.LiesBeforeCamera() || !ShowsUpperSide(rim, moon_from_cam)) return std::nullopt;
  return EllipseOfDualConic(in_cam.major * in_cam.major.transpose() +
                            in_cam.minor * in_cam.minor.transpose() -
                            in_cam.centre * in_cam.centre.transpose());
}

std::optional<RimProjection> ProjectRimWithDerivatives(const CraterRim& rim,
                                                       const Eigen::Isometry3d& moon_from_cam) {
  const RimInCam in_cam(rim, moon_from_cam);
  if (!in_cam.LiesBeforeCamera() || !ShowsUpperSide(rim, moon_from_cam)) return std::nullopt;
  const Eigen::Matrix3d dual = in_cam.major * in_cam.major.transpose() +
                               in_cam.minor * in_cam.minor.transpose() -
                               in_cam.centre * in_cam.centre.transpose();
  const auto ellipse = EllipseOfDualConic(dual);
  if (!ellipse) return std::nullopt;

  RimProjection projection;
  projection.ellipse = *ellipse;
  const Eigen::Vector2d& c = ellipse->centre;
  // The derivative of the ellipse along one of the dual conic.
  const auto along = [&](const Eigen::Matrix3d& d) {
    const Eigen::Vector2d centre = (d.topRightCorner<2, 1>() - d(2, 2) * c) / dual(2, 2);
    const Eigen::Matrix2d shape =
        centre * c.transpose() + c * centre.transpose() -
        (d.topLeftCorner<2, 2>() - d(2, 2) * dual.topLeftCorner<2, 2>() / dual(2, 2)) / dual(2, 2);
    Eigen::Matrix<double, 5, 1> result;
    result << centre, shape(0, 0), shape(1, 1), shape(0, 1);
    return result;
  };
  const auto symmetric = [](const Eigen::Vector3d& v, const Eigen::Vector3d& dv) -> Eigen::Matrix3d {
    return v * dv.transpose() + dv * v.transpose();
  };
  const Eigen::Matrix3d cam_from_moon = moon_from_cam.linear().transpose();
  // A turn δθ of the camera takes v in `cam` to v + v × δθ.
  for (int axis = 0; axis < 3; ++axis) {
    const Eigen::Vector3d e = Eigen::Vector3d::Unit(axis);
    const auto turned = along(symmetric(in_cam.major, in_cam.major.cross(e)) +
                              symmetric(in_cam.minor, in_cam.minor.cross(e)) -
                              symmetric(in_cam.centre, in_cam.centre.cross(e)));
    projection.centre_by_pose.col(axis) = turned.head<2>();
    projection.shape_by_pose.col(axis) = turned.tail<3>();
    const auto moved = along(symmetric(in_cam.centre, cam_from_moon.col(axis)));
    projection.centre_by_pose.col(3 + axis) = moved.head<2>();
    projection.shape_by_pose.col(3 + axis) = moved.tail<3>();
  }
  projection.centre_by_height = -(projection.centre_by_pose.rightCols<3>() * rim.up);
  return projection;
}

}  // namespace perilune::vision
