#pragma once

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "dem/craters/crater.h"
#include "dem/frames/site.h"
#include "dem/synthesis/random.h"
#include "vision/craters/crater_detection.h"
#include "vision/craters/crater_map.h"

namespace perilune::test_support {

/// Camera `height_m` above a place, tilted off nadir about its x axis and rolled; moon_from_cam.
inline Eigen::Isometry3d ViewFrom(const dem::LatLon& place, double height_m, double tilt_rad,
                                  double roll_rad) {
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  site_from_cam.linear() = (Eigen::AngleAxisd(dem::kPi - tilt_rad, Eigen::Vector3d::UnitX()) *
                            Eigen::AngleAxisd(roll_rad, Eigen::Vector3d::UnitZ()))
                               .toRotationMatrix();
  site_from_cam.translation() = Eigen::Vector3d(0, 0, height_m);
  return dem::MakeSite(place).moon_from_site * site_from_cam;
}

/// Craters all over the Moon: diameters from 4 km as D⁻², axis ratios up to 1.3, heights within 1 km.
inline std::vector<dem::Crater> RandomCraters(int count, std::uint64_t seed) {
  std::vector<dem::Crater> craters;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i) {
    dem::Crater crater;
    crater.id = static_cast<std::int64_t>(i) + 1;
    crater.centre = {std::asin(2 * dem::RandomUniform(seed, 1, i) - 1),
                     dem::WrapLongitude(2 * dem::kPi * dem::RandomUniform(seed, 2, i))};
    const double diameter_m = std::min(100'000.0, 4000 / std::sqrt(1 - dem::RandomUniform(seed, 3, i)));
    const double ratio = 1 + 0.3 * dem::RandomUniform(seed, 4, i) * dem::RandomUniform(seed, 5, i);
    crater.semi_major_m = 0.5 * diameter_m * std::sqrt(ratio);
    crater.semi_minor_m = 0.5 * diameter_m / std::sqrt(ratio);
    crater.azimuth_rad = dem::kPi * dem::RandomUniform(seed, 6, i);
    crater.height_m = 2000 * dem::RandomUniform(seed, 7, i) - 1000;
    craters.push_back(crater);
  }
  return craters;
}

/// A rim as an undistorted pinhole camera with square pixels sees it; nothing outside the image.
inline std::optional<vision::CraterDetection> DetectionOf(const vision::CraterRim& rim,
                                                          const vision::Camera& camera,
                                                          const Eigen::Isometry3d& moon_from_cam) {
  const auto ellipse = vision::ProjectRim(rim, moon_from_cam);
  if (!ellipse) return std::nullopt;
  vision::CraterDetection detection;
  detection.centre_px = camera.fx_px * ellipse->centre + Eigen::Vector2d(camera.cx_px, camera.cy_px);
  if (!camera.Contains(detection.centre_px)) return std::nullopt;
  detection.axes = vision::AxesOf({ellipse->centre, camera.fx_px * camera.fx_px * ellipse->shape});
  return detection;
}

/// The detection with errors of 1 sigma `centre_px` and, relative, `axes`.
inline vision::CraterDetection Disturbed(vision::CraterDetection detection, double centre_px, double axes,
                                         std::uint64_t seed, std::uint64_t index) {
  const auto normal = [&](std::uint64_t stream) { return dem::RandomNormal(seed, stream, index); };
  const vision::Ellipse ellipse = vision::EllipseFromAxes(detection.centre_px, detection.axes);
  detection.centre_px += centre_px * Eigen::Vector2d(normal(21), normal(22));
  detection.axes = vision::AxesOf(
      {ellipse.centre,
       vision::ShiftShape(ellipse.shape, 2 * axes * Eigen::Vector3d(normal(23), normal(24), normal(25)))});
  return detection;
}

}  // namespace perilune::test_support
