#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>

#include "datasets/formats/image_file.h"
#include "datasets/formats/map_terrain.h"
#include "datasets/formats/shot.h"
#include "dem/synthesis/random.h"
#include "nav/fix/fix_from_image.h"
#include "tests/support/real_data.h"

namespace perilune::datasets {
namespace {

namespace fs = std::filesystem;

constexpr int kPointsPerPixel = 3;  // as `perilune fix` has it

// A real frame with its map, ready to be fixed from any start.
struct Frame {
  Shot shot;
  cv::Mat image;
  dem::Site site;
  std::unique_ptr<dem::Terrain> map;
  dem::Sun sun;
  nav::PosePrior prior;
};

Frame LoadFrame(const std::string& name) {
  const fs::path data = test::RealData();
  Frame frame;
  frame.shot = ReadShot(data / "apollo15_metric" / (name + ".shot.json"));
  frame.image = ReadGreyImage(frame.shot.image);
  frame.site = SiteAtBoresight(frame.shot.prior->moon_from_cam);
  frame.prior.site_from_cam = frame.site.moon_from_site.inverse() * frame.shot.prior->moon_from_cam;
  dem::Vector6d sigma;
  sigma << Eigen::Vector3d::Constant(frame.shot.prior->attitude_sigma_rad),
      Eigen::Vector3d::Constant(frame.shot.prior->position_sigma_m);
  frame.prior.covariance = sigma.cwiseAbs2().asDiagonal();
  frame.prior.use_attitude = false;
  const dem::SiteExtent extent =
      ExtentInView(frame.shot.camera, frame.prior.site_from_cam, 40'000, 1'000'000);
  MapTerrainOptions options;
  options.points_per_pixel = kPointsPerPixel;
  frame.map = std::make_unique<dem::Terrain>(
      TerrainFromMap(data / "dem" / "gld100_64ppd_apollo15_metric.tif", frame.site, extent, options));
  frame.sun.direction_to_sun_in_site =
      frame.site.moon_from_site.linear().transpose() * dem::DirectionInMoon(*frame.shot.sub_solar);
  return frame;
}

nav::Fix FixFrom(const Frame& frame, const Eigen::Vector3d& moved_m, bool holdout) {
  nav::PosePrior prior = frame.prior;
  prior.site_from_cam.translation() += moved_m;
  nav::MapDeclaration declaration;
  declaration.map_pixel_m = kPointsPerPixel * frame.map->Level(0).spacing_m;
  nav::FixOptions options;
  options.match.patches_across = 20;
  options.working_map_px = 0;
  options.estimate.holdout = holdout;
  return nav::FixFromImage(frame.image, frame.shot.camera, *frame.map, frame.sun, prior, declaration,
                           options);
}

class ApolloFixData : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(test::RealData() / "apollo15_metric"))
      GTEST_SKIP() << "no real data in " << test::RealData();
  }
};

TEST_F(ApolloFixData, BothFramesAreFoundAndTheirCorrectionsAgree) {
  std::vector<Eigen::Vector3d> corrections;
  for (const std::string name : {"AS15-M-0297", "AS15-M-0298"}) {
    const Frame frame = LoadFrame(name);
    const nav::Fix fix = FixFrom(frame, Eigen::Vector3d::Zero(), true);
    ASSERT_EQ(fix.status, nav::FixStatus::kAccepted) << name << ": " << fix.reason;
    EXPECT_GE(fix.attempted, 300);
    EXPECT_GE(fix.inliers, 0.7 * fix.attempted) << name;
    EXPECT_LT(fix.residual_rms_px, 1.0) << name;
    EXPECT_LT(std::abs(fix.holdout_rms_px / fix.residual_rms_px - 1), 0.25) << name;
    // In `moon` axes: the two frames have different sites.
    corrections.push_back(frame.site.moon_from_site.linear() *
                          (fix.site_from_cam.translation() - frame.prior.site_from_cam.translation()));
  }
  const Frame frame = LoadFrame("AS15-M-0297");
  const Eigen::Vector3d difference =
      frame.site.moon_from_site.linear().transpose() * (corrections[0] - corrections[1]);
  EXPECT_LT(difference.cwiseAbs().maxCoeff(), 150) << difference.transpose();
}

