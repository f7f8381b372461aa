#pragma once

#include <Eigen/Core>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dem/frames/site.h"
#include "dem/raster/grid.h"
#include "dem/terrain/ray_bundle.h"

namespace perilune::dem {

/// One regular level of the height field in `site`. Column c, row r is at x = x0_m + c·spacing, y = y0_m −
/// r·spacing (row 0 is the northern edge). `z_m` is z in `site`, the Moon's curvature baked in; NaN is "no
/// data".
struct TerrainLevel {
  Grid<float> z_m;
  double x0_m = 0;
  double y0_m = 0;
  double spacing_m = 1;
  /// 1 sigma of the heights, m, correlated over `height_correlation_m` (height_error.h).
  double height_sigma_m = 0;
  double height_correlation_m = 0;
  /// Normal albedo on the same grid; empty means `albedo` everywhere.
  Grid<float> albedo_grid;
  double albedo = 0.12;
  std::string name;

  double MaxX() const { return x0_m + (z_m.width - 1) * spacing_m; }
  double MinY() const { return y0_m - (z_m.height - 1) * spacing_m; }
};

class HeightPyramid;

struct Ray {
  Eigen::Vector3d origin_in_site = Eigen::Vector3d::Zero();
  Eigen::Vector3d direction = -Eigen::Vector3d::UnitZ();  ///< unit
  double min_range_m = 0;
  double max_range_m = std::numeric_limits<double>::infinity();
};

struct SurfaceHit {
  double range_m = 0;
  Eigen::Vector3d point_in_site = Eigen::Vector3d::Zero();
  int level = 0;  ///< index into the levels, 0 = finest
};

/// The surface as a height field z(x, y) in `site` made of nested levels, finest first. At every (x, y) the
/// finest level that has it is the surface. Over a border of at least `kBlendCells` of its own cells
/// (level_join.h) and beside its missing data a finer level fades into the next coarser one, its normals too:
/// a ray sees one continuous surface without an edge in its shading. Between grid points heights are
/// bilinear. Levels lie in memory or in a mapped file (terrain_file.h). Immutable and safe to share between
/// threads.
class Terrain {
 public:
  static constexpr int kBlendCells = 16;

  /// Throws std::invalid_argument when there is no level or more than 127, a level is smaller than 2 × 2, its
  /// spacing is not positive, it has no data at all, spacings do not grow, or a level is not inside the next
  /// coarser one.
  Terrain(const Site& site, std::vector<TerrainLevel> levels_finest_first);
  /// Of levels that were joined before (level_join.h), with their pyramids: what a terrain file holds.
  Terrain(const Site& site, std::vector<TerrainLevel> joined_finest_first,
          std::vector<HeightPyramid> pyramids);
  ~Terrain();
  Terrain(Terrain&&) noexcept;
  Terrain& operator=(Terrain&&) noexcept;

  const Site& site() const;
  int LevelCount() const;
  const TerrainLevel& Level(int index) const;
  /// Of one level's heights.
  const HeightPyramid& Pyramid(int index) const;

  /// z in `site` of the surface above (x, y), m; nothing outside the data.
  std::optional<double> HeightAt(double x_m, double y_m) const;
  /// Upward unit normal in `site`: gradients by central differences at the grid points, interpolated
  /// bilinearly, and faded into the coarser level's normal as the heights are.
  std::optional<Eigen::Vector3d> NormalAt(double x_m, double y_m) const;
  /// The first crossing of the surface from above. A ray that starts below the surface hits at its start. A
  /// ray that passes below the edge of missing data hits nothing.
  std::optional<SurfaceHit> FirstHit(const Ray& ray) const;
  /// The same without the hit: shadow rays.
  bool Occluded(const Ray& ray) const;

  /// FirstHit of many neighbouring rays at once: the same hits within 1 mm (almost always within rounding),
  /// and the same rays hit, except such as pass within a centimetre of the surface. Rays for which single
  /// precision does not suffice are given to FirstHit. The result does not depend on `simd`. Throws
  /// std::invalid_argument when the bundle's arrays differ in size.
  BundleHits FirstHits(const RayBundle& bundle, SimdLevel simd = ChosenSimdLevel()) const;
  /// Occluded of many neighbouring rays: 1 where the ray hits.
  std::vector<std::uint8_t> Occluded(const RayBundle& bundle, SimdLevel simd = ChosenSimdLevel()) const;
  /// NormalAt (as slopes) and Albedo under many hits: each (x, y) on the level that its ray hit; −1 gives
  /// NaN. Throws std::invalid_argument when the arrays differ in size.
  SurfaceSamples SampleSurface(std::span<const double> x_m, std::span<const double> y_m,
                               std::span<const std::int8_t> level, SimdLevel simd = ChosenSimdLevel()) const;

  /// Index of the finest level that has data at (x, y).
  std::optional<int> LevelAt(double x_m, double y_m) const;
  /// Grid spacing, 1 sigma height error and normal albedo of the surface at (x, y); NaN outside.
  double GroundSpacing_m(double x_m, double y_m) const;
  double HeightSigma_m(double x_m, double y_m) const;
  double Albedo(double x_m, double y_m) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace perilune::dem
