#include "tools/perilune/terrain_ground.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "datasets/formats/uncertainty.h"
#include "dem/frames/site.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"
#include "dem/io/raster_stream.h"
#include "dem/io/write_raster.h"
#include "dem/statistics/effective_resolution.h"
#include "dem/synthesis/detail.h"
#include "dem/synthesis/lunar_ground.h"
#include "dem/synthesis/orthographic.h"
#include "dem/synthesis/refined_ground.h"
#include "dem/terrain/resample.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/progress.h"
#include "tools/perilune/terrain_catalogue.h"

namespace perilune::tools {
namespace {

constexpr double kMostCells = 17'179'869'184.0;  // 2^34: 64 GiB on disk while it is written
constexpr int kRowsAtOnce = 512;

using Rows = std::function<dem::Grid<float>(const dem::PlaneWindow&)>;

struct Pace {
  double seconds = 0;
  float low = INFINITY, high = -INFINITY;
};

/// Makes `window` by strips of rows and streams them into a file.
Pace Stream(const std::string& path, const dem::RasterStreamInfo& info, const dem::PlaneWindow& window,
            const Rows& rows, Progress& progress) {
  Pace pace;
  dem::RasterStream stream(path, info);
  for (int row = 0; row < window.height; row += kRowsAtOnce) {
    CheckInterrupted();
    dem::PlaneWindow strip = window;
    strip.y0_m = window.y0_m - row * window.spacing_m;
    strip.height = std::min(kRowsAtOnce, window.height - row);
    const auto start = std::chrono::steady_clock::now();
    const dem::Grid<float> cells = rows(strip);
    pace.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (float h : cells.data) {
      pace.low = std::min(pace.low, h);
      pace.high = std::max(pace.high, h);
    }
    stream.Append(cells);
    const double done = static_cast<double>(row + strip.height) * window.width;
    char rate[32];
    std::snprintf(rate, sizeof rate, "rows, %.1f Mpix/s", done / pace.seconds / 1e6);
    progress.Show(std::filesystem::path(path).filename().string(),
                  static_cast<std::size_t>(row + strip.height), static_cast<std::size_t>(window.height),
                  rate);
  }
  progress.Show("compressing " + std::filesystem::path(path).filename().string(), 1, 1);
  stream.Finish();
  return pace;
}

dem::RasterStreamInfo InfoOf(const GroundRequest& request, const std::string& description,
                             const std::string& unit) {
  dem::RasterStreamInfo info;
  info.width = request.window.width;
  info.height = request.window.height;
  info.crs_wkt = dem::OrthographicCrs(dem::RadToDeg(request.centre.latitude_rad),
                                      dem::RadToDeg(request.centre.longitude_rad));
  info.crs_from_pixel.linear() << request.window.spacing_m, 0, 0, -request.window.spacing_m;
  info.crs_from_pixel.translation() << request.window.x0_m, request.window.y0_m;
  info.description = description;
  info.unit = unit;
  info.metadata = {{"SITE_TYPE", request.site_type}, {"SEED", std::to_string(request.seed)}};
  return info;
}

void WriteTruth(const GroundRequest& request, const dem::LunarGround& ground, const dem::Site& site) {
  const double half_m = request.window.spacing_m / 2, smallest_m = dem::kCellsPerFeature * 2 * half_m;
  const dem::PlaneRect rect{request.window.x0_m - half_m, request.window.MaxX() + half_m,
                            request.window.MinY() - half_m, request.window.y0_m + half_m};
  if (!request.craters.empty()) {
    dem::WriteFileAtomically(request.craters,
                             CratersCsv(ground.CratersIn(rect, smallest_m), ground.population(), site));
  }
  if (!request.rocks.empty())
    dem::WriteFileAtomically(request.rocks, RocksCsv(ground.RocksIn(rect, smallest_m), site));
}

/// Heights, then what was asked for beside them.
int WriteAll(const GroundRequest& request, const dem::LunarGround& ground, const Rows& heights,
             const std::string& kind) {
  const dem::Site site = dem::MakeSite(request.centre);
  Progress progress("terrain");
  const Pace pace = Stream(request.output, InfoOf(request, "height above the sphere of 1737400 m", "m"),
                           request.window, heights, progress);
  if (!request.albedo.empty()) {
    Stream(
        request.albedo, InfoOf(request, "normal albedo", ""), request.window,
        [&ground](const dem::PlaneWindow& strip) { return ground.Albedo(strip); }, progress);
  }
  WriteTruth(request, ground, site);
  const double cells = static_cast<double>(request.window.width) * request.window.height;
  std::printf("%s: %d x %d cells of %g m around %.6f deg N, %.6f deg E (orthographic)\n",
              request.output.c_str(), request.window.width, request.window.height, request.window.spacing_m,
              dem::RadToDeg(request.centre.latitude_rad), dem::RadToDeg(request.centre.longitude_rad));
  std::printf("%s, seed %llu: craters, rocks and waves of %g m and more\n", kind.c_str(),
              static_cast<unsigned long long>(request.seed),
              dem::kCellsPerFeature * request.window.spacing_m);
  std::printf("heights %.1f to %.1f m; made in %.1f s, %.1f Mpix/s\n", static_cast<double>(pace.low),
              static_cast<double>(pace.high), pace.seconds, cells / pace.seconds / 1e6);
  return 0;
}

/// Means over blocks of the effective resolution of what was put in, as rows go by.
class BlockMeans {
 public:
  explicit BlockMeans(double block_m) : block_m_(block_m) {}

