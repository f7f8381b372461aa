#include "vision/pose/reprojection.h"

#include <limits>

namespace perilune::vision {

std::optional<Reprojection> Reproject(const Match& match, const Camera& camera,
                                      const Eigen::Isometry3d& site_from_cam) {
  const Eigen::Matrix3d cam_from_site = site_from_cam.linear().transpose();
  const Eigen::Vector3d in_cam = cam_from_site * (match.point_in_site_m - site_from_cam.translation());
  const auto projected = camera.Project(in_cam);
  if (!projected) return std::nullopt;
  const Eigen::Matrix<double, 2, 3> by_cam_point = camera.ProjectJacobian(in_cam);
  Reprojection r;
  r.residual_px = match.pixel_px - *projected;
  // q = (R exp[δθ])ᵀ (X − p − δp) = q − δθ × q − Rᵀ δp to first order.
  r.by_pose.leftCols<3>() = by_cam_point * dem::Skew(in_cam);
  r.by_pose.rightCols<3>() = -by_cam_point * cam_from_site;
  r.by_point = by_cam_point * cam_from_site;
  return r;
}

std::vector<double> ReprojectionErrors(const std::vector<Match>& matches, const Camera& camera,
                                       const Eigen::Isometry3d& site_from_cam) {
  const Eigen::Isometry3d cam_from_site = site_from_cam.inverse();
  std::vector<double> errors;
  errors.reserve(matches.size());
  for (const Match& match : matches) {
    const auto projected = camera.Project(cam_from_site * match.point_in_site_m);
    errors.push_back(projected ? (match.pixel_px - *projected).norm()
                               : std::numeric_limits<double>::infinity());
  }
  return errors;
}

std::vector<int> InliersWithin(const std::vector<Match>& matches, const Camera& camera,
                               const Eigen::Isometry3d& site_from_cam, double gate_px) {
  const std::vector<double> errors = ReprojectionErrors(matches, camera, site_from_cam);
  std::vector<int> inliers;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    if (errors[i] < gate_px) inliers.push_back(static_cast<int>(i));
  }
  return inliers;
}

}  // namespace perilune::vision
