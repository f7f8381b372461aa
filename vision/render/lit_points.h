#pragma once

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "dem/terrain/terrain.h"
#include "vision/render/render.h"
#include "vision/render/shade_kernel.h"
#include "vision/render/sun_strips.h"

namespace perilune::vision {

/// One number for each ray of a tile, or each point that they see.
using Row = std::array<double, kTilePixels>;
using Rows3 = std::array<Row, 3>;

/// The first `count` of each axis.
inline std::array<std::span<const double>, 3> Spans(const Rows3& rows, int count) {
  const auto size = static_cast<std::size_t>(count);
  return {std::span(rows[0].data(), size), std::span(rows[1].data(), size), std::span(rows[2].data(), size)};
}

/// `count` rounded up to whole packets of the kernels.
int Padded(int count);

const ShadeKernel& ChosenShadeKernel();

/// A distant light: the Sun, or the Earth.
struct LightSource {
  Eigen::Vector3d direction_in_site = Eigen::Vector3d::UnitZ();  ///< to its centre, unit
  SunStrips strips;
  double share = 1;  ///< of the Sun's irradiance
  const SunMaps* maps = nullptr;
};

/// The ground and what shines on it.
struct LitGround {
  const dem::Terrain& terrain;
  const RenderOptions& options;
  std::vector<LightSource> sources;  ///< the Sun first
  std::vector<double> bias_m;        ///< by which shadow rays start above each level of the terrain
};

/// Throws std::invalid_argument when the options' Sun maps are of other ground or another Sun.
LitGround MakeLitGround(const dem::Terrain& terrain, const dem::Sun& sun, const RenderOptions& options);

/// What up to kTilePixels rays see, an element a ray: NaN (level −1) where it sees nothing.
struct LitPoints {
  int count = 0;
  bool any = false;      ///< whether any ray sees anything; if not, nothing else is set
  dem::RayBundle rays;   ///< those that were traced
  dem::BundleHits hits;  ///< NaN also where the ground has no normal
  Rows3 point_in_site_m;
  dem::SurfaceSamples surface;
  TileLight light;  ///< the Sun's
  Row lit;          ///< share of the Sun's disc that the point sees
  Row radiance;     ///< radiance factor under all sources

  bool Sees(int index) const { return !std::isnan(hits.range_m[static_cast<std::size_t>(index)]); }
};

/// Traces whole packets of rays (Padded(count) == count), kTilePixels at most, each with its own direction.
/// The result points to their arrays. Shadow rays start a thousandth of a grid cell above the surface.
LitPoints LightAlong(const LitGround& ground, const dem::RayBundle& rays);

/// A point of `points` raised along its normal by what shadow rays start above the surface.
Eigen::Vector3d AboveSurface(const LitGround& ground, const LitPoints& points, int index);

}  // namespace perilune::vision
