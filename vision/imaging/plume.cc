#include "vision/imaging/plume.h"

#include <algorithm>
#include <cmath>

#include "vision/imaging/option_check.h"

namespace perilune::vision {

void PlumeOptions::Validate() const {
  RequireNonNegative("plume.start_height_m", start_height_m);
  RequireWithin("plume.optical_depth_at_ground", optical_depth_at_ground, 0, 100);
  RequireShare("plume.radiance_factor", radiance_factor);
}

double PlumeOpticalDepth(const PlumeOptions& options, double height_m) {
  if (options.Off() || height_m >= options.start_height_m) return 0;
  const double below = 1 - std::max(0.0, height_m) / options.start_height_m;
  return options.optical_depth_at_ground * below * below;
}

cv::Mat SeenThroughPlume(const cv::Mat& light, const PlumeOptions& options, double height_m) {
  const double passes = std::exp(-PlumeOpticalDepth(options, height_m));
  cv::Mat veiled;
  light.convertTo(veiled, CV_32F, passes, options.radiance_factor * (1 - passes));
  return veiled;
}

}  // namespace perilune::vision
