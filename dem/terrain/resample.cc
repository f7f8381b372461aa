#include "dem/terrain/resample.h"

#include <tbb/blocked_range2d.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

#include "dem/io/data_error.h"
#include "dem/terrain/height_window.h"
#include "dem/terrain/level_blocks.h"
#include "dem/terrain/pixel_lattice.h"

namespace perilune::dem {
namespace {

/// Beyond this angle from the site the vertical of the site grazes the ground.
constexpr double kFarthest_m = 0.9 * kMoonRadius_m;
constexpr std::int64_t kLeastWindowPixels = kTilePoints * kTilePoints;

void CheckExtent(const SiteExtent& extent, double spacing_m) {
  if (!(spacing_m > 0))
    throw std::invalid_argument("spacing_m: " + std::to_string(spacing_m) + " is not positive");
  if (!(extent.max_x_m > extent.min_x_m) || !(extent.max_y_m > extent.min_y_m)) {
    throw std::invalid_argument("extent: empty or not finite");
  }
  const double farthest = std::hypot(std::max(std::abs(extent.min_x_m), std::abs(extent.max_x_m)),
                                     std::max(std::abs(extent.min_y_m), std::abs(extent.max_y_m)));
  if (!(farthest <= kFarthest_m)) {
    throw std::invalid_argument("extent: its corner is " + std::to_string(farthest) +
                                " m from the site, at most " + std::to_string(kFarthest_m) +
                                " m are possible");
  }
}

/// z in `site` where the vertical line of the curve meets the ground: h = H(u(h), v(h)) by fixed-point
/// iteration, which contracts by slope · distance / R.
double GroundHeight(const HeightWindow& window, const PixelCurve& curve, const HeightBracket& bracket,
                    double start_m) {
  constexpr int kIterations = 60;
  constexpr double kConverged_m = 1e-4;
  const double middle = 0.5 * (bracket.lowest_m + bracket.highest_m);
  const double per_m = 2 / (bracket.highest_m - bracket.lowest_m);
  double height = start_m;
  for (int i = 0; i < kIterations; ++i) {
    const double next = window.HeightAt(curve.At((height - middle) * per_m));
    if (std::isnan(next)) return next;
    if (std::abs(next - height) < kConverged_m) return next;
    height = next;
  }
  return std::numeric_limits<double>::quiet_NaN();  // ground that overhangs as seen along the site's vertical
}

/// Returns whether any of the tile's points has a height.
bool ResampleTile(PixelProjection& projection, const HeightWindow& window, const HeightBracket& bracket,
                  int first_col, int first_row, TerrainLevel& level) {
  const SitePoints tile{level.x0_m + first_col * level.spacing_m, level.y0_m - first_row * level.spacing_m,
                        level.spacing_m, std::min(kTilePoints, level.z_m.width - first_col),
                        std::min(kTilePoints, level.z_m.height - first_row)};
  bool any = false;
  const std::optional<PixelLattice> lattice = PixelLattice::Build(projection, tile, bracket);
  if (!lattice) return false;
  double last = 0.5 * (bracket.lowest_m + bracket.highest_m);
  for (int j = 0; j < tile.height; ++j) {
    for (int i = 0; i < tile.width; ++i) {
      const double height = GroundHeight(window, lattice->At(i, j), bracket, last);
      if (std::isnan(height)) continue;
      last = height;
      const double z = ZInSite(tile.x0_m + i * tile.spacing_m, tile.y0_m - j * tile.spacing_m, height);
      level.z_m.At(first_col + i, first_row + j) = static_cast<float>(z);
      any = true;
    }
  }
  return any;
}

/// Returns whether any of the block's points has a height.
bool ResampleBlock(PixelProjection& projection, const HeightWindow& window, const HeightBracket& bracket,
                   const LevelBlock& block, TerrainLevel& level) {
  const int first_x = block.first_col / kTilePoints, first_y = block.first_row / kTilePoints;
  const int end_x = (block.first_col + block.width + kTilePoints - 1) / kTilePoints;
  const int end_y = (block.first_row + block.height + kTilePoints - 1) / kTilePoints;
  std::atomic<bool> any = false;
  tbb::parallel_for(
      tbb::blocked_range2d<int>(first_y, end_y, first_x, end_x), [&](const tbb::blocked_range2d<int>& tiles) {
        for (int row = tiles.rows().begin(); row < tiles.rows().end(); ++row) {
          for (int col = tiles.cols().begin(); col < tiles.cols().end(); ++col) {
            if (ResampleTile(projection, window, bracket, col * kTilePoints, row * kTilePoints, level))
              any = true;
          }
        }
      });
  return any;
}

/// Heights of windows one after the other: one window is read once, of several each when it is asked for.
class WindowReader {
 public:
  WindowReader(const RasterFile& file, const std::vector<LevelBlock>& blocks)
      : file_(file), blocks_(blocks) {}

