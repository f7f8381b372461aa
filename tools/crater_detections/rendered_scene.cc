#include "tools/crater_detections/rendered_scene.h"

#include <algorithm>
#include <cmath>

#include "dem/ephemeris/sub_solar.h"
#include "dem/frames/site.h"
#include "dem/synthesis/lunar_ground.h"
#include "dem/synthesis/random.h"
#include "vision/render/render.h"

namespace perilune::tools {
namespace {

constexpr double kGrid_m = 5, kHeight_m = 100'000;
constexpr int kBeyond = 200;  // cells around the picture: what throws shadows into it

dem::TerrainLevel GroundLevel(const dem::LunarGround& ground) {
  const int side =
      static_cast<int>(RenderedScene::kSize_px * RenderedScene::kPixel_m / kGrid_m) + 2 * kBeyond + 1;
  const double half_m = 0.5 * kGrid_m * (side - 1);
  const dem::PlaneWindow window{-half_m, half_m, side, side, kGrid_m};
  dem::TerrainLevel level;
  level.z_m = ground.Heights(window);
  level.albedo_grid = ground.Albedo(window);
  level.spacing_m = kGrid_m;
  level.x0_m = window.x0_m;
  level.y0_m = window.y0_m;
  return level;
}

vision::Camera SceneCamera() {
  return vision::PinholeCamera(RenderedScene::kSize_px, 2 * std::atan(0.5 * RenderedScene::kSize_px *
                                                                      RenderedScene::kPixel_m / kHeight_m));
}

Eigen::Isometry3d SceneView() {
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  site_from_cam.linear().diagonal() << 1, -1, -1;
  site_from_cam.translation() = Eigen::Vector3d(0, 0, kHeight_m);
  return site_from_cam;
}

/// Where the middles of their rims' planes are in the picture: ground of some height lies elsewhere than its
/// map.
std::vector<TrueCrater> CratersInPicture(const dem::LunarGround& ground, const dem::Terrain& terrain) {
  constexpr double kDeep = 0.1, kLeastKnown_px = 5;
  const vision::Camera camera = SceneCamera();
  const Eigen::Isometry3d cam_from_site = SceneView().inverse();
  const double half_m =
      0.5 * RenderedScene::kSize_px * RenderedScene::kPixel_m + 50 * RenderedScene::kPixel_m;
  std::vector<TrueCrater> truth;
  for (const dem::Impact& impact :
       ground.CratersIn({-half_m, half_m, -half_m, half_m}, kLeastKnown_px * RenderedScene::kPixel_m)) {
    const double depth_m = impact.Section().depth_m,
                 floor_m = terrain.HeightAt(impact.x_m, impact.y_m).value_or(0);
    const Eigen::Vector3d centre = cam_from_site * Eigen::Vector3d(impact.x_m, impact.y_m, floor_m + depth_m);
    const auto pixel = camera.Project(centre);
    if (!pixel) continue;
    const double diameter_px = impact.diameter_m * camera.FocalLength_px() / centre.z();
    const bool counts = camera.Contains(*pixel) && diameter_px >= RenderedScene::kLeast_px &&
                        2 * diameter_px <= RenderedScene::kSize_px && !impact.wiped_out &&
                        depth_m >= kDeep * impact.diameter_m;
    truth.push_back({pixel->x(), pixel->y(), diameter_px, counts});
  }
  return truth;
}

}  // namespace

RenderedScene::RenderedScene(std::uint64_t seed) : seed_(seed) {
  const dem::LunarGround ground(dem::SiteTypeNamed(seed % 2 == 0 ? "mare" : "highland"), seed);
  terrain_.emplace_back(dem::MakeSite({}), std::vector<dem::TerrainLevel>{GroundLevel(ground)});
  truth_ = CratersInPicture(ground, terrain_.front());
}

cv::Mat RenderedScene::Picture(double sun_elevation_rad, double sun_azimuth_rad) const {
  vision::RenderOptions options;
  options.anti_alias = true;
  const cv::Mat radiance =
      vision::RenderView(terrain_.front(), SceneCamera(), SceneView(),
                         dem::SunFromAngles({sun_elevation_rad, sun_azimuth_rad}), options)
          .radiance;
  std::vector<float> sorted(radiance.begin<float>(), radiance.end<float>());
  const auto bright = sorted.begin() + static_cast<std::ptrdiff_t>(0.99 * static_cast<double>(sorted.size()));
  std::nth_element(sorted.begin(), bright, sorted.end());
  const double gain = 230 / std::max(1e-6F, *bright);
  cv::Mat picture(radiance.size(), CV_8U);
  for (int row = 0; row < picture.rows; ++row) {
    for (int col = 0; col < picture.cols; ++col) {
      const auto index = static_cast<std::uint64_t>(row * picture.cols + col);
      picture.at<std::uint8_t>(row, col) = cv::saturate_cast<std::uint8_t>(
          gain * radiance.at<float>(row, col) + dem::RandomNormal(seed_, 501, index));
    }
  }
  return picture;
}

}  // namespace perilune::tools
