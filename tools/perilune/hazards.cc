#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasets/formats/hazard_files.h"
#include "datasets/formats/uncertainty.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/atomic_file.h"
#include "dem/io/raster_file.h"
#include "nav/landing/landing_sites.h"
#include "nav/output/json_lines.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/hazard_picture.h"
#include "tools/perilune/hazard_window.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/output_folder.h"
#include "tools/perilune/unresolved_window.h"

namespace perilune::tools {
namespace {

/// Cells that a map may have: about 60 bytes each are in memory at once.
constexpr std::int64_t kMostCells = 64'000'000;

struct HazardsRequest {
  std::string dem, out, assume_crs;
  int band = 1;
  bool overwrite = false;
  std::optional<double> latitude_deg, longitude_deg, size_m;
  double footprint_m = 10, slope_deg = 10, roughness_m = 0.5;
  std::optional<double> relief_m, height_sigma_m, height_correlation_m, effective_resolution_m;
  std::string time_utc;
  std::optional<double> sun_elevation_deg, sun_azimuth_deg;
  double shadow_reach_m = 20'000, min_lit = 0.5;
  int sites = 10;
  double separation_m = 100, dispersion_m = 5, time_to_go_s = 0, divert_reach_m = 0;
};

dem::HazardOptions OptionsOf(const HazardsRequest& request) {
  const datasets::MapUncertainty declared = datasets::ReadMapUncertainty(request.dem);
  dem::HazardOptions options;
  options.footprint_m = request.footprint_m;
  options.slope_limit_rad = dem::DegToRad(request.slope_deg);
  options.roughness_limit_m = request.roughness_m;
  options.relief_limit_m = request.relief_m;
  options.min_lit_fraction = request.min_lit;
  options.height_sigma_m = request.height_sigma_m.value_or(declared.height_sigma_m.value_or(0));
  options.height_correlation_m =
      request.height_correlation_m.value_or(declared.height_correlation_m.value_or(0));
  options.Validate();
  return options;
}

/// The options with the relief below the DEM's resolution, as far as that is declared; says what it found.
dem::HazardOptions AddUnresolved(const HazardsRequest& request, const dem::HazardOptions& options,
                                 dem::RasterFile& file, const CellWindow& window) {
  const double resolution_m = request.effective_resolution_m.value_or(
      datasets::ReadMapUncertainty(request.dem).effective_resolution_m.value_or(0));
  if (!(resolution_m > 0)) {
    std::fprintf(stderr,
                 "hazards: no effective resolution (--effective-resolution-m or %s.uncertainty.yaml): p_site "
                 "takes the DEM for all the relief there is\n",
                 request.dem.c_str());
    return options;
  }
  const auto relief = UnresolvedInWindow(file, window, options, resolution_m);
  if (!relief) {
    std::fprintf(stderr,
                 "hazards: the DEM is too small or too flat to tell the relief below its resolution of %g m: "
                 "p_site is without it\n",
                 resolution_m);
    return options;
  }
  std::printf(
      "relief below %g m: slope %.2f deg (1 sigma, each axis), largest deviation %.2f m, Hurst %.2f%s\n",
      resolution_m, dem::RadToDeg(relief->slope_rad), relief->largest_deviation_m, relief->hurst,
      relief->noise_subtracted ? "" : "; the declared height sigma hides the ground: upper bounds");
  return WithUnresolved(options, *relief);
}

nav::LandingOptions LandingOf(const HazardsRequest& request) {
  nav::LandingOptions options;
  options.count = request.sites;
  options.separation_m = request.separation_m;
  options.dispersion_m2 = Eigen::Matrix2d::Identity() * (request.dispersion_m * request.dispersion_m);
  if (request.latitude_deg) options.target_in_site_m = Eigen::Vector2d::Zero();  // the site's origin
  options.time_to_go_s = request.time_to_go_s;
  options.divert_reach_m = request.divert_reach_m;
  options.Validate();
  return options;
}

CellWindow WindowOf(const HazardsRequest& request, const dem::RasterFile& file) {
  CellWindow window{0, 0, file.width(), file.height()};
  if (request.size_m) {
    window = WindowAround(file, {dem::DegToRad(*request.latitude_deg), dem::DegToRad(*request.longitude_deg)},
                          *request.size_m);
  }
  const std::int64_t cells = std::int64_t{window.width} * window.height;
  if (cells > kMostCells) {
    throw std::invalid_argument(
        "hazards: " + std::to_string(window.width) + " x " + std::to_string(window.height) +
        " cells at once; choose a window of at most 64 million with --lat --lon --size-m");
  }
  return window;
}

/// The place asked for, else the window's middle.
dem::Site SiteOf(const HazardsRequest& request, const dem::RasterFile& file, const CellWindow& window) {
  if (request.latitude_deg) {
    return dem::MakeSite({dem::DegToRad(*request.latitude_deg), dem::DegToRad(*request.longitude_deg)});
  }
  const Eigen::Vector2d middle(window.col + 0.5 * (window.width - 1), window.row + 0.5 * (window.height - 1));
  return dem::MakeSite(file.PlacesFromPixels({middle}).front());
}

std::optional<dem::PlacedSun> SunOf(const HazardsRequest& request, const dem::Site& site) {
  if (!request.time_utc.empty())
    return dem::PlacedSun{dem::SunAt(dem::ParseUtc(request.time_utc), site), site};
  if (!request.sun_elevation_deg) return std::nullopt;
  return dem::PlacedSun{dem::SunFromAngles({dem::DegToRad(*request.sun_elevation_deg),
                                            dem::DegToRad(*request.sun_azimuth_deg)}),
                        site};
}

void PrintClasses(const dem::HazardMap& map) {
  std::array<std::int64_t, 4> counts{};
  for (const std::uint8_t value : map.hazard_class.grid.data) ++counts.at(value);
  const double all = static_cast<double>(map.hazard_class.grid.data.size());
  std::printf("%d x %d cells: safe %.1f %%, hazardous %.1f %%, shadow %.1f %%, unknown %.1f %%\n",
              map.width(), map.height(), 100 * counts[0] / all, 100 * counts[1] / all, 100 * counts[3] / all,
              100 * counts[2] / all);
}

void PrintSites(const std::vector<nav::LandingSite>& sites) {
  if (sites.empty()) {
    std::printf("no safe landing site\n");
    return;
  }
  std::printf("rank  latitude_deg  longitude_deg  p_land  margin_m  why\n");
  for (const nav::LandingSite& site : sites) {
    std::printf("%4d  %12.6f  %13.6f  %6.4f  %8.0f  %s\n", site.rank, dem::RadToDeg(site.place.latitude_rad),
                dem::RadToDeg(site.place.longitude_rad), site.p_land, site.margin_m, site.reasons.c_str());
  }
}

void Warn(const HazardsRequest& request, const dem::HazardMap& map,
          const std::optional<dem::PlacedSun>& sun) {
  if (map.footprint_used_m > 1.5 * request.footprint_m) {
    std::fprintf(
        stderr,
        "hazards: the DEM's cells are coarser than the footprint of %g m: planes are fitted over %.0f m, "
        "and smaller hazards are not in it\n",
        request.footprint_m, map.footprint_used_m);
  }
  if (map.options.height_sigma_m == 0 && map.options.unresolved_slope_rad == 0) {
    std::fprintf(stderr,
                 "hazards: no height sigma (--height-sigma-m or %s.uncertainty.yaml): p_site is 0 or 1\n",
                 request.dem.c_str());
  }
  if (sun && dem::AnglesOf(sun->sun).elevation_rad < 0) {
    std::fprintf(stderr, "hazards: the Sun is below the horizon of the site\n");
  }
}

std::vector<PlacedRank> PlacesInMap(const dem::RasterFile& file, const CellWindow& window,
                                    const std::vector<nav::LandingSite>& sites) {
  std::vector<PlacedRank> placed;
  for (const nav::LandingSite& site : sites) {
    const Eigen::Vector2d cell = file.PixelsFromPlaces({site.place}).front();
    placed.push_back({site.rank, cell - Eigen::Vector2d(window.col, window.row)});
  }
  return placed;
}

std::string LandingLines(const std::vector<nav::LandingSite>& sites, std::int64_t t_ns) {
  std::string lines;
  for (const nav::LandingSite& site : sites) lines += nav::EncodeLandingSiteJsonLine(site, t_ns);
  return lines;
}

int RunHazards(const HazardsRequest& request) {
  const dem::HazardOptions limits = OptionsOf(request);
  const nav::LandingOptions landing = LandingOf(request);
  dem::RasterFile file(request.dem, {request.band, request.assume_crs});
  const CellWindow window = WindowOf(request, file);
  const dem::Site site = SiteOf(request, file, window);
  const std::optional<dem::PlacedSun> sun = SunOf(request, site);
  OutputFolder out(request.out, request.overwrite);

  const dem::HazardOptions options = AddUnresolved(request, limits, file, window);
  const MappedWindow mapped =
      MapHazardWindow(file, window, options, sun, request.shadow_reach_m, [](int done, int all) {
        std::fprintf(stderr, "hazards: %d of %d rows\n", done, all);
        CheckInterrupted();
      });
  Warn(request, mapped.map, sun);
  const std::vector<nav::LandingSite> sites = nav::SelectLandingSites(mapped.map, mapped.dem, site, landing);
  CheckInterrupted();

  datasets::WriteHazardMap(out.staging(), mapped.map);
  datasets::WriteSitesGeoJson(out.staging() / "sites.geojson", sites, site);
  const std::int64_t t_ns = request.time_utc.empty() ? 0 : dem::ParseUtc(request.time_utc);
  dem::WriteFileAtomically(out.staging() / "landing.jsonl", LandingLines(sites, t_ns));
  WriteHazardPicture(out.staging() / "hazards.png", mapped.map, mapped.dem, PlacesInMap(file, window, sites));
  CheckInterrupted();
  out.Commit();
  PrintClasses(mapped.map);
  PrintSites(sites);
  return 0;
}

void AddGroundOptions(CLI::App& command, HazardsRequest& request) {
  const char* group = "Ground";
  CLI::Option* latitude = command.add_option("--lat", request.latitude_deg, "Target's latitude, deg north")
                              ->check(CLI::Range(-90.0, 90.0))
                              ->group(group);
  CLI::Option* longitude = command.add_option("--lon", request.longitude_deg, "Target's longitude, deg east")
                               ->check(CLI::Range(-360.0, 360.0))
                               ->group(group);
  latitude->needs(longitude);
  longitude->needs(latitude);
  command
      .add_option("--size-m", request.size_m,
                  "Side of the square around the target, m (default: the whole DEM)")
      ->check(CLI::PositiveNumber)
      ->needs(latitude)
      ->group(group);
  command
      .add_option("--height-sigma-m", request.height_sigma_m,
                  "1 sigma of the DEM's heights, m (default: DEM.uncertainty.yaml, else 0)")
      ->group(group);
  command
      .add_option("--height-correlation-m", request.height_correlation_m,
                  "Distance at which the correlation of their errors is 1/e, m (default: "
                  "DEM.uncertainty.yaml, else 0)")
      ->group(group);
  command
      .add_option("--effective-resolution-m", request.effective_resolution_m,
                  "Full width of the smoothing that the DEM shows the ground under, m: relief below it is "
                  "extrapolated into p_site (default: DEM.uncertainty.yaml, else none)")
      ->check(CLI::PositiveNumber)
      ->group(group);
  command.add_option("--band", request.band, "Band of the file that holds heights")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--assume-crs", request.assume_crs, "CRS of a file that states none, e.g. IAU_2015:30135")
      ->group(group);
}

void AddLanderOptions(CLI::App& command, HazardsRequest& request) {
  const char* group = "Lander";
  command.add_option("--footprint-m", request.footprint_m, "Diameter over the pads, m")
      ->capture_default_str()
      ->group(group);
  command.add_option("--slope-deg", request.slope_deg, "Slope limit of the footprint's plane, deg")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--roughness-m", request.roughness_m, "Limit of the largest distance from that plane, m")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--relief-m", request.relief_m,
                  "Limit of highest - lowest in the footprint, m (default: none)")
      ->group(group);
}

void AddSunOptions(CLI::App& command, HazardsRequest& request) {
  const char* group = "Sun (without it, no shadows)";
  CLI::Option* time =
      command.add_option("--time", request.time_utc, "UTC, YYYY-MM-DDThh:mm:ss")->group(group);
  CLI::Option* elevation =
      command
          .add_option("--sun-elevation-deg", request.sun_elevation_deg, "Sun above the target's horizon, deg")
          ->check(CLI::Range(-90.0, 90.0))
          ->excludes(time)
          ->group(group);
  CLI::Option* azimuth = command
                             .add_option("--sun-azimuth-deg", request.sun_azimuth_deg,
                                         "Sun's azimuth there, deg from north eastward")
                             ->check(CLI::Range(-360.0, 360.0))
                             ->group(group);
  elevation->needs(azimuth);
  azimuth->needs(elevation);
  command.add_option("--shadow-reach-m", request.shadow_reach_m, "Ground farther off casts no shadow, m")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group(group);
  command.add_option("--min-lit", request.min_lit, "Least part of the Sun's disc that counts as light, 0..1")
      ->capture_default_str()
      ->group(group);
}

void AddSiteOptions(CLI::App& command, HazardsRequest& request) {
  const char* group = "Landing sites";
  command.add_option("--sites", request.sites, "Sites at most")->capture_default_str()->group(group);
  command.add_option("--separation-m", request.separation_m, "Least distance of two sites, m")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--dispersion-m", request.dispersion_m,
                  "1 sigma of the touchdown around the aim, each axis, m")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--divert-reach-m", request.divert_reach_m,
                  "Sites farther from the target are left out, m (0: no limit)")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--time-to-go-s", request.time_to_go_s,
                  "Time for the divert, s: its delta-v is 4 d / t (0: none given)")
      ->capture_default_str()
      ->group(group);
}

}  // namespace

