#include <CLI/CLI.hpp>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasets/formats/dem_hash.h"
#include "datasets/formats/hazard_classes.h"
#include "datasets/formats/hazard_files.h"
#include "datasets/formats/site_files.h"
#include "datasets/formats/uncertainty.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/atomic_file.h"
#include "dem/io/raster_file.h"
#include "nav/landing/landing_sites.h"
#include "nav/output/json_lines.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/divert_options.h"
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
  double separation_m = 100, dispersion_m = 5, divert_reach_m = 0, min_p_land = 0;
  DivertRequest divert;
  datasets::MarginalRule marginal;
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
  options.min_p_land = request.min_p_land;
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

void PrintClasses(const dem::Grid<std::uint8_t>& classes) {
  std::array<std::int64_t, 6> counts{};
  for (const std::uint8_t value : classes.data) ++counts.at(value);
  std::printf("%d x %d cells:", classes.width, classes.height);
  const char* separator = " ";
  for (const datasets::ClassStyle& style : datasets::ClassStyles()) {
    const auto count = static_cast<double>(counts.at(static_cast<std::size_t>(style.code)));
    std::printf("%s%s %.1f %%", separator, style.name,
                100 * count / static_cast<double>(classes.data.size()));
    separator = ", ";
  }
  std::printf("\n");
}

void PrintChoice(const nav::LandingChoice& choice) {
  const std::vector<nav::LandingSite>& sites = choice.sites;
  if (sites.empty()) {
    std::printf("no safe landing site%s\n",
                choice.status == nav::LandingStatus::kNothingInReach ? ", and no known ground in reach" : "");
    if (const auto& place = choice.least_bad) {
      std::printf("least bad place: %.6f deg north, %.6f deg east, p_land %.4f: %s\n",
                  dem::RadToDeg(place->place.latitude_rad), dem::RadToDeg(place->place.longitude_rad),
                  place->p_land, place->reasons.c_str());
    }
    return;
  }
  std::printf("rank  latitude_deg  longitude_deg  p_land  margin_m  why\n");
  for (const nav::LandingSite& site : sites) {
    std::printf("%4d  %12.6f  %13.6f  %6.4f  %8.0f  %s", site.rank, dem::RadToDeg(site.place.latitude_rad),
                dem::RadToDeg(site.place.longitude_rad), site.p_land, site.margin_m, site.reasons.c_str());
    if (std::isfinite(site.divert_dv_mps))
      std::printf(", %.1f m/s and %.0f s to touchdown", site.divert_dv_mps, site.divert_time_s);
    std::printf("\n");
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
                                    const nav::LandingChoice& choice) {
  std::vector<PlacedRank> placed;
  std::vector<nav::LandingSite> places = choice.sites;
  if (choice.least_bad) places.push_back(*choice.least_bad);
  for (const nav::LandingSite& site : places) {
    const Eigen::Vector2d cell = file.PixelsFromPlaces({site.place}).front();
    placed.push_back({site.rank, cell - Eigen::Vector2d(window.col, window.row)});
  }
  return placed;
}

/// Height of the DEM's cell at a place.
double GroundAt(const dem::RasterFile& file, const dem::LatLon& place) {
  const Eigen::Vector2d cell = file.PixelsFromPlaces({place}).front();
  if (!cell.allFinite()) return std::nan("");
  return file
      .ReadWindow(static_cast<int>(std::lround(cell.x())), static_cast<int>(std::lround(cell.y())), 1, 1)
      .grid.At(0, 0);
}

int RunHazards(const HazardsRequest& request) {
  const dem::HazardOptions limits = OptionsOf(request);
  request.marginal.Validate();
  nav::LandingOptions landing = LandingOf(request);
  dem::RasterFile file(request.dem, {request.band, request.assume_crs});
  const CellWindow window = WindowOf(request, file);
  const dem::Site site = SiteOf(request, file, window);
  const std::optional<dem::PlacedSun> sun = SunOf(request, site);
  landing.divert = DivertOf(request.divert, GroundAt(file, site.origin));
  OutputFolder out(request.out, request.overwrite);

  const dem::HazardOptions options = AddUnresolved(request, limits, file, window);
  const MappedWindow mapped =
      MapHazardWindow(file, window, options, sun, request.shadow_reach_m, [](int done, int all) {
        std::fprintf(stderr, "hazards: %d of %d rows\n", done, all);
        CheckInterrupted();
      });
  Warn(request, mapped.map, sun);
  const nav::LandingChoice choice = nav::SelectLandingSites(mapped.map, mapped.dem, site, landing);
  CheckInterrupted();

  const datasets::SitesContext context{site, datasets::DemHash(mapped.dem),
                                       datasets::ParametersOf(options, landing)};
  const datasets::CodedClasses coded = datasets::CodeClasses(mapped.map, mapped.dem.grid, request.marginal);
  datasets::WriteHazardMap(out.staging(), mapped.map, mapped.dem, request.marginal);
  datasets::WriteSitesGeoJson(out.staging() / "sites.geojson", choice, context);
  datasets::WriteSitesGeoPackage(out.staging() / "sites.gpkg", choice, context);
  const std::int64_t t_ns = request.time_utc.empty() ? 0 : dem::ParseUtc(request.time_utc);
  dem::WriteFileAtomically(out.staging() / "landing.jsonl", nav::EncodeLandingChoiceJsonLines(choice, t_ns));
  WriteHazardPicture(
      out.staging() / "hazards.png", coded.classes, mapped.dem,
      {PlacesInMap(file, window, choice), sun ? std::optional(dem::AnglesOf(sun->sun)) : std::nullopt});
  CheckInterrupted();
  out.Commit();
  PrintClasses(coded.classes);
  PrintChoice(choice);
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
  command.add_option("--min-p-land", request.min_p_land, "Sites with a smaller probability are left out")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--marginal-p-site", request.marginal.min_p_site,
                  "Ground within limits is marginal below this p_site")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--marginal-share", request.marginal.limit_share,
                  "Ground within limits is marginal above this share of one")
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
  AddDivertOptions(*command, request->divert);
  command->footer(
      "Writes p_site.tif (probability), slope_rad.tif, roughness_m.tif, relief_m.tif, lit_fraction.tif (with "
      "a Sun),\n"
      "class.tif (0 no data, 1 safe, 2 marginal, 3 hazard, 4 unknown, 5 shadow), reasons.tif (sum of 1 "
      "slope,\n"
      "2 roughness, 4 relief, 8 shadow, 16 unknown, 32 edge, 16384 low p_site, 32768 near a limit), a QGIS "
      "style "
      "(.qml) for each,\n"
      "sites.geojson, sites.gpkg, landing.jsonl and hazards.png; prints the ranked sites, or the least bad "
      "place.");
  command->callback([request, &selected] { selected = [request] { return RunHazards(*request); }; });
}

}  // namespace perilune::tools
