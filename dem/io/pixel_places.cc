#include "dem/io/pixel_places.h"

#include <ogr_spatialref.h>

#include <limits>
#include <memory>
#include <stdexcept>

#include "dem/io/gdal.h"

namespace perilune::dem {

std::vector<LatLon> PlacesOfPixels(const std::string& crs_wkt, const Eigen::Affine2d& crs_from_pixel,
                                   const std::vector<Eigen::Vector2d>& pixels) {
  InitialiseGdal();
  const GdalErrors errors;  // what GDAL says of a bad CRS belongs into the exception, not onto stderr
  OGRSpatialReference crs;
  if (crs_wkt.empty() || crs.importFromWkt(crs_wkt.c_str()) != OGRERR_NONE) {
    throw std::invalid_argument("crs_wkt: " +
                                errors.Text("no coordinate reference system that GDAL understands"));
  }
  crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  const std::unique_ptr<OGRSpatialReference> geographic(crs.CloneGeogCS());
  if (!geographic) throw std::invalid_argument("crs_wkt: has no geographic base");
  geographic->SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  const std::unique_ptr<OGRCoordinateTransformation> transform(
      OGRCreateCoordinateTransformation(&crs, geographic.get()));
  if (!transform)
    throw std::invalid_argument("crs_wkt: " + errors.Text("no transformation to latitude and longitude"));

  std::vector<double> x(pixels.size()), y(pixels.size());
  std::vector<int> success(pixels.size(), 1);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const Eigen::Vector2d point = crs_from_pixel * pixels[i];
    x[i] = point.x();
    y[i] = point.y();
  }
  transform->Transform(static_cast<int>(pixels.size()), x.data(), y.data(), nullptr, success.data());

  // A geographic CRS counts in its own angular unit (degrees for every file seen so far).
  const double to_rad = geographic->GetAngularUnits();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  std::vector<LatLon> places(pixels.size(), LatLon{kNan, kNan});
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    if (success[i]) places[i] = {y[i] * to_rad, WrapLongitude(x[i] * to_rad)};
  }
  return places;
}

}  // namespace perilune::dem
