#include "dem/hazard/ground_posterior.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "dem/hazard/neighbour_kriging.h"
#include "dem/synthesis/random.h"
#include "dem/synthesis/single_normals.h"

namespace perilune::dem {
namespace {

constexpr int kRing = NeighbourKriging::kReach, kSide = NeighbourKriging::kSide;
constexpr int kNeighbours = NeighbourKriging::kCells - 1, kFreedom = NeighbourKriging::kFreedom;
constexpr double kClearly = 1.8;  // what a neighbourhood may have by chance over the pool: 2.6 sigma more
constexpr int kPool = kPosteriorReach - kRing;          // neighbourhoods whose spread counts together
constexpr double kAloneShare = 0.01, kAloneWidth = 10;  // what the neighbours know nothing of
constexpr double kLeastDoubt = 1e-3;                    // shares below are none, above 1 − it all
constexpr float kNoHeight = std::numeric_limits<float>::quiet_NaN();

/// What the neighbours of a cell say of it, as long as none of them is missing, nor the cell.
struct Neighbourhood {
  bool known = false;
  double spread_m2 = 0;  ///< variance of one neighbour about their plane
};

Neighbourhood Look(const Grid<float>& heights, int col, int row) {
  if (col < kRing || row < kRing || col + kRing >= heights.width || row + kRing >= heights.height) return {};
  const float here = heights.At(col, row);
  double sum = 0, squares = 0, by_col = 0, by_row = 0;  // of heights over the cell's own, which adds nothing
  for (int r = -kRing; r <= kRing; ++r) {
    const float* const cells = &heights.At(col, row + r);
    for (int c = -kRing; c <= kRing; ++c) {
      const double z = static_cast<double>(cells[c]) - here;
      sum += z;
      squares += z * z;
      by_col += z * c;
      by_row += z * r;
    }
  }
  constexpr double kMoment = kSide * kSide * kRing * (kRing + 1) / 3.0;  // Σ column² = Σ row²
  const double about_plane =
      squares - sum * sum / kNeighbours - (by_col * by_col + by_row * by_row) / kMoment;
  return {!std::isnan(sum), std::isnan(sum) ? 0 : std::max(0.0, about_plane) / kFreedom};
}

/// Of values by the weights of a cell's neighbours.
float Weighted(const Grid<float>& values, int col, int row, const std::array<float, kSide * kSide>& weights) {
  float sum = 0;
  for (int r = 0; r < kSide; ++r) {
    const float* const cells = &values.At(col - kRing, row - kRing + r);
    const float* const shares = &weights[static_cast<std::size_t>(r * kSide)];
    for (int c = 0; c < kSide; ++c) sum += shares[c] * cells[c];
  }
  return sum;
}

/// Sums over the cells within `reach` of each, columns and rows, of a grid; the result is as much smaller.
template <typename T>
Grid<T> BoxSums(const Grid<T>& values, int reach) {
  const int width = values.width - 2 * reach, height = values.height - 2 * reach;
  Grid<T> rows(width, values.height), sums(width, height);
  for (int row = 0; row < values.height; ++row) {
    T* const out = &rows.At(0, row);
    for (int k = 0; k <= 2 * reach; ++k) {
      const T* const in = &values.At(k, row);
      for (int col = 0; col < width; ++col) out[col] += in[col];
    }
  }
  for (int row = 0; row < height; ++row) {
    T* const out = &sums.At(0, row);
    for (int k = 0; k <= 2 * reach; ++k) {
      const T* const in = &rows.At(0, row + k);
      for (int col = 0; col < width; ++col) out[col] += in[col];
    }
  }
  return sums;
}

/// Normals of variance 1 that are correlated from cell to cell: 2/3 a cell apart, 1/6 two, along rows and
/// columns.
Grid<float> SmoothNormals(std::uint64_t seed, std::uint64_t stream, int width, int height) {
  Grid<float> white(width + 2, height + 2), rows(width, height + 2), smooth(width, height);
  SingleNormals(seed, stream, 0, white.data);
  for (int row = 0; row < height + 2; ++row) {
    for (int col = 0; col < width; ++col)
      rows.At(col, row) = white.At(col, row) + 2 * white.At(col + 1, row) + white.At(col + 2, row);
  }
  for (int row = 0; row < height; ++row) {
    for (int col = 0; col < width; ++col)
      smooth.At(col, row) = (rows.At(col, row) + 2 * rows.At(col, row + 1) + rows.At(col, row + 2)) / 6;
  }
  return smooth;
}

}  // namespace

GroundPosterior::GroundPosterior(const Grid<float>& heights, const FootprintTile& tile,
                                 const Eigen::Vector2i& reach, double sigma_m)
    : measured_(tile.cols + 2 * reach.x(), tile.rows + 2 * reach.y(), kNoHeight),
      sigma_m_(static_cast<float>(sigma_m)) {
  const int left = tile.col - reach.x(), top = tile.row - reach.y();
  for (int row = 0; row < measured_.height; ++row) {
    for (int col = 0; col < measured_.width; ++col) {
      if (heights.Contains(left + col, top + row)) measured_.At(col, row) = heights.At(left + col, top + row);
    }
  }
  if (sigma_m == 0) return;
  laws_.resize(measured_.data.size());
  Grid<double> spreads(measured_.width + 2 * kPool, measured_.height + 2 * kPool), known = spreads;
  for (int row = 0; row < spreads.height; ++row) {
    for (int col = 0; col < spreads.width; ++col) {
      const Neighbourhood around = Look(heights, left - kPool + col, top - kPool + row);
      spreads.At(col, row) = around.spread_m2;
      known.At(col, row) = around.known ? 1 : 0;
    }
  }
  const Grid<double> pooled = BoxSums(spreads, kPool), count = BoxSums(known, kPool);
  for (int row = 0; row < measured_.height; ++row) {
    for (int col = 0; col < measured_.width; ++col) {
      const double own_m2 = spreads.At(col + kPool, row + kPool) / kClearly;
      const double spread_m2 = std::max(own_m2, pooled.At(col, row) / std::max(1.0, count.At(col, row)));
      const std::size_t cell = static_cast<std::size_t>(row) * measured_.width + col;
      laws_[cell] = {measured_.data[cell], sigma_m_, 0, 0, 0};
      if (known.At(col + kPool, row + kPool) > 0) Learn(heights, left + col, top + row, cell, spread_m2);
    }
  }
}

void GroundPosterior::Learn(const Grid<float>& heights, int col, int row, std::size_t cell,
                            double spread_m2) {
  const double here = measured_.data[cell], noise = static_cast<double>(sigma_m_) * sigma_m_;
  const int number = TheNeighbourKriging().LevelOf(spread_m2 / noise);
  const NeighbourKriging::Level& level = TheNeighbourKriging().At(number);
  const double around_m = Weighted(heights, col, row, level.weights);
  const double ground = level.ground * noise, prior = ground + level.errors * noise;
  const double gain = prior / (prior + noise), away = here - around_m;
  const double deviation = away / std::sqrt(prior + noise);
  const double follows = (1 - kAloneShare) * std::exp(-0.5 * deviation * deviation);
  const double alone = kAloneShare / kAloneWidth * std::exp(-0.5 * std::pow(deviation / kAloneWidth, 2));
  const double share = alone / (follows + alone);
  if (share > 1 - kLeastDoubt) return;
  laws_[cell] = {static_cast<float>(around_m + gain * away), static_cast<float>(gain * sigma_m_),
                 static_cast<float>((1 - gain) * sigma_m_),
                 static_cast<float>((1 - gain) * std::sqrt(ground)), number};
  if (share >= kLeastDoubt) doubtful_.push_back({cell, share});
}

void GroundPosterior::Draw(std::uint64_t seed, std::uint64_t draw, Grid<float>& ground) const {
  if (laws_.empty()) {
    ground.data = measured_.data;
    return;
  }
  const std::uint64_t stream = 3 * draw;
  Grid<float> errors(measured_.width + 2 * kRing, measured_.height + 2 * kRing);
  SingleNormals(seed, stream, 0, errors.data);
  const NeighbourKriging& kriging = TheNeighbourKriging();
  const Grid<float> relief = SmoothNormals(seed, stream + 1, measured_.width, measured_.height);
  std::size_t i = 0;
  for (int row = 0; row < measured_.height; ++row) {
    const float* const own = &errors.At(kRing, row + kRing);
    for (int col = 0; col < measured_.width; ++col, ++i) {
      const Law& law = laws_[i];
      ground.data[i] = law.mean_m + law.own_m * own[col] + law.ground_m * relief.data[i];
      if (law.shared_m > 0)
        ground.data[i] +=
            law.shared_m * Weighted(errors, col + kRing, row + kRing, kriging.At(law.level).weights);
    }
  }
  for (const Doubtful& doubt : doubtful_) {
    if (RandomUniform(seed, stream + 2, doubt.cell) >= doubt.share) continue;
    const int col = static_cast<int>(doubt.cell) % measured_.width,
              row = static_cast<int>(doubt.cell) / measured_.width;
    ground.data[doubt.cell] = measured_.data[doubt.cell] + sigma_m_ * errors.At(col + kRing, row + kRing);
  }
}

}  // namespace perilune::dem