void AddHazards(CLI::App& app, Command& selected) {
  auto request = std::make_shared<HazardsRequest>();
  CLI::App* command = app.add_subcommand(
      "hazards",
      "Slope, roughness, shadow and probability of a safe site from a DEM, and ranked landing sites");
  command->add_option("DEM", request->dem, "DEM of any GDAL format with a lunar CRS")->required();
  command->add_option("-o,--output", request->out, "Folder to write")->required();
  command->add_flag("--overwrite", request->overwrite, "Replace the folder when it is not empty");
  AddGroundOptions(*command, *request);
  AddLanderOptions(*command, *request);
  AddSunOptions(*command, *request);
  AddSiteOptions(*command, *request);
  command->footer(
      "Writes p_site.tif (probability), slope_rad.tif, roughness_m.tif, relief_m.tif, lit_fraction.tif (with "
      "a Sun),\n"
      "class.tif (0 safe, 1 hazardous, 2 unknown, 3 shadow), reasons.tif (sum of 1 slope, 2 roughness, 4 "
      "relief, 8 shadow,\n"
      "16 unknown, 32 edge), sites.geojson, landing.jsonl and hazards.png; prints the ranked sites.");
  command->callback([request, &selected] { selected = [request] { return RunHazards(*request); }; });
}

}  // namespace perilune::tools
