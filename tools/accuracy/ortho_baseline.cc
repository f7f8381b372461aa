#include "tools/accuracy/ortho_baseline.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "nav/fix/fix_from_image.h"
#include "nav/fix/footprint.h"
#include "vision/matching/match_map.h"

namespace perilune::tools {
namespace {

constexpr double kFarAway = 200;  // eye's height over the ground, in widths of it
constexpr int kSamplesAcross = 8;

}  // namespace

OrthoBaseline::OrthoBaseline(const TrialWorld& world, const TrialGround& ground) {
  const double width_m = 2 * world.half_width_m;
  const int size_px = static_cast<int>(std::ceil(width_m / world.map_pixel_m));
  camera_ = vision::PinholeCamera(size_px, 2 * std::atan(0.5 / kFarAway));
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear().diagonal() << 1, -1, -1;
  pose.translation() = Eigen::Vector3d(0, 0, kFarAway * width_m + ground.truth.HeightAt(0, 0).value_or(0));
  vision::RenderOptions options;
  options.reflectance = vision::Reflectance::kHapke;
  options.anti_alias = true;
  options.max_samples_across = kSamplesAcross;
  picture_ = vision::RenderView(ground.truth, camera_, pose, dem::SunFromAngles(world.reference_sun), options)
                 .radiance;
  map_from_cam_ = pose;
  map_from_cam_.translation() += ground.tie_in_site_m;  // the ortho-image is tied as the heights are
}

vision::View OrthoBaseline::Expect(const vision::Camera& camera, const dem::Terrain& map,
                                   const Eigen::Isometry3d& pose, const dem::Sun& sun) const {
  vision::RenderOptions options;
  options.cast_shadows = false;
  vision::View view = vision::RenderView(map, camera, pose, sun, options);
  const Eigen::Isometry3d cam_from_map = map_from_cam_.inverse();
  cv::Mat places(view.radiance.size(), CV_32FC2, cv::Scalar::all(-1e6));
  for (int row = 0; row < places.rows; ++row) {
    for (int col = 0; col < places.cols; ++col) {
      const Eigen::Vector3d point = view.PointInSite(col, row);
      if (!point.allFinite()) continue;
      if (const auto at = camera_.Project(cam_from_map * point)) {
        places.at<cv::Vec2f>(row, col) = {static_cast<float>(at->x()), static_cast<float>(at->y())};
      }
    }
  }
  cv::remap(picture_, view.radiance, places, cv::noArray(), cv::INTER_CUBIC, cv::BORDER_CONSTANT,
            cv::Scalar::all(std::numeric_limits<double>::quiet_NaN()));
  view.lit_fraction.setTo(1);
  return view;
}

nav::Fix OrthoBaseline::Find(const TrialImage& image, const TrialGround& ground,
                             const nav::PosePrior& prior) const {
  const nav::FixOptions as_ours;
  const double sample_m =
      nav::MeasureFootprint(ground.map, image.camera, prior.site_from_cam).ground_sample_m;
  const double map_px = ground.declaration.map_pixel_m / sample_m;
  vision::MatchOptions match = as_ours.match;
  match.blur_sigma_px = std::max(as_ours.blur_min_px, as_ours.blur_map_px * map_px);
  cv::Mat grey;
  image.pixels.convertTo(grey, CV_32F);
  Eigen::Isometry3d pose = prior.site_from_cam;
  nav::Fix fix;
  for (const double radius_px : {24.0, 6.0}) {
    match.search_radius_px = radius_px;
    const vision::MapMatches found =
        vision::MatchMap(grey, Expect(image.camera, ground.map, pose, image.sun), match);
    fix = nav::EstimateFix(found.matches, found.attempted, image.camera, prior, ground.declaration, image.sun,
                           sample_m, as_ours.estimate);
    if (!fix.HasPose()) break;
    pose = fix.site_from_cam;
  }
  return fix;
}

}  // namespace perilune::tools
