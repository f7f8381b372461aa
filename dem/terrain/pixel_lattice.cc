#include "dem/terrain/pixel_lattice.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace perilune::dem {

std::vector<Eigen::Vector2d> PixelProjection::Pixels(const std::vector<Eigen::Vector3d>& x_y_height) {
  std::vector<LatLon> places;
  places.reserve(x_y_height.size());
  for (const Eigen::Vector3d& p : x_y_height) {
    places.push_back(GeodeticFromSite(site_, {p.x(), p.y(), ZInSite(p.x(), p.y(), p.z())}).place);
  }
  const std::lock_guard lock(mutex_);
  return file_.PixelsFromPlaces(places);
}

Eigen::Vector2d PixelProjection::Unwrapped(const Eigen::Vector2d& pixel,
                                           const Eigen::Vector2d& reference) const {
  const std::optional<double> turn = file_.ColumnsPerTurn();
  if (!turn || !pixel.allFinite() || !reference.allFinite()) return pixel;
  return {pixel.x() + *turn * std::round((reference.x() - pixel.x()) / *turn), pixel.y()};
}

PixelLattice::PixelLattice(PixelProjection& projection, const SitePoints& tile, const HeightBracket& bracket,
                           int step)
    : step_(step), columns_((tile.width - 2 + step) / step + 1), rows_((tile.height - 2 + step) / step + 1) {
  const double middle = 0.5 * (bracket.lowest_m + bracket.highest_m);
  std::vector<Eigen::Vector3d> points;
  for (int j = 0; j < rows_; ++j) {
    for (int i = 0; i < columns_; ++i) {
      const double x = tile.x0_m + i * step * tile.spacing_m, y = tile.y0_m - j * step * tile.spacing_m;
      for (const double h : {bracket.lowest_m, middle, bracket.highest_m}) points.emplace_back(x, y, h);
    }
  }
  const std::vector<Eigen::Vector2d> pixels = projection.Pixels(points);
  nodes_.resize(points.size() / 3);
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const Eigen::Vector2d mid = projection.Unwrapped(pixels[3 * n + 1], pixels[1]);
    const Eigen::Vector2d low = projection.Unwrapped(pixels[3 * n], mid);
    const Eigen::Vector2d high = projection.Unwrapped(pixels[3 * n + 2], mid);
    nodes_[n] = {mid, 0.5 * (high - low), 0.5 * (high + low) - mid};
  }
}

std::optional<PixelLattice> PixelLattice::Build(PixelProjection& projection, const SitePoints& tile,
                                                const HeightBracket& bracket) {
  for (const int step : {16, 4}) {
    PixelLattice lattice(projection, tile, bracket, step);
    if (lattice.Empty()) return std::nullopt;
    if (lattice.Error_px(projection, tile, bracket) < kTolerance_px) return lattice;
  }
  return PixelLattice(projection, tile, bracket, 1);
}

PixelCurve PixelLattice::At(int i, int j) const {
  const int left = std::min(i / step_, std::max(columns_ - 2, 0)),
            top = std::min(j / step_, std::max(rows_ - 2, 0));
  if (step_ == 1) return nodes_[static_cast<std::size_t>(j) * columns_ + i];
  return Between(left, top, static_cast<double>(i) / step_ - left, static_cast<double>(j) / step_ - top);
}

PixelCurve PixelLattice::Between(int left, int top, double fx, double fy) const {
  const std::size_t a = static_cast<std::size_t>(top) * columns_ + left;
  const std::size_t right = columns_ > 1 ? 1 : 0, down = rows_ > 1 ? static_cast<std::size_t>(columns_) : 0;
  const double w00 = (1 - fx) * (1 - fy), w10 = fx * (1 - fy), w01 = (1 - fx) * fy, w11 = fx * fy;
  const PixelCurve &n00 = nodes_[a], &n10 = nodes_[a + right], &n01 = nodes_[a + down],
                   &n11 = nodes_[a + right + down];
  const auto mix = [&](Eigen::Vector2d PixelCurve::*part) -> Eigen::Vector2d {
    return w00 * n00.*part + w10 * n10.*part + w01 * n01.*part + w11 * n11.*part;
  };
  return {mix(&PixelCurve::constant), mix(&PixelCurve::linear), mix(&PixelCurve::quadratic)};
}

double PixelLattice::Error_px(PixelProjection& projection, const SitePoints& tile,
                              const HeightBracket& bracket) const {
  constexpr double t = 0.5;  // off the three heights that the curves pass through
  const double height =
      0.5 * (bracket.lowest_m + bracket.highest_m) + 0.5 * t * (bracket.highest_m - bracket.lowest_m);
  // Edge middles as well: where u and v are harmonic (conformal projections) the error vanishes at the
  // centres.
  const std::array<Eigen::Vector2d, 3> places_in_cell{Eigen::Vector2d(0.5, 0), {0, 0.5}, {0.5, 0.5}};
  const Eigen::Vector2d has_extent(columns_ > 1 ? 1 : 0, rows_ > 1 ? 1 : 0);
  std::vector<Eigen::Vector3d> points;
  std::vector<Eigen::Vector2d> interpolated;
  for (int j = 0; j < std::max(rows_ - 1, 1); ++j) {
    for (int i = 0; i < std::max(columns_ - 1, 1); ++i) {
      for (const Eigen::Vector2d& place : places_in_cell) {
        const Eigen::Vector2d f = place.cwiseProduct(has_extent);
        points.emplace_back(tile.x0_m + (i + f.x()) * step_ * tile.spacing_m,
                            tile.y0_m - (j + f.y()) * step_ * tile.spacing_m, height);
        interpolated.push_back(Between(i, j, f.x(), f.y()).At(t));
      }
    }
  }
  const std::vector<Eigen::Vector2d> exact = projection.Pixels(points);
  double worst = 0;
  for (std::size_t n = 0; n < exact.size(); ++n) {
    const double error = (projection.Unwrapped(exact[n], interpolated[n]) - interpolated[n]).norm();
    if (!std::isfinite(error)) return std::numeric_limits<double>::quiet_NaN();
    worst = std::max(worst, error);
  }
  return worst;
}

bool PixelLattice::Empty() const {
  return std::none_of(nodes_.begin(), nodes_.end(),
                      [](const PixelCurve& node) { return node.constant.allFinite(); });
}

}  // namespace perilune::dem
