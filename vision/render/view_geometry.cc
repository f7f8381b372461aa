#include "vision/render/view_geometry.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <cmath>
#include <stdexcept>

#include "dem/frames/site.h"
#include "dem/raster/no_value.h"

namespace perilune::vision {
namespace {

/// Angle between two vectors of any length.
double AngleBetween(const Eigen::Vector3d& a, const Eigen::Vector3d& b) {
  return std::atan2(a.cross(b).norm(), a.dot(b));
}

cv::Vec3d ToCv(const Eigen::Vector3d& v) { return {v.x(), v.y(), v.z()}; }

void CheckView(const View& view) {
  const cv::Size size(view.camera.width_px, view.camera.height_px);
  if (view.range_m.size() != size || view.range_m.type() != CV_64F || view.lit_fraction.size() != size ||
      view.lit_fraction.type() != CV_32F) {
    throw std::invalid_argument("view geometry: range_m and lit_fraction must have the camera's size, " +
                                std::to_string(size.width) + " x " + std::to_string(size.height));
  }
}

ViewGeometry WithoutHits(const View& view) {
  const cv::Size size(view.camera.width_px, view.camera.height_px);
  const auto vectors = [&] { return cv::Mat(size, CV_64FC3, cv::Scalar(dem::kNaN, dem::kNaN, dem::kNaN)); };
  const auto numbers = [&] { return cv::Mat(size, CV_64F, cv::Scalar(dem::kNaN)); };
  return {vectors(), numbers(), numbers(), numbers(),        vectors(),
          numbers(), numbers(), numbers(), view.lit_fraction};
}

void FillPixel(const View& view, const dem::Terrain& terrain, const Eigen::Vector3d& ray_in_cam, int row,
               int col, ViewGeometry& geometry) {
  const double range_m = view.range_m.at<double>(row, col);
  if (std::isnan(range_m)) return;
  const Eigen::Vector3d ray = view.site_from_cam.linear() * ray_in_cam;
  const Eigen::Vector3d point = view.site_from_cam.translation() + range_m * ray;
  const dem::Geodetic geodetic = dem::GeodeticFromSite(terrain.site(), point);
  geometry.point_in_site_m.at<cv::Vec3d>(row, col) = ToCv(point);
  geometry.latitude_rad.at<double>(row, col) = geodetic.place.latitude_rad;
  geometry.longitude_rad.at<double>(row, col) = geodetic.place.longitude_rad;
  geometry.height_m.at<double>(row, col) = geodetic.height_m;
  const Eigen::Vector3d& to_sun = view.sun.direction_to_sun_in_site;
  geometry.phase_rad.at<double>(row, col) = AngleBetween(to_sun, -ray);
  const std::optional<Eigen::Vector3d> normal = terrain.NormalAt(point.x(), point.y());
  if (!normal) return;
  geometry.normal_in_site.at<cv::Vec3d>(row, col) = ToCv(*normal);
  geometry.incidence_rad.at<double>(row, col) = AngleBetween(*normal, to_sun);
  geometry.emission_rad.at<double>(row, col) = AngleBetween(*normal, -ray);
}

}  // namespace

ViewGeometry GeometryOf(const View& view, const dem::Terrain& terrain) {
  view.camera.Validate();
  CheckView(view);
  ViewGeometry geometry = WithoutHits(view);
  const auto width = static_cast<std::size_t>(view.camera.width_px);
  tbb::parallel_for(tbb::blocked_range<int>(0, view.camera.height_px),
                    [&](const tbb::blocked_range<int>& rows) {
                      std::vector<Eigen::Vector3d> rays(width);
                      for (int row = rows.begin(); row < rows.end(); ++row) {
                        view.camera.UnprojectRow(row, rays);
                        for (std::size_t col = 0; col < width; ++col) {
                          FillPixel(view, terrain, rays[col], row, static_cast<int>(col), geometry);
                        }
                      }
                    });
  return geometry;
}

}  // namespace perilune::vision
