#include "vision/render/render.h"

#include <sys/mman.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <cmath>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

#include "dem/raster/no_value.h"
#include "vision/render/tile.h"

namespace perilune::vision {
namespace {

void CheckSun(const dem::Sun& sun) {
  if (!(std::abs(sun.direction_to_sun_in_site.norm() - 1) < 1e-6)) {
    throw std::invalid_argument("render: direction_to_sun_in_site must be a unit vector");
  }
  if (!(sun.angular_radius_rad >= 0 && sun.angular_radius_rad < 0.1)) {
    throw std::invalid_argument("render: angular_radius_rad of the Sun is " +
                                std::to_string(sun.angular_radius_rad) + ", must be between 0 and 0.1");
  }
}

/// Asks for large pages: a picture of 16 MB is 4096 faults of small ones.
void CreateImage(const Camera& camera, int type, cv::Mat& image) {
  constexpr std::size_t kLargePage = 2 << 20;
  image.create(camera.height_px, camera.width_px, type);
  void* first = image.data;
  std::size_t bytes = image.total() * image.elemSize();
  if (std::align(kLargePage, kLargePage, first, bytes) != nullptr) {
    madvise(first, bytes / kLargePage * kLargePage, MADV_HUGEPAGE);
  }
}

}  // namespace

void SecondaryLightOptions::Validate() const {
  const auto check = [](const char* name, int value, int most) {
    if (value >= 1 && value <= most) return;
    throw std::invalid_argument(std::string("render: secondary_light.") + name + " is " +
                                std::to_string(value) + ", must be between 1 and " + std::to_string(most));
  };
  check("rays", rays, 1 << 16);
  check("step_px", step_px, 1024);
}

void RenderOptions::Validate() const {
  if (sun_samples < 1) {
    throw std::invalid_argument("render: sun_samples is " + std::to_string(sun_samples) +
                                ", must be 1 or more");
  }
  if (!(constant_albedo >= 0 && constant_albedo <= 1)) {
    throw std::invalid_argument("render: constant_albedo is " + std::to_string(constant_albedo) +
                                ", must be between 0 and 1");
  }
  if (max_samples_across < 1 || max_samples_across > 64) {
    throw std::invalid_argument("render: max_samples_across is " + std::to_string(max_samples_across) +
                                ", must be between 1 and 64");
  }
  if (secondary_light) secondary_light->Validate();
  if (earthshine) earthshine->Validate();
}

Eigen::Vector3d View::PointInSite(int col, int row) const {
  const double range = range_m.at<double>(row, col);
  if (std::isnan(range)) return Eigen::Vector3d::Constant(dem::kNaN);
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
  CreateImage(camera, CV_32F, view.radiance);
  CreateImage(camera, CV_64F, view.range_m);
  CreateImage(camera, CV_32F, view.lit_fraction);

  const Scene scene = MakeScene(terrain, camera, site_from_cam, sun, options);
  const int across = (camera.width_px + kTileSide_px - 1) / kTileSide_px;
  const int down = (camera.height_px + kTileSide_px - 1) / kTileSide_px;
  tbb::parallel_for(tbb::blocked_range<int>(0, across * down), [&](const tbb::blocked_range<int>& tiles) {
    for (int tile = tiles.begin(); tile < tiles.end(); ++tile) {
      RenderTile(scene, tile % across * kTileSide_px, tile / across * kTileSide_px, view);
    }
  });
  return view;
}

}  // namespace perilune::vision
