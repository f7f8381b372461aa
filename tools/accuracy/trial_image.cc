#include "tools/accuracy/trial_image.h"

#include <algorithm>
#include <cmath>

#include "dem/synthesis/random.h"
#include "vision/imaging/exposure.h"
#include "vision/imaging/exposure_control.h"
#include "vision/render/render.h"

namespace perilune::tools {
namespace {

constexpr std::uint64_t kPriorDraws = 740;
constexpr double kPriorPixels = 3;
constexpr double kLeastHeight_m = 100;  // of the camera over the ground below it
constexpr int kSunSamples = 4;

/// A camera at a distance from the middle of the ground that it looks at.
Eigen::Isometry3d PoseOf(const TrialView& view, double range_m, double ground_m) {
  const double c = std::cos(view.tilt_rad), s = std::sin(view.tilt_rad);
  const Eigen::Vector3d ahead(std::sin(view.heading_rad), std::cos(view.heading_rad), 0);
  const Eigen::Vector3d boresight = s * ahead - c * Eigen::Vector3d::UnitZ();
  const Eigen::Vector3d down =
      -(c * ahead + s * Eigen::Vector3d::UnitZ());  // the image's lower edge lies behind
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear().col(0) = down.cross(boresight);
  pose.linear().col(1) = down;
  pose.linear().col(2) = boresight;
  pose.linear() = pose.linear() * Eigen::AngleAxisd(view.roll_rad, Eigen::Vector3d::UnitZ());
  pose.translation() = Eigen::Vector3d(0, 0, ground_m) - range_m * boresight;
  return pose;
}

vision::ImagingOptions ImagingOf(const TrialView& view, const cv::Mat& radiance) {
  vision::ImagingOptions imaging;
  imaging.bits = view.bits;
  imaging.psf_sigma_px = 0.6;
  // Two stops over burn out the brighter half.
  imaging.exposure_gain = view.exposure * vision::AutomaticGain(radiance, imaging.auto_target);
  return imaging;
}

}  // namespace

std::optional<TrialImage> TakeTrialImage(const TrialWorld& world, const TrialView& view, std::uint64_t stream,
                                         const TrialGround& ground) {
  TrialImage image;
  image.camera = vision::PinholeCamera(world.image_px, view.field_of_view_rad);
  image.sun = dem::SunFromAngles(view.sun);
  const double range_m = image.camera.fx_px * world.ground_sample_m;
  const auto middle_m = ground.truth.HeightAt(0, 0);
  if (!middle_m) return std::nullopt;
  const Eigen::Isometry3d pose = PoseOf(view, range_m, *middle_m);
  const auto below_m = ground.truth.HeightAt(pose.translation().x(), pose.translation().y());
  if (!below_m || pose.translation().z() < *below_m + kLeastHeight_m) return std::nullopt;

  vision::RenderOptions options;
  options.reflectance = vision::Reflectance::kHapke;
  options.sun_samples = kSunSamples;
  options.anti_alias = true;
  const vision::View seen = vision::RenderView(ground.truth, image.camera, pose, image.sun, options);
  int on_ground = 0, lit = 0;
  for (int row = 0; row < seen.lit_fraction.rows; ++row) {
    for (int col = 0; col < seen.lit_fraction.cols; ++col) {
      const float share = seen.lit_fraction.at<float>(row, col);
      on_ground += std::isfinite(share);
      lit += share > 0.5F;
    }
  }
  image.lit_share = on_ground > 0 ? static_cast<double>(lit) / on_ground : 0;
  image.pixels = vision::ExposeImage(seen.radiance, ImagingOf(view, seen.radiance), world.seed, stream);
  image.site_from_cam_on_map = pose;
  image.site_from_cam_on_map.translation() += ground.tie_in_site_m;
  return image;
}

nav::PosePrior DrawTrialPrior(const TrialWorld& world, const TrialImage& image, double attitude_sigma_rad,
                              bool use_attitude, std::uint64_t stream) {
  const double position_sigma_m = kPriorPixels * std::max(world.map_pixel_m, world.ground_sample_m);
  dem::Vector6d sigma, error;
  sigma << Eigen::Vector3d::Constant(attitude_sigma_rad), Eigen::Vector3d::Constant(position_sigma_m);
  for (int i = 0; i < 6; ++i) {
    error[i] =
        sigma[i] * dem::RandomNormal(world.seed, kPriorDraws, 6 * stream + static_cast<std::uint64_t>(i));
  }
  nav::PosePrior prior;
  prior.site_from_cam = dem::Perturb(image.site_from_cam_on_map, error);
  prior.covariance = sigma.cwiseAbs2().asDiagonal();
  prior.use_attitude = use_attitude;
  return prior;
}

}  // namespace perilune::tools
