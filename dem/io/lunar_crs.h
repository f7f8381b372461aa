#pragma once

#include <ogr_spatialref.h>

#include <filesystem>
#include <string>

namespace perilune::dem {

/// Is the CRS on the sphere of 1 737 400 m (±1 m)?
bool IsLunarSphere(const OGRSpatialReference& crs);

/// The file's CRS, with x (east) first whatever its authority says, when it is a lunar one: geographic or
/// projected, on the sphere of 1 737 400 m (±1 m), mean-Earth frame. Where `found` is null or another body's,
/// `assumed` (GDAL user input) stands in unless it is empty. Throws DataError naming `path`, the reason and
/// the fix.
OGRSpatialReference LunarCrs(const std::filesystem::path& path, const OGRSpatialReference* found,
                             const std::string& assumed);

/// PDS3 labels name the frame where GDAL does not pass it on: throws DataError when `path` is such a label
/// and says principal axis.
void RefusePrincipalAxisLabel(const std::filesystem::path& path);

/// Longitude and latitude (degrees, east positive) on the sphere of `crs`.
OGRSpatialReference GeographicOf(const OGRSpatialReference& crs);

/// CRS units of x in one turn of longitude where x is linear in longitude alone (geographic and the normal
/// cylindrical projections); 0 elsewhere.
double TurnInCrs(const OGRSpatialReference& crs);

}  // namespace perilune::dem
