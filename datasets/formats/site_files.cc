#include "datasets/formats/site_files.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "datasets/formats/dem_hash.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "dem/io/geopackage.h"

namespace perilune::datasets {
namespace {

using Json = nlohmann::ordered_json;

Json Feature(const nav::LandingSite& site) {
  Json properties;
  properties["rank"] = site.rank;
  properties["latitude_deg"] = dem::RadToDeg(site.place.latitude_rad);
  properties["longitude_deg"] = dem::RadToDeg(site.place.longitude_rad);
  properties["p_land"] = site.p_land;
  properties["slope_deg"] = dem::RadToDeg(site.slope_rad);
  properties["roughness_m"] = site.roughness_m;
  properties["margin_m"] = site.margin_m;
  properties["divert_distance_m"] = site.divert_distance_m;  // NaN is written as null
  properties["divert_dv_mps"] = site.divert_dv_mps;
  properties["divert_time_s"] = site.divert_time_s;
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
  site.divert_time_s = NumberOrNan(properties.at("divert_time_s"));
  site.reasons = properties.at("reasons").get<std::string>();
  site.point_in_site_m = {properties.at("x_m").get<double>(), properties.at("y_m").get<double>(),
                          properties.at("z_m").get<double>()};
  return site;
}

nav::LandingStatus StatusOf(const std::string& name) {
  for (const auto status : {nav::LandingStatus::kSafeSite, nav::LandingStatus::kNoSafeSite,
                            nav::LandingStatus::kNothingInReach}) {
    if (name == nav::ToString(status)) return status;
  }
  throw std::invalid_argument("status = " + name + ": not a status");
}

Json ParametersJson(const SitesContext& context) {
  Json parameters = Json::object();
  for (const auto& [name, value] : context.parameters) parameters[name] = value;
  return parameters;
}

dem::PointLayer Layer(const char* name, const char* description, const std::vector<nav::LandingSite>& sites,
                      const SitesContext& context) {
  dem::PointLayer layer;
  layer.name = name;
  layer.description = description;
  layer.fields = {{"rank", std::int64_t{}},
                  {"latitude_deg", 0.0},
                  {"longitude_deg", 0.0},
                  {"p_land", 0.0},
                  {"slope_deg", 0.0},
                  {"roughness_m", 0.0},
                  {"margin_m", 0.0},
                  {"divert_distance_m", 0.0},
                  {"divert_dv_mps", 0.0},
                  {"divert_time_s", 0.0},
                  {"x_m", 0.0},
                  {"y_m", 0.0},
                  {"z_m", 0.0},
                  {"reasons", std::string{}},
                  {"dem_hash", std::string{}},
                  {"parameters", std::string{}}};
  for (const nav::LandingSite& site : sites) {
    const Eigen::Vector3d& point = site.point_in_site_m;
    layer.features.push_back(
        {site.place,
         {std::int64_t{site.rank}, dem::RadToDeg(site.place.latitude_rad),
          dem::RadToDeg(site.place.longitude_rad), site.p_land, dem::RadToDeg(site.slope_rad),
          site.roughness_m, site.margin_m, site.divert_distance_m, site.divert_dv_mps, site.divert_time_s,
          point.x(), point.y(), point.z(), site.reasons, HashText(context.dem_hash),
          ParametersJson(context).dump()}});
  }
  return layer;
}

/// As it was asked for: without the rounding of the way to radians and back.
double Degrees(double angle_rad) { return std::round(dem::RadToDeg(angle_rad) * 1e9) / 1e9; }

}  // namespace

std::vector<std::pair<std::string, double>> ParametersOf(const dem::HazardOptions& hazards,
                                                         const nav::LandingOptions& landing) {
  std::vector<std::pair<std::string, double>> parameters{
      {"footprint_m", hazards.footprint_m},
      {"slope_limit_deg", Degrees(hazards.slope_limit_rad)},
      {"roughness_limit_m", hazards.roughness_limit_m},
      {"height_sigma_m", hazards.height_sigma_m},
      {"height_correlation_m", hazards.height_correlation_m},
      {"unresolved_slope_deg", Degrees(hazards.unresolved_slope_rad)},
      {"unresolved_roughness_m", hazards.unresolved_roughness_m},
      {"effective_resolution_m", hazards.effective_resolution_m},
      {"least_detail_ratio", hazards.least_detail_ratio},
      {"min_lit_fraction", hazards.min_lit_fraction},
      {"dispersion_east_m2", landing.dispersion_m2(0, 0)},
      {"dispersion_east_north_m2", landing.dispersion_m2(0, 1)},
      {"dispersion_north_m2", landing.dispersion_m2(1, 1)},
      {"separation_m", landing.separation_m},
      {"min_p_land", landing.min_p_land},
      {"divert_reach_m", landing.divert_reach_m}};
  if (hazards.relief_limit_m) parameters.emplace_back("relief_limit_m", *hazards.relief_limit_m);
  const auto add = [&](std::initializer_list<std::pair<std::string, double>> more) {
    parameters.insert(parameters.end(), more);
  };
  if (hazards.lander) {
    const dem::Lander& lander = *hazards.lander;
    add({{"legs", lander.legs},
         {"leg_circle_diameter_m", lander.leg_circle_diameter_m},
         {"pad_diameter_m", lander.pad_diameter_m},
         {"body_clearance_m", lander.body_clearance_m},
         {"lander_max_tilt_deg", Degrees(lander.max_tilt_rad)},
         {"max_roughness_m", lander.max_roughness_m},
         {"yaws", hazards.footprint_test.yaws},
         {"every_three_pads", hazards.footprint_test.planes == dem::PadPlanes::kEveryThree ? 1 : 0},
         {"draws", hazards.probability_draws}});
  }
  if (landing.divert) {
    const nav::DivertLimits& limits = landing.divert->limits;
    const nav::DescentState& state = landing.divert->state;
    add({{"divert_from_x_m", state.position_in_site_m.x()},
         {"divert_from_y_m", state.position_in_site_m.y()},
         {"divert_from_z_m", state.position_in_site_m.z()},
         {"divert_velocity_x_mps", state.velocity_in_site_mps.x()},
         {"divert_velocity_y_mps", state.velocity_in_site_mps.y()},
         {"divert_velocity_z_mps", state.velocity_in_site_mps.z()},
         {"mass_kg", limits.mass_kg},
         {"fuel_kg", limits.fuel_kg},
         {"max_thrust_n", limits.max_thrust_n},
         {"min_thrust_n", limits.min_thrust_n},
         {"isp_s", limits.isp_s},
         {"max_tilt_deg", Degrees(limits.max_tilt_rad)},
         {"max_time_s", limits.max_time_s},
         {"gate_height_m", limits.gate_height_m},
         {"gate_speed_mps", limits.gate_speed_mps},
         {"clearance_m", limits.clearance_m},
         {"reserve_share", limits.reserve_share}});
  }
  return parameters;
}

void WriteSitesGeoJson(const std::filesystem::path& path, const nav::LandingChoice& choice,
                       const SitesContext& context) {
  Json json;
  json["type"] = "FeatureCollection";
  json["name"] = "landing sites";
  // RFC 7946 knows the Earth alone; the member of its predecessor (GeoJSON 2008) says which body this is, and
  // GDAL and QGIS heed it: longitude and latitude on the Moon's sphere, planetocentric, degrees.
  json["crs"] = {{"type", "name"}, {"properties", {{"name", "urn:ogc:def:crs:IAU_2015::30100"}}}};
  json["status"] = nav::ToString(choice.status);
  json["site"] = {{"latitude_deg", dem::RadToDeg(context.site.origin.latitude_rad)},
                  {"longitude_deg", dem::RadToDeg(context.site.origin.longitude_rad)}};
  json["dem_hash"] = HashText(context.dem_hash);
  json["parameters"] = ParametersJson(context);
  if (choice.least_bad) json["least_bad"] = Feature(*choice.least_bad);
  json["features"] = Json::array();
  for (const nav::LandingSite& landing : choice.sites) json["features"].push_back(Feature(landing));
  dem::WriteFileAtomically(path, json.dump(1) + "\n");
}

void WriteSitesGeoPackage(const std::filesystem::path& path, const nav::LandingChoice& choice,
                          const SitesContext& context) {
  std::vector<dem::PointLayer> layers{Layer(
      "landing_sites", "Landing sites by rank; longitude and latitude on the Moon", choice.sites, context)};
  if (choice.least_bad)
    layers.push_back(Layer("least_bad_place", "No safe site was found: where the odds are best",
                           {*choice.least_bad}, context));
  dem::WriteGeoPackage(path, layers,
                       {{"PERILUNE_STATUS", nav::ToString(choice.status)},
                        {"PERILUNE_DEM_HASH", HashText(context.dem_hash)},
                        {"PERILUNE_PARAMETERS", ParametersJson(context).dump()}});
}

SitesFile ReadSitesGeoJson(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) throw dem::DataError(path, "cannot be read");
  try {
    const Json json = Json::parse(file);
    SitesFile read;
    read.site = dem::MakeSite({dem::DegToRad(json.at("site").at("latitude_deg").get<double>()),
                               dem::DegToRad(json.at("site").at("longitude_deg").get<double>())});
    read.choice.status = StatusOf(json.at("status").get<std::string>());
    for (const Json& feature : json.at("features")) read.choice.sites.push_back(SiteOf(feature));
    if (json.contains("least_bad")) read.choice.least_bad = SiteOf(json.at("least_bad"));
    return read;
  } catch (const Json::exception& error) {
    throw dem::DataError(path, std::string("is no sites.geojson of Perilune: ") + error.what());
  } catch (const std::invalid_argument& error) {
    throw dem::DataError(path, error.what());
  }
}

}  // namespace perilune::datasets
