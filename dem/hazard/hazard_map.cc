#include "dem/hazard/hazard_map.h"

#include <cmath>
#include <stdexcept>

#include "dem/checks/require.h"
#include "dem/hazard/hazard_mapper.h"

namespace perilune::dem {

namespace {

template <typename T>
Raster<T> Crop(const Raster<T>& raster, int col, int row, int width, int height) {
  Raster<T> part;
  part.grid = Grid<T>(width, height);
  part.crs_wkt = raster.crs_wkt;
  part.nodata = raster.nodata;
  part.name = raster.name;
  part.unit = raster.unit;
  for (int r = 0; r < height; ++r) {
    const T* from = &raster.grid.At(col, row + r);
    std::copy(from, from + width, &part.grid.At(0, r));
  }
  part.crs_from_pixel = raster.crs_from_pixel * Eigen::Translation2d(col, row);
  return part;
}

}  // namespace

void HazardOptions::Validate() const {
  Require(footprint_m > 0 && std::isfinite(footprint_m), "footprint_m", footprint_m,
          "a positive number of metres");
  Require(slope_limit_rad > 0 && slope_limit_rad < kPi / 2, "slope_limit_rad", slope_limit_rad,
          "in (0, pi/2)");
  Require(roughness_limit_m > 0, "roughness_limit_m", roughness_limit_m, "positive");
  if (relief_limit_m) Require(*relief_limit_m > 0, "relief_limit_m", *relief_limit_m, "positive");
  Require(min_lit_fraction >= 0 && min_lit_fraction <= 1, "min_lit_fraction", min_lit_fraction, "in [0, 1]");
  Require(height_sigma_m >= 0 && std::isfinite(height_sigma_m), "height_sigma_m", height_sigma_m,
          "0 or more");
  Require(height_correlation_m >= 0 && std::isfinite(height_correlation_m), "height_correlation_m",
          height_correlation_m, "0 or more");
  Require(unresolved_slope_rad >= 0 && unresolved_slope_rad < kPi / 2, "unresolved_slope_rad",
          unresolved_slope_rad, "in [0, pi/2)");
  Require(unresolved_roughness_m >= 0 && std::isfinite(unresolved_roughness_m), "unresolved_roughness_m",
          unresolved_roughness_m, "0 or more");
  Require(slope_baseline_m >= 0 && std::isfinite(slope_baseline_m), "slope_baseline_m", slope_baseline_m,
          "0 (the footprint) or more");
  Require(slope_baseline_m == 0 || slope_estimator == SlopeEstimator::kPlane, "slope_baseline_m",
          slope_baseline_m, "0 with Horn's slope, whose baseline is three cells");
  for (const double baseline_m : more_slope_baselines_m) {
    Require(baseline_m > 0 && std::isfinite(baseline_m), "more_slope_baselines_m", baseline_m,
            "a positive number of metres");
  }
  Require(effective_resolution_m >= 0 && std::isfinite(effective_resolution_m), "effective_resolution_m",
          effective_resolution_m, "0 (not declared) or more");
  Require(least_detail_ratio >= 0 && least_detail_ratio < 1, "least_detail_ratio", least_detail_ratio,
          "in [0, 1)");
  if (lander) lander->Validate();
  footprint_test.Validate();
  Require(probability_draws >= 1 && probability_draws <= 100'000, "probability_draws", probability_draws,
          "1 to 100000");
  Require(footprint_test.clearance_values, "footprint_test.clearance_values", 0, "set: clearance is a band");
}

HazardOptions HazardOptions::With(const Lander& tested) const {
  HazardOptions with = *this;
  with.lander = tested;
  with.footprint_m = tested.Footprint_m();
  with.slope_limit_rad = tested.max_tilt_rad;
  with.roughness_limit_m = tested.HighestGround_m();
  return with;
}

std::vector<Raster<float>*> HazardMap::FloatBands() {
  std::vector<Raster<float>*> bands{&p_site, &slope_rad, &roughness_m, &rms_roughness_m, &relief_m, &step_m};
  for (Raster<float>& slope : more_slopes_rad) bands.push_back(&slope);
  if (HasFootprintTest()) bands.insert(bands.end(), {&tilt_rad, &clearance_m});
  if (options.least_detail_ratio > 0) bands.push_back(&detail_ratio);
  bands.push_back(&lit_fraction);
  return bands;
}

std::vector<const Raster<float>*> HazardMap::FloatBands() const {
  std::vector<const Raster<float>*> bands;
  for (const Raster<float>* band : const_cast<HazardMap*>(this)->FloatBands()) bands.push_back(band);
  return bands;
}

HazardMap MapHazards(const Raster<float>& dem, const HazardOptions& options,
                     const std::optional<PlacedSun>& sun) {
  if (dem.grid.empty()) throw std::invalid_argument("dem: the raster is empty");
  const int width = dem.grid.width, height = dem.grid.height;
  HazardGround ground{dem.grid, {0, 0, width, height}, width, height, dem.crs_wkt, dem.crs_from_pixel};
  const ShadowGround whole = WholeShadowGround(dem.grid);
  ground.lowest_m = whole.lowest_m;
  ground.highest_m = whole.highest_m;
  const HazardMapper mapper(ground, options, sun);
  if (!mapper.ShowsLander())
    throw std::invalid_argument("lander: the DEM's cells are too coarse to show what its legs stand on");
  return mapper.Map(ground.window);
}

HazardMap CropHazards(const HazardMap& map, int col, int row, int width, int height) {
  if (col < 0 || row < 0 || width <= 0 || height <= 0 || col + width > map.width() ||
      row + height > map.height()) {
    throw std::invalid_argument("CropHazards: the window is not inside the map");
  }
  HazardMap part;
  part.options = map.options;
  part.more_slopes_rad.resize(map.more_slopes_rad.size());
  const std::vector<const Raster<float>*> from = map.FloatBands();
  const std::vector<Raster<float>*> to = part.FloatBands();
  for (std::size_t i = 0; i < from.size(); ++i) *to[i] = Crop(*from[i], col, row, width, height);
  part.hazard_class = Crop(map.hazard_class, col, row, width, height);
  part.reasons = Crop(map.reasons, col, row, width, height);
  part.has_sun = map.has_sun;
  part.footprint_used_m = map.footprint_used_m;
  part.options_hash = map.options_hash;
  return part;
}

}  // namespace perilune::dem
