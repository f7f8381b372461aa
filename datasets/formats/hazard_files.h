#pragma once

#include <filesystem>
#include <vector>

#include "dem/hazard/hazard_map.h"
#include "nav/landing/landing_sites.h"

namespace perilune::datasets {

/// Writes a Cloud-Optimised GeoTIFF a band into `folder` (made when absent): p_site.tif, slope_rad.tif,
/// roughness_m.tif, rms_roughness_m.tif, relief_m.tif, tilt_rad.tif and clearance_m.tif (with a lander),
/// lit_fraction.tif (with a Sun), class.tif, reasons.tif. Codes are in the metadata. Throws dem::WriteError.
void WriteHazardMap(const std::filesystem::path& folder, const dem::HazardMap& map);

/// sites.geojson (docs/formats.md). Throws dem::WriteError.
void WriteSitesGeoJson(const std::filesystem::path& path, const std::vector<nav::LandingSite>& sites,
                       const dem::Site& site);

struct SitesFile {
  dem::Site site;
  std::vector<nav::LandingSite> sites;  ///< by rank
};

/// Throws dem::DataError: missing file, no JSON, a missing or wrong member.
SitesFile ReadSitesGeoJson(const std::filesystem::path& path);

}  // namespace perilune::datasets
