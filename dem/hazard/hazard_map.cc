#include "dem/hazard/hazard_map.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

#include "dem/checks/require.h"
#include "dem/hazard/cast_shadow.h"
#include "dem/hazard/ground_layers.h"
#include "dem/hazard/ground_metric.h"
#include "dem/hazard/plane_fit.h"
#include "dem/hazard/site_probability.h"

namespace perilune::dem {

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

template <typename T>
Raster<T> BandLike(const Raster<float>& dem, const char* name, const char* unit, T value,
                   std::optional<T> nodata) {
  Raster<T> band;
  band.grid = Grid<T>(dem.grid.width, dem.grid.height, value);
  band.crs_wkt = dem.crs_wkt;
  band.crs_from_pixel = dem.crs_from_pixel;
  band.nodata = nodata;
  band.name = name;
  band.unit = unit;
  return band;
}

HazardMap EmptyMap(const Raster<float>& dem, const HazardOptions& options) {
  HazardMap map;
  map.p_site = BandLike<float>(dem, "p_site", "1", 0.0F, kNan);
  map.slope_rad = BandLike<float>(dem, "slope_rad", "rad", kNan, kNan);
  map.roughness_m = BandLike<float>(dem, "roughness_m", "m", kNan, kNan);
  map.rms_roughness_m = BandLike<float>(dem, "rms_roughness_m", "m", kNan, kNan);
  map.relief_m = BandLike<float>(dem, "relief_m", "m", kNan, kNan);
  map.lit_fraction = BandLike<float>(dem, "lit_fraction", "1", kNan, kNan);
  map.hazard_class =
      BandLike<std::uint8_t>(dem, "class", "", static_cast<std::uint8_t>(HazardClass::kUnknown), {});
  map.reasons = BandLike<std::uint16_t>(dem, "reasons", "", 0, {});
  if (options.lander) {
    map.tilt_rad = BandLike<float>(dem, "tilt_rad", "rad", kNan, kNan);
    map.clearance_m = BandLike<float>(dem, "clearance_m", "m", kNan, kNan);
  }
  map.options = options;
  return map;
}

/// FNV-1a over the bits of numbers.
class NumberHash {
 public:
  void Add(double value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    for (int byte = 0; byte < 8; ++byte) {
      hash_ = (hash_ ^ ((bits >> (8 * byte)) & 0xFF)) * 1099511628211ULL;
    }
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 14695981039346656037ULL;
};

std::uint64_t OptionsHash(const HazardOptions& options,
                          const std::optional<Eigen::Vector3d>& direction_to_sun, double angular_radius_rad) {
  NumberHash hash;
  for (const double value :
       {options.footprint_m, options.slope_limit_rad, options.roughness_limit_m,
        options.relief_limit_m.value_or(-1), options.min_lit_fraction, options.height_sigma_m,
        options.height_correlation_m, options.unresolved_slope_rad, options.unresolved_roughness_m,
        static_cast<double>(options.slope_estimator), options.slope_baseline_m}) {
    hash.Add(value);
  }
  if (options.lander) {
    const Lander& lander = *options.lander;
    for (const double value : {static_cast<double>(lander.legs), lander.leg_circle_diameter_m,
                               lander.pad_diameter_m, lander.body_clearance_m, lander.max_tilt_rad,
                               lander.max_roughness_m, static_cast<double>(options.footprint_test.yaws),
                               static_cast<double>(options.footprint_test.planes)}) {
      hash.Add(value);
    }
  }
  if (direction_to_sun) {
    for (int axis = 0; axis < 3; ++axis) hash.Add((*direction_to_sun)[axis]);
    hash.Add(angular_radius_rad);
  }
  return hash.value();
}

std::uint16_t ReasonsAgainst(const CellHazard& cell, const HazardOptions& options, double tan_limit) {
  unsigned reasons = 0;
  if (!options.lander) {
    if (cell.gradient > tan_limit) reasons |= kReasonSlope;
    if (cell.roughness_m > options.roughness_limit_m) reasons |= kReasonRoughness;
  }
  if (options.relief_limit_m && cell.relief_m > *options.relief_limit_m) reasons |= kReasonRelief;
  return static_cast<std::uint16_t>(reasons);
}

HazardClass ClassOf(std::uint16_t reasons) {
  if (reasons & (kReasonUnknown | kReasonEdge)) return HazardClass::kUnknown;
  if (reasons & (kReasonSlope | kReasonRoughness | kReasonRelief | kReasonTilt | kReasonClearance))
    return HazardClass::kHazardous;
  if (reasons & kReasonShadow) return HazardClass::kShadow;
  return HazardClass::kSafe;
}

/// Maps one tile: all that is written is the tile's own cells.
class TileMapper {
 public:
  TileMapper(const Raster<float>& dem, const GroundMetric& metric, const ShadowCaster* shadows,
             const FootprintTests* tests, HazardMap& map)
      : dem_(dem),
        metric_(metric),
        shadows_(shadows),
        tests_(tests),
        map_(map),
        tan_limit_(std::tan(map.options.slope_limit_rad)) {}

