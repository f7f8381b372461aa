#include "vision/imaging/stray_light.h"

#include <algorithm>
#include <cmath>

#include "vision/imaging/option_check.h"
#include "vision/imaging/psf.h"

namespace perilune::vision {
namespace {

/// The ghost of each pixel lies as far on the other side of the principal point.
cv::Mat Ghost(const cv::Mat& light, const StrayLightOptions& options, const Camera& camera) {
  const cv::Mat blurred = BlurByPsf(light, options.ghost_blur_px);
  cv::Mat ghost(light.size(), CV_32F, cv::Scalar(0));
  const int col_sum = static_cast<int>(std::lround(2 * camera.cx_px));
  const int row_sum = static_cast<int>(std::lround(2 * camera.cy_px));
  for (int row = std::max(0, row_sum - light.rows + 1); row <= std::min(light.rows - 1, row_sum); ++row) {
    for (int col = std::max(0, col_sum - light.cols + 1); col <= std::min(light.cols - 1, col_sum); ++col) {
      ghost.at<float>(row, col) =
          static_cast<float>(options.ghost) * blurred.at<float>(row_sum - row, col_sum - col);
    }
  }
  return ghost;
}

/// Adds `share` of the mean at the edge towards the Sun, a half in the middle, none opposite.
void AddGlow(cv::Mat& light, double brightness, const Camera& camera, const Eigen::Vector3d& to_sun) {
  const Eigen::Vector2d towards = to_sun.head<2>().stableNormalized();
  const double half_diagonal_px = 0.5 * std::hypot(light.cols, light.rows);
  for (int row = 0; row < light.rows; ++row) {
    for (int col = 0; col < light.cols; ++col) {
      const double along =
          (towards.x() * (col - camera.cx_px) + towards.y() * (row - camera.cy_px)) / half_diagonal_px;
      light.at<float>(row, col) += static_cast<float>(brightness * std::clamp(0.5 + 0.5 * along, 0.0, 1.0));
    }
  }
}

}  // namespace

void StrayLightOptions::Validate() const {
  RequireShare("stray_light.veiling_glare", veiling_glare);
  RequireWithin("stray_light.sun_glow", sun_glow, 0, 10);
  RequireShare("stray_light.ghost", ghost);
  RequireWithin("stray_light.ghost_blur_px", ghost_blur_px, 0, 50);
}

cv::Mat AddStrayLight(const cv::Mat& light, const StrayLightOptions& options, const Camera& camera,
                      const std::optional<Eigen::Vector3d>& direction_to_sun_in_cam) {
  const double mean = cv::mean(light)[0];
  cv::Mat result;
  light.convertTo(result, CV_32F, 1 - options.veiling_glare, options.veiling_glare * mean);
  if (options.ghost > 0) result += Ghost(light, options, camera);
  if (options.sun_glow > 0 && direction_to_sun_in_cam && direction_to_sun_in_cam->z() > 0) {
    AddGlow(result, options.sun_glow * mean, camera, *direction_to_sun_in_cam);
  }
  return result;
}

}  // namespace perilune::vision
