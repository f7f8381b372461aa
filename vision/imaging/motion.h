#pragma once

#include <Eigen/Geometry>
#include <functional>

#include "vision/render/render.h"

namespace perilune::vision {

/// How the scene moves through an exposure.
struct MotionOptions {
  /// Shutter time of each pixel; 0 = an instant.
  double exposure_s = 0;
  /// Instants that stand for the exposure, at the middles of its equal parts. The blur of a step is a
  /// staircase of as many steps; more than its length in pixels is wasted.
  int sub_exposures = 8;
  /// Time from one row's exposure to the next row's, downwards; 0 = global shutter, negative = upwards.
  double line_time_s = 0;
  /// Rolling shutter: rows that are rendered with one pose, that of their middle. 1 is exact, and slow.
  int band_rows = 16;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Pose of the camera at a time, s.
using PoseAtTime = std::function<Eigen::Isometry3d(double t_s)>;

/// Time of the middle of a row's exposure when the middle of the image is exposed at `t_mid_s`: the middle
/// row (or the boundary of the two) has t_mid_s itself.
double RowTime_s(const Camera& camera, const MotionOptions& options, double t_mid_s, double row);

/// What a moving camera sees: RenderView at each instant, averaged. The radiance is the mean over the
/// instants, a miss counting as dark (NaN where every instant misses); range and lit fraction are those of
/// the middle of each band's exposure; `site_from_cam` is the pose at t_mid_s, which a rolling shutter's
/// other rows do not have. Costs one RenderView an instant, and a rolling shutter one of `band_rows` rows a
/// band and instant. Throws std::invalid_argument for bad options.
View RenderMoving(const dem::Terrain& terrain, const Camera& camera, const PoseAtTime& site_from_cam_at,
                  double t_mid_s, const dem::Sun& sun, const RenderOptions& options,
                  const MotionOptions& motion);

}  // namespace perilune::vision
