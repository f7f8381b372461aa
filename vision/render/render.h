#pragma once

#include <Eigen/Geometry>
#include <opencv2/core.hpp>

#include "dem/ephemeris/sun.h"
#include "dem/terrain/terrain.h"
#include "vision/camera/camera.h"
#include "vision/render/reflectance.h"

namespace perilune::vision {

struct RenderOptions {
  Reflectance reflectance = Reflectance::kLunarLambert;
  bool cast_shadows = true;
  /// Rays across the Sun's disc for the penumbra; 1 = its centre only.
  int sun_samples = 1;
  /// Use one albedo everywhere instead of the terrain's own texture: what a map without an albedo layer has to do. 0 = terrain's.
  double constant_albedo = 0;
};

/// What a camera sees. All images have the camera's size.
struct View {
  cv::Mat radiance;      ///< CV_32F, radiance factor I/F (0 in shadow); NaN where no ray hits
  cv::Mat range_m;       ///< CV_64F, distance along the pixel's ray; NaN = no hit
  cv::Mat lit_fraction;  ///< CV_32F, share of the Sun's disc that is seen from the point; NaN = no hit
  Camera camera;
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  dem::Sun sun;

  /// Surface point in `site` under an integer pixel; NaN where no ray hits.
  Eigen::Vector3d PointInSite(int col, int row) const;
};

/// Renders the terrain: primary rays, cast shadows (hard or with penumbra), reflectance. Parallel over rows with TBB; the same
/// bytes with any number of threads. Throws std::invalid_argument for a bad camera or options.
View RenderView(const dem::Terrain& terrain, const Camera& camera, const Eigen::Isometry3d& site_from_cam,
                const dem::Sun& sun, const RenderOptions& options = {});

}  // namespace perilune::vision
