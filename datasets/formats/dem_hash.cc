#include "datasets/formats/dem_hash.h"

#include <bit>
#include <cinttypes>
#include <cmath>
#include <cstdio>

namespace perilune::datasets {
namespace {

class Fnv1a {
 public:
  template <typename Word>
  void Add(Word word) {
    for (std::size_t byte = 0; byte < sizeof word; ++byte) {
      hash_ = (hash_ ^ ((word >> (8 * byte)) & 0xFF)) * 1099511628211ULL;
    }
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 14695981039346656037ULL;
};

}  // namespace

std::uint64_t DemHash(const dem::Raster<float>& dem) {
  constexpr std::uint32_t kMissing = 0x7fc00000;
  Fnv1a hash;
  hash.Add(static_cast<std::uint32_t>(dem.grid.width));
  hash.Add(static_cast<std::uint32_t>(dem.grid.height));
  for (int row = 0; row < 2; ++row) {
    for (int col = 0; col < 3; ++col) hash.Add(std::bit_cast<std::uint64_t>(dem.crs_from_pixel(row, col)));
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
