#include "tools/crater_trials/crater_scene.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "dem/frames/pose.h"
#include "dem/synthesis/random.h"
#include "tools/crater_trials/scene_draw.h"
#include "vision/craters/crater_map.h"

namespace perilune::tools {
namespace {

Eigen::Isometry3d DrawView(const CraterSceneOptions& options, SceneRandom& random) {
  const dem::LatLon place{std::asin(2 * random.Uniform() - 1),
                          dem::WrapLongitude(2 * dem::kPi * random.Uniform())};
  const double height_m = random.Uniform(options.lowest_m, options.highest_m);
  return DrawPose(place, height_m, options.most_off_nadir_rad, random);
}

vision::CraterRim Irregular(const vision::CraterRim& rim, const vision::RimIrregularity& irregularity,
                            SceneRandom& random) {
  const double major = rim.major.norm(), minor = rim.minor.norm();
  const Eigen::Vector3d u = rim.major / major, v = rim.minor / minor;
  vision::CraterRim result = rim;
  const double centre_sigma_m = irregularity.centre_sigma_diameters * 2 * std::sqrt(major * minor);
  result.centre += centre_sigma_m * (random.Normal() * u + random.Normal() * v) +
                   irregularity.height_sigma_m * random.Normal() * rim.up;
  const double of_shape = 2 * irregularity.axes_sigma;
  const Eigen::Vector3d shift(of_shape * random.Normal(), of_shape * random.Normal(),
                              of_shape * random.Normal());
  const Eigen::Matrix2d shape =
      vision::ShiftShape(Eigen::Vector2d(major * major, minor * minor).asDiagonal(), shift);
  const vision::EllipseAxes axes = vision::AxesOf({Eigen::Vector2d::Zero(), shape});
  const double c = std::cos(axes.angle_rad), s = std::sin(axes.angle_rad);
  result.major = axes.semi_major * (c * u + s * v);
  result.minor = axes.semi_minor * (c * v - s * u);
  return result;
}

vision::CraterDetection Noisy(const vision::Ellipse& ellipse, const vision::DetectionNoise& noise,
                              SceneRandom& random) {
  vision::CraterDetection detection;
  detection.centre_px =
      ellipse.centre + noise.centre_sigma_px * Eigen::Vector2d(random.Normal(), random.Normal());
  const double of_shape = 2 * noise.axes_sigma;
  const Eigen::Vector3d shift(of_shape * random.Normal(), of_shape * random.Normal(),
                              of_shape * random.Normal());
  detection.axes = vision::AxesOf({ellipse.centre, vision::ShiftShape(ellipse.shape, shift)});
  return detection;
}

/// A crater of elsewhere at the ground behind a pixel drawn from the image.
vision::CraterRim Displaced(const std::vector<dem::Crater>& catalogue, const vision::Camera& camera,
                            const Eigen::Isometry3d& moon_from_cam, SceneRandom& random) {
  dem::Crater crater =
      catalogue[static_cast<std::size_t>(random.Uniform() * static_cast<double>(catalogue.size()))];
  const Eigen::Vector2d pixel(random.Uniform() * (camera.width_px - 1),
                              random.Uniform() * (camera.height_px - 1));
  crater.azimuth_rad = dem::kPi * random.Uniform();
  crater.centre =
      dem::GeodeticFromMoon(vision::GroundOrHorizon(moon_from_cam.translation(),
                                                    moon_from_cam.linear() * camera.Unproject(pixel)))
          .place;
  return vision::RimOf(crater);
}

}  // namespace

std::optional<vision::Ellipse> DetectableRim(const vision::CraterRim& rim, const vision::Camera& camera,
                                             const Eigen::Isometry3d& moon_from_cam,
                                             const CraterSceneOptions& options) {
  auto ellipse = vision::ProjectRim(rim, moon_from_cam);
  if (!ellipse) return std::nullopt;
  const Eigen::Matrix2d scale = Eigen::Vector2d(camera.fx_px, camera.fy_px).asDiagonal();
  ellipse->centre = scale * ellipse->centre + Eigen::Vector2d(camera.cx_px, camera.cy_px);
  ellipse->shape = scale * ellipse->shape * scale;
  const double diameter_px = 2 * vision::MeanRadius(*ellipse);
  if (!camera.Contains(ellipse->centre) || diameter_px < options.least_diameter_px ||
      diameter_px > options.most_diameter_px) {
    return std::nullopt;
  }
  return ellipse;
}

int CraterScene::TrulyDetected() const {
  return static_cast<int>(std::count_if(truth.begin(), truth.end(), [](int t) { return t >= 0; }));
}

CraterScene DrawCraterScene(const std::vector<dem::Crater>& catalogue, const dem::CraterIndex& index,
                            const vision::Camera& camera, const CraterSceneOptions& options,
                            std::uint64_t seed, std::uint64_t scene_number) {
  CraterScene scene;
  SceneRandom view(seed, scene_number, SceneUse::kView);
  scene.moon_from_cam = DrawView(options, view);
  scene.height_m = scene.moon_from_cam.translation().norm() - dem::kMoonRadius_m;
  SceneRandom miss(seed, scene_number, SceneUse::kMiss), noise(seed, scene_number, SceneUse::kNoise);
  for (const int crater : vision::CratersInFootprint(index, camera, scene.moon_from_cam)) {
    SceneRandom of_rim(seed, static_cast<std::uint64_t>(crater), SceneUse::kRimShape);
    const auto rim =
        Irregular(vision::RimOf(catalogue[static_cast<std::size_t>(crater)]), options.irregularity, of_rim);
    const auto ellipse = DetectableRim(rim, camera, scene.moon_from_cam, options);
    if (!ellipse) continue;
    ++scene.in_view;
    if (miss.Uniform() < options.missed) continue;
    scene.detections.push_back(Noisy(*ellipse, options.noise, noise));
    scene.truth.push_back(crater);
  }
  const double expected = scene.TrulyDetected() * options.false_share / (1 - options.false_share);
  const int false_count =
      dem::RandomPoisson(expected, seed, static_cast<std::uint64_t>(SceneUse::kFalseCount), scene_number);
  SceneRandom clutter(seed, scene_number, SceneUse::kFalse);
  for (int made = 0, tried = 0; made < false_count && tried < 1000; ++tried) {
    const auto rim = Displaced(catalogue, camera, scene.moon_from_cam, clutter);
    const auto ellipse = DetectableRim(rim, camera, scene.moon_from_cam, options);
    if (!ellipse) continue;
    scene.detections.push_back(Noisy(*ellipse, options.noise, clutter));
    scene.truth.push_back(-1);
    ++made;
  }
  return scene;
}

}  // namespace perilune::tools
