#include "datasets/formats/dem_hash.h"

#include <bit>
#include <cinttypes>
#include <cmath>
#include <cstdio>

#include "datasets/formats/fnv1a.h"

namespace perilune::datasets {
std::uint64_t DemHash(const dem::Raster<float>& dem) {
  constexpr std::uint32_t kMissing = 0x7fc00000;
  Fnv1a hash;
  hash.Add(static_cast<std::uint32_t>(dem.grid.width));
  hash.Add(static_cast<std::uint32_t>(dem.grid.height));
  for (int row = 0; row < 2; ++row) {
    for (int col = 0; col < 3; ++col) hash.Add(dem.crs_from_pixel(row, col));
  }
  for (const float height : dem.grid.data)
    hash.Add(std::isnan(height) ? kMissing : std::bit_cast<std::uint32_t>(height));
  return hash.value();
}

std::string HashText(std::uint64_t hash) {
  char text[32];
  std::snprintf(text, sizeof text, "%016" PRIx64, hash);
  return text;
}

}  // namespace perilune::datasets
