#include "datasets/simulation/map_degradation.h"

#include <tbb/parallel_for.h>

#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "datasets/simulation/map_grid.h"
#include "datasets/simulation/random_stream.h"
#include "dem/io/write_raster.h"

namespace perilune::datasets {
namespace {

constexpr double kFinerThanMap = 4;
const double kSigmaPerFullWidth = 1 / (2 * std::sqrt(2 * std::log(2.0)));

cv::Mat ViewOf(dem::Grid<float>& grid) { return cv::Mat(grid.height, grid.width, CV_32F, grid.data.data()); }

// A kernel wide enough (± 4 sigma) that its cut does not show in a float.
cv::Mat GaussianKernel(double sigma_px) {
  return cv::getGaussianKernel(2 * static_cast<int>(std::ceil(4 * sigma_px)) + 1, sigma_px, CV_32F);
}

// Bilinear z of a level; NaN outside.
double ZAt(const dem::TerrainLevel& level, double x_m, double y_m) {
  const double u = (x_m - level.x0_m) / level.spacing_m, v = (level.y0_m - y_m) / level.spacing_m;
  if (!(u >= 0 && v >= 0 && u <= level.z_m.width - 1 && v <= level.z_m.height - 1)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const int col = std::min(static_cast<int>(u), level.z_m.width - 2);
  const int row = std::min(static_cast<int>(v), level.z_m.height - 2);
  const double p = u - col, q = v - row;
  return (1 - q) * ((1 - p) * level.z_m.At(col, row) + p * level.z_m.At(col + 1, row)) +
         q * ((1 - p) * level.z_m.At(col, row + 1) + p * level.z_m.At(col + 1, row + 1));
}

// Height above the sphere at which the ray from the Moon's centre meets the surface moved by `tie`: the h
// with (R + h)·d − tie on the surface. Each step corrects by the vertical gap; it contracts by slope × angle
// from the site.
template <typename ZOf>
double HeightAlong(const Eigen::Vector3d& direction, const Eigen::Vector3d& tie_m, const ZOf& z_of) {
  constexpr int kMaxSteps = 50;
  constexpr double kEnough_m = 1e-4;
  double height_m = 0;
  for (int step = 0; step < kMaxSteps; ++step) {
    const Eigen::Vector3d point =
        dem::MoonCentreInSite() + (dem::kMoonRadius_m + height_m) * direction - tie_m;
    const double gap_m = z_of(point.x(), point.y()) - point.z();
    height_m += gap_m / direction.z();
    if (!(std::abs(gap_m) > kEnough_m)) break;  // also for NaN
  }
  return height_m;
}

template <typename ZOf>
dem::Raster<float> SampleHeights(const MapGrid& map, const Eigen::Vector3d& tie_m, const ZOf& z_of) {
  dem::Raster<float> raster;
  raster.grid = dem::Grid<float>(map.width(), map.height());
  raster.crs_wkt = map.CrsWkt();
  raster.crs_from_pixel = map.CrsFromPixel();
  raster.nodata = std::numeric_limits<float>::quiet_NaN();
  raster.name = "height above the sphere of 1737400 m";
  raster.unit = "m";
  tbb::parallel_for(0, map.height(), [&](int row) {
    for (int col = 0; col < map.width(); ++col) {
      raster.grid.At(col, row) = static_cast<float>(HeightAlong(map.DirectionInSite(col, row), tie_m, z_of));
    }
  });
  return raster;
}

const dem::TerrainLevel& GroundFor(const dem::Terrain& ground, const MapLevel& map, double pixel_m) {
  for (int i = ground.LevelCount(); i-- > 0;) {
    const dem::TerrainLevel& level = ground.Level(i);
    const bool covers = level.x0_m <= map.extent.min_x_m && level.MaxX() >= map.extent.max_x_m &&
                        level.y0_m >= map.extent.max_y_m && level.MinY() <= map.extent.min_y_m;
    if (covers && kFinerThanMap * level.spacing_m <= pixel_m * (1 + 1e-9)) return level;
  }
  throw std::invalid_argument("map.levels: no ground level covers '" + map.name +
                              "' and is at least 4 times finer");
}

dem::TerrainLevel LowPassed(const dem::TerrainLevel& ground, double sigma_m) {
  dem::TerrainLevel result;
  result.x0_m = ground.x0_m;
  result.y0_m = ground.y0_m;
  result.spacing_m = ground.spacing_m;
  result.z_m = ground.z_m;
  const cv::Mat kernel = GaussianKernel(sigma_m / ground.spacing_m);
  cv::Mat z = ViewOf(result.z_m);
  cv::sepFilter2D(z, z, CV_32F, kernel, kernel, {-1, -1}, 0, cv::BORDER_REPLICATE);
  return result;
}

// Unit-variance normal noise with correlation exp(−(d / L)²), as dem/terrain/height_error.h says: white noise
// smoothed by a Gaussian of sigma L / 2, scaled by the root of the kernel's energy (not by a sample's
// spread).
cv::Mat CorrelatedNoise(int width, int height, double correlation_px, std::uint64_t seed,
                        std::uint64_t stream) {
  const cv::Mat kernel = GaussianKernel(correlation_px / 2);
  const int margin = kernel.rows / 2;
  cv::Mat noise(height + 2 * margin, width + 2 * margin, CV_32F);
  tbb::parallel_for(0, noise.rows, [&](int row) {
    for (int col = 0; col < noise.cols; ++col) {
      const auto index = static_cast<std::uint64_t>(row) * static_cast<std::uint64_t>(noise.cols) +
                         static_cast<std::uint64_t>(col);
      noise.at<float>(row, col) = static_cast<float>(dem::RandomNormal(seed, stream, index));
    }
  });
  cv::sepFilter2D(noise, noise, CV_32F, kernel, kernel);
  return noise(cv::Rect(margin, margin, width, height)) / kernel.dot(kernel);
}

}  // namespace

DegradedMap DegradeMap(const Scenario& scenario, const dem::Terrain& ground, std::size_t level) {
  const MapOptions& options = scenario.map;
  const MapLevel& map_level = options.levels.at(level);
  // The centre moves by a different odd length for each level: no lattices coincide.
  const double offset_m = 137.31 * static_cast<double>(level + 1);
  const MapGrid map(scenario.site, map_level, {offset_m, -0.618 * offset_m});
  const double pixel_m = map.PixelOnGround_m();

  DegradedMap result;
  result.tie_in_site_m =
      pixel_m * Eigen::Vector3d(options.tie_horizontal_px, options.tie_horizontal_px, options.tie_vertical_px)
                    .cwiseProduct(Normal3(scenario.seed, RandomUse::kMapTie, level)) +
      Eigen::Vector3d(FaultSum(scenario.faults, FaultKind::kMapTie), 0, 0);
  const dem::TerrainLevel smooth = LowPassed(GroundFor(ground, map_level, pixel_m),
                                             kSigmaPerFullWidth * options.blur_px * pixel_m *
                                                 FaultFactor(scenario.faults, FaultKind::kMapResolution));
  result.raster = SampleHeights(map, result.tie_in_site_m,
                                [&smooth](double x_m, double y_m) { return ZAt(smooth, x_m, y_m); });
  const double height_sigma_m = options.height_sigma_px * pixel_m;
  ViewOf(result.raster.grid) +=
      height_sigma_m * CorrelatedNoise(map.width(), map.height(), options.height_correlation_px,
                                       scenario.seed,
                                       static_cast<std::uint64_t>(RandomUse::kMapHeight) + level);
  result.uncertainty = {height_sigma_m, options.height_correlation_px * pixel_m,
                        options.tie_horizontal_px * pixel_m, options.tie_vertical_px * pixel_m,
                        options.blur_px * pixel_m};
  return result;
}

dem::Raster<float> SiteDem(const dem::Terrain& ground, double spacing_m, double half_width_m) {
  const MapLevel level{"site_dem",
                       spacing_m,
                       {-half_width_m, half_width_m, -half_width_m, half_width_m},
                       MapProjection::kOrthographic};
  const MapGrid map(ground.site(), level, Eigen::Vector2d::Zero());
  return SampleHeights(map, Eigen::Vector3d::Zero(), [&ground](double x_m, double y_m) {
    return ground.HeightAt(x_m, y_m).value_or(std::numeric_limits<double>::quiet_NaN());
  });
}

}  // namespace perilune::datasets
