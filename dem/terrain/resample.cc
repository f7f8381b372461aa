#include "dem/terrain/resample.h"

#include <tbb/blocked_range2d.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "dem/io/data_error.h"
#include "dem/terrain/height_window.h"
#include "dem/terrain/pixel_lattice.h"

namespace perilune::dem {
namespace {

/// Wider than the Moon's relief (FACTS: −9.1 … +10.8 km).
constexpr HeightBracket kRelief{-10e3, 11e3};
constexpr int kTile = 64;
/// Beyond this angle from the site the vertical of the site grazes the ground.
constexpr double kFarthest_m = 0.9 * kMoonRadius_m;
constexpr std::int64_t kMostPixels = 400'000'000;
constexpr int kMarginPixels = 4;

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

/// Bounding box of the extent's pixel coordinates between the extremes of the relief. The projection is
/// continuous, so the outline bounds the inside, unless the outline runs around a pole of a raster whose
/// columns count longitude.
struct PixelBox {
  Eigen::AlignedBox2d box;
  double margin_px = 0;  ///< the outline's largest step
  bool around_pole = false;
  bool complete = true;  ///< false: part of the outline is off the projection
};

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

PixelWindow FindWindow(PixelProjection& projection, const RasterFile& file, const Site& site,
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
  if (!(last >= first) || !(bottom >= top))
    throw DataError(file.path(), "it has no data where the site needs it");
  PixelWindow window;
  window.col = static_cast<int>(std::floor(first));
  window.row = static_cast<int>(top);
  window.width = static_cast<int>(std::ceil(last)) - window.col + 1;
  window.height = static_cast<int>(bottom) - window.row + 1;
  const std::int64_t pixels = static_cast<std::int64_t>(window.width) * window.height;
  if (pixels > kMostPixels) {
    throw DataError(file.path(),
                    "the site needs " + std::to_string(window.width) + " x " + std::to_string(window.height) +
                        " of its pixels: make it coarser first (gdal_translate -r average -outsize)");
  }
  return window;
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

void ResampleTile(PixelProjection& projection, const HeightWindow& window, const HeightBracket& bracket,
                  int first_col, int first_row, TerrainLevel& level) {
  const SitePoints tile{level.x0_m + first_col * level.spacing_m, level.y0_m - first_row * level.spacing_m,
                        level.spacing_m, std::min(kTile, level.z_m.width - first_col),
                        std::min(kTile, level.z_m.height - first_row)};
  const std::optional<PixelLattice> lattice = PixelLattice::Build(projection, tile, bracket);
  if (!lattice) return;
  double last = 0.5 * (bracket.lowest_m + bracket.highest_m);
  for (int j = 0; j < tile.height; ++j) {
    for (int i = 0; i < tile.width; ++i) {
      const double height = GroundHeight(window, lattice->At(i, j), bracket, last);
      if (std::isnan(height)) continue;
      last = height;
      const double z = ZInSite(tile.x0_m + i * tile.spacing_m, tile.y0_m - j * tile.spacing_m, height);
      level.z_m.At(first_col + i, first_row + j) = static_cast<float>(z);
    }
  }
}

int PointsAcross(double length_m, double spacing_m) {
  const double points = std::ceil(length_m / spacing_m - 1e-9) + 1;
  if (points > 100'000)
    throw std::invalid_argument("spacing_m: " + std::to_string(spacing_m) + " is too fine");
  return static_cast<int>(points);
}

}  // namespace

TerrainLevel ResampleIntoSite(const RasterFile& file, const Site& site, const SiteExtent& extent,
                              double spacing_m) {
  CheckExtent(extent, spacing_m);
  TerrainLevel level;
  level.z_m = Grid<float>(PointsAcross(extent.max_x_m - extent.min_x_m, spacing_m),
                          PointsAcross(extent.max_y_m - extent.min_y_m, spacing_m),
                          std::numeric_limits<float>::quiet_NaN());
  level.x0_m = extent.min_x_m;
  level.y0_m = extent.max_y_m;
  level.spacing_m = spacing_m;
  level.name = file.path().filename().string();

  PixelProjection projection(file, site);
  const HeightWindow window(file, FindWindow(projection, file, site, extent));
  std::optional<HeightBracket> bracket = window.Range();
  if (!bracket) throw DataError(file.path(), "all of it that the site needs is nodata");
  bracket->lowest_m -= 1;  // a flat raster too has a height to scale by
  bracket->highest_m += 1;

  const int tiles_x = (level.z_m.width + kTile - 1) / kTile, tiles_y = (level.z_m.height + kTile - 1) / kTile;
  tbb::parallel_for(tbb::blocked_range2d<int>(0, tiles_y, 0, tiles_x),
                    [&](const tbb::blocked_range2d<int>& tiles) {
                      for (int row = tiles.rows().begin(); row < tiles.rows().end(); ++row) {
                        for (int col = tiles.cols().begin(); col < tiles.cols().end(); ++col) {
                          ResampleTile(projection, window, *bracket, col * kTile, row * kTile, level);
                        }
                      }
                    });
  if (std::all_of(level.z_m.data.begin(), level.z_m.data.end(), [](float z) { return std::isnan(z); })) {
    throw DataError(file.path(), "it has no data where the site needs it");
  }
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
