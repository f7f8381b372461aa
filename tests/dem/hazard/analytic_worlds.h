#pragma once

#include <cmath>
#include <functional>

#include "dem/frames/moon.h"
#include "dem/frames/site.h"
#include "dem/hazard/hazard_map.h"

namespace perilune::dem::worlds {

inline const char* const kEquirectangular =
    R"(PROJCS["Moon equirectangular",GEOGCS["Moon 2000",DATUM["Moon 2000",SPHEROID["Moon 2000",1737400,0]],)"
    R"(PRIMEM["Reference meridian",0],UNIT["degree",0.0174532925199433]],PROJECTION["Equirectangular"],)"
    R"(PARAMETER["standard_parallel_1",0],PARAMETER["central_meridian",0],PARAMETER["false_easting",0],)"
    R"(PARAMETER["false_northing",0],UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]])";

inline const char* const kSouthPolar =
    R"(PROJCS["Moon south polar",GEOGCS["Moon 2000",DATUM["Moon 2000",SPHEROID["Moon 2000",1737400,0]],)"
    R"(PRIMEM["Reference meridian",0],UNIT["degree",0.0174532925199433]],PROJECTION["Polar_Stereographic"],)"
    R"(PARAMETER["latitude_of_origin",-90],PARAMETER["central_meridian",0],PARAMETER["scale_factor",1],)"
    R"(PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["metre",1],AXIS["Easting",NORTH],AXIS["Northing",NORTH]])";

/// A raster whose middle cell is at a CRS point; heights from a function of CRS offsets (x, y) from there, m.
inline Raster<float> MakeRaster(const char* crs, const Eigen::Vector2d& middle, int size, double step_x,
                                double step_y, const std::function<double(double, double)>& height) {
  Raster<float> raster;
  raster.crs_wkt = crs;
  raster.grid = Grid<float>(size, size);
  const int half = size / 2;
  raster.crs_from_pixel =
      Eigen::Translation2d(middle) * Eigen::Scaling(step_x, -step_y) * Eigen::Translation2d(-half, -half);
  for (int row = 0; row < size; ++row) {
    for (int col = 0; col < size; ++col) {
      raster.grid.At(col, row) = static_cast<float>(height((col - half) * step_x, (half - row) * step_y));
    }
  }
  return raster;
}

/// Equirectangular world with square cells on the ground at its middle; heights from metres east and north of
/// there (east counted on the middle's parallel).
inline Raster<float> GroundWorld(double latitude_deg, int size, double spacing_m,
                                 const std::function<double(double, double)>& height) {
  const double latitude = DegToRad(latitude_deg);
  const double stretch = 1 / std::cos(latitude);
  return MakeRaster(kEquirectangular, {0, kMoonRadius_m * latitude}, size, spacing_m * stretch, spacing_m,
                    [&](double x, double y) { return height(x / stretch, y); });
}

inline PlacedSun SunAtMiddle(double latitude_deg, double elevation_deg, double azimuth_deg,
                             double angular_radius_rad = 0.00465) {
  const double elevation = DegToRad(elevation_deg), azimuth = DegToRad(azimuth_deg);
  PlacedSun sun;
  sun.site = MakeSite({DegToRad(latitude_deg), 0});
  sun.sun.direction_to_sun_in_site = {std::cos(elevation) * std::sin(azimuth),
                                      std::cos(elevation) * std::cos(azimuth), std::sin(elevation)};
  sun.sun.angular_radius_rad = angular_radius_rad;
  return sun;
}

}  // namespace perilune::dem::worlds
