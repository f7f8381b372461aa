#pragma once

#include <Eigen/Geometry>
#include <opencv2/core.hpp>
#include <optional>

#include "dem/ephemeris/sun.h"
#include "dem/terrain/terrain.h"
#include "vision/camera/camera.h"
#include "vision/render/earthshine.h"
#include "vision/render/reflectance.h"

namespace perilune::vision {

class SunMaps;

/// How the light that ground throws on other ground is gathered (secondary_light.h).
struct SecondaryLightOptions {
  /// From each point where it is gathered; 25 points share theirs. With 64 the irradiance beside an edge is
  /// within some per cent (docs/rendering.md).
  int rays = 64;
  /// Pixels from one such point to the next; 1 = every pixel. The price is rays / step_px² a pixel.
  int step_px = 4;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

struct RenderOptions {
  Reflectance reflectance = Reflectance::kLunarLambert;
  bool cast_shadows = true;
  /// Horizontal strips of the Sun's disc for the penumbra, weighted by their area; 1 = hard shadows of its
  /// centre.
  int sun_samples = 1;
  /// Use one albedo everywhere instead of the terrain's own texture: what a map without an albedo layer has
  /// to do. 0 = terrain's.
  double constant_albedo = 0;
  /// Averages radiance and lit fraction over several rays a pixel where the pixel covers more than one cell
  /// of the terrain's grid (sub_samples.h): shadows and craters smaller than a pixel darken it by their share
  /// instead of showing up by chance. Nothing changes where the pixel is finer than the ground. The range
  /// stays that of the centre's ray, and so does which pixels see ground at all; what a ray of a pixel does
  /// not hit counts as dark.
  bool anti_alias = false;
  /// Rays along each axis of a pixel at most: n² is the price. Where more would be needed, aliasing is what
  /// n² samples leave of it.
  int max_samples_across = 4;
  /// Sunlight by way of other ground, once reflected: what lights a shadow. The ground reflects it as a
  /// Lambert surface of the law's DiffuseAlbedo.
  std::optional<SecondaryLightOptions> secondary_light;
  /// Sunlight by way of the Earth; EarthshineAt gives it. It casts shadows if the Sun does.
  std::optional<Earthshine> earthshine;
  /// Maps of what the ground sees of the Sun (sun_maps.h), of this terrain, Sun and sun_samples: for many
  /// pictures under one Sun. Not owned. Shadow rays are then sent only where the four grid points around a
  /// point disagree; shadows smaller than a cell between four lit grid points are lost, and light likewise.
  const SunMaps* sun_maps = nullptr;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// What a camera sees. All images have the camera's size.
struct View {
  cv::Mat radiance;      ///< CV_32F, radiance factor I/F (0 where no light falls); NaN where no ray hits
  cv::Mat range_m;       ///< CV_64F, distance along the pixel's ray; NaN = no hit
  cv::Mat lit_fraction;  ///< CV_32F, share of the Sun's disc that is seen from the point (0 where the
                         ///< surface faces away from its centre); NaN = no hit
  Camera camera;
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  dem::Sun sun;

  /// Surface point in `site` under an integer pixel; NaN where no ray hits.
  Eigen::Vector3d PointInSite(int col, int row) const;
};

/// Renders the terrain: primary rays, cast shadows (hard or with penumbra), reflectance. Parallel over rows
/// with TBB; the same bytes with any number of threads. Shadow rays start a thousandth of a grid cell above
/// the surface, against shadows of a point on itself. The whole disc's light falls in from its centre's
/// direction. Throws std::invalid_argument for a bad camera or options, or Sun maps of something else.
View RenderView(const dem::Terrain& terrain, const Camera& camera, const Eigen::Isometry3d& site_from_cam,
                const dem::Sun& sun, const RenderOptions& options = {});

}  // namespace perilune::vision
