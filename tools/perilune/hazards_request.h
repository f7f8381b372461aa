#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/hazard_classes.h"
#include "dem/hazard/hazard_map.h"
#include "tools/perilune/divert_options.h"

namespace CLI {
class App;
}

namespace perilune::tools {

/// What was asked of `perilune hazards`.
struct HazardsRequest {
  std::string dem, out, assume_crs;
  int band = 1;
  double pixel_size_m = 0;
  std::string lander;
  int yaws = dem::FootprintTestOptions().yaws;
  bool every_three_pads = false;
  int draws = dem::HazardOptions().probability_draws;
  std::string slope_estimator = "plane";
  double slope_baseline_m = 0;
  std::vector<double> more_slopes_m;
  double least_detail_ratio = 0;
  int block_cells = 0;  ///< 0: in memory as far as it fits
  bool overwrite = false;
  bool pds4 = false;
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

/// The command's arguments and options.
void AddHazardOptions(CLI::App& command, HazardsRequest& request);

}  // namespace perilune::tools
