#include "tools/first_fix/apollo_starts.h"

#include <cmath>
#include <ctime>

#include "datasets/formats/image_file.h"
#include "datasets/formats/map_terrain.h"
#include "datasets/formats/shot.h"
#include "dem/synthesis/random.h"
#include "nav/fix/fix_from_image.h"

namespace perilune::tools {
namespace {

constexpr int kMapPointsPerPixel = 3;  // as `perilune fix` has it
constexpr double kDisc_m = 5000, kUp_m = 1000, kBall_rad = 2 * dem::kPi / 180;

struct MetricFrame {
  datasets::Shot shot;
  cv::Mat image;
  dem::Site site;
  dem::Terrain map;
  dem::Sun sun;
  nav::PosePrior prior;
};

MetricFrame LoadMetricFrame(const std::filesystem::path& data, const std::string& name, double margin_m) {
  const datasets::Shot shot = datasets::ReadShot(data / "apollo15_metric" / (name + ".shot.json"));
  const dem::Site site = datasets::SiteAtBoresight(shot.prior->moon_from_cam);
  nav::PosePrior prior;
  prior.site_from_cam = site.moon_from_site.inverse() * shot.prior->moon_from_cam;
  dem::Vector6d sigma;
  sigma << Eigen::Vector3d::Constant(shot.prior->attitude_sigma_rad),
      Eigen::Vector3d::Constant(shot.prior->position_sigma_m);
  prior.covariance = sigma.cwiseAbs2().asDiagonal();
  prior.use_attitude = false;
  datasets::MapTerrainOptions options;
  options.points_per_pixel = kMapPointsPerPixel;
  dem::Terrain map = datasets::TerrainFromMap(
      data / "dem" / "gld100_64ppd_apollo15_metric.tif", site,
      datasets::ExtentInView(shot.camera, prior.site_from_cam, margin_m, 1'000'000), options);
  dem::Sun sun;
  sun.direction_to_sun_in_site =
      site.moon_from_site.linear().transpose() * dem::DirectionInMoon(*shot.sub_solar);
  return {shot, datasets::ReadGreyImage(shot.image), site, std::move(map), sun, prior};
}

nav::Fix FixMetricFrame(const MetricFrame& frame, const nav::PosePrior& prior) {
  nav::MapDeclaration declaration;
  declaration.map_pixel_m = kMapPointsPerPixel * frame.map.Level(0).spacing_m;
  nav::FixOptions options;
  options.match.patches_across = 20;
  options.working_map_px = 0;
  return nav::FixFromImage(frame.image, frame.shot.camera, frame.map, frame.sun, prior, declaration, options);
}

// Uniform in the disc, the interval and the ball.
dem::Vector6d DrawStart(std::uint64_t seed, int index) {
  const auto uniform = [&](std::uint64_t stream) {
    return dem::RandomUniform(seed, stream, static_cast<std::uint64_t>(index));
  };
  const double radius_m = kDisc_m * std::sqrt(uniform(1)), azimuth = 2 * dem::kPi * uniform(2);
  const double turn_rad = kBall_rad * std::cbrt(uniform(4));
  const double z = 2 * uniform(5) - 1, longitude = 2 * dem::kPi * uniform(6), r = std::sqrt(1 - z * z);
  dem::Vector6d delta;
  delta << turn_rad * Eigen::Vector3d(r * std::cos(longitude), r * std::sin(longitude), z),
      radius_m * std::sin(azimuth), radius_m * std::cos(azimuth), kUp_m * (2 * uniform(3) - 1);
  return delta;
}

dem::Matrix6d CovarianceOfDraws() {
  dem::Vector6d variance;
  variance << Eigen::Vector3d::Constant(kBall_rad * kBall_rad / 5), kDisc_m * kDisc_m / 4,
      kDisc_m * kDisc_m / 4, kUp_m * kUp_m / 3;
  return variance.asDiagonal();
}

}  // namespace

std::vector<StartOutcome> FixFromRandomStarts(const std::filesystem::path& data, const std::string& frame,
                                              int count, std::uint64_t seed, const Eigen::Vector3d& moved_m) {
  const MetricFrame metric = LoadMetricFrame(data, frame, 40'000 + moved_m.norm());
  const nav::Fix reference = FixMetricFrame(metric, metric.prior);
  std::vector<StartOutcome> outcomes;
  for (int index = 0; index < count; ++index) {
    StartOutcome outcome;
    outcome.frame = frame;
    outcome.index = index;
    const dem::Vector6d delta = DrawStart(seed, index);
    nav::PosePrior prior = metric.prior;
    prior.site_from_cam = dem::Perturb(reference.site_from_cam, delta);
    prior.site_from_cam.translation() += moved_m;
    prior.covariance = CovarianceOfDraws();
    outcome.start_off_m = delta.segment<2>(3).norm();
    const std::clock_t begin = std::clock();
    outcome.fix = FixMetricFrame(metric, prior);
    outcome.seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    const dem::Vector6d difference = dem::PoseDifference(reference.site_from_cam, outcome.fix.site_from_cam);
    outcome.off_m = difference.tail<3>().norm();
    if (outcome.fix.HasPose()) {
      outcome.worst_sigma = difference.cwiseAbs()
                                .cwiseQuotient(outcome.fix.covariance_map_relative.diagonal().cwiseSqrt())
                                .maxCoeff();
    }
    outcomes.push_back(outcome);
  }
  return outcomes;
}

}  // namespace perilune::tools