  const HeightWindow& At(std::size_t index) {
    if (held_ != index) {
      window_.reset();  // never two at once
      window_ = std::make_unique<HeightWindow>(file_, blocks_[index].window);
      held_ = index;
    }
    return *window_;
  }

 private:
  const RasterFile& file_;
  const std::vector<LevelBlock>& blocks_;
  std::unique_ptr<HeightWindow> window_;
  std::optional<std::size_t> held_;
};

/// One bracket for all blocks: the tiles' lattices, and with them the result, then do not depend on the
/// split.
HeightBracket RangeOf(const RasterFile& file, const std::vector<LevelBlock>& blocks, WindowReader& windows,
                      const std::function<void(std::size_t)>& on_block) {
  std::optional<HeightBracket> range;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    on_block(i);
    const std::optional<HeightBracket> here = blocks[i].HasPixels() ? windows.At(i).Range() : std::nullopt;
    if (!here) continue;
    if (!range) range = here;
    range->lowest_m = std::min(range->lowest_m, here->lowest_m);
    range->highest_m = std::max(range->highest_m, here->highest_m);
  }
  if (!range) throw DataError(file.path(), "all of it that the site needs is nodata");
  return {range->lowest_m - 1, range->highest_m + 1};  // a flat raster too has a height to scale by
}

void Clear(const LevelBlock& block, TerrainLevel& level) {
  for (int row = block.first_row; row < block.first_row + block.height; ++row) {
    float* first = &level.z_m.At(block.first_col, row);
    std::fill(first, first + block.width, std::numeric_limits<float>::quiet_NaN());
  }
}

int PointsAcross(double length_m, double spacing_m) {
  const double points = std::ceil(length_m / spacing_m - 1e-9) + 1;
  if (points > 100'000)
    throw std::invalid_argument("spacing_m: " + std::to_string(spacing_m) + " is too fine");
  return static_cast<int>(points);
}

}  // namespace

SiteExtent Intersection(const SiteExtent& a, const SiteExtent& b) {
  return {std::max(a.min_x_m, b.min_x_m), std::min(a.max_x_m, b.max_x_m), std::max(a.min_y_m, b.min_y_m),
          std::min(a.max_y_m, b.max_y_m)};
}

void ResampleOptions::Validate() const {
  if (most_window_pixels < kLeastWindowPixels) {
    throw std::invalid_argument("most_window_pixels: " + std::to_string(most_window_pixels) +
                                " is less than " + std::to_string(kLeastWindowPixels));
  }
}

PlannedLevel PlanLevel(const RasterFile& file, const SiteExtent& extent, double spacing_m) {
  CheckExtent(extent, spacing_m);
  PlannedLevel planned;
  planned.width = PointsAcross(extent.max_x_m - extent.min_x_m, spacing_m);
  planned.height = PointsAcross(extent.max_y_m - extent.min_y_m, spacing_m);
  planned.description.x0_m = extent.min_x_m;
  planned.description.y0_m = extent.max_y_m;
  planned.description.spacing_m = spacing_m;
  planned.description.name = file.path().filename().string();
  return planned;
}

void ResampleInto(TerrainLevel& level, const RasterFile& file, const Site& site,
                  const ResampleOptions& options) {
  options.Validate();
  PixelProjection projection(file, site);
  const std::vector<LevelBlock> blocks =
      SplitIntoBlocks(projection, file, site, level, options.most_window_pixels);
  if (std::none_of(blocks.begin(), blocks.end(), [](const LevelBlock& b) { return b.HasPixels(); }))
    throw DataError(file.path(), "it has no data where the site needs it");
  WindowReader windows(file, blocks);
  const auto report = [&](std::size_t steps) {
    if (options.progress)
      options.progress(static_cast<double>(steps) / static_cast<double>(2 * blocks.size()));
  };
  const HeightBracket bracket = RangeOf(file, blocks, windows, report);
  bool any = false;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    report(blocks.size() + i);
    Clear(blocks[i], level);
    if (!blocks[i].HasPixels()) continue;
    any = ResampleBlock(projection, windows.At(i), bracket, blocks[i], level) || any;
  }
  if (!any) throw DataError(file.path(), "it has no data where the site needs it");
}

