#include "vision/imaging/motion.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vision/imaging/option_check.h"

namespace perilune::vision {
namespace {

/// The camera of some rows of the image.
Camera Band(const Camera& camera, int first_row, int rows) {
  Camera band = camera;
  band.height_px = rows;
  band.cy_px -= first_row;
  return band;
}

/// Mean radiance over the exposure that has its middle at t_mid_s.
cv::Mat MeanRadiance(const dem::Terrain& terrain, const Camera& camera, const PoseAtTime& site_from_cam_at,
                     double t_mid_s, const dem::Sun& sun, const RenderOptions& options,
                     const MotionOptions& motion) {
  const int n = motion.sub_exposures;
  cv::Mat sum(camera.height_px, camera.width_px, CV_64F, cv::Scalar(0));
  cv::Mat hits(camera.height_px, camera.width_px, CV_32S, cv::Scalar(0));
  for (int i = 0; i < n; ++i) {
    const double t_s = t_mid_s + ((i + 0.5) / n - 0.5) * motion.exposure_s;
    const View view = RenderView(terrain, camera, site_from_cam_at(t_s), sun, options);
    for (int row = 0; row < sum.rows; ++row) {
      const float* radiance = view.radiance.ptr<float>(row);
      double* sums = sum.ptr<double>(row);
      int* counts = hits.ptr<int>(row);
      for (int col = 0; col < sum.cols; ++col) {
        if (std::isnan(radiance[col])) continue;
        sums[col] += radiance[col];
        ++counts[col];
      }
    }
  }
  cv::Mat mean;
  sum.convertTo(mean, CV_32F, 1.0 / n);
  mean.setTo(std::numeric_limits<float>::quiet_NaN(), hits == 0);
  return mean;
}

/// One band: what it sees at the middle of its exposure, with the mean radiance in place of that instant's.
View RenderBand(const dem::Terrain& terrain, const Camera& camera, const PoseAtTime& site_from_cam_at,
                double t_mid_s, const dem::Sun& sun, const RenderOptions& options,
                const MotionOptions& motion) {
  View view = RenderView(terrain, camera, site_from_cam_at(t_mid_s), sun, options);
  if (motion.exposure_s > 0 && motion.sub_exposures > 1) {
    view.radiance = MeanRadiance(terrain, camera, site_from_cam_at, t_mid_s, sun, options, motion);
  }
  return view;
}

}  // namespace

void MotionOptions::Validate() const {
  RequireNonNegative("motion.exposure_s", exposure_s);
  RequireWithin("motion.sub_exposures", sub_exposures, 1, 1000);
  RequireWithin("motion.line_time_s", line_time_s, -1, 1);
  RequireWithin("motion.band_rows", band_rows, 1, 1 << 20);
}

double RowTime_s(const Camera& camera, const MotionOptions& options, double t_mid_s, double row) {
  return t_mid_s + (row - 0.5 * (camera.height_px - 1)) * options.line_time_s;
}

View RenderMoving(const dem::Terrain& terrain, const Camera& camera, const PoseAtTime& site_from_cam_at,
                  double t_mid_s, const dem::Sun& sun, const RenderOptions& options,
                  const MotionOptions& motion) {
  motion.Validate();
  camera.Validate();
  if (motion.line_time_s == 0) {
    return RenderBand(terrain, camera, site_from_cam_at, t_mid_s, sun, options, motion);
  }
  View view;
  view.camera = camera;
  view.site_from_cam = site_from_cam_at(t_mid_s);
  view.sun = sun;
  view.radiance.create(camera.height_px, camera.width_px, CV_32F);
  view.range_m.create(camera.height_px, camera.width_px, CV_64F);
  view.lit_fraction.create(camera.height_px, camera.width_px, CV_32F);
  for (int first = 0; first < camera.height_px; first += motion.band_rows) {
    const int rows = std::min(motion.band_rows, camera.height_px - first);
    const View band =
        RenderBand(terrain, Band(camera, first, rows), site_from_cam_at,
                   RowTime_s(camera, motion, t_mid_s, first + 0.5 * (rows - 1)), sun, options, motion);
    band.radiance.copyTo(view.radiance.rowRange(first, first + rows));
    band.range_m.copyTo(view.range_m.rowRange(first, first + rows));
    band.lit_fraction.copyTo(view.lit_fraction.rowRange(first, first + rows));
  }
  return view;
}

}  // namespace perilune::vision
