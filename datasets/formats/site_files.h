#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "dem/hazard/hazard_map.h"
#include "nav/landing/landing_sites.h"

namespace perilune::datasets {

/// What sites were chosen from and by, for whoever opens the file a year later.
struct SitesContext {
  dem::Site site;                                          ///< whose axes x_m, y_m, z_m are
  std::uint64_t dem_hash = 0;                              ///< DemHash
  std::vector<std::pair<std::string, double>> parameters;  ///< by name with unit
};

/// The parameters of a choice: limits of the lander, of the height error, of the landing and of the divert.
std::vector<std::pair<std::string, double>> ParametersOf(const dem::HazardOptions& hazards,
                                                         const nav::LandingOptions& landing);

/// sites.geojson (docs/formats.md): a feature a site; the least bad place, where there is no site, is a
/// member `least_bad` of the collection and no feature, so that no reader takes it for one. Throws
/// dem::WriteError.
void WriteSitesGeoJson(const std::filesystem::path& path, const nav::LandingChoice& choice,
                       const SitesContext& context);

/// The same as a GeoPackage: layer `landing_sites`, and `least_bad_place` where there is no site. Throws
/// dem::WriteError.
void WriteSitesGeoPackage(const std::filesystem::path& path, const nav::LandingChoice& choice,
                          const SitesContext& context);

struct SitesFile {
  dem::Site site;
  nav::LandingChoice choice;
};

/// Throws dem::DataError: missing file, no JSON, a missing or wrong member.
SitesFile ReadSitesGeoJson(const std::filesystem::path& path);

}  // namespace perilune::datasets
