// A plane seen through a fisheye: every pixel's range and place follow from the camera's own rays.
#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/frames/site.h"
#include "vision/render/render.h"

namespace perilune::vision {
namespace {

dem::Terrain FlatTerrain() {
  dem::TerrainLevel level;
  level.spacing_m = 20;
  level.x0_m = -10000;
  level.y0_m = 10000;
  level.z_m = dem::Grid<float>(1001, 1001, 0.0F);
  std::vector<dem::TerrainLevel> levels;
  levels.push_back(std::move(level));
  return dem::Terrain(dem::MakeSite({}), std::move(levels));
}

TEST(Render, FisheyeOverAPlane) {
  const dem::Terrain terrain = FlatTerrain();
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  site_from_cam.linear() = Eigen::AngleAxisd(dem::kPi, Eigen::Vector3d::UnitX()).toRotationMatrix();
  site_from_cam.translation().z() = 500;
  dem::Sun sun;
  sun.direction_to_sun_in_site = Eigen::Vector3d::UnitZ();
  Camera distorted = FisheyeCamera(65, 2.4);
  distorted.distortion = {0.02, -0.01, 0.003, -0.0005, 0};
  for (const Camera& camera : {FisheyeCamera(65, 2.4), distorted}) {
    const View view = RenderView(terrain, camera, site_from_cam, sun);
    for (int row = 0; row < 65; ++row) {
      for (int col = 0; col < 65; ++col) {
        const double cosine = camera.Unproject(Eigen::Vector2d(col, row)).z();
        const double range_m = view.range_m.at<double>(row, col);
        if (std::isnan(cosine) || 500 * std::sqrt(1 / (cosine * cosine) - 1) > 9900)
          continue;  // off the plane
        ASSERT_NEAR(range_m, 500 / cosine, 1e-6) << col << " " << row;
        const auto back = camera.Project(site_from_cam.inverse() * view.PointInSite(col, row));
        ASSERT_TRUE(back.has_value());
        EXPECT_NEAR((*back - Eigen::Vector2d(col, row)).norm(), 0, 1e-6);
      }
    }
  }
}

}  // namespace
}  // namespace perilune::vision
