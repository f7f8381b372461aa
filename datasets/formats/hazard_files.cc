#include "datasets/formats/hazard_files.h"

#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "datasets/formats/dem_hash.h"
#include "datasets/formats/qgis_style.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "dem/io/write_raster.h"

namespace perilune::datasets {
namespace {

using Metadata = std::vector<std::pair<std::string, std::string>>;

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

/// What was asked, for whoever opens a file a year later.
Metadata Describe(const dem::HazardMap& map, const dem::Raster<float>& dem) {
  const dem::HazardOptions& options = map.options;
  Metadata metadata{{"PERILUNE_FOOTPRINT_M", Number(options.footprint_m)},
                    {"PERILUNE_FOOTPRINT_USED_M", Number(map.footprint_used_m)},
                    {"PERILUNE_SLOPE_LIMIT_DEG", Number(dem::RadToDeg(options.slope_limit_rad))},
                    {"PERILUNE_ROUGHNESS_LIMIT_M", Number(options.roughness_limit_m)},
                    {"PERILUNE_HEIGHT_SIGMA_M", Number(options.height_sigma_m)},
                    {"PERILUNE_HEIGHT_CORRELATION_M", Number(options.height_correlation_m)},
                    {"PERILUNE_UNRESOLVED_SLOPE_RAD", Number(options.unresolved_slope_rad)},
                    {"PERILUNE_UNRESOLVED_ROUGHNESS_M", Number(options.unresolved_roughness_m)},
                    {"PERILUNE_OPTIONS_HASH", HashText(map.options_hash)},
                    {"PERILUNE_DEM_HASH", HashText(DemHash(dem))}};
  const bool horn = options.slope_estimator == dem::SlopeEstimator::kHorn;
  metadata.emplace_back("PERILUNE_SLOPE_ESTIMATOR", horn ? "Horn, 3 x 3 cells" : "least-squares plane");
  if (options.slope_baseline_m > 0)
    metadata.emplace_back("PERILUNE_SLOPE_BASELINE_M", Number(options.slope_baseline_m));
  if (options.lander) {
    metadata.emplace_back("PERILUNE_LANDER", options.lander->name);
    metadata.emplace_back("PERILUNE_LANDER_YAWS", Number(options.footprint_test.yaws));
  }
  if (options.relief_limit_m)
    metadata.emplace_back("PERILUNE_RELIEF_LIMIT_M", Number(*options.relief_limit_m));
  if (map.has_sun) metadata.emplace_back("PERILUNE_MIN_LIT_FRACTION", Number(options.min_lit_fraction));
  return metadata;
}

/// What a band of numbers holds, and how it is shown.
struct BandStory {
  const char* quantity;
  const char* estimator;
  bool has_baseline;
  std::vector<QgisEntry> ramp;
};

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

class BandWriter {
 public:
  BandWriter(const std::filesystem::path& folder, const dem::HazardMap& map, const dem::Raster<float>& dem)
      : folder_(folder), map_(map), metadata_(Describe(map, dem)) {}

  void Write(const dem::Raster<float>& band, const BandStory& story) const {
    Metadata own{{"QUANTITY", story.quantity}, {"ESTIMATOR", story.estimator}};
    if (story.has_baseline) own.emplace_back("BASELINE_M", Number(map_.footprint_used_m));
    dem::Band<float> written{&band.grid, band.name, band.unit};
    written.metadata = own;
    dem::WriteGeoTiff<float>(folder_ / (band.name + ".tif"), {written}, band.crs_wkt, band.crs_from_pixel,
                             band.nodata, metadata_);
    dem::WriteFileAtomically(folder_ / (band.name + ".qml"), QgisRampStyle(story.ramp));
  }

  void WriteClasses(const dem::Grid<std::uint8_t>& classes, const MarginalRule& rule) const {
    dem::Band<std::uint8_t> band{&classes, "class", ""};
    std::string codes;
    std::vector<QgisEntry> entries;
    for (const ClassStyle& style : ClassStyles()) {
      const int code = static_cast<int>(style.code);
      band.colours.push_back({code, style.red, style.green, style.blue});
      codes += (codes.empty() ? "" : ", ") + std::to_string(code) + " " + style.name;
      if (style.code != ClassCode::kNoData)
        entries.push_back({static_cast<double>(code), style.name, style.red, style.green, style.blue});
    }
    band.metadata = {{"QUANTITY", "class of the ground against the lander's limits"},
                     {"PERILUNE_CLASSES", codes},
                     {"BASELINE_M", Number(map_.footprint_used_m)},
                     {"MARGINAL_P_SITE_BELOW", Number(rule.min_p_site)},
                     {"MARGINAL_ABOVE_SHARE_OF_LIMIT", Number(rule.limit_share)}};
    WriteCodes<std::uint8_t>(band, std::uint8_t{0}, {{"PERILUNE_CLASSES", codes}});
    dem::WriteFileAtomically(folder_ / "class.qml", QgisPaletteStyle(entries));
  }

