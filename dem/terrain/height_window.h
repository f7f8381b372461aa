#pragma once

#include <limits>
#include <optional>

#include "dem/io/raster_file.h"
#include "dem/terrain/pixel_lattice.h"

namespace perilune::dem {

/// A rectangle of a raster's pixels; columns may run beyond the raster where it continues around the Moon.
struct PixelWindow {
  int col = 0, row = 0, width = 0, height = 0;
};

/// Heights of one window of a raster, interpolated: Catmull-Rom (Keys 1981, a = −1/2), bilinear beside
/// missing cells, constant over the outer half pixel of the raster.
class HeightWindow {
 public:
  /// Reads the window. Throws as RasterFile::ReadWindow does.
  HeightWindow(const RasterFile& file, const PixelWindow& window);

  /// Height at pixel coordinates of the raster, m; NaN outside and where a needed cell is missing.
  double HeightAt(const Eigen::Vector2d& pixel) const;
  /// The same bilinearly everywhere: never beyond the cells around it.
  double BilinearAt(const Eigen::Vector2d& pixel) const;
  /// Lowest and highest height; nothing where all are missing.
  std::optional<HeightBracket> Range() const;

 private:
  /// A place among the window's cells; (fx, fy) in [0, 1] from cell (col, row) on.
  struct CellPlace {
    int col = 0, row = 0;
    double fx = 0, fy = 0;
  };
  std::optional<CellPlace> PlaceOf(const Eigen::Vector2d& pixel) const;
  double Bilinear(const CellPlace& place) const;

  PixelWindow window_;
  Grid<float> heights_;
  std::optional<double> turn_;
};

}  // namespace perilune::dem
