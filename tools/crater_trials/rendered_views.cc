#include "tools/crater_trials/rendered_views.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "datasets/formats/map_terrain.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/frames/site.h"
#include "dem/io/raster_file.h"
#include "dem/synthesis/random.h"
#include "dem/terrain/resample.h"
#include "tools/crater_detections/exposed_picture.h"
#include "tools/crater_trials/scene_draw.h"
#include "vision/render/render.h"

namespace perilune::tools {
namespace {

struct LabelledSite {
  const char* name;
  double latitude_deg, longitude_deg;  ///< the DEM's middle
};

constexpr std::array<LabelledSite, 8> kSites = {{{"apollo11_tranq", 2, 23.5},
                                                 {"apollo15_hadley", 26, 4},
                                                 {"apollo_basin", -42, -154},
                                                 {"aristarchus", 24.5, -48},
                                                 {"atlas", 47.5, 44.5},
                                                 {"copernicus", 10, -20},
                                                 {"crisium", 19, 62},
                                                 {"viscositatis", 36, -40}}};

/// Half of the largest square around the site's origin that the coverage holds.
double HalfWidth_m(const dem::SiteExtent& covered) {
  return std::min({-covered.min_x_m, covered.max_x_m, -covered.min_y_m, covered.max_y_m});
}

/// A pose whose picture the DEM nearly fills (corners may look past it): heights up to what its width allows,
/// the middle drawn where a margin of the picture's half width is left.
Eigen::Isometry3d DrawView(const RenderedViewOptions& options, const dem::Site& site, double half_width_m,
                           SceneRandom& random) {
  constexpr double kLargestShare = 0.84;  // of the DEM's half width that a picture of 90 degrees takes
  const double highest_m = std::min(options.highest_m, kLargestShare * half_width_m);
  const double height_m = random.Uniform(std::min(options.lowest_m, highest_m), highest_m);
  const double free_m = std::max(0.0, half_width_m - 1.2 * height_m);
  const double x_m = random.Uniform(-free_m, free_m), y_m = random.Uniform(-free_m, free_m);
  const dem::Geodetic below = dem::GeodeticFromSite(site, {x_m, y_m, dem::ZInSite(x_m, y_m, 0)});
  return DrawPose(below.place, height_m, options.most_off_nadir_rad, random);
}

/// The craters of the map that could be seen, as ellipses in pixels.
struct VisibleCrater {
  int crater = 0;
  vision::Ellipse rim;
};

std::vector<VisibleCrater> VisibleIn(const vision::CraterMap& map, const vision::Camera& camera,
                                     const Eigen::Isometry3d& moon_from_cam,
                                     const CraterSceneOptions& options) {
  std::vector<VisibleCrater> visible;
  for (const int crater : vision::CratersInFootprint(map.index(), camera, moon_from_cam)) {
    const auto rim = DetectableRim(map.rim(crater), camera, moon_from_cam, options);
    if (rim) visible.push_back({crater, *rim});
  }
  return visible;
}

int TruthOf(const vision::CraterDetection& detection, const std::vector<VisibleCrater>& visible) {
  constexpr double kCentreShare = 0.25, kSizeFactor = 1.4;
  const double radius_px = std::sqrt(detection.axes.semi_major * detection.axes.semi_minor);
  int best = -1;
  double nearest_px = 2 * kCentreShare * radius_px;
  for (const VisibleCrater& candidate : visible) {
    const double apart_px = (candidate.rim.centre - detection.centre_px).norm();
    const double ratio = vision::MeanRadius(candidate.rim) / radius_px;
    if (apart_px > nearest_px || ratio > kSizeFactor || ratio < 1 / kSizeFactor) continue;
    nearest_px = apart_px;
    best = candidate.crater;
  }
  return best;
}

}  // namespace

RenderedViews::RenderedViews(RenderedViewOptions options, vision::Camera camera)
    : options_(std::move(options)), camera_(std::move(camera)) {}

const RenderedViews::Ground& RenderedViews::GroundOf(std::size_t site_number) {
  const auto known = grounds_.find(site_number);
  if (known != grounds_.end()) return known->second;
  const LabelledSite& labelled = kSites[site_number];
  const dem::Site site =
      dem::MakeSite({dem::DegToRad(labelled.latitude_deg), dem::DegToRad(labelled.longitude_deg)});
  const auto path = options_.data / "dem" / ("gld100_256ppd_" + std::string(labelled.name) + ".tif");
  constexpr double kFarthest_m = 400'000;
  const dem::SiteExtent covered = dem::CoverageInSite(dem::RasterFile(path), site, kFarthest_m);
  return grounds_
      .emplace(site_number, Ground{datasets::TerrainFromMap(path, site, covered), HalfWidth_m(covered)})
      .first->second;
}

std::vector<CraterScene> RenderedViews::Take(const vision::CraterMap& map,
                                             const CraterSceneOptions& scene_options, std::uint64_t seed,
                                             std::uint64_t index, cv::Mat* picture) {
  const Ground& ground = GroundOf(index % kSites.size());
  const dem::Site& site = ground.terrain.site();
  SceneRandom random(seed, index, SceneUse::kView), light(seed, index, SceneUse::kLight);
  CraterScene scene;
  scene.moon_from_cam = DrawView(options_, site, ground.half_width_m, random);
  scene.height_m = scene.moon_from_cam.translation().norm() - dem::kMoonRadius_m;

  vision::RenderOptions render;
  render.anti_alias = true;
  const double elevation_rad = light.Uniform(options_.lowest_sun_rad, options_.highest_sun_rad);
  const dem::Sun sun = dem::SunFromAngles({elevation_rad, light.Uniform(0, 2 * dem::kPi)});
  const Eigen::Isometry3d site_from_cam = site.moon_from_site.inverse() * scene.moon_from_cam;
  const cv::Mat image =
      ExposedPicture(vision::RenderView(ground.terrain, camera_, site_from_cam, sun, render).radiance,
                     options_.noise, dem::RandomBits(seed, 601, index));
  if (picture != nullptr) *picture = image;

  vision::DetectCratersOptions detector = options_.detector;
  if (options_.sun_known) {
    const Eigen::Vector3d to_sun = site_from_cam.linear().transpose() * sun.direction_to_sun_in_site;
    detector.sun_direction_rad = std::atan2(to_sun.y(), to_sun.x());
  }
  const std::vector<VisibleCrater> visible = VisibleIn(map, camera_, scene.moon_from_cam, scene_options);
  scene.in_view = static_cast<int>(visible.size());
  std::vector<CraterScene> readings;
  for (const vision::CraterDetections& detections : vision::DetectCratersEitherWay(image, detector)) {
    CraterScene& reading = readings.emplace_back(scene);
    for (const vision::DetectedCrater& found : detections.craters) {
      reading.detections.push_back(found.rim);
      reading.truth.push_back(TruthOf(found.rim, visible));
    }
  }
  return readings;
}

}  // namespace perilune::tools