  void Add(const dem::PlaneWindow& strip, const dem::Grid<float>& made, const dem::Grid<float>& shown) {
    for (int r = 0; r < strip.height; ++r) {
      const long row = std::lround(std::floor((strip.y0_m - r * strip.spacing_m) / block_m_));
      for (int c = 0; c < strip.width; ++c) {
        Sum& sum = sums_[{row, std::lround(std::floor((strip.x0_m + c * strip.spacing_m) / block_m_))}];
        sum.height_m += static_cast<double>(made.At(c, r)) - shown.At(c, r);
        sum.cells += 1;
      }
    }
  }

  /// Of the blocks that lie inside; empty without any.
  std::optional<double> Rms_m(double spacing_m) const {
    const double whole = block_m_ * block_m_ / (spacing_m * spacing_m);
    double sum2 = 0;
    int blocks = 0;
    for (const auto& [place, sum] : sums_) {
      if (sum.cells < 0.98 * whole) continue;
      sum2 += sum.height_m / sum.cells * (sum.height_m / sum.cells);
      ++blocks;
    }
    if (blocks == 0) return std::nullopt;
    return std::sqrt(sum2 / blocks);
  }

 private:
  struct Sum {
    double height_m = 0, cells = 0;
  };
  double block_m_;
  std::map<std::pair<long, long>, Sum> sums_;
};

/// The DEM on a lattice of its own pixel around a part of the orthographic plane.
struct Lattice {
  dem::Grid<float> height_m;
  dem::PlaneWindow window;
};

Lattice OnLattice(const dem::RasterFile& file, const dem::Site& site, double spacing_m,
                  const dem::PlaneWindow& around) {
  const dem::PlaneWindow plane = dem::SiteWindowFor(around, dem::kLargestHeight_m);
  dem::TerrainLevel level = dem::ResampleIntoSite(file, site,
                                                  {plane.x0_m - 2 * spacing_m, plane.MaxX() + 2 * spacing_m,
                                                   plane.MinY() - 2 * spacing_m, plane.y0_m + 2 * spacing_m},
                                                  spacing_m);
  dem::Grid<float> height_m = std::move(level.z_m);
  for (int r = 0; r < height_m.height; ++r) {
    for (int c = 0; c < height_m.width; ++c) {
      float& cell = height_m.At(c, r);
      cell = static_cast<float>(dem::HeightAboveSphere(
          {level.x0_m + c * spacing_m, level.y0_m - r * spacing_m, static_cast<double>(cell)}));
    }
  }
  const dem::PlaneWindow made{level.x0_m, level.y0_m, height_m.width, height_m.height, spacing_m};
  return {dem::OrthographicFromSite(height_m, made, around), around};
}

/// The smallest part of the lattice that holds a rectangle of these half sides around (x, y).
dem::PlaneWindow LatticePart(double spacing_m, double west_m, double east_m, double south_m, double north_m) {
  const double west = std::floor(west_m / spacing_m), east = std::ceil(east_m / spacing_m);
  const double south = std::floor(south_m / spacing_m), north = std::ceil(north_m / spacing_m);
  return {west * spacing_m, north * spacing_m, static_cast<int>(east - west) + 1,
          static_cast<int>(north - south) + 1, spacing_m};
}

/// The effective resolution: as asked for, as the sidecar declares it, or measured on 256 cells around the
/// centre.
double ResolutionOf(const GroundRequest& request, const Lattice& middle,
                    const datasets::MapUncertainty& declared) {
  if (request.effective_resolution_m) return *request.effective_resolution_m;
  if (declared.effective_resolution_m) return *declared.effective_resolution_m;
  const auto measured_m =
      dem::EffectiveResolution_m(dem::SpectrumOf(middle.height_m, middle.window.spacing_m));
  if (!measured_m) {
    throw dem::DataError(request.refined_dem,
                         "its spectrum does not tell its effective resolution; give "
                         "--effective-resolution-m");
  }
  std::fprintf(stderr, "terrain: effective resolution %.0f m, measured from the spectrum\n", *measured_m);
  return *measured_m;
}

int WriteRefined(const GroundRequest& request, const dem::SiteType& type) {
  const dem::RasterFile file(request.refined_dem);
  const dem::Site site = dem::MakeSite(request.centre);
  const double pixel_m = dem::PixelOnGround_m(file, request.centre);
  constexpr int kMiddle = 256;
  const double half_m = 0.5 * kMiddle * pixel_m;
  const Lattice middle = OnLattice(file, site, pixel_m, {-half_m, half_m, kMiddle, kMiddle, pixel_m});
  const datasets::MapUncertainty declared = datasets::ReadMapUncertainty(request.refined_dem);
  dem::RefineOptions options;
  options.type = type;
  options.seed = request.seed;
  options.effective_resolution_m = ResolutionOf(request, middle, declared);
  options.roughness = dem::RoughnessOf(middle.height_m, pixel_m, type, options.effective_resolution_m);
  const double margin_m = options.effective_resolution_m / 2 + 4 * pixel_m;
  const Lattice around =
      OnLattice(file, site, pixel_m,
                LatticePart(pixel_m, request.window.x0_m - margin_m, request.window.MaxX() + margin_m,
                            request.window.MinY() - margin_m, request.window.y0_m + margin_m));
  const dem::RefinedGround ground(around.height_m, around.window, options);
  BlockMeans means(options.effective_resolution_m);
  const int status = WriteAll(
      request, ground.detail(),
      [&](const dem::PlaneWindow& strip) {
        dem::Grid<float> made = ground.Heights(strip);
        means.Add(strip, made, ground.Shown(strip));
        return made;
      },
      request.refined_dem + " with " + type.name + " detail");
  std::printf("the DEM shows %.0f m and more, with %.2f of a %s's relief there",
              options.effective_resolution_m, options.roughness, type.name);
  if (const auto rms_m = means.Rms_m(request.window.spacing_m)) {
    std::printf("; its means over that change by %.2f m RMS", *rms_m);
    if (declared.height_sigma_m) std::printf(" (it declares %.2f m)", *declared.height_sigma_m);
  }
  std::printf("\n");
  return status;
}

}  // namespace

dem::PlaneWindow CellsOf(const std::array<double, 4>& window_m, double spacing_m) {
  const auto [west, south, east, north] = window_m;
  const double columns = std::round((east - west) / spacing_m),
               rows = std::round((north - south) / spacing_m);
  if (!(columns >= 1 && rows >= 1)) throw std::invalid_argument("--window-m: holds no cell of --spacing-m");
  if (columns * rows > kMostCells || columns > 1e6 || rows > 1e6) {
    throw std::invalid_argument("--window-m / --spacing-m: more than 2^34 cells, or 1e6 a side");
  }
  return {west + spacing_m / 2, north - spacing_m / 2, static_cast<int>(columns), static_cast<int>(rows),
          spacing_m};
}

int WriteGround(const GroundRequest& request) {
  const dem::SiteType& type = dem::SiteTypeNamed(request.site_type);
  if (!request.refined_dem.empty()) return WriteRefined(request, type);
  const dem::LunarGround ground(type, request.seed);
  return WriteAll(
      request, ground, [&ground](const dem::PlaneWindow& strip) { return ground.Heights(strip); },
      std::string("synthetic ") + type.name);
}

}  // namespace perilune::tools
