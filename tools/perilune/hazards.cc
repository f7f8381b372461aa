#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "datasets/formats/dem_hash.h"
#include "datasets/formats/hazard_classes.h"
#include "datasets/formats/hazard_files.h"
#include "datasets/formats/lander_file.h"
#include "datasets/formats/site_files.h"
#include "datasets/formats/uncertainty.h"
#include "datasets/scenarios/locate.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/hazard/ground_metric.h"
#include "dem/io/atomic_file.h"
#include "dem/io/pds4.h"
#include "dem/io/raster_file.h"
#include "dem/terrain/resample.h"
#include "nav/landing/landing_sites.h"
#include "nav/output/json_lines.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/dem_resolution.h"
#include "tools/perilune/divert_options.h"
#include "tools/perilune/hazard_picture.h"
#include "tools/perilune/hazard_stream.h"
#include "tools/perilune/hazard_window.h"
#include "tools/perilune/hazards_request.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/output_folder.h"
#include "tools/perilune/pace.h"
#include "tools/perilune/progress.h"
#include "tools/perilune/unresolved_window.h"

namespace perilune::tools {
namespace {

/// Cells of a map in memory, about 60 bytes each; larger ones go to disk by blocks of kBlockCells a side.
constexpr std::int64_t kMostCells = 64'000'000;
constexpr int kBlockCells = 1024;

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
  if (request.slope_estimator == "horn") options.slope_estimator = dem::SlopeEstimator::kHorn;
  options.slope_baseline_m = request.slope_baseline_m;
  options.more_slope_baselines_m = request.more_slopes_m;
  options.least_detail_ratio = request.least_detail_ratio;
  options.footprint_test.yaws = request.yaws;
  options.probability_draws = request.draws;
  if (request.every_three_pads) options.footprint_test.planes = dem::PadPlanes::kEveryThree;
  if (!request.lander.empty()) {
    options = options.With(datasets::ReadLanderFile(datasets::FindLander(request.lander)));
  }
  options.Validate();
  return options;
}

/// The options without the footprint test where the DEM's cells are too coarse for the lander: its limits
/// then hold for the plane through the footprint.
dem::HazardOptions KeepTestIfShown(const dem::HazardOptions& options, const dem::RasterFile& file,
                                   const CellWindow& window) {
  if (!options.lander) return options;
  const Eigen::Affine2d crs_from_cell =
      file.crs_from_pixel() *
      Eigen::Translation2d(window.col + 0.5 * window.width, window.row + 0.5 * window.height);
  const Eigen::Matrix2d metric = dem::GroundMetric(file.crs_wkt(), crs_from_cell, 1, 1).At(0, 0).Metric();
  if (dem::ShowsFootprint(metric, *options.lander)) return options;
  std::fprintf(
      stderr,
      "hazards: cells of %.2f m do not show what a lander of %g m stands on: no footprint test, its limits "
      "are taken for the plane through the footprint\n",
      std::sqrt(std::max(metric(0, 0), metric(1, 1))), options.lander->leg_circle_diameter_m);
  dem::HazardOptions without = options;
  without.lander.reset();
  return without;
}

/// The options with the DEM's resolution, and with the relief below it where it is declared or coarser than
/// the cells say; says what it found.
dem::HazardOptions AddUnresolved(const HazardsRequest& request, dem::HazardOptions options,
                                 dem::RasterFile& file, const CellWindow& window, const dem::Site& site) {
  const DemResolution resolution =
      ResolutionOf(file, dem::PixelOnGround_m(file, site.origin), request.effective_resolution_m);
  const double resolution_m = resolution.full_width_m;
  options.effective_resolution_m = resolution_m;
  if (resolution.from == DemResolution::From::kCells) {
    std::fprintf(stderr,
                 "hazards: no effective resolution (--effective-resolution-m or %s.uncertainty.yaml): p_site "
                 "takes the DEM for all the relief there is\n",
                 request.dem.c_str());
    return options;
  }
  if (resolution.from == DemResolution::From::kSpectrum) {
    std::fprintf(stderr,
                 "hazards: by its spectrum the DEM's relief ends where that of a map of %.3g m a pixel does: "
                 "an effective resolution of %.3g m is taken (--effective-resolution-m or "
                 "%s.uncertainty.yaml say otherwise)\n",
                 resolution.detail_pixel_m, resolution_m, request.dem.c_str());
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
  if (!request.size_m) return {0, 0, file.width(), file.height()};
  return WindowAround(file, {dem::DegToRad(*request.latitude_deg), dem::DegToRad(*request.longitude_deg)},
                      *request.size_m);
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

void PrintClasses(const CellWindow& window, const ClassCounts& counts) {
  std::printf("%d x %d cells:", window.width, window.height);
  const char* separator = " ";
  for (const datasets::ClassStyle& style : datasets::ClassStyles()) {
    const auto count = static_cast<double>(counts.at(static_cast<std::size_t>(style.code)));
    std::printf("%s%s %.1f %%", separator, style.name,
                100 * count / (static_cast<double>(window.width) * window.height));
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

void Warn(const HazardsRequest& request, const HazardsOfFile& asked, double footprint_used_m) {
  const dem::HazardOptions& options = asked.options;
  const std::optional<dem::PlacedSun>& sun = asked.sun;
  if (request.pixel_size_m > 0) {
    std::fprintf(stderr, "hazards: the DEM is not placed: its middle is taken for latitude 0, longitude 0\n");
  }
  if (footprint_used_m > 1.5 * options.footprint_m) {
    std::fprintf(
        stderr,
        "hazards: the DEM's cells are coarser than the footprint of %g m: planes are fitted over %.0f m, "
        "and smaller hazards are not in it\n",
        options.footprint_m, footprint_used_m);
  }
  if (options.height_sigma_m == 0 && options.unresolved_slope_rad == 0) {
    std::fprintf(stderr,
                 "hazards: no height sigma (--height-sigma-m or %s.uncertainty.yaml): p_site is 0 or 1\n",
                 request.dem.c_str());
  }
  if (sun && dem::AnglesOf(sun->sun).elevation_rad < 0) {
    std::fprintf(stderr, "hazards: the Sun is below the horizon of the site\n");
  }
}

std::vector<PlacedRank> PlacesInPreview(const HazardsOfFile& asked, const HazardPreview& preview,
                                        const nav::LandingChoice& choice) {
  std::vector<PlacedRank> placed;
  std::vector<nav::LandingSite> places = choice.sites;
  if (choice.least_bad) places.push_back(*choice.least_bad);
  for (const nav::LandingSite& site : places) {
    const Eigen::Vector2d cell = asked.file.PixelsFromPlaces({site.place}).front();
    placed.push_back(
        {site.rank, preview.PlaceOf(cell - Eigen::Vector2d(asked.window.col, asked.window.row))});
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

/// The map in memory, its files written.
StreamedHazards MapInMemory(const HazardsOfFile& asked, const dem::Site& site,
                            const nav::LandingOptions& landing, const datasets::MarginalRule& rule,
                            const std::filesystem::path& folder) {
  Progress progress("hazards");
  const Pace pace;
  MappedWindow mapped = MapHazardWindow(asked, [&](std::int64_t done, std::int64_t all) {
    progress.Show("mapped cells", static_cast<std::size_t>(done), static_cast<std::size_t>(all),
                  pace.Note(static_cast<double>(done), static_cast<double>(all)));
    CheckInterrupted();
  });
  StreamedHazards result;
  result.footprint_used_m = mapped.map.footprint_used_m;
  result.choice = nav::SelectLandingSites(mapped.map, mapped.dem, site, landing);
  CheckInterrupted();
  result.dem_hash = datasets::DemHash(mapped.dem);
  result.preview.classes = datasets::CodeClasses(mapped.map, mapped.dem.grid, rule).classes;
  result.counts = CountClasses(result.preview.classes);
  datasets::WriteHazardMap(folder, mapped.map, mapped.dem, rule);
  result.preview.dem = std::move(mapped.dem);
  return result;
}

StreamedHazards Map(const HazardsRequest& request, const HazardsOfFile& asked, const dem::Site& site,
                    const nav::LandingOptions& landing, const std::filesystem::path& folder) {
  const bool fits = std::int64_t{asked.window.width} * asked.window.height <= kMostCells;
  if (fits && request.block_cells == 0) return MapInMemory(asked, site, landing, request.marginal, folder);
  return StreamHazards(asked, site, landing, request.marginal,
                       request.block_cells > 0 ? request.block_cells : kBlockCells, folder);
}

void WriteSites(const std::filesystem::path& folder, const HazardsRequest& request,
                const nav::LandingChoice& choice, const datasets::SitesContext& context) {
  datasets::WriteSitesGeoJson(folder / "sites.geojson", choice, context);
  datasets::WriteSitesGeoPackage(folder / "sites.gpkg", choice, context);
  const std::int64_t t_ns = request.time_utc.empty() ? 0 : dem::ParseUtc(request.time_utc);
  dem::WriteFileAtomically(folder / "landing.jsonl", nav::EncodeLandingChoiceJsonLines(choice, t_ns));
}

/// A PDS4 product of each raster in the folder.
void WritePds4Products(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> rasters;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".tif") rasters.push_back(entry.path());
  }
  std::sort(rasters.begin(), rasters.end());
  std::filesystem::create_directory(folder / "pds4");
  for (const std::filesystem::path& raster : rasters) {
    CheckInterrupted();
    const std::string name = raster.stem().string();
    dem::WritePds4(raster, folder / "pds4" / (name + ".xml"),
                   {"urn:nasa:pds:perilune:hazards:" + name, "Lunar landing hazards: " + name});
  }
}

int RunHazards(const HazardsRequest& request) {
  const dem::HazardOptions limits = OptionsOf(request);
  request.marginal.Validate();
  nav::LandingOptions landing = LandingOf(request);
  dem::RasterFile file(request.dem, {request.band, request.assume_crs, false, request.pixel_size_m});
  const CellWindow window = WindowOf(request, file);
  const dem::Site site = SiteOf(request, file, window);
  const std::optional<dem::PlacedSun> sun = SunOf(request, site);
  landing.divert = DivertOf(request.divert, GroundAt(file, site.origin));
  OutputFolder out(request.out, request.overwrite);

  const HazardsOfFile asked{file, window,
                            AddUnresolved(request, KeepTestIfShown(limits, file, window), file, window, site),
                            sun, request.shadow_reach_m};
  const StreamedHazards hazards = Map(request, asked, site, landing, out.staging());
  Warn(request, asked, hazards.footprint_used_m);
  WriteSites(out.staging(), request, hazards.choice,
             {site, hazards.dem_hash, datasets::ParametersOf(asked.options, landing)});
  WriteHazardPicture(out.staging() / "hazards.png", hazards.preview.classes, hazards.preview.dem,
                     {PlacesInPreview(asked, hazards.preview, hazards.choice),
                      sun ? std::optional(dem::AnglesOf(sun->sun)) : std::nullopt, hazards.counts});
  if (request.pds4) WritePds4Products(out.staging());
  CheckInterrupted();
  out.Commit();
  PrintClasses(window, hazards.counts);
  PrintChoice(hazards.choice);
  return 0;
}

}  // namespace

void AddHazards(CLI::App& app, Command& selected) {
  auto request = std::make_shared<HazardsRequest>();
  CLI::App* command = app.add_subcommand(
      "hazards",
      "Slope, roughness, shadow and probability of a safe site from a DEM, and ranked landing sites");
  AddHazardOptions(*command, *request);
  command->footer(
      "Writes p_site.tif (probability), slope_rad.tif, roughness_m.tif, rms_roughness_m.tif, relief_m.tif, "
      "step_m.tif,\n"
      "slope_<diameter>m_rad.tif (--more-slopes-m), tilt_rad.tif and clearance_m.tif (--lander), "
      "detail_ratio.tif (--least-detail-ratio),\n"
      "lit_fraction.tif (with a Sun), class.tif (0 no data, 1 safe, 2 marginal, 3 hazard, 4 unknown, 5 "
      "shadow), "
      "reasons.tif\n"
      "(sum of 1 slope, 2 roughness, 4 relief, 8 shadow, 16 unknown, 32 edge, 64 tilt, 128 clearance, 256 "
      "interpolated DEM,\n"
      "512 DEM coarser than the footprint, 16384 low p_site, 32768 near a limit), a QGIS style (.qml) for "
      "each,\n"
      "sites.geojson, sites.gpkg, landing.jsonl and hazards.png; prints the ranked sites, or the least bad "
      "place.");
  command->callback([request, &selected] { selected = [request] { return RunHazards(*request); }; });
}

}  // namespace perilune::tools
