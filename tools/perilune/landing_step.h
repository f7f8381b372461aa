#pragma once

#include <filesystem>
#include <optional>

#include "datasets/formats/sequence.h"
#include "nav/fix/map_declaration.h"
#include "nav/landing/landing_sites.h"
#include "nav/navigator/navigator.h"

namespace perilune::tools {

/// Ground around a place, in metres of map-relative `site` coordinates.
struct LandingArea {
  Eigen::Vector2d centre_in_site_m = Eigen::Vector2d::Zero();
  double radius_m = 500;
};

/// Where the lander would come down, map-relative: straight along its velocity when that points more than 45°
/// down, else straight below. Nothing off the map.
std::optional<Eigen::Vector3d> PredictLandingPoint(const nav::State& state, const dem::Terrain& map);

/// The map that sites are chosen on, and what is known of it.
struct LandingMap {
  std::filesystem::path file;
  nav::MapDeclaration declaration;
};

/// Hazards of the area on the map's own raster, re-lit for the Sun, and the sites chosen there: writes
/// hazards/*.tif with their styles, sites.geojson and sites.gpkg into `folder`. Throws dem::DataError,
/// dem::WriteError.
nav::LandingChoice ChooseLandingSites(const LandingMap& map, const LandingArea& area, const nav::State& state,
                                      const datasets::SequenceInfo& info,
                                      const std::filesystem::path& folder);

}  // namespace perilune::tools
