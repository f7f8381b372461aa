#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dem/frames/site.h"
#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"
#include "dem/io/write_raster.h"
#include "dem/synthesis/embedded.h"
#include "dem/synthesis/low_pass.h"
#include "dem/synthesis/orthographic.h"
#include "dem/synthesis/refine.h"
#include "dem/terrain/resample.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/terrain_ground.h"
#include "tools/perilune/terrain_laws.h"
#include "tools/perilune/terrain_levels.h"

namespace perilune::tools {
namespace {

/// Heights of the Moon above its sphere lie within this (−9.1 … +10.8 km).
/// Two grids of this size are held in memory: 2.4 GB.
constexpr double kLargestPixelCount = 3e8;

struct TerrainOptions {
  bool synthetic = false;
  std::string refined_dem;
  std::string site_type;  ///< empty: the ground of --ground
  std::vector<std::string> levels;
  std::uint64_t seed = 1;
  std::string ground = "upland";
  std::optional<double> latitude_deg;
  std::optional<double> longitude_deg;
  double size_m = 10'000;
  double spacing_m = 5;
  std::optional<double> effective_resolution_m;
  std::string output;
  bool laws = false;
  std::vector<double> window_m;  ///< west, south, east, north; empty: size_m around the centre
  std::string albedo, craters, rocks;
};

/// Heights above the sphere on the site plane.
struct Ground {
  dem::Grid<float> height_m;
  dem::PlaneWindow window;
};

dem::DetailOptions World(const TerrainOptions& options) {
  return options.ground == "mare" ? dem::MareWorld(options.seed) : dem::EmbeddedWorld(options.seed);
}

dem::PlaneWindow OutputWindow(const TerrainOptions& options) {
  const double cells = std::ceil(options.size_m / options.spacing_m - 1e-9);
  if (cells < 2) throw std::invalid_argument("--size-m holds fewer than 2 cells of --spacing-m");
  if (cells * cells > kLargestPixelCount) {
    throw std::invalid_argument("--size-m / --spacing-m: " + std::to_string(static_cast<long long>(cells)) +
                                " cells a side are too many; at most 17320");
  }
  const int side = static_cast<int>(cells);
  const double first_m = (side - 1) / 2.0 * options.spacing_m;
  return {-first_m, first_m, side, side, options.spacing_m};
}

/// The DEM's heights on the site plane at its own spacing, wide enough for `fine` and the interpolation.
Ground CoarseGround(const dem::RasterFile& file, const dem::Site& site, const dem::PlaneWindow& fine,
                    double effective_resolution_m) {
  const double spacing_m = std::max(fine.spacing_m, dem::PixelOnGround_m(file, site.origin));
  const double margin_m = 3 * (spacing_m + dem::LowPassSigma_m(effective_resolution_m));
  dem::TerrainLevel level = dem::ResampleIntoSite(
      file, site,
      {fine.x0_m - margin_m, fine.MaxX() + margin_m, fine.MinY() - margin_m, fine.y0_m + margin_m},
      spacing_m);
  Ground ground{std::move(level.z_m), {level.x0_m, level.y0_m, 0, 0, level.spacing_m}};
  ground.window.width = ground.height_m.width;
  ground.window.height = ground.height_m.height;
  for (int r = 0; r < ground.height_m.height; ++r) {
    for (int c = 0; c < ground.height_m.width; ++c) {
      float& cell = ground.height_m.At(c, r);
      cell = static_cast<float>(dem::HeightAboveSphere(
          {level.x0_m + c * spacing_m, level.y0_m - r * spacing_m, static_cast<double>(cell)}));
    }
  }
  return ground;
}

Ground RefinedGround(const TerrainOptions& options, const dem::RasterFile& file, const dem::Site& site,
                     const dem::PlaneWindow& window) {
  Ground coarse = CoarseGround(file, site, window, *options.effective_resolution_m);
  const double sigma_m = dem::LowPassSigma_m(*options.effective_resolution_m);
  coarse.height_m = dem::LowPass(coarse.height_m, sigma_m / coarse.window.spacing_m);
  CheckInterrupted();
  const dem::DetailOptions detail =
      dem::DetailBetween(World(options), *options.effective_resolution_m, options.spacing_m);
  return {dem::RefineGrid(coarse.height_m, coarse.window, window, detail), window};
}

dem::LatLon Centre(const TerrainOptions& options, const dem::RasterFile* file) {
  if (options.latitude_deg)
    return {dem::DegToRad(*options.latitude_deg), dem::DegToRad(*options.longitude_deg)};
  if (file == nullptr) return {};
  return file->PlacesFromPixels({{(file->width() - 1) / 2.0, (file->height() - 1) / 2.0}}).front();
}

std::vector<std::pair<std::string, std::string>> Metadata(const TerrainOptions& options) {
  std::vector<std::pair<std::string, std::string>> metadata = {{"GROUND", options.ground},
                                                               {"SEED", std::to_string(options.seed)}};
  if (!options.synthetic) {
    metadata.emplace_back("REFINED_DEM", std::filesystem::path(options.refined_dem).filename().string());
    metadata.emplace_back("REFINED_BELOW_M", std::to_string(*options.effective_resolution_m));
  }
  return metadata;
}

void PrintSummary(const TerrainOptions& options, const dem::LatLon& centre,
                  const dem::Grid<float>& height_m) {
  float low = INFINITY, high = -INFINITY;
  std::size_t missing = 0;
  for (float h : height_m.data) {
    if (std::isnan(h)) {
      ++missing;
      continue;
    }
    low = std::min(low, h);
    high = std::max(high, h);
  }
  const double shortest_m = dem::kCellsPerFeature * options.spacing_m;
  const double longest_m =
      options.synthetic ? dem::kEmbeddedLargestCrater_m : *options.effective_resolution_m;
  std::printf("%s: %d x %d cells of %g m around %.6f deg N, %.6f deg E (orthographic)\n",
              options.output.c_str(), height_m.width, height_m.height, options.spacing_m,
              dem::RadToDeg(centre.latitude_rad), dem::RadToDeg(centre.longitude_rad));
  if (options.synthetic) {
    std::printf("synthetic %s, seed %llu: craters of %g to %g m on fractal relief\n", options.ground.c_str(),
                static_cast<unsigned long long>(options.seed), shortest_m, std::max(shortest_m, longest_m));
  } else if (longest_m <= shortest_m) {
    std::printf("%s resampled: %g m cells add no detail below %g m\n", options.refined_dem.c_str(),
                options.spacing_m, longest_m);
  } else {
    std::printf("%s with synthetic %s detail of %g to %g m, seed %llu\n", options.refined_dem.c_str(),
                options.ground.c_str(), shortest_m, longest_m, static_cast<unsigned long long>(options.seed));
  }
  std::printf("heights %.1f to %.1f m above the sphere of 1737400 m, %zu cells without data\n",
              static_cast<double>(low), static_cast<double>(high), missing);
}

int RunTerrain(const TerrainOptions& options) {
  const dem::PlaneWindow output = OutputWindow(options);
  std::optional<dem::RasterFile> file;
  if (!options.synthetic) file.emplace(options.refined_dem);
  const dem::Site site = dem::MakeSite(Centre(options, file ? &*file : nullptr));
  const dem::PlaneWindow window = dem::SiteWindowFor(output, dem::kLargestHeight_m);
  std::fprintf(stderr, "terrain: ground of %d x %d cells\n", window.width, window.height);
  const Ground ground = options.synthetic ? Ground{dem::SyntheticGround(World(options), window), window}
                                          : RefinedGround(options, *file, site, window);
  CheckInterrupted();
  std::fprintf(stderr, "terrain: orthographic grid of %d x %d cells\n", output.width, output.height);
  const dem::Grid<float> height_m = dem::OrthographicFromSite(ground.height_m, ground.window, output);
  if (std::all_of(height_m.data.begin(), height_m.data.end(), [](float h) { return std::isnan(h); })) {
    throw dem::DataError(options.refined_dem,
                         "has no data around the centre; give --lat and --lon inside it");
  }
  CheckInterrupted();
  std::fprintf(stderr, "terrain: writing %s\n", options.output.c_str());
  Eigen::Affine2d crs_from_pixel = Eigen::Affine2d::Identity();
  crs_from_pixel.linear() << output.spacing_m, 0, 0, -output.spacing_m;
  crs_from_pixel.translation() << output.x0_m, output.y0_m;
  dem::WriteGeoTiff<float>(
      options.output, {{&height_m, "height above the sphere of 1737400 m", "m"}},
      dem::OrthographicCrs(dem::RadToDeg(site.origin.latitude_rad), dem::RadToDeg(site.origin.longitude_rad)),
      crs_from_pixel, std::numeric_limits<float>::quiet_NaN(), Metadata(options));
  PrintSummary(options, site.origin, height_m);
  return 0;
}

int RunGround(const TerrainOptions& options) {
  GroundRequest request;
  request.site_type = options.site_type;
  request.refined_dem = options.refined_dem;
  request.seed = options.seed;
  std::optional<dem::RasterFile> file;
  if (!options.refined_dem.empty()) file.emplace(options.refined_dem);
  request.centre = Centre(options, file ? &*file : nullptr);
  const double half_m = options.size_m / 2;
  std::array<double, 4> window_m{-half_m, -half_m, half_m, half_m};
  if (!options.window_m.empty()) std::copy_n(options.window_m.begin(), 4, window_m.begin());
  request.window = CellsOf(window_m, options.spacing_m);
  request.effective_resolution_m = options.effective_resolution_m;
  request.output = options.output;
  request.albedo = options.albedo;
  request.craters = options.craters;
  request.rocks = options.rocks;
  return WriteGround(request);
}

int RunLevels(const TerrainOptions& options) {
  TerrainLevelsRequest request{options.levels, std::nullopt, World(options), options.effective_resolution_m,
                               options.output};
  if (options.latitude_deg) request.site = Centre(options, nullptr);
  return BuildTerrainLevels(request);
}

bool EndsInTerrain(const std::string& output) {
  return std::filesystem::path(output).extension() == ".terrain";
}

void CheckCombination(const TerrainOptions& options) {
  const int ways = (options.laws ? 1 : 0) + (options.synthetic ? 1 : 0) +
                   (options.refined_dem.empty() ? 0 : 1) + (options.levels.empty() ? 0 : 1);
  if (ways != 1)
    throw CLI::ValidationError("terrain", "give one of --synth, --refine DEM, --level ... and --laws");
  if (options.laws) return;
  if (EndsInTerrain(options.output) == options.levels.empty()) {
    throw CLI::ValidationError("terrain",
                               "-o: levels go into a .terrain file, --synth and --refine into a .tif");
  }
  const bool typed = !options.site_type.empty();
  if (typed && !options.levels.empty())
    throw CLI::ValidationError("terrain", "--site-type goes with --synth and --refine");
  if (!typed && !(options.window_m.empty() && options.albedo.empty() && options.craters.empty() &&
                  options.rocks.empty())) {
    throw CLI::ValidationError("terrain",
                               "--window-m, --albedo, --craters and --rocks need a site type (--synth mare)");
  }
  if (typed || !options.levels.empty()) return;
  if (!options.synthetic && !options.effective_resolution_m) {
    throw CLI::ValidationError(
        "terrain", "--refine needs --effective-resolution-m: below it the DEM shows nothing (GLD100: 2000)");
  }
}

}  // namespace

void AddTerrain(CLI::App& app, Command& selected) {
  auto options = std::make_shared<TerrainOptions>();
  CLI::App* sub = app.add_subcommand("terrain",
                                     "Synthetic lunar ground, or a real DEM with synthetic detail, as a "
                                     "GeoTIFF DEM; nested levels of both as "
                                     "a terrain file");
  sub->footer(
      "The file is a Cloud-Optimised GeoTIFF in the orthographic projection around the centre: heights in "
      "metres above the\n"
      "sphere of 1737400 m. The same seed gives the same ground at any spacing and centre offset, as "
      "`simulate` has it.\n"
      "A terrain file holds nested levels around a site, ready for rays: `render --map ground.terrain` opens "
      "it in "
      "milliseconds and\n"
      "reads what it looks at; levels may be larger than memory. Example, from the horizon to 5 cm:\n"
      "  perilune terrain --lat 26.1 --lon 3.6 --level global.tif@120:400000 --level nac.tif --level "
      "synth@0.5:400 \\\n"
      "    --level synth@0.05:50 -o ground.terrain");
  const CLI::IsMember site_types({"mare", "highland", "polar", "ejecta"});
  CLI::Option* synth =
      sub->add_option(
             "--synth", options->site_type,
             "synthetic ground of a site type (mare, highland, polar, ejecta); without a type that of "
             "--ground, as the demo has it")
          ->expected(0, 1)
          ->check(CLI::IsMember({"", "mare", "highland", "polar", "ejecta"}))
          ->type_name("[TYPE]");
  sub->add_option("--site-type", options->site_type,
                  "with --refine: detail of this site type, and the DEM kept as it is above its resolution")
      ->check(site_types)
      ->excludes(synth);
  sub->add_flag(
      "--laws", options->laws,
      "make ground of every site type, measure it against the laws it states, and write tables and plots "
      "into the folder of -o");
  sub->add_option("--window-m", options->window_m,
                  "window instead of a square: west south east north of the centre, m (with a site type)")
      ->expected(4)
      ->type_name("W S E N");
  sub->add_option("--albedo", options->albedo, "also write the normal albedo to this GeoTIFF (site types)");
  sub->add_option("--craters", options->craters,
                  "also write the craters that are in it to this CSV (site types)");
  sub->add_option("--rocks", options->rocks, "also write its rocks to this CSV (site types)");
  sub->add_option("--refine", options->refined_dem,
                  "real DEM to which detail is added below its effective resolution");
  sub->add_option(
         "--level", options->levels,
         "level of a terrain file, once for each, in any order: DEM, or synth for synthetic detail on "
         "the next coarser level; @SPACING_M: its cell, m (default: the DEM's pixel); :SIDE_M: side of "
         "its square around the site, m (default: all of the DEM within 1000 km)")
      ->type_name("DEM|synth[@SPACING_M][:SIDE_M]")
      ->allow_extra_args(false);
  sub->add_option("--effective-resolution-m", options->effective_resolution_m,
                  "size below which the DEM shows nothing, m (needed by --refine; with --level for DEMs that "
                  "do not declare it, default 4 cells; GLD100: 2000 "
                  "whatever its posting)")
      ->check(CLI::Range(0.01, 100'000.0));
  sub->add_option("--ground", options->ground,
                  "kind of ground: upland (25 m slopes of 8-10 deg RMS) or mare (3-5 deg)")
      ->check(CLI::IsMember({"upland", "mare"}))
      ->capture_default_str();
  sub->add_option("--seed", options->seed, "seed of the synthetic part")->capture_default_str();
  CLI::Option* latitude =
      sub->add_option(
             "--lat", options->latitude_deg,
             "latitude of the centre, deg (default: 0; --refine, --level: the centre of the finest DEM)")
          ->check(CLI::Range(-90.0, 90.0));
  CLI::Option* longitude =
      sub->add_option("--lon", options->longitude_deg, "east longitude of the centre, deg")
          ->check(CLI::Range(-360.0, 360.0));
  latitude->needs(longitude);
  longitude->needs(latitude);
  sub->add_option("--size-m", options->size_m, "side of the square, m (not with --level)")
      ->check(CLI::Range(1.0, 500'000.0))
      ->capture_default_str();
  sub->add_option("--spacing-m,--spacing", options->spacing_m, "cell size, m (not with --level)")
      ->check(CLI::Range(0.01, 10'000.0))
      ->capture_default_str();
  sub->add_option("-o,--output", options->output,
                  "file to write: GeoTIFF (.tif); with --level a terrain file (.terrain)")
      ->required();
  sub->callback([options, synth, &selected] {
    options->synthetic = synth->count() > 0;
    CheckCombination(*options);
    selected = [options] {
      if (options->laws) return WriteLaws(options->output, options->seed);
      if (!options->levels.empty()) return RunLevels(*options);
      return options->site_type.empty() ? RunTerrain(*options) : RunGround(*options);
    };
  });
}

}  // namespace perilune::tools
