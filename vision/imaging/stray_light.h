#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>
#include <optional>

#include "vision/camera/camera.h"

namespace perilune::vision {

/// Light that does not come from where the pixel looks, as shares of the image's mean light or of the light
/// itself.
struct StrayLightOptions {
  /// Share of all light that the lens spreads evenly over the image (veiling glare, ISO 9358): it is taken
  /// from each pixel and given back as the mean. Good lenses have 1–3 %.
  double veiling_glare = 0;
  /// Glow from a Sun outside the field but before the lens: this share of the mean light at the edge on the
  /// Sun's side, falling linearly to none at the other edge.
  double sun_glow = 0;
  /// Ghost: share of the light that two reflections between lens surfaces bring to the point opposite the
  /// principal point, out of focus.
  double ghost = 0;
  double ghost_blur_px = 8;  ///< 1 sigma of its blur

  bool Off() const { return veiling_glare == 0 && sun_glow == 0 && ghost == 0; }
  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// The light (CV_32F) with stray light. `direction_to_sun_in_cam`: none, or behind the lens (z ≤ 0), means no
/// glow.
cv::Mat AddStrayLight(const cv::Mat& light, const StrayLightOptions& options, const Camera& camera,
                      const std::optional<Eigen::Vector3d>& direction_to_sun_in_cam);

}  // namespace perilune::vision
