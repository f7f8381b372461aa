#pragma once

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>

#include "dem/frames/moon.h"
#include "dem/io/write_raster.h"

namespace perilune::test {

/// Longitude and latitude in degrees on a sphere; `name` and `radius_m` make other bodies and frames of it.
inline std::string GeographicWkt(const std::string& name = "Moon (2015)",
                                 const std::string& radius_m = "1737400") {
  return "GEOGCS[\"" + name + "\",DATUM[\"D_" + name + "\",SPHEROID[\"" + name + "\"," + radius_m +
         ",0]],PRIMEM[\"Reference_Meridian\",0],UNIT[\"degree\",0.0174532925199433]]";
}

inline std::string EquirectangularWkt(double centre_lon_deg) {
  return "PROJCS[\"Moon equirectangular\"," + GeographicWkt() +
         ",PROJECTION[\"Equirectangular\"],PARAMETER[\"standard_parallel_1\",0],PARAMETER[\"central_"
         "meridian\"," +
         std::to_string(centre_lon_deg) +
         "],PARAMETER[\"false_easting\",0],PARAMETER[\"false_northing\",0],UNIT[\"metre\",1]]";
}

inline std::string SouthPolarWkt() {
  return "PROJCS[\"Moon south polar\"," + GeographicWkt() +
         ",PROJECTION[\"Polar_Stereographic\"],PARAMETER[\"latitude_of_origin\",-90],PARAMETER[\"central_"
         "meridian\",0],"
         "PARAMETER[\"scale_factor\",1],PARAMETER[\"false_easting\",0],PARAMETER[\"false_northing\",0],"
         "UNIT[\"metre\",1]]";
}

/// The old form of dem::OrthographicCrs, for the .prj file of a grid.
inline std::string OrthographicWkt1(double latitude_deg, double longitude_deg) {
  return "PROJCS[\"Moon orthographic\"," + GeographicWkt() +
         ",PROJECTION[\"Orthographic\"],PARAMETER[\"latitude_of_origin\"," + std::to_string(latitude_deg) +
         "],PARAMETER[\"central_meridian\"," + std::to_string(longitude_deg) +
         "],PARAMETER[\"false_easting\",0],PARAMETER[\"false_northing\",0],UNIT[\"metre\",1]]";
}

/// The place of south polar stereographic coordinates: ρ = 2 R tan(colatitude / 2), longitude from +y through
/// +x.
inline dem::LatLon SouthPolarPlace(const Eigen::Vector2d& crs) {
  const double colatitude = 2 * std::atan(crs.norm() / (2 * dem::kMoonRadius_m));
  return {colatitude - dem::kPi / 2, std::atan2(crs.x(), crs.y())};
}

inline dem::LatLon DegreesPlace(const Eigen::Vector2d& crs) {
  return {dem::DegToRad(crs.y()), dem::WrapLongitude(dem::DegToRad(crs.x()))};
}

using HeightOfPlace = std::function<double(const dem::LatLon&)>;

/// A raster of heights known in closed form, its projection written out by the caller.
inline dem::Raster<float> AnalyticRaster(
    const std::string& crs_wkt, const Eigen::Affine2d& crs_from_pixel, int width, int height,
    const std::function<dem::LatLon(const Eigen::Vector2d&)>& place_of_crs, const HeightOfPlace& height_of) {
  dem::Raster<float> raster;
  raster.grid = dem::Grid<float>(width, height);
  for (int row = 0; row < height; ++row) {
    for (int col = 0; col < width; ++col) {
      const Eigen::Vector2d crs = crs_from_pixel * Eigen::Vector2d(col, row);
      raster.grid.At(col, row) = static_cast<float>(height_of(place_of_crs(crs)));
    }
  }
  raster.crs_wkt = crs_wkt;
  raster.crs_from_pixel = crs_from_pixel;
  raster.nodata = std::numeric_limits<float>::quiet_NaN();
  raster.name = "height";
  raster.unit = "m";
  return raster;
}

/// First pixel centre at (x0, y0), square pixels, row 0 on top.
inline Eigen::Affine2d NorthUp(double x0, double y0, double pixel) {
  return Eigen::Affine2d(Eigen::Translation2d(x0, y0) * Eigen::Scaling(pixel, -pixel));
}

}  // namespace perilune::test
