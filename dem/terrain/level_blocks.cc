#include "dem/terrain/level_blocks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "dem/io/data_error.h"

namespace perilune::dem {
namespace {

/// Wider than the Moon's relief (FACTS: −9.1 … +10.8 km).
constexpr HeightBracket kRelief{-10e3, 11e3};
constexpr int kMarginPixels = 4;

/// Bounding box of the extent's pixel coordinates between the extremes of the relief. The projection is
/// continuous, so the outline bounds the inside, unless the outline runs around a pole of a raster whose
/// columns count longitude.
struct PixelBox {
  Eigen::AlignedBox2d box;
  double margin_px = 0;  ///< the outline's largest step
  bool around_pole = false;
  bool complete = true;  ///< false: part of the outline is off the projection
};

PixelBox FindPixelBox(PixelProjection& projection, const RasterFile& file, const SiteExtent& extent) {
  PixelBox result;
  const std::vector<Eigen::Vector2d> outline = Outline(extent);
  std::optional<Eigen::Vector2d> anchor;
  for (const double height : {kRelief.lowest_m, kRelief.highest_m}) {
    std::vector<Eigen::Vector3d> points;
    for (const Eigen::Vector2d& p : outline) points.emplace_back(p.x(), p.y(), height);
    const std::vector<Eigen::Vector2d> pixels = projection.Pixels(points);
    Eigen::Vector2d previous = anchor ? projection.Unwrapped(pixels.front(), *anchor) : pixels.front();
    if (!anchor) anchor = previous;
    const Eigen::Vector2d first = previous;
    for (const Eigen::Vector2d& pixel : pixels) {
      const Eigen::Vector2d here = projection.Unwrapped(pixel, previous);
      if (!here.allFinite()) {
        result.complete = false;
        continue;
      }
      result.box.extend(here);
      if (previous.allFinite()) result.margin_px = std::max(result.margin_px, (here - previous).norm());
      previous = here;
    }
    const double turn = file.ColumnsPerTurn().value_or(std::numeric_limits<double>::infinity());
    if (std::abs(previous.x() - first.x()) > 0.5 * turn) result.around_pole = true;
  }
  return result;
}

/// Row of the pole on the site's side of the Moon.
double PoleRow(const RasterFile& file, const Site& site) {
  const double latitude_rad = site.origin.latitude_rad < 0 ? -kPi / 2 : kPi / 2;
  return file.PixelsFromPlaces({{latitude_rad, site.origin.longitude_rad}}).front().y();
}

/// Columns of [first, last] that hold a copy of the raster.
std::pair<double, double> ClipColumns(const RasterFile& file, double first, double last) {
  const double turn = file.ColumnsPerTurn().value_or(0);
  const bool continues = turn >= 1 && std::abs(turn - std::round(turn)) <= 0.01;
  if (!continues) return {std::max(first, 0.0), std::min(last, file.width() - 1.0)};
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (double k = std::floor((first - file.width()) / turn); k * turn <= last; ++k) {
    const double from = std::max(first, k * turn), to = std::min(last, k * turn + file.width() - 1);
    if (from > to) continue;
    low = std::min(low, from);
    high = std::max(high, to);
  }
  return {low, high};
}

/// The pixels that an extent needs; nothing where the file has none of them.
std::optional<PixelWindow> FindWindow(PixelProjection& projection, const RasterFile& file, const Site& site,
                                      const SiteExtent& extent) {
  PixelBox found = FindPixelBox(projection, file, extent);
  if (!found.complete) {
    found.box =
        Eigen::AlignedBox2d(Eigen::Vector2d(0, 0), Eigen::Vector2d(file.width() - 1, file.height() - 1));
  }
  const double margin = kMarginPixels + found.margin_px;
  double first = found.box.min().x() - margin, last = found.box.max().x() + margin;
  double top = found.box.min().y() - margin, bottom = found.box.max().y() + margin;
  if (found.around_pole) {
    const double row = PoleRow(file, site);
    top = std::min(top, row - kMarginPixels);
    bottom = std::max(bottom, row + kMarginPixels);
  }
  const double turn = file.ColumnsPerTurn().value_or(std::numeric_limits<double>::infinity());
  if (found.around_pole || last - first > turn) {
    first = -kMarginPixels;
    last = turn + kMarginPixels;
  }
  std::tie(first, last) = ClipColumns(file, first, last);
  top = std::max(std::floor(top), 0.0);
  bottom = std::min(std::ceil(bottom), file.height() - 1.0);
  if (!(last >= first) || !(bottom >= top)) return std::nullopt;
  PixelWindow window;
  window.col = static_cast<int>(std::floor(first));
  window.row = static_cast<int>(top);
  window.width = static_cast<int>(std::ceil(last)) - window.col + 1;
  window.height = static_cast<int>(bottom) - window.row + 1;
  return window;
}

SiteExtent ExtentOf(const TerrainLevel& level, const LevelBlock& block) {
  const double left = level.x0_m + block.first_col * level.spacing_m;
  const double top = level.y0_m - block.first_row * level.spacing_m;
  return {left, left + (block.width - 1) * level.spacing_m, top - (block.height - 1) * level.spacing_m, top};
}

/// Splits a level until no block needs more than the pixels that may be held: by its longer side, since a map
/// that is turned against the site needs many pixels for long strips.
class BlockSplitter {
 public:
  BlockSplitter(PixelProjection& projection, const RasterFile& file, const Site& site,
                const TerrainLevel& level, std::int64_t most_pixels)
      : projection_(projection), file_(file), site_(site), level_(level), most_pixels_(most_pixels) {}

