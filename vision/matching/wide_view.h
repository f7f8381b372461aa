#pragma once

#include <Eigen/Geometry>
#include <opencv2/core.hpp>
#include <optional>

#include "dem/frames/pose.h"
#include "vision/camera/camera.h"
#include "vision/render/render.h"

namespace perilune::vision {

/// What is known of a camera's pose before an image: a Gaussian about `site_from_cam` (dem/frames/pose.h).
struct UncertainPose {
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  dem::Matrix6d covariance = dem::Matrix6d::Identity();
};

/// The line along which an uncertain camera looks at the ground, and what its uncertainty is there.
struct LineOfSight {
  Eigen::Vector3d aim = -Eigen::Vector3d::UnitZ();           ///< unit, in site
  Eigen::Vector3d ground_in_site = Eigen::Vector3d::Zero();  ///< where it meets the map
  double distance_m = 0;                                     ///< from the camera to there
  /// Covariance of the place the camera sees there, in `cam_from_aim`'s x and y (across the line), m².
  Eigen::Matrix2d covariance_m2 = Eigen::Matrix2d::Identity();
  double distance_sigma = 0;  ///< 1 sigma of the distance to the ground, as a share of it
  double half_width_m = 0;    ///< half the image's shorter side at that distance, across the line
};

/// The mean direction of the image's rays that meet the map less than 80° off its vertical; nothing when
/// fewer than a quarter of them do.
std::optional<LineOfSight> FindLineOfSight(const dem::Terrain& map, const Camera& camera,
                                           const UncertainPose& prior);

/// The map as seen along that line by a camera that stands back far enough for a move of its place across the
/// line, by as much as it is uncertain, to be a mere shift of the picture: from the prior's own place where
/// that is far away already, from further back where it is not (then nearly a parallel projection).
struct WideView {
  View view;
  LineOfSight line;
  double pixel_m = 0;          ///< at the ground point, across the line
  cv::Mat reference_height_m;  ///< CV_32F, above the sphere: the map smoothed by the place's uncertainty
};

struct WideViewSize {
  double pixel_m = 0;
  int side_px = 0;
  double smoothing_px = 0;  ///< 1 sigma, of the reference heights
};

WideView RenderWideView(const dem::Terrain& map, const UncertainPose& prior, const LineOfSight& line,
                        const WideViewSize& size, const dem::Sun& sun, const RenderOptions& render);

/// Where the image shows the pixels of a wide view's `part`, if the camera stands on the line of sight at
/// `distance_m` from its ground point, has the prior's attitude, and the ground is the reference surface.
/// CV_32FC2, pixels of `camera`; NaN where it does not see it.
cv::Mat ImagePlaces(const WideView& wide, const cv::Rect& part, const Camera& camera,
                    const Eigen::Matrix3d& site_from_cam, double distance_m);

}  // namespace perilune::vision
