#pragma once

#include <vector>

namespace perilune::dem {

/// A regular grid on the site plane: column c, row r is at x = x0_m + c·spacing, y = y0_m − r·spacing, as in
/// TerrainLevel (row 0 is the northern edge).
struct PlaneWindow {
  double x0_m = 0;
  double y0_m = 0;
  int width = 0;
  int height = 0;
  double spacing_m = 1;

  double MaxX() const { return x0_m + (width - 1) * spacing_m; }
  double MinY() const { return y0_m - (height - 1) * spacing_m; }
};

/// Throws std::invalid_argument when the window has no cells, or a spacing or corner that is not a usable
/// number.
void ValidateWindow(const PlaneWindow& window);

/// Coordinates origin + sign·k·spacing of `count` grid lines, counted from the plane's origin: two windows on
/// one lattice get the very same doubles for the same line, whatever their first line is. The lattice's
/// offset is kept to 2⁻²⁰ of a cell.
std::vector<double> GridLines(double origin_m, double spacing_m, int sign, int first, int count);

}  // namespace perilune::dem
