#pragma once

#include <string>
#include <vector>

namespace perilune::datasets {

// QGIS layer styles for rasters of one band: the text of a .qml file, which QGIS loads by itself when it lies
// beside the raster under the raster's name.

/// Colour and words of a value.
struct QgisEntry {
  double value = 0;
  std::string label;
  unsigned char red = 0, green = 0, blue = 0;
};

/// For classes: each value its colour.
std::string QgisPaletteStyle(const std::vector<QgisEntry>& classes);

/// For numbers: colours between the entries, which ascend, in proportion; beyond them those of the ends.
std::string QgisRampStyle(const std::vector<QgisEntry>& ramp);

}  // namespace perilune::datasets
