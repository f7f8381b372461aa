#include "tools/crater_detections/rendered_scene.h"

#include <algorithm>
#include <cmath>

#include "dem/ephemeris/sub_solar.h"
#include "dem/frames/site.h"
#include "dem/synthesis/lunar_ground.h"
#include "tools/crater_detections/exposed_picture.h"
#include "vision/render/render.h"

namespace perilune::tools {
namespace {

constexpr double kCellsPerPixel = 2, kHeight_m = 100'000;
constexpr int kBeyond = 200;  // cells around the picture: what throws shadows into it

dem::TerrainLevel GroundLevel(const dem::LunarGround& ground, double pixel_m) {
  const double grid_m = pixel_m / kCellsPerPixel;
  const int side = static_cast<int>(RenderedScene::kSize_px * kCellsPerPixel) + 2 * kBeyond + 1;
  const double half_m = 0.5 * grid_m * (side - 1);
  const dem::PlaneWindow window{-half_m, half_m, side, side, grid_m};
  dem::TerrainLevel level;
  level.z_m = ground.Heights(window);
  level.albedo_grid = ground.Albedo(window);
  level.spacing_m = grid_m;
  level.x0_m = window.x0_m;
  level.y0_m = window.y0_m;
  return level;
}

Eigen::Isometry3d SceneView() {
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  site_from_cam.linear().diagonal() << 1, -1, -1;
  site_from_cam.translation() = Eigen::Vector3d(0, 0, kHeight_m);
  return site_from_cam;
}

/// Where the middles of their rims' planes are in the picture: ground of some height lies elsewhere than its
/// map.
std::vector<SceneCrater> CratersInPicture(const dem::LunarGround& ground, const dem::Terrain& terrain,
                                          const vision::Camera& camera, double pixel_m) {
  constexpr double kLeastKnown_px = 5, kAround_px = 50;
  const Eigen::Isometry3d cam_from_site = SceneView().inverse();
  const double half_m = (0.5 * RenderedScene::kSize_px + kAround_px) * pixel_m;
  std::vector<SceneCrater> craters;
  for (const dem::Impact& impact :
       ground.CratersIn({-half_m, half_m, -half_m, half_m}, kLeastKnown_px * pixel_m)) {
    const double depth_m = impact.Section().depth_m,
                 floor_m = terrain.HeightAt(impact.x_m, impact.y_m).value_or(0);
    const Eigen::Vector3d centre = cam_from_site * Eigen::Vector3d(impact.x_m, impact.y_m, floor_m + depth_m);
    const auto pixel = camera.Project(centre);
    if (!pixel) continue;
    craters.push_back({pixel->x(), pixel->y(), impact.diameter_m * camera.FocalLength_px() / centre.z(),
                       depth_m / impact.diameter_m, impact.wiped_out});
  }
  return craters;
}

/// Whether a pixel within the rim (its box) has a tenth of what the bright ground has:
/// the darkest ground in the Sun has more, noise in a shadow less.
bool LitSomewhere(const cv::Mat& picture, const SceneCrater& crater) {
  constexpr double kLit = 23;
  const int half = static_cast<int>(0.5 * crater.diameter_px), x = static_cast<int>(std::lround(crater.x_px)),
            y = static_cast<int>(std::lround(crater.y_px));
  const cv::Rect box =
      cv::Rect(x - half, y - half, 2 * half + 1, 2 * half + 1) & cv::Rect(0, 0, picture.cols, picture.rows);
  double brightest = 0;
  if (!box.empty()) cv::minMaxLoc(picture(box), nullptr, &brightest);
  return brightest >= kLit;
}

}  // namespace

RenderedScene::RenderedScene(const SceneChoice& choice)
    : seed_(choice.seed),
      camera_(vision::PinholeCamera(kSize_px, 2 * std::atan(0.5 * kSize_px * choice.pixel_m / kHeight_m))) {
  const dem::LunarGround ground(dem::SiteTypeNamed(choice.site_type), choice.seed);
  terrain_.emplace_back(dem::MakeSite({}),
                        std::vector<dem::TerrainLevel>{GroundLevel(ground, choice.pixel_m)});
  craters_ = CratersInPicture(ground, terrain_.front(), camera_, choice.pixel_m);
}

std::vector<TrueCrater> RenderedScene::Truth(const cv::Mat& picture) const {
  constexpr double kDeep = 0.1;
  std::vector<TrueCrater> truth;
  for (const SceneCrater& crater : craters_) {
    const bool counts = camera_.Contains({crater.x_px, crater.y_px}) && crater.diameter_px >= kLeast_px &&
                        2 * crater.diameter_px <= kSize_px && !crater.wiped_out && crater.depth >= kDeep &&
                        LitSomewhere(picture, crater);
    truth.push_back({crater.x_px, crater.y_px, crater.diameter_px, counts});
  }
  return truth;
}

cv::Mat RenderedScene::Picture(double sun_elevation_rad, double sun_azimuth_rad, double noise) const {
  vision::RenderOptions options;
  options.anti_alias = true;
  const cv::Mat radiance =
      vision::RenderView(terrain_.front(), camera_, SceneView(),
                         dem::SunFromAngles({sun_elevation_rad, sun_azimuth_rad}), options)
          .radiance;
  return ExposedPicture(radiance, noise, seed_);
}

}  // namespace perilune::tools
