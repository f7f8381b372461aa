#include "tools/accuracy/trial.h"

#include <cmath>

#include "dem/frames/pose.h"
#include "dem/linear/symmetric_solve.h"
#include "nav/fix/fix_from_image.h"
#include "tools/accuracy/ortho_baseline.h"
#include "tools/accuracy/sift_baseline.h"
#include "vision/pose/reprojection.h"

namespace perilune::tools {
namespace {

/// Where the albedo of the ground outshines its relief.
constexpr double kHighSun_deg = 45;

TrialRow RowOf(const TrialWorld& world, int view_index, const TrialImage& image, const std::string& method) {
  const TrialView& view = world.views[static_cast<std::size_t>(view_index)];
  TrialRow row;
  row.world = static_cast<int>(world.seed);
  row.view = view_index;
  row.method = method;
  row.site = world.site.name;
  row.site_type = world.site.site_type;
  row.map_pixel_px = world.MapPixel_px();
  row.ground_sample_m = world.ground_sample_m;
  row.map_pixel_m = world.map_pixel_m;
  row.field_of_view_deg = dem::RadToDeg(view.field_of_view_rad);
  row.tilt_deg = dem::RadToDeg(view.tilt_rad);
  row.sun_elevation_deg = dem::RadToDeg(view.sun.elevation_rad);
  row.sun_azimuth_deg = dem::RadToDeg(view.sun.azimuth_rad);
  row.reference_azimuth_deg = dem::RadToDeg(world.reference_sun.azimuth_rad);
  row.lit_share = image.lit_share;
  return row;
}

void SetError(const Eigen::Isometry3d& found, const TrialImage& image, TrialRow& row) {
  const Eigen::Vector3d error = found.translation() - image.site_from_cam_on_map.translation();
  row.horizontal_error_m = error.head<2>().norm();
  row.vertical_error_m = std::abs(error.z());
}

/// Cramér-Rao: what the geometry allows when each landmark errs as the inliers do on average, independently.
double HorizontalBound_m(const nav::Fix& fix, const vision::Camera& camera, const nav::PosePrior& prior) {
  const double variance_px2 = fix.residual_rms_px * fix.residual_rms_px / 2;
  dem::Matrix6d information = dem::Matrix6d::Zero();
  for (const nav::FixMatch& row : fix.matches) {
    if (!row.inlier) continue;
    if (const auto r = vision::Reproject(row.match, camera, fix.site_from_cam)) {
      information += r->by_pose.transpose() * r->by_pose / variance_px2;
    }
  }
  if (prior.use_attitude)
    information.topLeftCorner<3, 3>() += prior.covariance.topLeftCorner<3, 3>().inverse();
  const dem::Matrix6d covariance = dem::InverseOfSymmetric(information);
  return std::sqrt(covariance(3, 3) + covariance(4, 4));
}

TrialRow FixRow(const TrialWorld& world, int view, const TrialImage& image, const std::string& method,
                const nav::Fix& fix, const nav::PosePrior& prior) {
  TrialRow row = RowOf(world, view, image, method);
  row.status = nav::ToString(fix.status);
  row.attempted = fix.attempted;
  row.inliers = fix.inliers;
  if (!fix.HasPose()) return row;
  SetError(fix.site_from_cam, image, row);
  const dem::Vector6d error = dem::PoseDifference(fix.site_from_cam, image.site_from_cam_on_map);
  const dem::Matrix6d& covariance = fix.covariance_map_relative;
  row.nees_pose = dem::SquaredMahalanobis(error, covariance);
  row.nees_position = dem::SquaredMahalanobis(error.tail<3>(), covariance.bottomRightCorner<3, 3>());
  row.bound_m = HorizontalBound_m(fix, image.camera, prior);
  return row;
}

TrialRow SiftRow(const TrialWorld& world, int view, const TrialImage& image,
                 const std::optional<FeaturePose>& found) {
  TrialRow row = RowOf(world, view, image, "sift");
  row.status =
      found ? nav::ToString(nav::FixStatus::kAccepted) : nav::ToString(nav::FixStatus::kTooFewMatches);
  if (!found) return row;
  row.attempted = found->matches;
  row.inliers = found->inliers;
  SetError(found->site_from_cam, image, row);
  return row;
}

}  // namespace

std::vector<TrialRow> RunTrialWorld(std::uint64_t seed, const std::filesystem::path& scratch,
                                    const TrialOptions& options,
                                    const std::function<void(int view, int views)>& step) {
  const TrialWorld world = PlanWorld(seed);
  const int views = static_cast<int>(world.views.size());
  step(0, views);
  const TrialGround ground = MakeTrialGround(world, scratch);
  std::optional<OrthoBaseline> ortho;
  if (options.baselines) ortho.emplace(world, ground);
  std::vector<TrialRow> rows;
  for (int i = 0; i < views; ++i) {
    step(i, views);
    const auto stream = static_cast<std::uint64_t>(i);
    const TrialView& view = world.views[static_cast<std::size_t>(i)];
    const std::optional<TrialImage> image = TakeTrialImage(world, view, stream, ground);
    if (!image) continue;
    const auto answer = [&](const std::string& method, const dem::Terrain& map,
                            const nav::MapDeclaration& declaration, const nav::PosePrior& prior) {
      const nav::Fix fix =
          nav::FixFromImage(image->pixels, image->camera, map, image->sun, prior, declaration);
      rows.push_back(FixRow(world, i, *image, method, fix, prior));
      if (options.seen) options.seen({rows.back(), fix, prior, *image, declaration});
    };
    const nav::PosePrior known = DrawTrialPrior(world, *image, options.attitude_sigma_rad, true, 2 * stream);
    const nav::PosePrior free =
        DrawTrialPrior(world, *image, options.free_attitude_sigma_rad, false, 2 * stream + 1);
    answer("attitude", ground.map, ground.declaration, known);
    answer("free", ground.map, ground.declaration, free);
    if (options.with_albedo && dem::RadToDeg(view.sun.elevation_rad) >= kHighSun_deg)
      answer("albedo", ground.map_with_albedo, ground.albedo_declaration, known);
    if (ortho && i % options.baseline_step == 0) {
      rows.push_back(FixRow(world, i, *image, "ortho", ortho->Find(*image, ground, known), known));
      rows.push_back(SiftRow(world, i, *image, FindBySift(*image, ground, known)));
    }
  }
  return rows;
}

}  // namespace perilune::tools
