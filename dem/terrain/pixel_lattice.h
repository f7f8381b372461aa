#pragma once

#include <Eigen/Core>
#include <mutex>
#include <optional>
#include <vector>

#include "dem/frames/site.h"
#include "dem/io/raster_file.h"

namespace perilune::dem {

/// Heights between which pixel coordinates are wanted, m above the sphere.
struct HeightBracket {
  double lowest_m = 0;
  double highest_m = 0;
};

/// Where the vertical line through a point of the site plane meets the raster: pixel coordinates as a
/// quadratic in t = (2 h − highest − lowest) / (highest − lowest), the height scaled to −1 … 1.
struct PixelCurve {
  Eigen::Vector2d constant, linear, quadratic;
  Eigen::Vector2d At(double t) const { return constant + t * (linear + t * quadratic); }
};

/// A rectangle of grid points in the site plane: point (i, j) at x = x0_m + i·spacing, y = y0_m − j·spacing.
struct SitePoints {
  double x0_m = 0, y0_m = 0, spacing_m = 1;
  int width = 0, height = 0;
};

/// The file's projection, asked by one thread at a time (PROJ is too slow to be asked for every sample).
class PixelProjection {
 public:
  PixelProjection(const RasterFile& file, const Site& site) : file_(file), site_(site) {}

  /// Pixel coordinates of points at horizontal (x, y) and height above the sphere; NaN off the projection.
  std::vector<Eigen::Vector2d> Pixels(const std::vector<Eigen::Vector3d>& x_y_height);
  /// Moved by whole turns of longitude next to `reference` where the raster has turns.
  Eigen::Vector2d Unwrapped(const Eigen::Vector2d& pixel, const Eigen::Vector2d& reference) const;

 private:
  const RasterFile& file_;
  const Site& site_;
  std::mutex mutex_;
};

/// Pixel coordinates over a small tile of grid points: exact on a lattice of every 16th, 4th or single point,
/// whichever keeps bilinear interpolation within `kTolerance_px` of the exact projection at the middles of
/// the lattice cells and of their edges. So poles and seams, where interpolation has no meaning, fall back to
/// the exact projection.
class PixelLattice {
 public:
  static constexpr double kTolerance_px = 2e-4;

  /// Nothing where the projection has no answer anywhere on the tile.
  static std::optional<PixelLattice> Build(PixelProjection& projection, const SitePoints& tile,
                                           const HeightBracket& bracket);

  PixelCurve At(int i, int j) const;
  int step() const { return step_; }

 private:
  PixelLattice(PixelProjection& projection, const SitePoints& tile, const HeightBracket& bracket, int step);
  PixelCurve Between(int left, int top, double fx, double fy) const;
  /// Largest distance from the exact projection at the middles, px; NaN where that has no answer.
  double Error_px(PixelProjection& projection, const SitePoints& tile, const HeightBracket& bracket) const;
  bool Empty() const;

  int step_ = 1;
  int columns_ = 0, rows_ = 0;
  std::vector<PixelCurve> nodes_;
};

}  // namespace perilune::dem
