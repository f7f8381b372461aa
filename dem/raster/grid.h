#pragma once

#include <cassert>
#include <cstddef>

#include "dem/raster/cells.h"

namespace perilune::dem {

/// A dense row-major array of cells: row 0 on top, column 0 on the left. T is float, uint8_t or uint16_t.
template <typename T>
struct Grid {
  int width = 0;
  int height = 0;
  Cells<T> data;

  Grid() = default;
  Grid(int width_, int height_, T value = T{})
      : width(width_), height(height_), data(static_cast<std::size_t>(width_) * height_, value) {}

  bool empty() const { return data.empty(); }
  bool Contains(int col, int row) const { return col >= 0 && col < width && row >= 0 && row < height; }
  T& At(int col, int row) {
    assert(Contains(col, row));
    return data[static_cast<std::size_t>(row) * width + col];
  }
  const T& At(int col, int row) const {
    assert(Contains(col, row));
    return data[static_cast<std::size_t>(row) * width + col];
  }
};

}  // namespace perilune::dem
