#include "datasets/simulation/trajectory.h"

#include <gtest/gtest.h>

#include "datasets/simulation/mounting.h"
#include "dem/frames/pose.h"

namespace perilune::datasets {
namespace {

constexpr double kGround_m = -1900;

TEST(Trajectory, StartsAndEndsWhereItMust) {
  const DescentOptions options;
  const Trajectory trajectory(options, kGround_m);
  const BodyMotion start = trajectory.At(0), end = trajectory.At(options.duration_s);
  const Eigen::Vector3d from_centre = start.site_from_body.translation() - dem::MoonCentreInSite();
  EXPECT_NEAR(from_centre.norm() - dem::kMoonRadius_m, kGround_m + 15'000, 1e-6);
  const double angle = std::acos(from_centre.normalized().z());
  EXPECT_NEAR(angle * dem::kMoonRadius_m, 85'000, 1e-2);
  EXPECT_GT(from_centre.x(), 84'000);  // it comes from the east
  // 860 m/s over the sphere, faster at height.
  const double radial = start.velocity_in_site_mps.dot(from_centre.normalized());
  EXPECT_NEAR(radial, -30, 1e-9);
  EXPECT_NEAR(std::sqrt(start.velocity_in_site_mps.squaredNorm() - radial * radial),
              860 * from_centre.norm() / dem::kMoonRadius_m, 1e-9);

  EXPECT_TRUE(end.site_from_body.translation().isApprox(Eigen::Vector3d(0, 0, kGround_m + 500), 1e-9));
  EXPECT_TRUE(end.velocity_in_site_mps.isApprox(Eigen::Vector3d(0, 0, -15), 1e-9));
}

TEST(Trajectory, BoresightStartsForwardAndEndsAtNadir) {
  DescentOptions options;
  options.wobble_rad = 0;
  const Trajectory trajectory(options, kGround_m);
  const Eigen::Isometry3d body_from_cam = NadirCameraMount(Eigen::Vector3d::Zero());
  const auto boresight = [&](double t_s) -> Eigen::Vector3d {
    return (trajectory.At(t_s).site_from_body * body_from_cam).linear() * Eigen::Vector3d::UnitZ();
  };
  const Eigen::Vector3d down =
      (dem::MoonCentreInSite() - trajectory.At(0).site_from_body.translation()).normalized();
  EXPECT_NEAR(std::acos(boresight(0).dot(down)), options.start_tilt_rad, 1e-9);
  EXPECT_LT(boresight(0).x(), down.x());  // forward: towards the west
  EXPECT_NEAR(boresight(options.duration_s).z(), -1, 1e-12);
  // Image up shows forward.
  const Eigen::Vector3d up_in_site =
      (trajectory.At(options.duration_s).site_from_body * body_from_cam).linear() * -Eigen::Vector3d::UnitY();
  EXPECT_NEAR(up_in_site.x(), -1, 1e-9);
}

TEST(Trajectory, DerivativesMatchDifferences) {
  const Trajectory trajectory(DescentOptions{}, kGround_m);
  constexpr double kStep_s = 1e-3;
  for (double t_s = 1; t_s < 199; t_s += 7.3) {
    const BodyMotion before = trajectory.At(t_s - kStep_s), at = trajectory.At(t_s),
                     after = trajectory.At(t_s + kStep_s);
    const Eigen::Vector3d velocity =
        (after.site_from_body.translation() - before.site_from_body.translation()) / (2 * kStep_s);
    EXPECT_LT((velocity - at.velocity_in_site_mps).norm(), 1e-6) << t_s;
    const Eigen::Vector3d acceleration =
        (after.velocity_in_site_mps - before.velocity_in_site_mps) / (2 * kStep_s);
    EXPECT_LT((acceleration - at.acceleration_in_site_mps2).norm(), 1e-7) << t_s;
    const Eigen::Vector3d turn = dem::LogSo3(
        Eigen::Quaterniond(before.site_from_body.linear().transpose() * after.site_from_body.linear()));
    EXPECT_LT((turn / (2 * kStep_s) - at.rate_in_body_radps).norm(), 1e-9) << t_s;
  }
}

TEST(Trajectory, RefusesBadOptions) {
  DescentOptions options;
  options.duration_s = 0;
  EXPECT_THROW(Trajectory(options, 0), std::invalid_argument);
  options = {};
  options.start_height_m = 100;
  EXPECT_THROW(Trajectory(options, 0), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::datasets