  void WriteReasons(const dem::Grid<std::uint16_t>& reasons) const {
    const std::string codes =
        "sum of 1 slope, 2 roughness, 4 relief, 8 shadow, 16 unknown, 32 edge of the map, 64 tilt, 128 "
        "clearance; marginal: 16384 p_site below "
        "its level, 32768 near a limit; 0 safe";
    dem::Band<std::uint16_t> band{&reasons, "reasons", ""};
    band.metadata = {{"QUANTITY", "what speaks against a cell, as a bit mask"}, {"PERILUNE_REASONS", codes}};
    WriteCodes<std::uint16_t>(band, {}, {{"PERILUNE_REASONS", codes}});
    dem::WriteFileAtomically(folder_ / "reasons.qml",
                             QgisPaletteStyle({{0, "nothing", 0, 158, 115},
                                               {1, "slope", 213, 94, 0},
                                               {2, "roughness", 204, 121, 167},
                                               {3, "slope and roughness", 148, 52, 110},
                                               {8, "shadow", 40, 40, 110},
                                               {16, "unknown", 150, 150, 150},
                                               {48, "the map's edge", 190, 190, 190},
                                               {16384, "p_site below its level", 240, 228, 66},
                                               {32768, "near a limit", 245, 200, 66},
                                               {49152, "both", 230, 159, 0}}));
  }

 private:
  template <typename T>
  void WriteCodes(const dem::Band<T>& band, std::optional<T> nodata, const Metadata& more) const {
    Metadata metadata = metadata_;
    metadata.insert(metadata.end(), more.begin(), more.end());
    dem::WriteGeoTiff<T>(folder_ / (band.description + ".tif"), {band}, map_.p_site.crs_wkt,
                         map_.p_site.crs_from_pixel, nodata, metadata);
  }

  std::filesystem::path folder_;
  const dem::HazardMap& map_;
  Metadata metadata_;
};

}  // namespace

void WriteHazardMap(const std::filesystem::path& folder, const dem::HazardMap& map,
                    const dem::Raster<float>& dem, const MarginalRule& rule) {
  const CodedClasses coded = CodeClasses(map, dem.grid, rule);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw dem::WriteError(folder, "cannot be made: " + error.message());
  const dem::HazardOptions& limits = map.options;
  const BandWriter writer(folder, map, dem);
  writer.Write(
      map.p_site,
      {"probability that slope, roughness and relief are within limits",
       "product over the limits (Rician slope, normal roughness and relief) under the declared height error "
       "and unresolved relief; 0 in shadow and unknown",
       true, Share("(unsafe)")});
  writer.Write(map.slope_rad, {"slope against the local vertical", "least-squares plane over a circle", true,
                               UpToLimit(limits.slope_limit_rad, "deg", dem::RadToDeg(1))});
  writer.Write(map.roughness_m, {"largest distance of the ground from the slope's plane, both sides",
                                 "largest residual of the least-squares plane, perpendicular to it", true,
                                 UpToLimit(limits.roughness_limit_m, "m", 1)});
  writer.Write(map.rms_roughness_m, {"root mean square distance of the ground from the slope's plane",
                                     "residuals of the least-squares plane, perpendicular to it", true,
                                     UpToLimit(limits.roughness_limit_m, "m", 1)});
  if (map.HasFootprintTest()) {
    writer.Write(map.tilt_rad,
                 {"tilt of the lander against the local vertical", "worst resting plane over all yaws", true,
                  UpToLimit(limits.lander->max_tilt_rad, "deg", dem::RadToDeg(1))});
    writer.Write(map.clearance_m,
                 {"distance of the belly from the ground under it", "least over all yaws and resting planes",
                  true, UpToLimit(limits.lander->body_clearance_m, "m", 1)});
  }
  writer.Write(map.relief_m,
               {"highest less lowest ground", "range of the heights over a circle", true,
                UpToLimit(limits.relief_limit_m.value_or(2 * limits.roughness_limit_m), "m", 1)});
  if (map.has_sun) {
    writer.Write(map.lit_fraction,
                 {"share of the Sun's disc above the horizon",
                  "horizon of the cells towards the Sun, at the cell", false, Share("(dark)")});
  }
  writer.WriteClasses(coded.classes, rule);
  writer.WriteReasons(coded.reasons);
}

}  // namespace perilune::datasets