TEST_F(ApolloFixData, StartsThreeKilometresAsideEndAtTheSamePose) {
  const Frame frame = LoadFrame("AS15-M-0297");
  const nav::Fix reference = FixFrom(frame, Eigen::Vector3d::Zero(), false);
  ASSERT_TRUE(reference.HasPose());
  for (int k = 0; k < 8; ++k) {
    const double azimuth = k * dem::kPi / 4;
    const nav::Fix fix =
        FixFrom(frame, 3000 * Eigen::Vector3d(std::sin(azimuth), std::cos(azimuth), 0), false);
    ASSERT_EQ(fix.status, nav::FixStatus::kAccepted) << k << ": " << fix.reason;
    const dem::Vector6d delta = dem::PoseDifference(reference.site_from_cam, fix.site_from_cam);
    for (int axis = 0; axis < 6; ++axis) {
      EXPECT_LT(std::abs(delta(axis)), 3 * std::sqrt(fix.covariance_map_relative(axis, axis)))
          << k << " axis " << axis;
    }
  }
}

TEST_F(ApolloFixData, OtherGroundIsNoFix) {
  // The same image, its map moved half a frame aside: a prior that is wrong by 80 km finds nothing.
  const Frame frame = LoadFrame("AS15-M-0297");
  for (const Eigen::Vector3d& moved : {Eigen::Vector3d(60'000, 0, 0), Eigen::Vector3d(0, -60'000, 0)}) {
    const nav::Fix fix = FixFrom(frame, moved, false);
    EXPECT_FALSE(fix.HasPose()) << fix.inliers << " inliers of " << fix.attempted;
  }
}

class ApolloFixDataSlow : public ApolloFixData {};

// Up to 5 km, 1 km in height and 2 degrees off at once: uniform in the disc, the interval and each angle.
TEST_F(ApolloFixDataSlow, RandomStartsEndAtTheSamePose) {
  constexpr double kRadius_m = 5000, kUp_m = 1000;
  const double turn_rad = 2 * dem::kPi / 180 / std::sqrt(3);  // each axis; 2 degrees in a corner
  for (const std::string name : {"AS15-M-0297", "AS15-M-0298"}) {
    Frame frame = LoadFrame(name);
    const nav::Fix reference = FixFrom(frame, Eigen::Vector3d::Zero(), false);
    ASSERT_TRUE(reference.HasPose());
    dem::Vector6d variance;
    variance << Eigen::Vector3d::Constant(turn_rad * turn_rad / 3), kRadius_m * kRadius_m / 4,
        kRadius_m * kRadius_m / 4, kUp_m * kUp_m / 3;
    frame.prior.covariance = variance.asDiagonal();
    for (std::uint64_t k = 0; k < 10; ++k) {
      const auto uniform = [&](std::uint64_t stream) { return dem::RandomUniform(77, stream, k); };
      const auto signed_uniform = [&](std::uint64_t stream) { return 2 * uniform(stream) - 1; };
      const double radius_m = kRadius_m * std::sqrt(uniform(1)), azimuth = 2 * dem::kPi * uniform(2);
      dem::Vector6d off;
      off << turn_rad * signed_uniform(3), turn_rad * signed_uniform(4), turn_rad * signed_uniform(5),
          radius_m * std::sin(azimuth), radius_m * std::cos(azimuth), kUp_m * signed_uniform(6);
      frame.prior.site_from_cam = dem::Perturb(reference.site_from_cam, off);
      const nav::Fix fix = FixFrom(frame, Eigen::Vector3d::Zero(), false);
      ASSERT_EQ(fix.status, nav::FixStatus::kAccepted) << name << ' ' << k << ": " << fix.reason;
      const dem::Vector6d delta = dem::PoseDifference(reference.site_from_cam, fix.site_from_cam);
      for (int axis = 0; axis < 6; ++axis) {
        EXPECT_LT(std::abs(delta(axis)), 3 * std::sqrt(fix.covariance_map_relative(axis, axis)))
            << name << ' ' << k << " axis " << axis;
      }
    }
  }
}

}  // namespace
}  // namespace perilune::datasets
