#pragma once

#include <cstdint>
#include <string>

#include "datasets/formats/fnv1a.h"
#include "dem/raster/raster.h"

namespace perilune::datasets {

/// Names the heights that a product was made from: FNV-1a (64 bits) of width, height, affine and heights
/// (float32, row by row, little-endian; missing ones as one NaN). The same for the same cells in whatever
/// format or compression; no protection against intent.
std::uint64_t DemHash(const dem::Raster<float>& dem);

/// DemHash of heights that come by rows from the top.
class DemHasher {
 public:
  DemHasher(int width, int height, const Eigen::Affine2d& crs_from_pixel);
  void Add(const dem::Grid<float>& rows);
  std::uint64_t value() const { return hash_.value(); }

 private:
  Fnv1a hash_;
};

/// 16 hexadecimal digits.
std::string HashText(std::uint64_t hash);

}  // namespace perilune::datasets
