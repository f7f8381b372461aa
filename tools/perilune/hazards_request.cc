#include "tools/perilune/hazards_request.h"

#include <CLI/CLI.hpp>

namespace perilune::tools {
namespace {

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
                  "extrapolated into p_site, and no cell is safe where it exceeds the footprint (default: "
                  "DEM.uncertainty.yaml; else, where the spectrum shows the DEM blurred, by that; else its "
                  "cells, with nothing below them)")
      ->check(CLI::PositiveNumber)
      ->group(group);
  CLI::Option* estimator =
      command
          .add_option("--slope-estimator", request.slope_estimator,
                      "plane: least squares over a circle; horn: 3 x 3 cells, as gdaldem")
          ->check(CLI::IsMember({"plane", "horn"}))
          ->capture_default_str()
          ->group(group);
  command
      .add_option("--slope-baseline-m", request.slope_baseline_m,
                  "Diameter of that circle, m (default: the footprint)")
      ->check(CLI::PositiveNumber)
      ->excludes(estimator)
      ->group(group);
  command
      .add_option("--more-slopes-m", request.more_slopes_m,
                  "Also write the slope over circles of these diameters, m (slope_<diameter>m_rad.tif)")
      ->check(CLI::PositiveNumber)
      ->expected(1, 8)
      ->group(group);
  command
      .add_option(
          "--least-detail-ratio", request.least_detail_ratio,
          "Call ground interpolated, and marginal at best, where its RMS second difference at one cell is "
          "below this share of that at four: 0.13 finds most of it, and a fifth of rough, three quarters "
          "of smooth measured ground with it (default 0: do not ask)")
      ->check(CLI::Range(0.0, 0.99))
      ->capture_default_str()
      ->group(group);
  command
      .add_option(
          "--block-cells", request.block_cells,
          "Map by square blocks of this many cells a side, straight to disk, a multiple of 128 (default: "
          "in memory up to 64 million cells, larger maps by blocks of 1024)")
      ->check(CLI::Range(128, 8192))
      ->group(group);
  command.add_option("--band", request.band, "Band of the file that holds heights")
      ->capture_default_str()
      ->group(group);
  CLI::Option* assume_crs = command
                                .add_option("--assume-crs", request.assume_crs,
                                            "CRS of a file that states none, e.g. IAU_2015:30135")
                                ->group(group);
  command
      .add_option("--pixel-size", request.pixel_size_m,
                  "Side of a cell, m, of a file without georeference: a patch of ground around latitude 0, "
                  "longitude 0")
      ->check(CLI::PositiveNumber)
      ->excludes(assume_crs)
      ->group(group);
}

void AddLanderOptions(CLI::App& command, HazardsRequest& request) {
  const char* group = "Lander";
  CLI::Option* lander =
      command
          .add_option("--lander", request.lander,
                      "Lander, by YAML file or name (test-3.4m, nova-c, apollo-size, hls-size): its "
                      "footprint test decides the class")
          ->group(group);
  command.add_option("--yaws", request.yaws, "Headings of that test, spread over the angle between two legs")
      ->needs(lander)
      ->capture_default_str()
      ->group(group);
  command
      .add_flag("--every-three-pads", request.every_three_pads,
                "Test each plane through three pads, not only those that the lander can rest on")
      ->needs(lander)
      ->group(group);
  command
      .add_option(
          "--draws", request.draws,
          "Grounds within the height errors on which p_site counts that test; more take as much longer")
      ->needs(lander)
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str()
      ->group(group);
  command.add_option("--footprint-m", request.footprint_m, "Diameter over the pads, m")
      ->excludes(lander)
      ->capture_default_str()
      ->group(group);
  command.add_option("--slope-deg", request.slope_deg, "Slope limit of the footprint's plane, deg")
      ->excludes(lander)
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--roughness-m", request.roughness_m, "Limit of the largest distance from that plane, m")
      ->excludes(lander)
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

void AddHazardOptions(CLI::App& command, HazardsRequest& request) {
  command.add_option("DEM", request.dem, "DEM of any GDAL format with a lunar CRS")->required();
  command.add_option("-o,--output", request.out, "Folder to write")->required();
  command.add_flag("--overwrite", request.overwrite, "Replace the folder when it is not empty");
  command.add_flag(
      "--pds4", request.pds4,
      "Also write each raster as a PDS4 product into pds4/ (label .xml, cells .img, uncompressed)");
  AddGroundOptions(command, request);
  AddLanderOptions(command, request);
  AddSunOptions(command, request);
  AddSiteOptions(command, request);
  AddDivertOptions(command, request.divert);
}

}  // namespace perilune::tools
