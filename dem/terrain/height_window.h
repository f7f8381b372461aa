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
  /// Lowest and highest height; nothing where all are missing.
  std::optional<HeightBracket> Range() const;

 private:
  double Bilinear(int col, int row, double fx, double fy) const;

  PixelWindow window_;
  Grid<float> heights_;
  std::optional<double> turn_;
};

}  // namespace perilune::dem
