#include "vision/matching/wide_view.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/frames/shortest_turn.h"

namespace perilune::vision {
namespace {

constexpr double kSteepest_rad = 80 * dem::kPi / 180;  // emission beyond which ground is too foreshortened
constexpr int kProbesAcross = 9;
/// Distance of the wide view's camera in radii of the search: a place at its rim is then seen 11° from the
/// line.
constexpr double kStandBackRadii = 5;

// The turn that takes `from` to `to` without a turn about them, applied to a frame.
Eigen::Matrix3d Turned(const Eigen::Matrix3d& frame, const Eigen::Vector3d& to) {
  return dem::ShortestTurn(frame.col(2), to).toRotationMatrix() * frame;
}

Eigen::Vector3d UpAt(const Eigen::Vector3d& point_in_site) {
  return (point_in_site - dem::MoonCentreInSite()).normalized();
}

// First point of a ray on the sphere of that height; nothing when it passes by.
std::optional<Eigen::Vector3d> OnSphereOfHeight(const Eigen::Vector3d& origin, const Eigen::Vector3d& ray,
                                                double height_m) {
  const Eigen::Vector3d from_centre = origin - dem::MoonCentreInSite();
  const double radius_m = dem::kMoonRadius_m + height_m;
  const double along = -from_centre.dot(ray);
  const double half_chord2 = radius_m * radius_m - (from_centre.squaredNorm() - along * along);
  if (!(half_chord2 > 0)) return std::nullopt;
  return origin + (along - std::sqrt(half_chord2)) * ray;
}

// Heights smoothed over what is known of them.
cv::Mat SmoothedHeights(const View& view, double sigma_px) {
  cv::Mat height(view.range_m.size(), CV_32F, cv::Scalar(0)),
      known(view.range_m.size(), CV_32F, cv::Scalar(0));
  for (int row = 0; row < height.rows; ++row) {
    for (int col = 0; col < height.cols; ++col) {
      const Eigen::Vector3d point = view.PointInSite(col, row);
      if (!point.allFinite()) continue;
      height.at<float>(row, col) = static_cast<float>(dem::HeightAboveSphere(point));
      known.at<float>(row, col) = 1;
    }
  }
  // Three boxes in a row are a Gaussian within some per cent, at any width for the same price.
  const int side = 2 * static_cast<int>(std::lround(0.5 * std::sqrt(4 * sigma_px * sigma_px + 1) - 0.5)) + 1;
  for (int pass = 0; pass < 3; ++pass) {
    cv::boxFilter(height, height, CV_32F, {side, side}, {-1, -1}, true, cv::BORDER_CONSTANT);
    cv::boxFilter(known, known, CV_32F, {side, side}, {-1, -1}, true, cv::BORDER_CONSTANT);
  }
  const double mean = cv::sum(height)[0] / std::max(1e-9, cv::sum(known)[0]);
  cv::Mat smoothed = height / cv::max(known, 1e-6F);
  smoothed.setTo(mean, known < 1e-3F);
  return smoothed;
}

}  // namespace

std::optional<LineOfSight> FindLineOfSight(const dem::Terrain& map, const Camera& camera,
                                           const UncertainPose& prior) {
  const Eigen::Vector3d origin = prior.site_from_cam.translation();
  const Eigen::Matrix3d rotation = prior.site_from_cam.linear();
  Eigen::Vector3d sum = Eigen::Vector3d::Zero();
  int hits = 0;
  for (int j = 0; j < kProbesAcross; ++j) {
    for (int i = 0; i < kProbesAcross; ++i) {
      dem::Ray ray;
      ray.origin_in_site = origin;
      ray.direction = rotation * camera.Unproject({(i + 0.5) * camera.width_px / kProbesAcross - 0.5,
                                                   (j + 0.5) * camera.height_px / kProbesAcross - 0.5});
      if (!ray.direction.allFinite()) continue;
      const auto hit = map.FirstHit(ray);
      if (!hit || -UpAt(hit->point_in_site).dot(ray.direction) < std::cos(kSteepest_rad)) continue;
      sum += ray.direction;
      ++hits;
    }
  }
  if (4 * hits < kProbesAcross * kProbesAcross) return std::nullopt;
  dem::Ray ray;
  ray.origin_in_site = origin;
  ray.direction = sum.normalized();
  const auto hit = map.FirstHit(ray);
  if (!hit) return std::nullopt;

  LineOfSight line;
  line.aim = ray.direction;
  line.ground_in_site = hit->point_in_site;
  line.distance_m = hit->range_m;
  const Eigen::Vector3d up = UpAt(line.ground_in_site);
  const double cos_emission = std::max(0.1, -up.dot(line.aim));
  // The place seen moves with the camera, along the ground: δg = (1 − aim upᵀ / (upᵀ aim)) (δp + d · δaim),
  // and the distance by −upᵀ(δp + d δaim) / (upᵀ aim); δaim = R (δθ × aim in cam).
  const Eigen::Vector3d aim_in_cam = rotation.transpose() * line.aim;
  Eigen::Matrix<double, 3, 6> moved;
  moved << -line.distance_m * rotation * dem::Skew(aim_in_cam), Eigen::Matrix3d::Identity();
  const Eigen::Matrix3d along_ground =
      Eigen::Matrix3d::Identity() - line.aim * up.transpose() / up.dot(line.aim);
  const Eigen::Matrix3d across = Turned(rotation, line.aim);
  const Eigen::Matrix<double, 2, 6> seen = across.leftCols<2>().transpose() * along_ground * moved;
  line.covariance_m2 = seen * prior.covariance * seen.transpose();
  const Eigen::Matrix<double, 1, 6> distance = up.transpose() * moved / cos_emission;
  line.distance_sigma = std::sqrt((distance * prior.covariance * distance.transpose())(0)) / line.distance_m;
  const double shorter_px = std::min(camera.width_px, camera.height_px);
  line.half_width_m = 0.5 * shorter_px / camera.FocalLength_px() * line.distance_m;
  return line;
}

WideView RenderWideView(const dem::Terrain& map, const UncertainPose& prior, const LineOfSight& line,
                        const WideViewSize& size, const dem::Sun& sun, const RenderOptions& render) {
  const double radius_m = 0.5 * size.side_px * size.pixel_m - line.half_width_m;
  const double stand_back_m = std::max(line.distance_m, kStandBackRadii * radius_m);
  Camera camera;
  camera.width_px = camera.height_px = size.side_px;
  camera.fx_px = camera.fy_px = stand_back_m / size.pixel_m;
  camera.cx_px = camera.cy_px = (size.side_px - 1) / 2.0;
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = Turned(prior.site_from_cam.linear(), line.aim);
  pose.translation() = line.ground_in_site - stand_back_m * line.aim;
  WideView wide;
  wide.line = line;
  wide.pixel_m = size.pixel_m;
  wide.view = RenderView(map, camera, pose, sun, render);
  wide.reference_height_m = SmoothedHeights(wide.view, size.smoothing_px);
  return wide;
}

cv::Mat ImagePlaces(const WideView& wide, const cv::Rect& part, const Camera& camera,
                    const Eigen::Matrix3d& site_from_cam, double distance_m) {
  constexpr float kNowhere = std::numeric_limits<float>::quiet_NaN();
  const Eigen::Vector3d standing = wide.line.ground_in_site - distance_m * wide.line.aim;
  const Eigen::Matrix3d cam_from_site = site_from_cam.transpose();
  const Eigen::Isometry3d& site_from_wide = wide.view.site_from_cam;
  const Camera& lens = wide.view.camera;
  cv::Mat places(part.size(), CV_32FC2, cv::Scalar(kNowhere, kNowhere));
  for (int row = 0; row < part.height; ++row) {
    for (int col = 0; col < part.width; ++col) {
      const int x = part.x + col, y = part.y + row;
      const Eigen::Vector3d ray =
          Eigen::Vector3d((x - lens.cx_px) / lens.fx_px, (y - lens.cy_px) / lens.fy_px, 1).normalized();
      const auto point = OnSphereOfHeight(site_from_wide.translation(), site_from_wide.linear() * ray,
                                          wide.reference_height_m.at<float>(y, x));
      if (!point) continue;
      const auto pixel = camera.Project(cam_from_site * (*point - standing));
      if (!pixel || !camera.Contains(*pixel)) continue;
      places.at<cv::Vec2f>(row, col) = {static_cast<float>(pixel->x()), static_cast<float>(pixel->y())};
    }
  }
  return places;
}

}  // namespace perilune::vision
