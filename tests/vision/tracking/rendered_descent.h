#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "dem/frames/pose.h"
#include "dem/synthesis/lunar_ground.h"
#include "dem/terrain/terrain.h"
#include "tests/support/looks.h"
#include "vision/camera/camera.h"
#include "vision/imaging/exposure.h"
#include "vision/render/render.h"

namespace perilune::vision {

/// A descent at 2 Hz over synthetic lunar ground, rendered and exposed with noise: 1024², 60°, looking down
/// with a slow turn, Hapke's law with texture.
class RenderedDescent {
 public:
  RenderedDescent(const std::string& site_type, std::uint64_t ground_seed, double start_height_m,
                  const Eigen::Vector3d& velocity_mps, double sun_elevation_deg)
      : terrain_(MakeGround(site_type, ground_seed, start_height_m)),
        velocity_mps_(velocity_mps),
        start_height_m_(start_height_m),
        sun_(test::SunAt(sun_elevation_deg, 100)) {}

  const Camera& camera() const { return camera_; }

  double GroundBelow_m() const { return terrain_.HeightAt(0, 0).value(); }

  Eigen::Isometry3d Pose(int frame) const {
    const double time_s = 0.5 * frame;
    Eigen::Isometry3d pose =
        test::LookDown(Eigen::Vector3d(0, 0, GroundBelow_m() + start_height_m_) + time_s * velocity_mps_);
    // 1°/s about the boresight, a third of it across.
    pose.linear() =
        pose.linear() * dem::ExpSo3(time_s * Eigen::Vector3d(0.006, -0.003, 0.017)).toRotationMatrix();
    return pose;
  }

  View Rendered(int frame) const {
    RenderOptions options;
    options.reflectance = Reflectance::kHapke;
    options.anti_alias = true;
    options.max_samples_across = 2;
    options.sun_samples = 4;
    return RenderView(terrain_, camera_, Pose(frame), sun_, options);
  }

  static cv::Mat Exposed(const View& view, int bits, double exposure_gain, std::uint64_t seed, int frame) {
    ImagingOptions options;
    options.bits = bits;
    options.exposure_gain = exposure_gain;
    return ExposeImage(view.radiance, options, seed, static_cast<std::uint64_t>(frame));
  }

 private:
  static dem::Terrain MakeGround(const std::string& site_type, std::uint64_t seed, double height_m) {
    const dem::LunarGround ground(dem::SiteTypeNamed(site_type), seed);
    // As fine as the first frame's pixels, and wide enough for its corners.
    const double spacing_m = height_m / 887;
    const int cells = 1 + 2 * static_cast<int>(0.85 * height_m / spacing_m);
    const double corner_m = -0.5 * (cells - 1) * spacing_m;
    const dem::PlaneWindow window{corner_m, -corner_m, cells, cells, spacing_m};
    dem::TerrainLevel level;
    level.z_m = ground.Heights(window);
    level.albedo_grid = ground.Albedo(window);
    level.x0_m = corner_m;
    level.y0_m = -corner_m;
    level.spacing_m = spacing_m;
    level.name = site_type;
    std::vector<dem::TerrainLevel> levels;
    levels.push_back(std::move(level));
    return dem::Terrain(dem::MakeSite({0, 0}), std::move(levels));
  }

  Camera camera_ = PinholeCamera(1024, dem::DegToRad(60));
  dem::Terrain terrain_;
  Eigen::Vector3d velocity_mps_;
  double start_height_m_;
  dem::Sun sun_;
};

}  // namespace perilune::vision
