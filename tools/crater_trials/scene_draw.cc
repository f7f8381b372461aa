#include "tools/crater_trials/scene_draw.h"

#include "dem/frames/site.h"
#include "dem/synthesis/random.h"

namespace perilune::tools {

SceneRandom::SceneRandom(std::uint64_t seed, std::uint64_t scene, SceneUse use)
    : seed_(dem::RandomBits(seed, static_cast<std::uint64_t>(use), scene)),
      use_(static_cast<std::uint64_t>(use)) {}

double SceneRandom::Uniform() { return dem::RandomUniform(seed_, use_, next_++); }

double SceneRandom::Normal() { return dem::RandomNormal(seed_, use_, next_++); }

Eigen::Isometry3d DrawPose(const dem::LatLon& place, double height_m, double most_off_nadir_rad,
                           SceneRandom& random) {
  const double tilt_rad = most_off_nadir_rad * random.Uniform();
  const double azimuth_rad = 2 * dem::kPi * random.Uniform(), roll_rad = 2 * dem::kPi * random.Uniform();
  const Eigen::AngleAxisd about_up(azimuth_rad, Eigen::Vector3d::UnitZ());
  const Eigen::AngleAxisd off_nadir(dem::kPi - tilt_rad, Eigen::Vector3d::UnitX());
  const Eigen::AngleAxisd roll(roll_rad, Eigen::Vector3d::UnitZ());
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  site_from_cam.linear() = (about_up * off_nadir * roll).toRotationMatrix();
  site_from_cam.translation() = Eigen::Vector3d(0, 0, height_m);
  return dem::MakeSite(place).moon_from_site * site_from_cam;
}

}  // namespace perilune::tools
