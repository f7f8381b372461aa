// A plane whose albedo steps at x = 0 over a Gaussian of 1 m, seen from 100 m at 0.5 m a pixel by a camera
// that flies eastwards (to the image's right) at 40 m/s. All lengths follow by hand.
#include "vision/imaging/motion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/frames/site.h"

namespace perilune::vision {
namespace {

constexpr double kSpeed_mps = 40, kGroundSample_m = 0.5, kHeight_m = 100;

dem::Terrain SteppedPlane() {
  constexpr int kPoints = 2001;
  dem::TerrainLevel level;
  level.spacing_m = 0.05;
  level.x0_m = -50;
  level.y0_m = 50;
  level.z_m = dem::Grid<float>(kPoints, kPoints, 0.0F);
  level.albedo_grid = dem::Grid<float>(kPoints, kPoints);
  for (int col = 0; col < kPoints; ++col) {
    const double x_m = level.x0_m + level.spacing_m * col;
    const auto albedo = static_cast<float>(0.1 + 0.05 * std::erf(x_m / std::sqrt(2)));
    for (int row = 0; row < kPoints; ++row) level.albedo_grid.At(col, row) = albedo;
  }
  std::vector<dem::TerrainLevel> levels;
  levels.push_back(std::move(level));
  return dem::Terrain(dem::MakeSite({}), std::move(levels));
}

Camera NadirCamera() {
  Camera camera;
  camera.width_px = 96;
  camera.height_px = 64;
  camera.fx_px = camera.fy_px = kHeight_m / kGroundSample_m;
  camera.cx_px = 47.5;
  camera.cy_px = 31.5;
  return camera;
}

Eigen::Isometry3d PoseAt(double t_s) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = Eigen::AngleAxisd(dem::kPi, Eigen::Vector3d::UnitX()).toRotationMatrix();
  pose.translation() = Eigen::Vector3d(kSpeed_mps * t_s, 0, kHeight_m);
  return pose;
}

View Render(const MotionOptions& motion, double t_mid_s = 0) {
  static const dem::Terrain terrain = SteppedPlane();
  dem::Sun sun;
  sun.direction_to_sun_in_site = Eigen::Vector3d::UnitZ();
  RenderOptions options;
  options.reflectance = Reflectance::kLambert;
  options.cast_shadows = false;
  return RenderMoving(terrain, NadirCamera(), PoseAt, t_mid_s, sun, options, motion);
}

struct Edge {
  double col_px, variance_px2;
};

/// First and second moments of the step's slope along a row.
Edge EdgeOf(const cv::Mat& radiance, int row) {
  double weight = 0, first = 0, second = 0;
  for (int col = 0; col + 1 < radiance.cols; ++col) {
    const double slope = radiance.at<float>(row, col + 1) - radiance.at<float>(row, col), x = col + 0.5;
    weight += slope;
    first += slope * x;
    second += slope * x * x;
  }
  return {first / weight, second / weight - first * first / weight / weight};
}

TEST(Motion, StandingStillIsRenderView) {
  const View still = Render({});
  EXPECT_NEAR(EdgeOf(still.radiance, 10).col_px, 47.5, 1e-3);
  // 1 m of the Gaussian is 2 px; a pixel's difference adds 1/12, and the albedo's cells of 0.1 px up to
  // 0.1²/6.
  EXPECT_NEAR(EdgeOf(still.radiance, 10).variance_px2, 4 + 1.0 / 12, 0.002);
}

// Blur length = speed · exposure / ground sample: 40 · 0.1 / 0.5 = 8 px; n instants at the middles of n parts
// have the variance L²/12 (1 − 1/n²).
TEST(Motion, BlurLengthOfAGlobalShutter) {
  const double still = EdgeOf(Render({}).radiance, 20).variance_px2;
  for (const auto& [exposure_s, n] : {std::pair{0.1, 16}, std::pair{0.1, 4}, std::pair{0.05, 8}}) {
    const Edge edge = EdgeOf(Render({exposure_s, n, 0, 16}).radiance, 20);
    const double length_px = std::sqrt(12 * (edge.variance_px2 - still) / (1 - 1.0 / (n * n)));
    EXPECT_NEAR(length_px, kSpeed_mps * exposure_s / kGroundSample_m, 0.01) << exposure_s << " " << n;
    EXPECT_NEAR(edge.col_px, 47.5, 1e-3);
  }
}

// Skew = speed · line time / ground sample: 40 · 1e-3 / 0.5 = 0.08 px a row, to the left going down.
TEST(Motion, SkewOfARollingShutter) {
  MotionOptions motion;
  motion.line_time_s = 1e-3;
  motion.band_rows = 1;
  const cv::Mat radiance = Render(motion).radiance;
  for (const int row : {0, 20, 31, 32, 63}) {
    EXPECT_NEAR(EdgeOf(radiance, row).col_px, 47.5 - 0.08 * (row - 31.5), 1e-3) << row;
  }
  motion.line_time_s = -1e-3;
  EXPECT_NEAR(EdgeOf(Render(motion).radiance, 0).col_px, 47.5 + 0.08 * -31.5, 1e-3);
}

// Rows 16–31 have one pose, that of row 23.5.
TEST(Motion, BandsHaveThePoseOfTheirMiddle) {
  MotionOptions motion;
  motion.line_time_s = 1e-3;
  motion.band_rows = 16;
  const View view = Render(motion);
  for (const int row : {16, 23, 31}) {
    EXPECT_NEAR(EdgeOf(view.radiance, row).col_px, 47.5 - 0.08 * (23.5 - 31.5), 1e-3) << row;
  }
  EXPECT_NEAR(EdgeOf(view.radiance, 15).col_px, 47.5 - 0.08 * (7.5 - 31.5), 1e-3);
  EXPECT_NEAR(view.range_m.at<double>(63, 0), kHeight_m / NadirCamera().Unproject(Eigen::Vector2d(0, 63)).z(),
              1e-9);
}

TEST(Motion, RollingShutterBlursEachRow) {
  MotionOptions motion;
  motion.line_time_s = 1e-3;
  motion.exposure_s = 0.1;
  motion.sub_exposures = 16;
  motion.band_rows = 8;
  const Edge edge = EdgeOf(Render(motion).radiance, 3);
  const double still = EdgeOf(Render({}).radiance, 3).variance_px2;
  EXPECT_NEAR(std::sqrt(12 * (edge.variance_px2 - still) / (1 - 1.0 / 256)), 8, 0.01);
  EXPECT_NEAR(edge.col_px, 47.5 - 0.08 * (3.5 - 31.5), 1e-3);
}

// The plane ends at x = 50: what is seen at some instants only is darker, what is never seen is not a number.
TEST(Motion, MissesCountAsDark) {
  MotionOptions motion;
  motion.exposure_s = 0.1;
  motion.sub_exposures = 4;  // x moves by −1.5, −0.5, 0.5, 1.5 m about 40 m: column 67.5 sees x = 50 at rest
  const View view = Render(motion, 1.0);
  EXPECT_NEAR(view.radiance.at<float>(30, 60), 0.15, 1e-4);
  EXPECT_TRUE(std::isnan(view.radiance.at<float>(30, 80)));
  // Column 67 sees 49.75 at rest: 48.25, 49.25, 50.25, 51.25.
  EXPECT_NEAR(view.radiance.at<float>(30, 67) / view.radiance.at<float>(30, 60), 0.5, 1e-3);
}

TEST(Motion, RefusesBadOptions) {
  MotionOptions motion;
  motion.sub_exposures = 0;
  EXPECT_THROW(Render(motion), std::invalid_argument);
  motion = {};
  motion.exposure_s = -1;
  EXPECT_THROW(Render(motion), std::invalid_argument);
  motion = {};
  motion.band_rows = 0;
  EXPECT_THROW(Render(motion), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
