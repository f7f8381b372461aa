#include "tools/perilune/terrain_ground.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "dem/frames/site.h"
#include "dem/io/atomic_file.h"
#include "dem/io/raster_stream.h"
#include "dem/io/write_raster.h"
#include "dem/synthesis/detail.h"
#include "dem/synthesis/lunar_ground.h"
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
  const dem::Site site = dem::MakeSite(request.centre);
  Progress progress("terrain");
  const dem::LunarGround ground(type, request.seed);
  const Pace pace = Stream(
      request.output, InfoOf(request, "height above the sphere of 1737400 m", "m"), request.window,
      [&ground](const dem::PlaneWindow& strip) { return ground.Heights(strip); }, progress);
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
  std::printf("synthetic %s, seed %llu: craters, rocks and waves of %g m and more\n", type.name,
              static_cast<unsigned long long>(request.seed),
              dem::kCellsPerFeature * request.window.spacing_m);
  std::printf("heights %.1f to %.1f m; made in %.1f s, %.1f Mpix/s\n", static_cast<double>(pace.low),
              static_cast<double>(pace.high), pace.seconds, cells / pace.seconds / 1e6);
  return 0;
}

}  // namespace perilune::tools
