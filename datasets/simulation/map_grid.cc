#include "datasets/simulation/map_grid.h"

#include <algorithm>
#include <cmath>

#include "dem/io/write_raster.h"

namespace perilune::datasets {
namespace {

constexpr char kEquirectangularWkt[] =
    R"(PROJCS["Moon equirectangular",GEOGCS["Moon (2015) - Sphere",DATUM["Moon (2015) - Sphere",)"
    R"(SPHEROID["Moon (2015) - Sphere",1737400,0]],PRIMEM["Reference Meridian",0],)"
    R"(UNIT["degree",0.0174532925199433]],PROJECTION["Equirectangular"],PARAMETER["standard_parallel_1",0],)"
    R"(PARAMETER["central_meridian",0],PARAMETER["false_easting",0],PARAMETER["false_northing",0],)"
    R"(UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]])";

// Points along the outline of a rectangle of the site plane, on the sphere, as directions from the Moon's
// centre.
std::vector<Eigen::Vector3d> Outline(const dem::SiteExtent& extent) {
  constexpr int kSteps = 32;
  std::vector<Eigen::Vector3d> directions;
  for (int i = 0; i <= kSteps; ++i) {
    const double x = extent.min_x_m + (extent.max_x_m - extent.min_x_m) * i / kSteps;
    const double y = extent.min_y_m + (extent.max_y_m - extent.min_y_m) * i / kSteps;
    for (const Eigen::Vector2d& p :
         {Eigen::Vector2d(x, extent.min_y_m), Eigen::Vector2d(x, extent.max_y_m),
          Eigen::Vector2d(extent.min_x_m, y), Eigen::Vector2d(extent.max_x_m, y)}) {
      const Eigen::Vector3d on_sphere(p.x(), p.y(), dem::ZInSite(p.x(), p.y(), 0));
      directions.push_back((on_sphere - dem::MoonCentreInSite()).normalized());
    }
  }
  return directions;
}

}  // namespace

MapGrid::MapGrid(const dem::Site& site, const MapLevel& level, const Eigen::Vector2d& centre_offset_m)
    : site_(site),
      projection_(level.projection),
      centre_(
          dem::MakeSite(dem::GeodeticFromSite(site, {centre_offset_m.x(), centre_offset_m.y(), 0}).place)),
      site_from_centre_(site.moon_from_site.linear().transpose() * centre_.moon_from_site.linear()),
      spacing_m_(level.spacing_m) {
  Eigen::AlignedBox2d box;
  for (const Eigen::Vector3d& direction : Outline(level.extent)) box.extend(CrsOf(direction));
  // Nodes at whole multiples of the pixel in the map's own projection, as products have them.
  const Eigen::Array2d first = (box.min() / spacing_m_).array().ceil(),
                       last = (box.max() / spacing_m_).array().floor();
  first_m_ = spacing_m_ * Eigen::Vector2d(first.x(), last.y());
  width_ = static_cast<int>(last.x() - first.x()) + 1;
  height_ = static_cast<int>(last.y() - first.y()) + 1;
}

double MapGrid::PixelOnGround_m() const {
  if (projection_ == MapProjection::kOrthographic) return spacing_m_;
  return spacing_m_ * std::sqrt(std::cos(site_.origin.latitude_rad));
}

std::string MapGrid::CrsWkt() const {
  if (projection_ == MapProjection::kEquirectangular) return kEquirectangularWkt;
  return dem::OrthographicCrs(dem::RadToDeg(centre_.origin.latitude_rad),
                              dem::RadToDeg(centre_.origin.longitude_rad));
}

Eigen::Affine2d MapGrid::CrsFromPixel() const {
  return Eigen::Translation2d(first_m_) * Eigen::Scaling(spacing_m_, -spacing_m_);
}

Eigen::Vector3d MapGrid::DirectionInSite(int col, int row) const {
  return DirectionInSite(first_m_ + spacing_m_ * Eigen::Vector2d(col, -row));
}

Eigen::Vector3d MapGrid::DirectionInSite(const Eigen::Vector2d& crs_m) const {
  const Eigen::Vector2d unit = crs_m / dem::kMoonRadius_m;
  if (projection_ == MapProjection::kEquirectangular) {
    return site_.moon_from_site.linear().transpose() * dem::DirectionInMoon({unit.y(), unit.x()});
  }
  return site_from_centre_ * Eigen::Vector3d(unit.x(), unit.y(), std::sqrt(1 - unit.squaredNorm()));
}

Eigen::Vector2d MapGrid::CrsOf(const Eigen::Vector3d& direction_in_site) const {
  if (projection_ == MapProjection::kOrthographic) {
    return dem::kMoonRadius_m * (site_from_centre_.transpose() * direction_in_site).head<2>();
  }
  const dem::LatLon place = dem::GeodeticFromMoon(site_.moon_from_site.linear() * direction_in_site).place;
  // Continuous across ±180°: longitudes are counted near the site's.
  const double longitude_rad =
      site_.origin.longitude_rad + dem::WrapLongitude(place.longitude_rad - site_.origin.longitude_rad);
  return dem::kMoonRadius_m * Eigen::Vector2d(longitude_rad, place.latitude_rad);
}

}  // namespace perilune::datasets
