#include "tools/perilune/hazard_window.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "dem/hazard/ground_metric.h"
#include "dem/hazard/hazard_mapper.h"
#include "dem/io/data_error.h"

namespace perilune::tools {
namespace {

/// Of blocks of a map that goes into memory.
constexpr int kBlockSide = 1024;
/// Heights that are in memory for the sake of shadows: 300 MB.
constexpr double kMostShadowCells = 75e6;

dem::CellGeometry GeometryAt(const dem::RasterFile& file, int col, int row) {
  const Eigen::Affine2d crs_from_cell = file.crs_from_pixel() * Eigen::Translation2d(col, row);
  return dem::GroundMetric(file.crs_wkt(), crs_from_cell, 1, 1).At(0, 0);
}

int FloorTile(int cell) { return cell / dem::kHazardTile * dem::kHazardTile; }
int CeilTile(int cell) { return FloorTile(cell + dem::kHazardTile - 1); }

/// The largest that the window's corners, sides and middle need.
dem::HazardReach ReachOf(const HazardsOfFile& asked) {
  dem::HazardReach reach;
  Eigen::Vector2i least = Eigen::Vector2i::Zero(), most = least;
  const CellWindow& window = asked.window;
  for (const int col : {window.col, window.col + window.width / 2, window.EndCol() - 1}) {
    for (const int row : {window.row, window.row + window.height / 2, window.EndRow() - 1}) {
      const dem::HazardReach here = dem::ReachOfHazards(GeometryAt(asked.file, col, row), asked.options,
                                                        asked.sun, asked.shadow_reach_m);
      reach.cols = std::max(reach.cols, here.cols);
      reach.rows = std::max(reach.rows, here.rows);
      least = least.cwiseMin(here.to_sun);
      most = most.cwiseMax(here.to_sun);
    }
  }
  // Where the Sun's direction turns over the window, it stands on both sides.
  reach.to_sun = {-least.x() > most.x() ? least.x() : most.x(), -least.y() > most.y() ? least.y() : most.y()};
  reach.cols += std::min(-least.x(), most.x());
  reach.rows += std::min(-least.y(), most.y());
  return reach;
}

/// A block with its reach, from whole tiles on, as far as the raster goes.
CellWindow Widened(const dem::RasterFile& file, const CellWindow& block, const dem::HazardReach& reach) {
  const int left = block.col - std::min(block.col, reach.cols + std::max(0, -reach.to_sun.x()));
  const int top = block.row - std::min(block.row, reach.rows + std::max(0, -reach.to_sun.y()));
  const int right = reach.cols + std::max(0, reach.to_sun.x());
  const int bottom = reach.rows + std::max(0, reach.to_sun.y());
  CellWindow wide{FloorTile(left), FloorTile(top), 0, 0};
  wide.width = block.EndCol() + std::min(right, file.width() - block.EndCol()) - wide.col;
  wide.height = block.EndRow() + std::min(bottom, file.height() - block.EndRow()) - wide.row;
  return wide;
}

CellWindow Common(const CellWindow& a, const CellWindow& b) {
  CellWindow both{std::max(a.col, b.col), std::max(a.row, b.row), 0, 0};
  both.width = std::min(a.EndCol(), b.EndCol()) - both.col;
  both.height = std::min(a.EndRow(), b.EndRow()) - both.row;
  return both;
}

/// Side of the squares that are read at once: a block, or several that share the ground towards the Sun.
int ReadSide(const dem::HazardReach& reach, bool has_sun, int block_side) {
  if (!has_sun) return block_side;
  const int more = 2 * std::max(reach.cols, reach.rows) + reach.to_sun.cwiseAbs().maxCoeff();
  const int side = static_cast<int>(std::sqrt(kMostShadowCells)) - more;
  return std::max(1, side / block_side) * block_side;
}

/// Calls `use` for squares of `side` cells, from whole sides of the area's first cell on, cut at its end.
template <typename Use>
void ForEachSquare(const CellWindow& area, int side, const Use& use) {
  for (int row = area.row; row < area.EndRow(); row += side) {
    for (int col = area.col; col < area.EndCol(); col += side) {
      use(CellWindow{col, row, std::min(side, area.EndCol() - col), std::min(side, area.EndRow() - row)});
    }
  }
}

template <typename T>
void PasteBlock(const dem::Raster<T>& block, const CellWindow& window, int col, int row,
                dem::Raster<T>& whole) {
  if (whole.grid.empty()) {
    whole = block;
    whole.grid = dem::Grid<T>(window.width, window.height);
  }
  for (int r = 0; r < block.grid.height; ++r)
    std::copy_n(&block.grid.At(0, r), block.grid.width, &whole.grid.At(col, row + r));
}

/// The first block gives the whole its size, CRS and origin.
void PasteMap(const dem::HazardMap& block, const CellWindow& window, int col, int row,
              dem::HazardMap& whole) {
  whole.options = block.options;
  whole.more_slopes_rad.resize(block.more_slopes_rad.size());
  const auto from = block.FloatBands();
  const auto to = whole.FloatBands();
  for (std::size_t i = 0; i < from.size(); ++i) PasteBlock(*from[i], window, col, row, *to[i]);
  PasteBlock(block.hazard_class, window, col, row, whole.hazard_class);
  PasteBlock(block.reasons, window, col, row, whole.reasons);
  whole.has_sun = block.has_sun;
  whole.footprint_used_m = std::max(whole.footprint_used_m, block.footprint_used_m);
  whole.options_hash = block.options_hash;
}

/// Of all that casts shadows on the window.
HeightRange RangeOf(const HazardsOfFile& asked) {
  HeightRange range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  ForEachSquare(WithReach(asked), 2048, [&](const CellWindow& part) {
    for (const float z : asked.file.ReadWindow(part.col, part.row, part.width, part.height).grid.data) {
      if (std::isnan(z)) continue;
      range.lowest_m = std::min<double>(range.lowest_m, z);
      range.highest_m = std::max<double>(range.highest_m, z);
    }
  });
  return range;
}

}  // namespace

CellWindow WindowAround(const dem::RasterFile& file, const dem::LatLon& place, double size_m) {
  const Eigen::Vector2d centre = file.PixelsFromPlaces({place}).front();
  if (!centre.allFinite() || centre.cwiseAbs().maxCoeff() > 1e9) {
    throw std::invalid_argument("--lat, --lon: the place is not on " + file.path().string());
  }
  const Eigen::Vector2i cell = centre.array().round().cast<int>();
  const dem::CellGeometry geometry = GeometryAt(file, cell.x(), cell.y());
  const auto half = [&](double step_m) {
    return static_cast<int>(std::min(1e8, std::ceil(0.5 * size_m / step_m)));
  };
  const int cols = half(geometry.col_step_m.norm()), rows = half(geometry.row_step_m.norm());
  const int left = std::max(0, cell.x() - cols), right = std::min(file.width() - 1, cell.x() + cols);
  const int top = std::max(0, cell.y() - rows), bottom = std::min(file.height() - 1, cell.y() + rows);
  if (left > right || top > bottom) {
    throw std::invalid_argument("--lat, --lon: nothing within --size-m of the place is on " +
                                file.path().string());
  }
  return {left, top, right - left + 1, bottom - top + 1};
}

dem::Grid<float> CutHeights(const dem::Grid<float>& heights, const CellWindow& of, const CellWindow& window) {
  dem::Grid<float> cut(window.width, window.height);
  for (int row = 0; row < window.height; ++row) {
    std::copy_n(&heights.At(window.col - of.col, window.row - of.row + row), window.width, &cut.At(0, row));
  }
  return cut;
}

CellWindow WithReach(const HazardsOfFile& asked) { return Widened(asked.file, asked.window, ReachOf(asked)); }

void ForEachHazardBlock(const HazardsOfFile& asked, const HeightRange& range, int block_side,
                        const std::function<void(const dem::HazardMap& map, const dem::Grid<float>& heights,
                                                 int col, int row)>& use) {
  if (block_side < dem::kHazardTile || block_side % dem::kHazardTile != 0)
    throw std::invalid_argument("block side " + std::to_string(block_side) + ": must be a multiple of " +
                                std::to_string(dem::kHazardTile));
  const dem::RasterFile& file = asked.file;
  const CellWindow& window = asked.window;
  const dem::HazardReach reach = ReachOf(asked);
  CellWindow area{FloorTile(window.col), FloorTile(window.row), 0, 0};
  area.width = std::min(CeilTile(window.EndCol()), file.width()) - area.col;
  area.height = std::min(CeilTile(window.EndRow()), file.height()) - area.row;
  ForEachSquare(area, ReadSide(reach, asked.sun.has_value(), block_side), [&](const CellWindow& square) {
    const CellWindow read = Widened(file, square, reach);
    const dem::Raster<float> heights = file.ReadWindow(read.col, read.row, read.width, read.height);
    const dem::HazardGround ground{
        heights.grid,          read,           file.width(),    file.height(),       file.crs_wkt(),
        file.crs_from_pixel(), range.lowest_m, range.highest_m, asked.shadow_reach_m};
    const dem::HazardMapper mapper(ground, asked.options, asked.sun);
    ForEachSquare(square, block_side, [&](const CellWindow& block) {
      const dem::HazardMap map = mapper.Map(block);
      const CellWindow kept = Common(block, window);
      const dem::Grid<float> kept_heights = CutHeights(heights.grid, read, kept);
      const int col = kept.col - window.col, row = kept.row - window.row;
      if (kept.width == block.width && kept.height == block.height) {
        use(map, kept_heights, col, row);
      } else {
        use(dem::CropHazards(map, kept.col - block.col, kept.row - block.row, kept.width, kept.height),
            kept_heights, col, row);
      }
    });
  });
}

MappedWindow MapHazardWindow(const HazardsOfFile& asked,
                             const std::function<void(std::int64_t done, std::int64_t all)>& progress) {
  const CellWindow& window = asked.window;
  MappedWindow mapped;
  mapped.dem = asked.file.ReadWindow(window.col, window.row, window.width, window.height);
  const auto& heights = mapped.dem.grid.data;
  if (std::none_of(heights.begin(), heights.end(), [](float z) { return std::isfinite(z); })) {
    throw dem::DataError(asked.file.path(),
                         "has no data where hazards were asked for; choose another window");
  }
  std::int64_t done = 0;
  const HeightRange range = asked.sun ? RangeOf(asked) : HeightRange{};
  ForEachHazardBlock(asked, range, kBlockSide,
                     [&](const dem::HazardMap& map, const dem::Grid<float>& cells, int col, int row) {
                       PasteMap(map, window, col, row, mapped.map);
                       done += static_cast<std::int64_t>(cells.data.size());
                       progress(done, std::int64_t{window.width} * window.height);
                     });
  return mapped;
}

}  // namespace perilune::tools
