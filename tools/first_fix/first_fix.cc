#include "tools/first_fix/first_fix.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <ctime>

#include "dem/linear/symmetric_solve.h"
#include "vision/matching/coarse_search.h"

namespace perilune::tools {
namespace {

// Of all threads together: what one core would take, whatever else the machine does.
double ProcessorTime_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// How far apart two poses show the ground, pixels: the median over a grid of image points.
double ApartInImage_px(const dem::Terrain& map, const vision::Camera& camera, const Eigen::Isometry3d& truth,
                       const Eigen::Isometry3d& other) {
  std::vector<double> apart;
  for (const double sx : {0.2, 0.5, 0.8}) {
    for (const double sy : {0.2, 0.5, 0.8}) {
      const Eigen::Vector2d pixel(sx * camera.width_px, sy * camera.height_px);
      dem::Ray ray;
      ray.origin_in_site = truth.translation();
      ray.direction = truth.linear() * camera.Unproject(pixel);
      const auto hit = map.FirstHit(ray);
      if (!hit) continue;
      const auto shown = camera.Project(other.inverse() * hit->point_in_site);
      apart.push_back(shown ? (*shown - pixel).norm() : 1e4);
    }
  }
  if (apart.empty()) return 1e4;
  std::nth_element(apart.begin(), apart.begin() + static_cast<std::ptrdiff_t>(apart.size() / 2), apart.end());
  return apart[apart.size() / 2];
}

FirstFixOutcome Try(const FirstFixWorld& world, const FirstFixImage& image, const FirstFixWorld& on,
                    const Eigen::Isometry3d& prior_pose) {
  nav::PosePrior prior;
  prior.site_from_cam = prior_pose;
  prior.covariance = FirstPriorCovariance();
  const nav::FixOptions options;
  FirstFixOutcome outcome;
  cv::Mat pixels;
  image.pixels.convertTo(pixels, CV_32F, 1.0 / 255);
  double begin = ProcessorTime_s();
  const vision::CoarseResult search =
      vision::SearchMap(pixels, world.camera, on.map, image.sun, {prior.site_from_cam, prior.covariance},
                        on.declaration.map_pixel_m, options.render, options.coarse);
  outcome.search_seconds = ProcessorTime_s() - begin;
  outcome.significance = search.best_significance;
  outcome.ambiguity = search.ambiguity_ratio;
  outcome.search_error_px = search.hypotheses.empty()
                                ? -1
                                : ApartInImage_px(on.map, world.camera, image.true_site_from_cam,
                                                  search.hypotheses.front().site_from_cam);
  begin = ProcessorTime_s();
  outcome.fix =
      nav::FixFromImage(image.pixels, world.camera, on.map, image.sun, prior, on.declaration, options);
  outcome.seconds = ProcessorTime_s() - begin;
  return outcome;
}

}  // namespace

FirstFixOutcome FixOwnMap(const FirstFixWorld& world, const FirstFixImage& image) {
  FirstFixOutcome outcome = Try(world, image, world, image.prior_site_from_cam);
  if (!outcome.fix.HasPose()) return outcome;
  const Eigen::Vector3d error =
      outcome.fix.site_from_cam.translation() - image.true_site_from_cam.translation();
  outcome.horizontal_error_m = error.head<2>().norm();
  const Eigen::Matrix3d covariance = outcome.fix.covariance_map_relative.bottomRightCorner<3, 3>();
  outcome.mahalanobis = std::sqrt(dem::SquaredMahalanobis(error, covariance));
  const double unit_m = std::max(outcome.fix.map_pixel_m, outcome.fix.ground_sample_m);
  const bool near = outcome.horizontal_error_m <= 3 * unit_m || outcome.mahalanobis <= 5;
  outcome.verdict = near ? FirstFixVerdict::kRight : FirstFixVerdict::kWrong;
  return outcome;
}

FirstFixOutcome FixOtherMap(const FirstFixWorld& world, const FirstFixImage& image,
                            const FirstFixWorld& other) {
  Eigen::Isometry3d prior = image.prior_site_from_cam;
  const auto own = world.map.HeightAt(0, 0), there = other.map.HeightAt(0, 0);
  if (own && there) prior.translation().z() += *there - *own;
  FirstFixOutcome outcome = Try(world, image, other, prior);
  outcome.verdict = outcome.fix.HasPose() ? FirstFixVerdict::kWrong : FirstFixVerdict::kNone;
  return outcome;
}

std::string ToString(FirstFixVerdict verdict) {
  switch (verdict) {
    case FirstFixVerdict::kRight:
      return "right";
    case FirstFixVerdict::kWrong:
      return "wrong";
    case FirstFixVerdict::kNone:
      return "none";
  }
  return "unknown";
}

}  // namespace perilune::tools