TerrainLevel ResampleIntoSite(const RasterFile& file, const Site& site, const SiteExtent& extent,
                              double spacing_m, const ResampleOptions& options) {
  const PlannedLevel planned = PlanLevel(file, extent, spacing_m);
  TerrainLevel level = planned.description;
  level.z_m = Grid<float>(planned.width, planned.height);
  ResampleInto(level, file, site, options);
  return level;
}

SiteExtent CoverageInSite(const RasterFile& file, const Site& site, double limit_m) {
  if (!(limit_m > 0)) throw std::invalid_argument("limit_m: " + std::to_string(limit_m) + " is not positive");
  const double limit = std::min(limit_m, kFarthest_m / std::sqrt(2.0));
  Eigen::AlignedBox2d box;
  // The covered part of the square is bounded by the raster's outline inside the square …
  const double right = file.width() - 0.5, bottom = file.height() - 0.5;
  for (const LatLon& place : file.PlacesFromPixels(Outline({-0.5, right, -0.5, bottom}))) {
    const Eigen::Vector3d point = PointInSite(site, {place, 0});
    const bool near_side = point.z() > MoonCentreInSite().z();
    if (near_side && std::abs(point.x()) <= limit && std::abs(point.y()) <= limit)
      box.extend(point.head<2>());
  }
  // … and by the square's outline inside the raster.
  const std::vector<Eigen::Vector2d> square = Outline({-limit, limit, -limit, limit});
  PixelProjection projection(file, site);
  std::vector<Eigen::Vector3d> points;
  for (const Eigen::Vector2d& p : square) points.emplace_back(p.x(), p.y(), 0);
  const std::vector<Eigen::Vector2d> pixels = projection.Pixels(points);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const Eigen::Vector2d& p = pixels[i];
    if (p.x() >= -0.5 && p.x() <= right && p.y() >= -0.5 && p.y() <= bottom) box.extend(square[i]);
  }
  if (box.isEmpty() || !(box.sizes().minCoeff() > 0)) {
    throw DataError(file.path(),
                    "it does not cover the site or anything within " + std::to_string(limit) + " m of it");
  }
  return {box.min().x(), box.max().x(), box.min().y(), box.max().y()};
}

double PixelOnGround_m(const RasterFile& file, const LatLon& place) {
  Eigen::Vector2d pixel = file.PixelsFromPlaces({place}).front();
  if (!pixel.allFinite()) pixel = {0.5 * (file.width() - 1), 0.5 * (file.height() - 1)};
  pixel = pixel.cwiseMax(0.0).cwiseMin(Eigen::Vector2d(file.width() - 1, file.height() - 1));
  const Eigen::Vector2d half_x(0.5, 0), half_y(0, 0.5);
  const std::vector<LatLon> ends =
      file.PlacesFromPixels({pixel - half_x, pixel + half_x, pixel - half_y, pixel + half_y});
  const double dx = (PointInMoon(ends[1]) - PointInMoon(ends[0])).norm();
  const double dy = (PointInMoon(ends[3]) - PointInMoon(ends[2])).norm();
  return std::sqrt(dx * dy);
}

}  // namespace perilune::dem
