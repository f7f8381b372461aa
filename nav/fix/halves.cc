#include "nav/fix/halves.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "dem/linear/symmetric_solve.h"

namespace perilune::nav {
namespace {

constexpr int kFieldsAcross = 4;
constexpr std::size_t kFewestForAHalf = 6;

int HalfOf(const Eigen::Vector2d& pixel, const vision::Camera& camera) {
  const auto field = [](double place, int size) {
    return std::clamp(static_cast<int>((place + 0.5) * kFieldsAcross / size), 0, kFieldsAcross - 1);
  };
  return (field(pixel.x(), camera.width_px) + field(pixel.y(), camera.height_px)) % 2;
}

}  // namespace

std::optional<double> HalvesDistance_sigma(const std::vector<vision::Match>& matches,
                                           const std::vector<int>& inliers, const vision::Camera& camera,
                                           const Eigen::Isometry3d& site_from_cam,
                                           const std::optional<vision::PosePriorFactor>& prior,
                                           const MapDeclaration& map, const vision::RefineOptions& refine) {
  std::array<std::vector<int>, 2> halves;
  for (const int i : inliers) {
    halves[static_cast<std::size_t>(HalfOf(matches[static_cast<std::size_t>(i)].pixel_px, camera))].push_back(
        i);
  }
  std::array<Eigen::Vector3d, 2> position;
  Eigen::Matrix3d covariance = Eigen::Matrix3d::Zero();
  for (std::size_t k = 0; k < 2; ++k) {
    if (halves[k].size() < kFewestForAHalf) return std::nullopt;
    const vision::RefinedPose pose =
        vision::RefinePose(matches, halves[k], camera, site_from_cam, prior, refine);
    if (!pose.usable) return std::nullopt;
    SolvedPose solved{
        pose.site_from_cam, {}, pose.weight, prior ? prior->information : dem::Matrix6d::Zero()};
    solved.prior_errs = false;
    for (const int i : halves[k]) solved.matches.push_back(matches[static_cast<std::size_t>(i)]);
    position[k] = pose.site_from_cam.translation();
    covariance += FormalCovariance(solved, camera, map).bottomRightCorner<3, 3>();
  }
  const Eigen::Vector3d apart = position[1] - position[0];
  return std::sqrt(std::max(0.0, dem::SquaredMahalanobis(apart, covariance)));
}

}  // namespace perilune::nav
