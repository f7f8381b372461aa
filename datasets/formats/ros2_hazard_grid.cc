#include "datasets/formats/ros2_hazard_grid.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"

namespace perilune::datasets {
namespace {

constexpr double kMaxCells = 1e8;

std::vector<Eigen::Vector2d> InSite(const dem::RasterFile& raster, const dem::Site& site,
                                    const std::vector<Eigen::Vector2d>& pixels) {
  std::vector<Eigen::Vector2d> points;
  for (const dem::LatLon& place : raster.PlacesFromPixels(pixels)) {
    points.push_back(dem::PointInSite(site, {place, 0}).head<2>());
  }
  return points;
}

/// Where the raster lies in `site`, m.
struct GridExtent {
  Eigen::Vector2d low = Eigen::Vector2d::Zero();
  double spacing_m = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

GridExtent ExtentOf(const dem::RasterFile& raster, const dem::Site& site) {
  const double right = raster.width() - 0.5, bottom = raster.height() - 0.5;
  std::vector<Eigen::Vector2d> outline;
  constexpr int kSteps = 16;
  for (int i = 0; i <= kSteps; ++i) {
    const double u = -0.5 + (right + 0.5) * i / kSteps, v = -0.5 + (bottom + 0.5) * i / kSteps;
    for (const Eigen::Vector2d& pixel : {Eigen::Vector2d(u, -0.5), {u, bottom}, {-0.5, v}, {right, v}}) {
      outline.push_back(pixel);
    }
  }
  Eigen::Vector2d low = Eigen::Vector2d::Constant(HUGE_VAL), high = -low;
  for (const Eigen::Vector2d& point : InSite(raster, site, outline)) {
    if (!point.allFinite()) throw dem::DataError(raster.path(), "its outline has no place on the Moon");
    low = low.cwiseMin(point);
    high = high.cwiseMax(point);
  }
  const Eigen::Vector2d middle(0.5 * (right - 0.5), 0.5 * (bottom - 0.5));
  const std::vector<Eigen::Vector2d> cell =
      InSite(raster, site, {middle, middle + Eigen::Vector2d::UnitX(), middle + Eigen::Vector2d::UnitY()});
  // The resolution is a float in the message: extents are counted in what will be read.
  const double spacing_m =
      static_cast<float>(std::sqrt((cell[1] - cell[0]).norm() * (cell[2] - cell[0]).norm()));
  const Eigen::Vector2d cells = ((high - low) / spacing_m).array().round();
  if (!(cells.minCoeff() >= 1 && cells.prod() <= kMaxCells)) {
    throw dem::DataError(raster.path(), "does not make a grid of 1 to 1e8 cells");
  }
  return {low, spacing_m, static_cast<std::uint32_t>(cells.x()), static_cast<std::uint32_t>(cells.y())};
}

std::int8_t Percent(const dem::RasterFile& raster, float p_site) {
  if (std::isnan(p_site)) return -1;
  if (!(p_site >= 0 && p_site <= 1)) throw dem::DataError(raster.path(), "holds what is no probability");
  return static_cast<std::int8_t>(std::lround(100 * (1 - p_site)));
}

/// Places above the sphere under a row of the grid.
std::vector<dem::LatLon> RowPlaces(const GridExtent& extent, const dem::Site& site, std::uint32_t row) {
  std::vector<dem::LatLon> places(extent.width);
  const double y_m = extent.low.y() + (row + 0.5) * extent.spacing_m;
  for (std::uint32_t col = 0; col < extent.width; ++col) {
    const double x_m = extent.low.x() + (col + 0.5) * extent.spacing_m;
    places[col] = dem::GeodeticFromSite(site, {x_m, y_m, dem::ZInSite(x_m, y_m, 0)}).place;
  }
  return places;
}

}  // namespace

RosOccupancyGrid HazardGrid(const std::filesystem::path& p_site, const dem::Site& site, std::int64_t t_ns) {
  const dem::RasterFile raster(p_site);
  const GridExtent extent = ExtentOf(raster, site);
  const dem::Raster<float> values = raster.ReadWindow(0, 0, raster.width(), raster.height());
  RosOccupancyGrid grid;
  grid.header = {RosTimeFromNanoseconds(t_ns), "site"};
  grid.map_load_time = grid.header.stamp;
  grid.resolution = static_cast<float>(extent.spacing_m);
  grid.width = extent.width;
  grid.height = extent.height;
  grid.origin.position = {extent.low.x(), extent.low.y(), 0};
  grid.data.reserve(std::size_t{extent.width} * extent.height);
  for (std::uint32_t row = 0; row < extent.height; ++row) {
    for (const Eigen::Vector2d& pixel : raster.PixelsFromPlaces(RowPlaces(extent, site, row))) {
      const bool inside = pixel.x() >= -0.5 && pixel.x() < raster.width() - 0.5 && pixel.y() >= -0.5 &&
                          pixel.y() < raster.height() - 0.5;
      grid.data.push_back(inside
                              ? Percent(raster, values.grid.At(static_cast<int>(std::floor(pixel.x() + 0.5)),
                                                               static_cast<int>(std::floor(pixel.y() + 0.5))))
                              : std::int8_t{-1});
    }
  }
  return grid;
}

}  // namespace perilune::datasets
