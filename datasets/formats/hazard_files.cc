#include "datasets/formats/hazard_files.h"

#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "dem/io/write_raster.h"

namespace perilune::datasets {
namespace {

using Json = nlohmann::ordered_json;
using Metadata = std::vector<std::pair<std::string, std::string>>;

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

/// What was asked, for whoever opens a file a year later.
Metadata Describe(const dem::HazardMap& map) {
  const dem::HazardOptions& options = map.options;
  char hash[32];
  std::snprintf(hash, sizeof hash, "%016" PRIx64, map.options_hash);
  Metadata metadata{{"PERILUNE_FOOTPRINT_M", Number(options.footprint_m)},
                    {"PERILUNE_FOOTPRINT_USED_M", Number(map.footprint_used_m)},
                    {"PERILUNE_SLOPE_LIMIT_DEG", Number(dem::RadToDeg(options.slope_limit_rad))},
                    {"PERILUNE_ROUGHNESS_LIMIT_M", Number(options.roughness_limit_m)},
                    {"PERILUNE_HEIGHT_SIGMA_M", Number(options.height_sigma_m)},
                    {"PERILUNE_HEIGHT_CORRELATION_M", Number(options.height_correlation_m)},
                    {"PERILUNE_UNRESOLVED_SLOPE_RAD", Number(options.unresolved_slope_rad)},
                    {"PERILUNE_UNRESOLVED_ROUGHNESS_M", Number(options.unresolved_roughness_m)},
                    {"PERILUNE_OPTIONS_HASH", hash}};
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

template <typename T>
void WriteBand(const std::filesystem::path& folder, const dem::Raster<T>& band, const Metadata& metadata) {
  dem::WriteGeoTiff<T>(folder / (band.name + ".tif"), {{&band.grid, band.name, band.unit}}, band.crs_wkt,
                       band.crs_from_pixel, band.nodata, metadata);
}

Metadata With(Metadata metadata, const char* key, const char* value) {
  metadata.emplace_back(key, value);
  return metadata;
}

}  // namespace

void WriteHazardMap(const std::filesystem::path& folder, const dem::HazardMap& map) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw dem::WriteError(folder, "cannot be made: " + error.message());
  const Metadata metadata = Describe(map);
  for (const auto* band :
       {&map.p_site, &map.slope_rad, &map.roughness_m, &map.rms_roughness_m, &map.relief_m}) {
    WriteBand(folder, *band, metadata);
  }
  if (map.HasFootprintTest()) {
    WriteBand(folder, map.tilt_rad, metadata);
    WriteBand(folder, map.clearance_m, metadata);
  }
  if (map.has_sun) WriteBand(folder, map.lit_fraction, metadata);
  WriteBand(folder, map.hazard_class,
            With(metadata, "PERILUNE_CLASSES", "0 safe, 1 hazardous, 2 unknown, 3 shadow"));
  WriteBand(
      folder, map.reasons,
      With(metadata, "PERILUNE_REASONS",
           "sum of 1 slope, 2 roughness, 4 relief, 8 shadow, 16 unknown, 32 edge of the map, 64 tilt, 128 "
           "clearance; 0 safe"));
}

namespace {

Json Feature(const nav::LandingSite& site) {
  Json properties;
  properties["rank"] = site.rank;
  properties["p_land"] = site.p_land;
  properties["slope_deg"] = dem::RadToDeg(site.slope_rad);
  properties["roughness_m"] = site.roughness_m;
  properties["margin_m"] = site.margin_m;
  properties["divert_distance_m"] = site.divert_distance_m;  // NaN is written as null
  properties["divert_dv_mps"] = site.divert_dv_mps;
  properties["reasons"] = site.reasons;
  properties["x_m"] = site.point_in_site_m.x();
  properties["y_m"] = site.point_in_site_m.y();
  properties["z_m"] = site.point_in_site_m.z();
  Json feature;
  feature["type"] = "Feature";
  feature["geometry"] = {
      {"type", "Point"},
      {"coordinates", {dem::RadToDeg(site.place.longitude_rad), dem::RadToDeg(site.place.latitude_rad)}}};
  feature["properties"] = std::move(properties);
  return feature;
}

double NumberOrNan(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

nav::LandingSite SiteOf(const Json& feature) {
  const Json& properties = feature.at("properties");
  const Json& coordinates = feature.at("geometry").at("coordinates");
  nav::LandingSite site;
  site.place = {dem::DegToRad(coordinates.at(1).get<double>()),
                dem::DegToRad(coordinates.at(0).get<double>())};
  site.rank = properties.at("rank").get<int>();
  site.p_land = properties.at("p_land").get<double>();
  site.slope_rad = dem::DegToRad(properties.at("slope_deg").get<double>());
  site.roughness_m = properties.at("roughness_m").get<double>();
  site.margin_m = properties.at("margin_m").get<double>();
  site.divert_distance_m = NumberOrNan(properties.at("divert_distance_m"));
  site.divert_dv_mps = NumberOrNan(properties.at("divert_dv_mps"));
  site.reasons = properties.at("reasons").get<std::string>();
  site.point_in_site_m = {properties.at("x_m").get<double>(), properties.at("y_m").get<double>(),
                          properties.at("z_m").get<double>()};
  return site;
}

}  // namespace

void WriteSitesGeoJson(const std::filesystem::path& path, const std::vector<nav::LandingSite>& sites,
                       const dem::Site& site) {
  Json json;
  json["type"] = "FeatureCollection";
  json["name"] = "landing sites";
  // Longitude and latitude on the Moon's sphere, planetocentric, degrees.
  json["crs"] = {{"type", "name"}, {"properties", {{"name", "urn:ogc:def:crs:IAU_2015::30100"}}}};
  json["site"] = {{"latitude_deg", dem::RadToDeg(site.origin.latitude_rad)},
                  {"longitude_deg", dem::RadToDeg(site.origin.longitude_rad)}};
  json["features"] = Json::array();
  for (const nav::LandingSite& landing : sites) json["features"].push_back(Feature(landing));
  dem::WriteFileAtomically(path, json.dump(1) + "\n");
}

SitesFile ReadSitesGeoJson(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) throw dem::DataError(path, "cannot be read");
  try {
    const Json json = Json::parse(file);
    SitesFile read;
    read.site = dem::MakeSite({dem::DegToRad(json.at("site").at("latitude_deg").get<double>()),
                               dem::DegToRad(json.at("site").at("longitude_deg").get<double>())});
    for (const Json& feature : json.at("features")) read.sites.push_back(SiteOf(feature));
    return read;
  } catch (const Json::exception& error) {
    throw dem::DataError(path, std::string("is no sites.geojson of Perilune: ") + error.what());
  } catch (const std::invalid_argument& error) {
    throw dem::DataError(path, error.what());
  }
}

}  // namespace perilune::datasets