  std::vector<LevelBlock> Split() {
    Add({0, 0, level_.z_m.width, level_.z_m.height, {}});
    return std::move(blocks_);
  }

 private:
  void Add(LevelBlock block) {
    const auto window = FindWindow(projection_, file_, site_, ExtentOf(level_, block));
    if (!window) {
      blocks_.push_back(block);
      return;
    }
    block.window = *window;
    if (static_cast<std::int64_t>(window->width) * window->height <= most_pixels_) {
      blocks_.push_back(block);
      return;
    }
    const bool across = block.width > block.height;
    const int side = across ? block.width : block.height;
    const int half = (side / 2 + kTilePoints - 1) / kTilePoints * kTilePoints;
    if (side <= kTilePoints || half >= side) {
      throw DataError(file_.path(), "the site needs " + std::to_string(window->width) + " x " +
                                        std::to_string(window->height) +
                                        " of its pixels at once: make it coarser first (gdal_translate -r "
                                        "average -outsize)");
    }
    LevelBlock first = block, second = block;
    (across ? first.width : first.height) = half;
    (across ? second.first_col : second.first_row) += half;
    (across ? second.width : second.height) -= half;
    Add(first);
    Add(second);
  }

  PixelProjection& projection_;
  const RasterFile& file_;
  const Site& site_;
  const TerrainLevel& level_;
  std::int64_t most_pixels_;
  std::vector<LevelBlock> blocks_;
};

}  // namespace

std::vector<LevelBlock> SplitIntoBlocks(PixelProjection& projection, const RasterFile& file, const Site& site,
                                        const TerrainLevel& level, std::int64_t most_pixels) {
  return BlockSplitter(projection, file, site, level, most_pixels).Split();
}

std::vector<Eigen::Vector2d> Outline(const SiteExtent& e) {
  constexpr int kPoints = 512;
  const std::array<Eigen::Vector2d, 5> corners{Eigen::Vector2d(e.min_x_m, e.min_y_m),
                                               {e.max_x_m, e.min_y_m},
                                               {e.max_x_m, e.max_y_m},
                                               {e.min_x_m, e.max_y_m},
                                               {e.min_x_m, e.min_y_m}};
  std::vector<Eigen::Vector2d> points;
  for (int side = 0; side < 4; ++side) {
    for (int i = 0; i < kPoints; ++i) {
      const double f = static_cast<double>(i) / kPoints;
      points.push_back((1 - f) * corners[side] + f * corners[side + 1]);
    }
  }
  points.push_back(corners[4]);
  return points;
}

}  // namespace perilune::dem
