#pragma once

namespace perilune::dem {

/// Cells of a raster.
struct CellWindow {
  int col = 0, row = 0;
  int width = 0, height = 0;

  int EndCol() const { return col + width; }
  int EndRow() const { return row + height; }
};

}  // namespace perilune::dem
