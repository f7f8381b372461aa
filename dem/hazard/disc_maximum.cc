#include "dem/hazard/disc_maximum.h"

#include <algorithm>
#include <map>

namespace perilune::dem {

namespace {

void Raise(float* __restrict to, const float* __restrict from, int count) {
  for (int i = 0; i < count; ++i) to[i] = to[i] > from[i] ? to[i] : from[i];
}

/// The highest of `length` cells from each on, along a row (step 1) or down the columns (step width), by
/// doubling the span: windows of a power of two, then two of them that overlap. Values within length − 1 of
/// the end are spoilt.
std::vector<float> RunMaximum(const std::vector<float>& cells, int step, int length) {
  std::vector<float> highest = cells;
  const int count = static_cast<int>(cells.size());
  std::vector<float> shifted;
  int span = 1;
  while (span < length) {
    const int more = std::min(span, length - span);
    const int by = more * step;
    if (by >= count) break;
    shifted.assign(highest.begin() + by, highest.end());
    Raise(highest.data(), shifted.data(), count - by);
    span += more;
  }
  return highest;
}

}  // namespace

Patch DiscMaximum(const Patch& patch, const Footprint& disc, float outside) {
  Patch result{patch.width, patch.height, std::vector<float>(patch.cells.size(), outside)};
  const int first_col = disc.reach_cols, count = patch.width - 2 * disc.reach_cols;
  const int first_row = disc.reach_rows, end_row = patch.height - disc.reach_rows;
  if (count <= 0 || first_row >= end_row) return result;
  std::map<int, std::vector<Footprint::Run>> by_length;
  for (const Footprint::Run& run : disc.runs) by_length[run.last - run.first + 1].push_back(run);
  for (int row = first_row; row < end_row; ++row) {
    std::copy_n(patch.Row(row) + first_col, count, result.Row(row) + first_col);
  }
  for (const auto& [length, runs] : by_length) {
    const Patch highest{patch.width, patch.height, RunMaximum(patch.cells, 1, length)};
    for (int row = first_row; row < end_row; ++row) {
      for (const Footprint::Run& run : runs) {
        Raise(result.Row(row) + first_col, highest.Row(row + run.row) + first_col + run.first, count);
      }
    }
  }
  return result;
}

Patch BlockMaximum(const Patch& patch, int size, float outside) {
  Patch result{patch.width, patch.height, RunMaximum(RunMaximum(patch.cells, 1, size), patch.width, size)};
  for (int row = 0; row < patch.height; ++row) {
    const int inside = row + size <= patch.height ? std::max(0, patch.width - size + 1) : 0;
    std::fill(result.Row(row) + inside, result.Row(row) + patch.width, outside);
  }
  return result;
}

}  // namespace perilune::dem
