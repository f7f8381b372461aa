// Uses each room of an installed Perilune once: a site round trip, a plane as terrain, a camera above it.
#include <cmath>
#include <iostream>
#include <utility>

#include "datasets/formats/sequence.h"
#include "dem/frames/site.h"
#include "dem/terrain/terrain.h"
#include "nav/fix/fix.h"
#include "vision/camera/camera.h"
#include "vision/render/render.h"

namespace {

using namespace perilune;

int failures = 0;

void Expect(bool holds, const char* what) {
  std::cout << (holds ? "ok      " : "FAILED  ") << what << '\n';
  if (!holds) ++failures;
}

dem::Terrain PlaneAt(const dem::Site& site, float z_m) {
  dem::TerrainLevel level;
  level.z_m = dem::Grid<float>(64, 64, z_m);
  level.x0_m = -315;
  level.y0_m = 315;
  level.spacing_m = 10;
  std::vector<dem::TerrainLevel> levels;
  levels.push_back(std::move(level));
  return dem::Terrain(site, std::move(levels));
}

}  // namespace

int main() {
  const dem::Site site = dem::MakeSite({dem::DegToRad(26.1), dem::DegToRad(3.6)});
  const dem::Geodetic place = {{dem::DegToRad(26.2), dem::DegToRad(3.5)}, 1234.5};
  const dem::Geodetic back = dem::GeodeticFromSite(site, dem::PointInSite(site, place));
  Expect(std::abs(back.height_m - place.height_m) < 1e-3, "site round trip below 1 mm");

  const dem::Terrain terrain = PlaneAt(site, 100);
  dem::Ray ray;
  ray.origin_in_site = {0, 0, 1100};
  const auto hit = terrain.FirstHit(ray);
  Expect(hit && std::abs(hit->range_m - 1000) < 1e-3, "a ray meets the plane");

  const vision::Camera camera = vision::PinholeCamera(65, dem::DegToRad(30));
  const auto pixel = camera.Project({0, 0, 10});
  Expect(pixel && (*pixel - Eigen::Vector2d(32, 32)).norm() < 1e-9, "the axis projects to the centre");

  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  site_from_cam.linear() = Eigen::Vector3d(1, -1, -1).asDiagonal();
  site_from_cam.translation() = ray.origin_in_site;
  dem::Sun sun;
  sun.direction_to_sun_in_site = Eigen::Vector3d(1, 0, 1).normalized();
  const vision::View view = vision::RenderView(terrain, camera, site_from_cam, sun);
  Expect(std::abs(view.range_m.at<double>(32, 32) - 1000) < 1e-3, "the rendered range is the ray's");

  Expect(nav::ToString(nav::FixStatus::kWeak) == "weak", "nav is linked");
  try {
    datasets::OpenSequence("/nowhere");
    Expect(false, "a missing sequence is refused");
  } catch (const std::exception& error) {
    Expect(true, error.what());
  }
  return failures == 0 ? 0 : 1;
}