  void Map(const PlaneTile& tile) {
    FitNoise noise;
    const Eigen::Matrix2d middle =
        metric_.At(tile.col + 0.5 * (tile.cols - 1), tile.row + 0.5 * (tile.rows - 1)).Metric();
    if (middle.allFinite() && middle.determinant() > 0) {
      const double diameter_m = UsedDiameter_m(middle, map_.options.footprint_m);
      noise = NoiseOfFit(MakeFootprint(middle, diameter_m), middle, diameter_m, map_.options.height_sigma_m,
                         map_.options.height_correlation_m);
    }
    const SiteProbability probability(map_.options, noise);
    const GroundLayers ground = MeasureGround(dem_.grid, metric_, map_.options, tile);
    for (int row = 0; row < tile.rows; ++row) {
      for (int col = 0; col < tile.cols; ++col) {
        WriteGround(ground, probability, static_cast<std::size_t>(row) * tile.cols + col, tile.col + col,
                    tile.row + row);
        Judge(tile.col + col, tile.row + row);
      }
    }
  }

 private:
  void WriteGround(const GroundLayers& ground, const SiteProbability& probability, std::size_t i, int col,
                   int row) {
    if (ground.off_map[i]) map_.reasons.grid.At(col, row) = kReasonEdge;
    if (std::isnan(ground.gradient[i])) return;
    const CellHazard cell{ground.gradient[i], ground.roughness_m[i], ground.relief_m[i]};
    map_.slope_rad.grid.At(col, row) = std::atan(ground.gradient[i]);
    map_.roughness_m.grid.At(col, row) = ground.roughness_m[i];
    map_.rms_roughness_m.grid.At(col, row) = ground.rms_m[i];
    map_.relief_m.grid.At(col, row) = ground.relief_m[i];
    map_.p_site.grid.At(col, row) = static_cast<float>(probability.Of(cell));
    map_.reasons.grid.At(col, row) = ReasonsAgainst(cell, map_.options, tan_limit_);
  }

  void TakeTest(int col, int row) {
    std::uint16_t& reasons = map_.reasons.grid.At(col, row);
    const unsigned verdict = tests_->verdict.At(col, row);
    unsigned against = 0;
    if (verdict & kFootprintTilt) against |= kReasonTilt;
    if (verdict & kFootprintClearance) against |= kReasonClearance;
    if (verdict & kFootprintUnknown) against |= kReasonUnknown;
    reasons = static_cast<std::uint16_t>(reasons | against);
    if (against != 0) map_.p_site.grid.At(col, row) = 0;
  }

  void Judge(int col, int row) {
    std::uint16_t& reasons = map_.reasons.grid.At(col, row);
    if (tests_ != nullptr) TakeTest(col, row);
    if (std::isnan(map_.slope_rad.grid.At(col, row)))
      reasons = static_cast<std::uint16_t>(reasons | kReasonUnknown);
    if (shadows_ != nullptr) {
      const float lit = shadows_->LitFraction(col, row);
      map_.lit_fraction.grid.At(col, row) = lit;
      if (lit < map_.options.min_lit_fraction) {
        reasons = static_cast<std::uint16_t>(reasons | kReasonShadow);
        map_.p_site.grid.At(col, row) = 0;
      }
    }
    map_.hazard_class.grid.At(col, row) = static_cast<std::uint8_t>(ClassOf(reasons));
  }

