#include "dem/terrain/level_join.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "dem/terrain/cell_place.h"

namespace perilune::dem {
namespace {

constexpr int kBandRows = 128;
constexpr int kMostBlendCells = 128;

void CheckLevel(const TerrainLevel& level) {
  if (level.z_m.width < 2 || level.z_m.height < 2) {
    throw std::invalid_argument("terrain level '" + level.name + "': smaller than 2 x 2 points");
  }
  if (!(level.spacing_m > 0)) {
    throw std::invalid_argument("terrain level '" + level.name + "': spacing_m must be positive");
  }
  if (!level.albedo_grid.empty() &&
      (level.albedo_grid.width != level.z_m.width || level.albedo_grid.height != level.z_m.height)) {
    throw std::invalid_argument("terrain level '" + level.name + "': albedo_grid differs in size from z_m");
  }
}

void CheckNesting(const TerrainLevel& fine, const TerrainLevel& coarse) {
  if (fine.spacing_m >= coarse.spacing_m) {
    throw std::invalid_argument("terrain levels: spacings must grow from '" + fine.name + "' to '" +
                                coarse.name + "'");
  }
  if (fine.x0_m < coarse.x0_m || fine.MaxX() > coarse.MaxX() || fine.y0_m > coarse.y0_m ||
      fine.MinY() < coarse.MinY()) {
    throw std::invalid_argument("terrain levels: '" + fine.name + "' is not inside '" + coarse.name + "'");
  }
}

// Distances of cells to the nearest missing one (the larger of columns and rows), at most `most`, for bands
// of rows from the top down. What a band needs of the rows around it is taken before they are filled.
class MissingDistances {
 public:
  MissingDistances(const Grid<float>& z_m, int most)
      : z_m_(z_m),
        most_(most),
        kept_rows_(kBandRows + 2 * most),
        along_row_(static_cast<std::size_t>(kept_rows_) * z_m.width),
        missing_in_row_(kept_rows_) {}

  /// Looks at the rows that a band which ends before `row_end` needs.
  void ReadFor(int row_end) {
    const int end = std::min(row_end + most_, z_m_.height);
    tbb::parallel_for(tbb::blocked_range<int>(next_row_, std::max(next_row_, end), 16),
                      [this](const tbb::blocked_range<int>& rows) {
                        for (int row = rows.begin(); row != rows.end(); ++row) ReadRow(row);
                      });
    next_row_ = std::max(next_row_, end);
  }

  /// Empty where no missing cell is within reach of the row.
  std::vector<std::uint8_t> OfRow(int row) const {
    std::vector<std::uint8_t> distance;
    for (int other = std::max(0, row - most_); other <= std::min(row + most_, z_m_.height - 1); ++other) {
      if (!missing_in_row_[static_cast<std::size_t>(other % kept_rows_)]) continue;
      if (distance.empty()) distance.assign(z_m_.width, static_cast<std::uint8_t>(most_));
      const auto away = static_cast<std::uint8_t>(std::abs(other - row));
      const std::uint8_t* along = Line(other);
      for (int col = 0; col < z_m_.width; ++col) {
        distance[col] = std::min(distance[col], std::max(away, along[col]));
      }
    }
    return distance;
  }

 private:
  std::uint8_t* Line(int row) { return &along_row_[static_cast<std::size_t>(row % kept_rows_) * z_m_.width]; }
  const std::uint8_t* Line(int row) const {
    return &along_row_[static_cast<std::size_t>(row % kept_rows_) * z_m_.width];
  }

  void ReadRow(int row) {
    std::uint8_t* line = Line(row);
    bool missing = false;
    int distance = most_;
    for (int col = 0; col < z_m_.width; ++col) {
      distance = std::isfinite(z_m_.At(col, row)) ? std::min(distance + 1, most_) : 0;
      missing = missing || distance == 0;
      line[col] = static_cast<std::uint8_t>(distance);
    }
    distance = most_;
    for (int col = z_m_.width - 1; col >= 0; --col) {
      distance = std::min(distance + 1, static_cast<int>(line[col]));
      line[col] = static_cast<std::uint8_t>(distance);
    }
    missing_in_row_[static_cast<std::size_t>(row % kept_rows_)] = missing ? 1 : 0;
  }

