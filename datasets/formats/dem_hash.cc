#include "datasets/formats/dem_hash.h"

#include <bit>
#include <cinttypes>
#include <cmath>
#include <cstdio>

namespace perilune::datasets {
DemHasher::DemHasher(int width, int height, const Eigen::Affine2d& crs_from_pixel) {
  hash_.Add(static_cast<std::uint32_t>(width));
  hash_.Add(static_cast<std::uint32_t>(height));
  for (int row = 0; row < 2; ++row) {
    for (int col = 0; col < 3; ++col) hash_.Add(crs_from_pixel(row, col));
  }
}

void DemHasher::Add(const dem::Grid<float>& rows) {
  constexpr std::uint32_t kMissing = 0x7fc00000;
  for (const float height : rows.data)
    hash_.Add(std::isnan(height) ? kMissing : std::bit_cast<std::uint32_t>(height));
}

std::uint64_t DemHash(const dem::Raster<float>& dem) {
  DemHasher hasher(dem.grid.width, dem.grid.height, dem.crs_from_pixel);
  hasher.Add(dem.grid);
  return hasher.value();
}

std::string HashText(std::uint64_t hash) {
  char text[32];
  std::snprintf(text, sizeof text, "%016" PRIx64, hash);
  return text;
}

}  // namespace perilune::datasets
