#include "dem/synthesis/lattice_noise.h"

#include <algorithm>

#include "dem/synthesis/four_taps.h"
#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

/// Sum of four uniforms of 16 bits, centred, scaled to unit variance: near enough to a normal, and cheap.
float LatticeValue(std::uint64_t seed, std::uint64_t stream, long column, long row) {
  const std::uint64_t bits = RandomBits(seed, stream, CellKey(column, row));
  const auto sum =
      static_cast<float>((bits & 0xffff) + ((bits >> 16) & 0xffff) + ((bits >> 32) & 0xffff) + (bits >> 48));
  return (sum - 131070.0F) * (1.7320508F / 65536.0F);
}

/// The high-passed lattice: columns [first_column, + columns), rows [first_row, + rows).
struct Lattice {
  long first_column = 0, first_row = 0;
  int columns = 0, rows = 0;
  std::vector<float> values;

  const float* Row(long row) const { return values.data() + (row - first_row) * columns; }
};

Lattice MakeLattice(const NoiseOctave& octave, std::uint64_t seed, long first_column, int columns,
                    long first_row, int rows) {
  const int raw_columns = columns + 2, raw_rows = rows + 2;
  std::vector<float> raw(static_cast<std::size_t>(raw_columns) * raw_rows);
  for (int r = 0; r < raw_rows; ++r) {
    for (int c = 0; c < raw_columns; ++c) {
      raw[static_cast<std::size_t>(r) * raw_columns + c] =
          LatticeValue(seed, octave.stream, first_column - 1 + c, first_row - 1 + r);
    }
  }
  Lattice lattice{first_column, first_row, columns, rows, {}};
  lattice.values.resize(static_cast<std::size_t>(columns) * rows);
  const float scale = static_cast<float>(octave.amplitude) * 1.24939010F;  // 1/√(1 − 2/4 + (3/8)²)
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      const float* centre = raw.data() + static_cast<std::size_t>(r + 1) * raw_columns + c + 1;
      const float *above = centre - raw_columns, *below = centre + raw_columns;
      const float edges = (centre[-1] + centre[1]) + (above[0] + below[0]);
      const float corners = (above[-1] + above[1]) + (below[-1] + below[1]);
      lattice.values[static_cast<std::size_t>(r) * columns + c] =
          scale * (0.75F * centre[0] - 0.125F * edges - 0.0625F * corners);
    }
  }
  return lattice;
}

std::vector<double> InCells(std::vector<double> positions_m, double cell_m) {
  for (double& p : positions_m) p /= cell_m;
  return positions_m;
}

struct RowTap {
  int offset = 0;
  float w0 = 0, w1 = 0, w2 = 0, w3 = 0;
};

}  // namespace

void AddNoise(const NoiseOctave& octave, std::uint64_t seed, const std::vector<double>& xs_m,
              const std::vector<double>& ys_m, std::vector<float>& tile) {
  const double cell_m = octave.wavelength_m / kLatticePerWavelength;
  const auto across = TapsAt(InCells(xs_m, cell_m), BSplineWeights);
  const auto down = TapsAt(InCells(ys_m, cell_m), BSplineWeights);  // ys fall, so the last row is the lowest
  const long first_column = across.front().first, first_row = down.back().first;
  const int columns = static_cast<int>(across.back().first - first_column) + 4;
  const int rows = static_cast<int>(down.front().first - first_row) + 4;
  const Lattice lattice = MakeLattice(octave, seed, first_column, columns, first_row, rows);

  std::vector<RowTap> taps;
  taps.reserve(across.size());
  for (const FourTaps& t : across) {
    taps.push_back({static_cast<int>(t.first - first_column), static_cast<float>(t.weight[0]),
                    static_cast<float>(t.weight[1]), static_cast<float>(t.weight[2]),
                    static_cast<float>(t.weight[3])});
  }
  std::vector<float> column_sums(static_cast<std::size_t>(columns));
  float* out = tile.data();
  for (const FourTaps& row : down) {
    const float *a = lattice.Row(row.first), *b = a + columns, *c = b + columns, *d = c + columns;
    const auto wa = static_cast<float>(row.weight[0]), wb = static_cast<float>(row.weight[1]);
    const auto wc = static_cast<float>(row.weight[2]), wd = static_cast<float>(row.weight[3]);
    for (int i = 0; i < columns; ++i) {
      const auto k = static_cast<std::size_t>(i);
      column_sums[k] = (wa * a[i] + wb * b[i]) + (wc * c[i] + wd * d[i]);
    }
    for (const RowTap& tap : taps) {
      const float* s = column_sums.data() + tap.offset;
      *out++ += (tap.w0 * s[0] + tap.w1 * s[1]) + (tap.w2 * s[2] + tap.w3 * s[3]);
    }
  }
}

}  // namespace perilune::dem