  const Grid<float>& z_m_;
  int most_;
  int kept_rows_;
  int next_row_ = 0;
  std::vector<std::uint8_t> along_row_;
  std::vector<std::uint8_t> missing_in_row_;  // not bool: rows are read in parallel
};

// The coarser ground `edge` fine cells inside the finer level's border.
double GroundBelow(const TerrainLevel& coarse, const CellPlace& at, int edge, int blend_cells) {
  const double flat = Bilinear(coarse.z_m, at);
  const double weight = BlendWeight(edge, blend_cells);
  return weight == 0 ? flat : flat + weight * (SmoothAt(coarse.z_m, at) - flat);
}

void JoinRow(TerrainLevel& fine, const TerrainLevel& coarse, int row, int blend_cells,
             const std::vector<std::uint8_t>& missing_distance) {
  const int width = fine.z_m.width;
  const int edge_row = std::min(row, fine.z_m.height - 1 - row);
  for (int col = 0; col < width; ++col) {
    const int edge = std::min(edge_row, std::min(col, width - 1 - col));
    if (missing_distance.empty() && edge >= blend_cells) {  // on to the right border
      col = width - 1 - blend_cells;
      continue;
    }
    const int inside = missing_distance.empty() ? edge : std::min<int>(edge, missing_distance[col]);
    if (inside >= blend_cells) continue;
    const auto place = PlaceIn(coarse, fine.x0_m + col * fine.spacing_m, fine.y0_m - row * fine.spacing_m);
    if (!place) continue;  // rounding at the rim of equal rectangles
    const double below = GroundBelow(coarse, *place, edge, blend_cells);
    float& z = fine.z_m.At(col, row);
    if (!std::isfinite(z)) {
      z = static_cast<float>(below);
    } else if (std::isfinite(below)) {
      const double weight = BlendWeight(inside, blend_cells);
      z = static_cast<float>(weight * z + (1 - weight) * below);
    }
  }
}

void JoinToCoarser(TerrainLevel& fine, const TerrainLevel& coarse) {
  const int blend_cells = BlendCells(fine, coarse);
  MissingDistances missing(fine.z_m, blend_cells);
  for (int first = 0; first < fine.z_m.height; first += kBandRows) {
    const int end = std::min(first + kBandRows, fine.z_m.height);
    missing.ReadFor(end);
    tbb::parallel_for(tbb::blocked_range<int>(first, end, 16), [&](const tbb::blocked_range<int>& rows) {
      for (int row = rows.begin(); row != rows.end(); ++row) {
        JoinRow(fine, coarse, row, blend_cells, missing.OfRow(row));
      }
    });
  }
}

}  // namespace

int BlendCells(const TerrainLevel& fine, const TerrainLevel& coarse) {
  const double wanted = std::min(4 * coarse.spacing_m / fine.spacing_m, 1.0 * kMostBlendCells);
  const int room = std::min(fine.z_m.width, fine.z_m.height) / 4;
  return std::max(Terrain::kBlendCells, std::min(static_cast<int>(std::lround(wanted)), room));
}

double BlendWeight(double cells, int blend_cells) {
  const double s = std::clamp(cells / blend_cells, 0.0, 1.0);
  return s * s * (3 - 2 * s);
}

void CheckLevels(const std::vector<TerrainLevel>& finest_first) {
  constexpr std::size_t kMostLevels = 127;  // hits name their level in a byte
  if (finest_first.empty()) throw std::invalid_argument("terrain: no levels");
  if (finest_first.size() > kMostLevels) {
    throw std::invalid_argument("terrain: " + std::to_string(finest_first.size()) + " levels, must be " +
                                std::to_string(kMostLevels) + " at most");
  }
  for (const TerrainLevel& level : finest_first) CheckLevel(level);
  for (std::size_t i = 0; i + 1 < finest_first.size(); ++i) {
    CheckNesting(finest_first[i], finest_first[i + 1]);
  }
}

void JoinLevels(std::vector<TerrainLevel>& finest_first) {
  for (std::size_t i = finest_first.size(); i-- > 1;) JoinToCoarser(finest_first[i - 1], finest_first[i]);
}

}  // namespace perilune::dem
