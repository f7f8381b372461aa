#include "vision/render/render.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "dem/frames/moon.h"

namespace perilune::vision {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Shadow rays start above the surface by this share of the ground spacing: well above the rounding of a hit,
/// and low enough that only shadows of steps below a thousandth of a cell are lost.
constexpr double kShadowBiasCells = 1e-3;

/// Horizontal strips of the Sun's disc, from its lower limb upwards.
struct SunStrips {
  std::vector<Eigen::Vector3d> directions_in_site;  ///< to the middle of each strip
  std::vector<double> area_above;                   ///< share of the disc in this strip and above
};

SunStrips CutSun(const dem::Sun& sun, int count) {
  const Eigen::Vector3d centre = sun.direction_to_sun_in_site;
  // Towards the zenith across the line of sight; any direction does when the Sun stands in the zenith.
  Eigen::Vector3d up = Eigen::Vector3d::UnitZ() - centre.z() * centre;
  up = up.norm() > 1e-9 ? up.normalized() : centre.unitOrthogonal();
  // Area of the unit disc above height h, as a share of the whole.
  const auto above = [](double h) { return (std::acos(h) - h * std::sqrt(1 - h * h)) / dem::kPi; };
  SunStrips strips;
  for (int i = 0; i < count; ++i) {
    const double bottom = -1 + 2.0 * i / count, middle = -1 + (2.0 * i + 1) / count;
    strips.directions_in_site.push_back(
        (centre + std::tan(middle * sun.angular_radius_rad) * up).normalized());
    strips.area_above.push_back(above(bottom));
  }
  return strips;
}

/// Share of the disc that is seen from a point. All strips have one azimuth, and over a height field a ray
/// that passes lets every steeper one of its azimuth pass: the lowest free strip is found by bisection.
double LitFraction(const dem::Terrain& terrain, const SunStrips& strips,
                   const Eigen::Vector3d& origin_in_site) {
  const auto free = [&](std::size_t i) {
    return !terrain.Occluded({origin_in_site, strips.directions_in_site[i]});
  };
  if (free(0)) return 1;
  std::size_t hidden = 0, lowest_free = strips.directions_in_site.size();
  while (lowest_free - hidden > 1) {
    const std::size_t middle = (hidden + lowest_free) / 2;
    (free(middle) ? lowest_free : hidden) = middle;
  }
  return lowest_free < strips.area_above.size() ? strips.area_above[lowest_free] : 0;
}

struct Shade {
  double radiance = 0;
  double lit_fraction = 0;
};

/// Light that a surface point sends to the viewer.
Shade ShadePoint(const dem::Terrain& terrain, const dem::SurfaceHit& hit, const Eigen::Vector3d& normal,
                 const Eigen::Vector3d& to_viewer, const dem::Sun& sun, const SunStrips& strips,
                 const RenderOptions& options) {
  const Eigen::Vector3d& to_sun = sun.direction_to_sun_in_site;
  Photometry photometry;
  photometry.cos_incidence = normal.dot(to_sun);
  if (photometry.cos_incidence <= 0) return {};
  Shade shade;
  shade.lit_fraction = 1;
  if (options.cast_shadows) {
    const double bias_m = kShadowBiasCells * terrain.Level(hit.level).spacing_m;
    shade.lit_fraction = LitFraction(terrain, strips, hit.point_in_site + bias_m * normal);
    if (shade.lit_fraction == 0) return shade;
  }
  photometry.cos_emission = normal.dot(to_viewer);
  photometry.phase_rad = std::acos(std::clamp(to_sun.dot(to_viewer), -1.0, 1.0));
  const double albedo = options.constant_albedo > 0
                            ? options.constant_albedo
                            : terrain.Albedo(hit.point_in_site.x(), hit.point_in_site.y());
  shade.radiance = shade.lit_fraction * RadianceFactor(options.reflectance, photometry, albedo);
  return shade;
}

void CheckSun(const dem::Sun& sun) {
  if (!(std::abs(sun.direction_to_sun_in_site.norm() - 1) < 1e-6)) {
    throw std::invalid_argument("render: direction_to_sun_in_site must be a unit vector");
  }
  if (!(sun.angular_radius_rad >= 0 && sun.angular_radius_rad < 0.1)) {
    throw std::invalid_argument("render: angular_radius_rad of the Sun is " +
                                std::to_string(sun.angular_radius_rad) + ", must be between 0 and 0.1");
  }
}

}  // namespace

void RenderOptions::Validate() const {
  if (sun_samples < 1) {
    throw std::invalid_argument("render: sun_samples is " + std::to_string(sun_samples) +
                                ", must be 1 or more");
  }
  if (!(constant_albedo >= 0 && constant_albedo <= 1)) {
    throw std::invalid_argument("render: constant_albedo is " + std::to_string(constant_albedo) +
                                ", must be between 0 and 1");
  }
}

Eigen::Vector3d View::PointInSite(int col, int row) const {
  const double range = range_m.at<double>(row, col);
  if (std::isnan(range)) return Eigen::Vector3d::Constant(kNaN);
  return site_from_cam * (range * camera.Unproject({col, row}));
}

View RenderView(const dem::Terrain& terrain, const Camera& camera, const Eigen::Isometry3d& site_from_cam,
                const dem::Sun& sun, const RenderOptions& options) {
  camera.Validate();
  options.Validate();
  CheckSun(sun);
  if (!site_from_cam.matrix().allFinite()) throw std::invalid_argument("render: site_from_cam is not finite");

  View view;
  view.camera = camera;
  view.site_from_cam = site_from_cam;
  view.sun = sun;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  view.radiance = cv::Mat(camera.height_px, camera.width_px, CV_32F, cv::Scalar(nan));
  view.range_m = cv::Mat(camera.height_px, camera.width_px, CV_64F, cv::Scalar(kNaN));
  view.lit_fraction = cv::Mat(camera.height_px, camera.width_px, CV_32F, cv::Scalar(nan));

  const SunStrips strips = CutSun(sun, options.sun_samples);
  const Eigen::Matrix3d rotation = site_from_cam.linear();
  const auto render_row = [&](int row) {
    float* radiance = view.radiance.ptr<float>(row);
    double* range_m = view.range_m.ptr<double>(row);
    float* lit_fraction = view.lit_fraction.ptr<float>(row);
    for (int col = 0; col < camera.width_px; ++col) {
      const dem::Ray ray{site_from_cam.translation(), rotation * camera.Unproject(Eigen::Vector2d(col, row))};
      if (!ray.direction.allFinite()) continue;  // beyond the distortion model's range
      const auto hit = terrain.FirstHit(ray);
      if (!hit) continue;
      const auto normal = terrain.NormalAt(hit->point_in_site.x(), hit->point_in_site.y());
      if (!normal) continue;
      const Shade shade = ShadePoint(terrain, *hit, *normal, -ray.direction, sun, strips, options);
      range_m[col] = hit->range_m;
      radiance[col] = static_cast<float>(shade.radiance);
      lit_fraction[col] = static_cast<float>(shade.lit_fraction);
    }
  };
  tbb::parallel_for(tbb::blocked_range<int>(0, camera.height_px, 8),
                    [&](const tbb::blocked_range<int>& rows) {
                      for (int row = rows.begin(); row < rows.end(); ++row) render_row(row);
                    });
  return view;
}

}  // namespace perilune::vision
