#include "dem/synthesis/refined_ground.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "dem/statistics/roughness.h"
#include "dem/synthesis/detail.h"
#include "dem/synthesis/four_taps.h"
#include "dem/synthesis/low_pass.h"
#include "dem/synthesis/slope_budget.h"

namespace perilune::dem {
namespace {

/// Cells of the lattice on which the detail's own mean is taken, an effective resolution; and that mean's
/// sigma.
constexpr double kMeanCells = 60;
constexpr double kMeanSigmaCells = 12;
constexpr double kLargestCrater = 0.5, kLongestWave = 1.5;  // effective resolutions

const RefineOptions& Valid(const RefineOptions& options) {
  options.Validate();
  return options;
}

GroundLimits LimitsOf(const RefineOptions& options) {
  GroundLimits limits;
  const double r_m = options.effective_resolution_m;
  limits.max_diameter_m = std::min(kLargestImpact_m, kLargestCrater * r_m);
  limits.longest_wave_m = kLongestWave * r_m;
  const double own_m = std::min(kFineUpTo_m, r_m / 8), joined_m = 4 * r_m;
  limits.deviation2_m2 = [type = options.type, rough = options.roughness, own_m, joined_m](double lag_m) {
    const double joined = std::clamp(std::log(lag_m / own_m) / std::log(joined_m / own_m), 0.0, 1.0);
    return type.Deviation2_m2(lag_m) * std::pow(rough, 2 * joined);
  };
  return limits;
}

/// Positions in cells of a lattice through the plane's origin: the same numbers whatever the window.
std::vector<double> InCells(std::vector<double> lines_m, double spacing_m, int sign) {
  for (double& v : lines_m) v = sign * v / spacing_m;
  return lines_m;
}

/// Catmull-Rom from a lattice whose lines are multiples of its spacing.
Grid<float> FromLattice(const Grid<float>& grid, const PlaneWindow& lattice, const PlaneWindow& window) {
  const long first_column = std::lround(lattice.x0_m / lattice.spacing_m);
  const long first_row = std::lround(-lattice.y0_m / lattice.spacing_m);
  const auto across =
      TapsAt(InCells(GridLines(window.x0_m, window.spacing_m, 1, 0, window.width), lattice.spacing_m, 1),
             CatmullRomWeights);
  const auto down =
      TapsAt(InCells(GridLines(window.y0_m, window.spacing_m, -1, 0, window.height), lattice.spacing_m, -1),
             CatmullRomWeights);
  if (across.front().first < first_column || across.back().first + 3 >= first_column + grid.width ||
      down.front().first < first_row || down.back().first + 3 >= first_row + grid.height) {
    throw std::invalid_argument("window: reaches outside the DEM's lattice");
  }
  Grid<float> result(window.width, window.height);
  const long begin = across.front().first - first_column, end = across.back().first + 4 - first_column;
  std::vector<double> sums(static_cast<std::size_t>(end));
  for (int r = 0; r < window.height; ++r) {
    const FourTaps& row = down[static_cast<std::size_t>(r)];
    const int line = static_cast<int>(row.first - first_row);
    for (long c = begin; c < end; ++c) {
      double sum = 0;
      for (int k = 0; k < 4; ++k)
        sum += row.weight[static_cast<std::size_t>(k)] * grid.At(static_cast<int>(c), line + k);
      sums[static_cast<std::size_t>(c)] = sum;
    }
    for (int c = 0; c < window.width; ++c) {
      const FourTaps& tap = across[static_cast<std::size_t>(c)];
      const double* s = sums.data() + (tap.first - first_column);
      result.At(c, r) = static_cast<float>((tap.weight[0] * s[0] + tap.weight[1] * s[1]) +
                                           (tap.weight[2] * s[2] + tap.weight[3] * s[3]));
    }
  }
  return result;
}

/// The part of a lattice of `spacing_m` that surrounds a window by a margin of cells.
PlaneWindow LatticeAround(const PlaneWindow& window, double spacing_m, int margin) {
  const long west = static_cast<long>(std::floor(window.x0_m / spacing_m)) - margin;
  const long east = static_cast<long>(std::ceil(window.MaxX() / spacing_m)) + margin;
  const long north = static_cast<long>(std::ceil(window.y0_m / spacing_m)) + margin;
  const long south = static_cast<long>(std::floor(window.MinY() / spacing_m)) - margin;
  return {static_cast<double>(west) * spacing_m, static_cast<double>(north) * spacing_m,
          static_cast<int>(east - west) + 1, static_cast<int>(north - south) + 1, spacing_m};
}

}  // namespace

void RefineOptions::Validate() const {
  if (!(effective_resolution_m > 0) || effective_resolution_m > 1e5) {
    throw std::invalid_argument("effective_resolution_m " + std::to_string(effective_resolution_m) +
                                " is not in 0..1e5");
  }
  if (!(roughness > 0) || roughness > 100)
    throw std::invalid_argument("roughness " + std::to_string(roughness) + " is not in 0..100");
}

double RoughnessOf(const Grid<float>& height_m, double spacing_m, const SiteType& type,
                   double effective_resolution_m) {
  const int lag = std::max(1, static_cast<int>(std::lround(4 * effective_resolution_m / spacing_m)));
  const SquaredChanges changes = ChangesOver(height_m, lag);
  if (!(changes.count > 0)) {
    throw std::invalid_argument("roughness: the DEM has no two cells four effective resolutions apart");
  }
  return std::sqrt(changes.sum_m2 / changes.count / type.Deviation2_m2(lag * spacing_m));
}

RefinedGround::RefinedGround(const Grid<float>& dem_m, const PlaneWindow& lattice,
                             const RefineOptions& options)
    : options_(Valid(options)),
      dem_m_(LowPass(dem_m, LowPassSigma_m(options.effective_resolution_m) / lattice.spacing_m)),
      lattice_(lattice),
      detail_(options.type, options.seed, LimitsOf(options)) {
  if (dem_m.width != lattice.width || dem_m.height != lattice.height)
    throw std::invalid_argument("lattice: its shape is not the DEM's");
  for (double line_m : {lattice.x0_m, lattice.y0_m}) {
    const double cells = line_m / lattice.spacing_m;
    if (std::abs(cells - std::round(cells)) > 1e-6)
      throw std::invalid_argument("lattice: its lines are no multiples of its spacing");
  }
}

Grid<float> RefinedGround::Shown(const PlaneWindow& window) const {
  return FromLattice(dem_m_, lattice_, window);
}

Grid<float> RefinedGround::Unseen(const PlaneWindow& window) const {
  Grid<float> detail_m = detail_.Heights(window);
  const double cell_m = options_.effective_resolution_m / kMeanCells;
  const PlaneWindow around = LatticeAround(window, cell_m, static_cast<int>(3 * kMeanSigmaCells) + 2);
  const Grid<float> mean_m =
      FromLattice(LowPass(detail_.HeightsWithoutRocks(around), kMeanSigmaCells), around, window);
  // Craters that the mean's lattice leaves out sink the ground by a constant: they are many in a resolution.
  const double smallest_m = kCellsPerFeature * window.spacing_m, known_m = kCellsPerFeature * cell_m;
  const auto sunk_m = static_cast<float>(
      smallest_m < known_m
          ? ExpectedHeight_m(smallest_m, std::min(known_m, kLargestCrater * options_.effective_resolution_m),
                             detail_.population())
          : 0.0);
  for (std::size_t i = 0; i < detail_m.data.size(); ++i) detail_m.data[i] -= mean_m.data[i] + sunk_m;
  return detail_m;
}

Grid<float> RefinedGround::Heights(const PlaneWindow& window) const {
  Grid<float> height_m = Shown(window);
  // Cells as large as what the DEM shows have no room for detail.
  if (kCellsPerFeature * window.spacing_m >= kLongestWave * options_.effective_resolution_m) return height_m;
  const Grid<float> detail_m = Unseen(window);
  for (std::size_t i = 0; i < height_m.data.size(); ++i) height_m.data[i] += detail_m.data[i];
  return height_m;
}

}  // namespace perilune::dem
