#include "datasets/formats/hazard_stories.h"

#include <cstdio>
#include <stdexcept>

#include "datasets/formats/dem_hash.h"

namespace perilune::datasets {
namespace {

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

/// White to red over twice the limit, whose colour is the middle one.
std::vector<QgisEntry> UpToLimit(double limit, const char* unit, double shown_per_unit) {
  const auto label = [&](double value) { return Number(value * shown_per_unit) + " " + unit; };
  return {{0, label(0), 255, 255, 255},
          {0.5 * limit, label(0.5 * limit), 254, 217, 118},
          {limit, label(limit) + " (limit)", 240, 100, 30},
          {2 * limit, label(2 * limit) + " and more", 128, 0, 38}};
}

std::vector<QgisEntry> Share(const char* what) {
  return {{0, std::string("0 ") + what, 68, 1, 84},
          {0.25, "0.25", 59, 82, 139},
          {0.5, "0.5", 33, 145, 140},
          {0.75, "0.75", 94, 201, 98},
          {1, "1", 253, 231, 37}};
}

/// Baseline that no circle has: three cells, or the cell itself.
constexpr double kOfCells = 0;

struct Telling {
  const char* quantity;
  std::string estimator;
  double baseline_m;
  std::vector<QgisEntry> ramp;
};

Telling TellingOfSlope(const dem::HazardMap& map) {
  const dem::HazardOptions& limits = map.options;
  const bool horn = limits.slope_estimator == dem::SlopeEstimator::kHorn;
  const double baseline_m = limits.slope_baseline_m > 0 ? limits.slope_baseline_m : map.footprint_used_m;
  return {"slope against the local vertical",
          horn ? "Horn, 3 x 3 cells" : "least-squares plane over a circle", horn ? kOfCells : baseline_m,
          UpToLimit(limits.slope_limit_rad, "deg", dem::RadToDeg(1))};
}

Telling TellingOfRoughness(const dem::HazardMap& map, bool largest) {
  const std::vector<QgisEntry> ramp = UpToLimit(map.options.roughness_limit_m, "m", 1);
  if (largest) {
    return {"largest distance of the ground from the footprint's plane, both sides",
            "largest residual of the least-squares plane, perpendicular to it", map.footprint_used_m, ramp};
  }
  return {"root mean square distance of the ground from the footprint's plane",
          "residuals of the least-squares plane, perpendicular to it", map.footprint_used_m, ramp};
}

Telling TellingOfLander(const dem::HazardMap& map, bool tilt) {
  const dem::Lander& lander = *map.options.lander;
  if (tilt) {
    return {"tilt of the lander against the local vertical", "worst resting plane over all yaws",
            lander.Footprint_m(), UpToLimit(lander.max_tilt_rad, "deg", dem::RadToDeg(1))};
  }
  return {"distance of the belly from the ground under it", "least over all yaws and resting planes",
          lander.leg_circle_diameter_m, UpToLimit(lander.body_clearance_m, "m", 1)};
}

Telling TellingOfProbability(const dem::HazardMap& map) {
  if (map.HasFootprintTest()) {
    return {"probability that the lander stands within its limits at every heading",
            "share of " + std::to_string(map.options.probability_draws) +
                " draws of the ground, within the declared height error and unresolved relief, on which the "
                "footprint test passes, times the relief's within its limit; 0 in shadow and unknown",
            map.options.lander->Footprint_m(), Share("(unsafe)")};
  }
  return {"probability that slope, roughness and relief are within limits",
          "product over the limits (Rician slope, normal roughness and relief) under the declared height "
          "error and unresolved relief; 0 in shadow and unknown",
          map.footprint_used_m, Share("(unsafe)")};
}

Telling TellingOf(const dem::HazardMap& map, const std::string& name) {
  const dem::HazardOptions& limits = map.options;
  if (name == map.p_site.name) return TellingOfProbability(map);
  if (name == map.slope_rad.name) return TellingOfSlope(map);
  if (name == map.roughness_m.name) return TellingOfRoughness(map, true);
  if (name == map.rms_roughness_m.name) return TellingOfRoughness(map, false);
  if (name == map.relief_m.name) {
    return {"highest less lowest ground", "range of the heights over a circle", map.footprint_used_m,
            UpToLimit(limits.relief_limit_m.value_or(2 * limits.roughness_limit_m), "m", 1)};
  }
  if (name == map.step_m.name) {
    return {"step between neighbouring cells", "largest height difference to one of the eight neighbours",
            kOfCells, UpToLimit(limits.roughness_limit_m, "m", 1)};
  }
  if (name == map.tilt_rad.name) return TellingOfLander(map, true);
  if (name == map.clearance_m.name) return TellingOfLander(map, false);
  if (name == map.detail_ratio.name) {
    return {
        "relief at one cell against that at four",
        "RMS second difference at lags of 1 and 4 cells, over 9 x 9 cells; self-affine ground has 0.27 to "
        "0.5, interpolated ground 1/16 and less",
        kOfCells, Share("(interpolated)")};
  }
  if (name == map.lit_fraction.name) {
    return {"share of the Sun's disc above the horizon", "horizon of the cells towards the Sun, at the cell",
            kOfCells, Share("(dark)")};
  }
  for (std::size_t i = 0; i < map.more_slopes_rad.size(); ++i) {
    if (name != map.more_slopes_rad[i].name) continue;
    return {"slope against the local vertical", "least-squares plane over a circle, or over 3 x 3 cells",
            limits.more_slope_baselines_m[i], UpToLimit(limits.slope_limit_rad, "deg", dem::RadToDeg(1))};
  }
  throw std::invalid_argument("hazard files: no band named " + name);
}

}  // namespace

HazardMetadata DescribeHazards(const dem::HazardMap& map, std::uint64_t dem_hash) {
  const dem::HazardOptions& options = map.options;
  HazardMetadata metadata{{"PERILUNE_FOOTPRINT_M", Number(options.footprint_m)},
                          {"PERILUNE_FOOTPRINT_USED_M", Number(map.footprint_used_m)},
                          {"PERILUNE_SLOPE_LIMIT_DEG", Number(dem::RadToDeg(options.slope_limit_rad))},
                          {"PERILUNE_ROUGHNESS_LIMIT_M", Number(options.roughness_limit_m)},
                          {"PERILUNE_HEIGHT_SIGMA_M", Number(options.height_sigma_m)},
                          {"PERILUNE_HEIGHT_CORRELATION_M", Number(options.height_correlation_m)},
                          {"PERILUNE_UNRESOLVED_SLOPE_RAD", Number(options.unresolved_slope_rad)},
                          {"PERILUNE_UNRESOLVED_ROUGHNESS_M", Number(options.unresolved_roughness_m)},
                          {"PERILUNE_OPTIONS_HASH", HashText(map.options_hash)},
                          {"PERILUNE_DEM_HASH", HashText(dem_hash)}};
  const bool horn = options.slope_estimator == dem::SlopeEstimator::kHorn;
  metadata.emplace_back("PERILUNE_SLOPE_ESTIMATOR", horn ? "Horn, 3 x 3 cells" : "least-squares plane");
  if (options.slope_baseline_m > 0)
    metadata.emplace_back("PERILUNE_SLOPE_BASELINE_M", Number(options.slope_baseline_m));
  if (options.lander) {
    metadata.emplace_back("PERILUNE_LANDER", options.lander->name);
    metadata.emplace_back("PERILUNE_LANDER_YAWS", Number(options.footprint_test.yaws));
    metadata.emplace_back("PERILUNE_PROBABILITY_DRAWS", Number(options.probability_draws));
  }
  if (options.relief_limit_m)
    metadata.emplace_back("PERILUNE_RELIEF_LIMIT_M", Number(*options.relief_limit_m));
  if (options.effective_resolution_m > 0)
    metadata.emplace_back("PERILUNE_EFFECTIVE_RESOLUTION_M", Number(options.effective_resolution_m));
  if (options.least_detail_ratio > 0)
    metadata.emplace_back("PERILUNE_INTERPOLATED_BELOW_DETAIL_RATIO", Number(options.least_detail_ratio));
  if (map.has_sun) metadata.emplace_back("PERILUNE_MIN_LIT_FRACTION", Number(options.min_lit_fraction));
  return metadata;
}

BandStory StoryOfBand(const dem::HazardMap& map, const dem::Raster<float>& band) {
  const Telling telling = TellingOf(map, band.name);
  BandStory story{
      {band.name, band.unit, {{"QUANTITY", telling.quantity}, {"ESTIMATOR", telling.estimator}}, {}},
      QgisRampStyle(telling.ramp)};
  if (telling.baseline_m > 0) story.label.metadata.emplace_back("BASELINE_M", Number(telling.baseline_m));
  return story;
}

std::string ClassCodesInWords() {
  std::string codes;
  for (const ClassStyle& style : ClassStyles()) {
    codes += (codes.empty() ? "" : ", ") + std::to_string(static_cast<int>(style.code)) + " " + style.name;
  }
  return codes;
}

std::string ReasonBitsInWords() {
  return "sum of 1 slope, 2 roughness, 4 relief, 8 shadow, 16 unknown, 32 edge of the map, 64 tilt, 128 "
         "clearance; marginal: 256 the DEM is interpolated or smoothed here, 512 its effective resolution is "
         "coarser than the footprint, 16384 p_site below its level, 32768 near a limit; 0 safe";
}

BandStory StoryOfClasses(const dem::HazardMap& map, const MarginalRule& rule) {
  BandStory story;
  story.label.description = "class";
  std::vector<QgisEntry> entries;
  for (const ClassStyle& style : ClassStyles()) {
    const int code = static_cast<int>(style.code);
    story.label.colours.push_back({code, style.red, style.green, style.blue});
    if (style.code != ClassCode::kNoData)
      entries.push_back({static_cast<double>(code), style.name, style.red, style.green, style.blue});
  }
  story.label.metadata = {{"QUANTITY", "class of the ground against the lander's limits"},
                          {"PERILUNE_CLASSES", ClassCodesInWords()},
                          {"BASELINE_M", Number(map.footprint_used_m)},
                          {"MARGINAL_P_SITE_BELOW", Number(rule.min_p_site)},
                          {"MARGINAL_ABOVE_SHARE_OF_LIMIT", Number(rule.limit_share)}};
  story.style = QgisPaletteStyle(entries);
  return story;
}

BandStory StoryOfReasons() {
  BandStory story;
  story.label.description = "reasons";
  story.label.metadata = {{"QUANTITY", "what speaks against a cell, as a bit mask"},
                          {"PERILUNE_REASONS", ReasonBitsInWords()}};
  story.style = QgisPaletteStyle({{0, "nothing", 0, 158, 115},
                                  {1, "slope", 213, 94, 0},
                                  {2, "roughness", 204, 121, 167},
                                  {3, "slope and roughness", 148, 52, 110},
                                  {8, "shadow", 40, 40, 110},
                                  {16, "unknown", 150, 150, 150},
                                  {48, "the map's edge", 190, 190, 190},
                                  {16384, "p_site below its level", 240, 228, 66},
                                  {32768, "near a limit", 245, 200, 66},
                                  {49152, "both", 230, 159, 0}});
  return story;
}

}  // namespace perilune::datasets
