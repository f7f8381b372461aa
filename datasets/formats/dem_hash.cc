#include "datasets/formats/dem_hash.h"

#include <bit>
#include <cinttypes>
#include <cmath>
#include <cstdio>

namespace perilune::datasets {
template <typename Word>
void DemHasher::AddWord(Word word) {
  for (std::size_t byte = 0; byte < sizeof word; ++byte) {
    hash_ = (hash_ ^ ((word >> (8 * byte)) & 0xFF)) * 1099511628211ULL;
  }
}

DemHasher::DemHasher(int width, int height, const Eigen::Affine2d& crs_from_pixel) {
  AddWord(static_cast<std::uint32_t>(width));
  AddWord(static_cast<std::uint32_t>(height));
  for (int row = 0; row < 2; ++row) {
    for (int col = 0; col < 3; ++col) AddWord(std::bit_cast<std::uint64_t>(crs_from_pixel(row, col)));
  }
}

void DemHasher::Add(const dem::Grid<float>& rows) {
  constexpr std::uint32_t kMissing = 0x7fc00000;
  for (const float height : rows.data)
    AddWord(std::isnan(height) ? kMissing : std::bit_cast<std::uint32_t>(height));
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