  const Raster<float>& dem_;
  const GroundMetric& metric_;
  const ShadowCaster* shadows_;
  const FootprintTests* tests_;
  HazardMap& map_;
  double tan_limit_;
};

/// Tests the lander on tiles of a fixed size, each at the scale of its middle.
FootprintTests TestLander(const Raster<float>& dem, const GroundMetric& metric,
                          const HazardOptions& options) {
  const Grid<float>& heights = dem.grid;
  const auto metric_at = [&](int col, int row) -> Eigen::Matrix2d {
    const float height_m = heights.At(col, row);
    const double stretch = std::isfinite(height_m) ? 1 + height_m / kMoonRadius_m : 1;
    return metric.At(col, row).Metric() * (stretch * stretch);
  };
  const auto shows = [&](const Eigen::Matrix2d& at) {
    return at.allFinite() && at.determinant() > 0 && ShowsFootprint(at, *options.lander);
  };
  if (!shows(metric_at(heights.width / 2, heights.height / 2))) {
    throw std::invalid_argument("lander: the DEM's cells are too coarse to show what its legs stand on");
  }
  FootprintTests tests = EmptyFootprintTests(heights.width, heights.height, options.footprint_test);
  constexpr int kTile = kFootprintTile;
  const int tile_rows = (heights.height + kTile - 1) / kTile, tile_cols = (heights.width + kTile - 1) / kTile;
  tbb::parallel_for(
      tbb::blocked_range<int>(0, tile_rows * tile_cols), [&](const tbb::blocked_range<int>& range) {
        for (int i = range.begin(); i < range.end(); ++i) {
          FootprintTile tile{i % tile_cols * kTile, i / tile_cols * kTile, kTile, kTile};
          tile.cols = std::min(kTile, heights.width - tile.col);
          tile.rows = std::min(kTile, heights.height - tile.row);
          const Eigen::Matrix2d middle = metric_at(tile.col + tile.cols / 2, tile.row + tile.rows / 2);
          if (shows(middle))
            TestFootprintTile(heights, tile, middle, *options.lander, options.footprint_test, tests);
        }
      });
  return tests;
}

double WidestFootprint_m(const GroundMetric& metric, const Raster<float>& dem, double footprint_m) {
  double widest_m = footprint_m;
  for (int row = 0; row < dem.grid.height; row += GroundMetric::kStep) {
    for (int col = 0; col < dem.grid.width; col += GroundMetric::kStep) {
      const Eigen::Matrix2d m = metric.At(col, row).Metric();
      if (m.allFinite()) widest_m = std::max(widest_m, UsedDiameter_m(m, footprint_m));
    }
  }
  return widest_m;
}

template <typename T>
Raster<T> Crop(const Raster<T>& raster, int col, int row, int width, int height) {
  Raster<T> part = raster;
  part.grid = Grid<T>(width, height);
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
  if (lander) lander->Validate();
  footprint_test.Validate();
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

HazardMap MapHazards(const Raster<float>& dem, const HazardOptions& options,
                     const std::optional<PlacedSun>& sun) {
  options.Validate();
  if (dem.grid.empty()) throw std::invalid_argument("dem: the raster is empty");
  for (const float z : dem.grid.data) {
    if (std::isinf(z)) throw std::invalid_argument("dem: has an infinite height");
  }
  const GroundMetric metric(dem.crs_wkt, dem.crs_from_pixel, dem.grid.width, dem.grid.height);
  HazardMap map = EmptyMap(dem, options);
  map.footprint_used_m = WidestFootprint_m(metric, dem, options.footprint_m);

  std::optional<ShadowCaster> shadows;
  std::optional<Eigen::Vector3d> direction_to_sun;
  if (sun) {
    direction_to_sun = sun->site.moon_from_site.linear() * sun->sun.direction_to_sun_in_site.normalized();
    shadows.emplace(dem.grid, metric, *direction_to_sun, sun->sun.angular_radius_rad);
    map.has_sun = true;
  }
  map.options_hash = OptionsHash(options, direction_to_sun, sun ? sun->sun.angular_radius_rad : 0);

  std::optional<FootprintTests> tests;
  if (options.lander) tests = TestLander(dem, metric, options);

  // Tiles of a fixed size: the noise model is one a tile, and must not depend on how the work was split.
  constexpr int kRows = kPlaneTileRows, kCols = kPlaneTileCols;
  const int tile_rows = (dem.grid.height + kRows - 1) / kRows,
            tile_cols = (dem.grid.width + kCols - 1) / kCols;
  tbb::parallel_for(
      tbb::blocked_range<int>(0, tile_rows * tile_cols), [&](const tbb::blocked_range<int>& range) {
        for (int i = range.begin(); i < range.end(); ++i) {
          PlaneTile tile{i % tile_cols * kCols, i / tile_cols * kRows, kCols, kRows};
          tile.cols = std::min(kCols, dem.grid.width - tile.col);
          tile.rows = std::min(kRows, dem.grid.height - tile.row);
          TileMapper(dem, metric, shadows ? &*shadows : nullptr, tests ? &*tests : nullptr, map).Map(tile);
        }
      });
  if (tests) {
    map.tilt_rad.grid = std::move(tests->tilt_rad);
    map.clearance_m.grid = std::move(tests->clearance_m);
  }
  return map;
}

HazardMap CropHazards(const HazardMap& map, int col, int row, int width, int height) {
  if (col < 0 || row < 0 || width <= 0 || height <= 0 || col + width > map.width() ||
      row + height > map.height()) {
    throw std::invalid_argument("CropHazards: the window is not inside the map");
  }
  HazardMap part;
  part.p_site = Crop(map.p_site, col, row, width, height);
  part.slope_rad = Crop(map.slope_rad, col, row, width, height);
  part.roughness_m = Crop(map.roughness_m, col, row, width, height);
  part.rms_roughness_m = Crop(map.rms_roughness_m, col, row, width, height);
  part.relief_m = Crop(map.relief_m, col, row, width, height);
  if (map.HasFootprintTest()) {
    part.tilt_rad = Crop(map.tilt_rad, col, row, width, height);
    part.clearance_m = Crop(map.clearance_m, col, row, width, height);
  }
  part.lit_fraction = Crop(map.lit_fraction, col, row, width, height);
  part.hazard_class = Crop(map.hazard_class, col, row, width, height);
  part.reasons = Crop(map.reasons, col, row, width, height);
  part.options = map.options;
  part.has_sun = map.has_sun;
  part.footprint_used_m = map.footprint_used_m;
  part.options_hash = map.options_hash;
  return part;
}

}  // namespace perilune::dem
