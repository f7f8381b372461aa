// Craters in pictures: pictures of bowls whose rims are known by construction.
#include "vision/craters/detect.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <Eigen/Dense>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/frames/site.h"
#include "dem/synthesis/random.h"
#include "tests/support/looks.h"
#include "vision/craters/bowl_response.h"
#include "vision/craters/rim_fit.h"
#include "vision/craters/shaded_bowl.h"
#include "vision/render/render.h"

namespace perilune::vision {
namespace {

constexpr double kPixel_m = 10;

struct PlainCrater {
  double x_px, y_px, radius_px, depth_per_diameter;
};

/// Paraboloid bowls with rims as Pike's in a plane, seen from far above, 10 m a pixel, north up: distances in
/// the picture are those on the ground to a part in 400.
cv::Mat PictureOf(const std::vector<PlainCrater>& craters, int size_px, double elevation_deg,
                  double azimuth_deg) {
  constexpr double kHeight_m = 400'000, kGrid_m = 5;
  dem::TerrainLevel level;
  const int side = size_px * 2 + 81;
  level.z_m = dem::Grid<float>(side, side);
  level.spacing_m = kGrid_m;
  level.x0_m = -0.5 * kGrid_m * (side - 1);
  level.y0_m = -level.x0_m;
  for (int row = 0; row < side; ++row) {
    for (int col = 0; col < side; ++col) {
      double z_m = 0;
      for (const PlainCrater& crater : craters) {
        const double x_m = kPixel_m * (crater.x_px - 0.5 * (size_px - 1)),
                     y_m = kPixel_m * (0.5 * (size_px - 1) - crater.y_px),
                     radius_m = kPixel_m * crater.radius_px;
        const double r =
            std::hypot(level.x0_m + col * kGrid_m - x_m, level.y0_m - row * kGrid_m - y_m) / radius_m;
        const double depth_m = 2 * radius_m * crater.depth_per_diameter, rim_m = 0.18 * depth_m;
        z_m += r < 1 ? rim_m - depth_m * (1 - r * r) : rim_m / (r * r * r);
      }
      level.z_m.At(col, row) = static_cast<float>(z_m);
    }
  }
  const dem::Terrain terrain(dem::MakeSite({}), {level});
  const Camera camera = PinholeCamera(size_px, 2 * std::atan(0.5 * size_px * kPixel_m / kHeight_m));
  cv::Mat picture =
      RenderView(terrain, camera, test::LookDown({0, 0, kHeight_m}), test::SunAt(elevation_deg, azimuth_deg))
          .radiance.clone();
  for (int row = 0; row < size_px; ++row) {
    for (int col = 0; col < size_px; ++col) {
      const auto index = static_cast<std::uint64_t>(row) * static_cast<std::uint64_t>(size_px) +
                         static_cast<std::uint64_t>(col);
      picture.at<float>(row, col) += static_cast<float>(0.001 * dem::RandomNormal(3, 1, index));
    }
  }
  return picture;
}

/// Image direction of a Sun at an azimuth from north over east, north up.
double SunDirection(double azimuth_deg) { return dem::DegToRad(azimuth_deg - 90); }

const DetectedCrater* Nearest(const CraterDetections& found, const PlainCrater& crater) {
  const DetectedCrater* best = nullptr;
  double least = 0.25 * crater.radius_px;
  for (const DetectedCrater& detected : found.craters) {
    const double distance = (detected.rim.centre_px - Eigen::Vector2d(crater.x_px, crater.y_px)).norm();
    if (distance < least) {
      least = distance;
      best = &detected;
    }
  }
  return best;
}

const std::vector<PlainCrater> kScene = {{100, 110, 45, 0.2}, {260, 90, 20, 0.15}, {250, 250, 10, 0.2},
                                         {90, 270, 6, 0.2},   {180, 210, 30, 0.1}, {320, 300, 14, 0.12}};

TEST(DetectCraters, RimsOfBowlsUnderEachSun) {
  for (const double elevation_deg : {12.0, 25.0, 45.0}) {
    for (const double azimuth_deg : {90.0, 200.0}) {
      const cv::Mat picture = PictureOf(kScene, 400, elevation_deg, azimuth_deg);
      DetectCratersOptions options;
      options.sun_direction_rad = SunDirection(azimuth_deg);
      const CraterDetections found = DetectCraters(picture, options);
      for (const PlainCrater& crater : kScene) {
        const DetectedCrater* detected = Nearest(found, crater);
        ASSERT_NE(detected, nullptr) << crater.radius_px << " px, Sun at " << elevation_deg;
        const double diameter_px = 2 * crater.radius_px,
                     mean_px = 2 * std::sqrt(detected->rim.axes.semi_major * detected->rim.axes.semi_minor);
        EXPECT_NEAR(detected->rim.centre_px.x(), crater.x_px, 0.05 * diameter_px);
        EXPECT_NEAR(detected->rim.centre_px.y(), crater.y_px, 0.05 * diameter_px);
        EXPECT_NEAR(mean_px, diameter_px, 0.1 * diameter_px) << "Sun at " << elevation_deg;
      }
      EXPECT_LE(found.craters.size(), kScene.size() + 1);
    }
  }
}

TEST(DetectCraters, FindsTheSunItself) {
  for (const double azimuth_deg : {0.0, 75.0, 250.0}) {
    const CraterDetections found = DetectCraters(PictureOf(kScene, 400, 25, azimuth_deg));
    EXPECT_NEAR(std::remainder(found.sun_direction_rad - SunDirection(azimuth_deg), 2 * dem::kPi), 0,
                dem::DegToRad(5));
  }
}

// With light and shade exchanged a bowl is a hill: of the same picture under the opposite Sun nothing is
// left.
TEST(DetectCraters, HillsAreNoCraters) {
  const cv::Mat picture = PictureOf(kScene, 400, 25, 90);
  DetectCratersOptions options;
  options.sun_direction_rad = SunDirection(270);
  const CraterDetections found = DetectCraters(picture, options);
  for (const PlainCrater& crater : kScene) EXPECT_EQ(Nearest(found, crater), nullptr);
}

TEST(DetectCraters, EitherWayReadsWithTheSunOnBothSides) {
  const cv::Mat picture = PictureOf(kScene, 400, 25, 90);
  const std::vector<CraterDetections> readings = DetectCratersEitherWay(picture);
  ASSERT_EQ(readings.size(), 2U);
  EXPECT_NEAR(
      std::abs(std::remainder(readings[1].sun_direction_rad - readings[0].sun_direction_rad, 2 * dem::kPi)),
      dem::kPi, 1e-9);
  for (const PlainCrater& crater : kScene) EXPECT_EQ(Nearest(readings[1], crater), nullptr);
  EXPECT_EQ(readings[0].craters.size(), DetectCraters(picture).craters.size());
  DetectCratersOptions given;
  given.sun_direction_rad = SunDirection(90);
  EXPECT_EQ(DetectCratersEitherWay(picture, given).size(), 1U);
}

TEST(DetectCraters, RimsCutByTheBorder) {
  const std::vector<PlainCrater> scene = {{5, 120, 40, 0.2}, {200, 236, 30, 0.2}, {120, 60, 20, 0.2}};
  DetectCratersOptions options;
  options.sun_direction_rad = SunDirection(90);
  const CraterDetections found = DetectCraters(PictureOf(scene, 240, 25, 90), options);
  for (const PlainCrater& crater : scene) {
    const DetectedCrater* detected = Nearest(found, crater);
    ASSERT_NE(detected, nullptr) << crater.x_px;
    EXPECT_NEAR(detected->rim.axes.semi_major, crater.radius_px, 0.15 * crater.radius_px);
  }
}

// What is not seen says nothing: a picture of noise, a plain one and one without any data hold no crater.
TEST(DetectCraters, NothingInNothing) {
  EXPECT_TRUE(DetectCraters(cv::Mat::zeros(64, 64, CV_8U)).craters.empty());
  EXPECT_TRUE(DetectCraters(cv::Mat(64, 64, CV_32F, cv::Scalar(std::numeric_limits<double>::quiet_NaN())))
                  .craters.empty());
  EXPECT_TRUE(DetectCraters(cv::Mat::ones(9, 3, CV_16U)).craters.empty());
}

TEST(DetectCraters, SameBytesWithOneThread) {
  const cv::Mat picture = PictureOf(kScene, 400, 25, 90);
  const CraterDetections two = DetectCraters(picture);
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  const CraterDetections one = DetectCraters(picture);
  ASSERT_EQ(one.craters.size(), two.craters.size());
  ASSERT_FALSE(one.craters.empty());
  EXPECT_EQ(one.sun_direction_rad, two.sun_direction_rad);
  for (std::size_t i = 0; i < one.craters.size(); ++i) {
    EXPECT_EQ(one.craters[i].rim.centre_px, two.craters[i].rim.centre_px);
    EXPECT_EQ(one.craters[i].rim.score, two.craters[i].rim.score);
    EXPECT_EQ(*one.craters[i].rim.covariance, *two.craters[i].rim.covariance);
  }
}

// The geometry takes the covariances as they are.
TEST(DetectCraters, CovariancesAreOfUse) {
  const Camera camera = PinholeCamera(400, 0.5);
  const CraterDetections found = DetectCraters(PictureOf(kScene, 400, 25, 90));
  ASSERT_GE(found.craters.size(), kScene.size());
  for (const DetectedCrater& crater : found.craters) {
    ASSERT_TRUE(crater.rim.covariance);
    EXPECT_TRUE(Measure(camera, crater.rim, {}));
    EXPECT_LT(std::sqrt((*crater.rim.covariance)(0, 0)), 0.2 * crater.rim.axes.semi_major);
  }
}

TEST(DetectCraters, RefusesBadOptionsAndImages) {
  EXPECT_THROW(DetectCraters(cv::Mat()), std::invalid_argument);
  EXPECT_THROW(DetectCraters(cv::Mat::zeros(64, 64, CV_8UC3)), std::invalid_argument);
  DetectCratersOptions options;
  options.min_diameter_px = 4;
  EXPECT_THROW(DetectCraters(cv::Mat::zeros(64, 64, CV_8U), options), std::invalid_argument);
  options = {};
  options.min_score = 1;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
  options = {};
  options.sun_direction_rad = std::numeric_limits<double>::infinity();
  EXPECT_THROW(options.Validate(), std::invalid_argument);
}

// A bowl's floor is level with the Sun's direction in the middle: bright and dark halves mirror each other
// under a high Sun, and the mean is taken off.
TEST(ShadedBowl, DarkTowardsTheSun) {
  const cv::Mat bowl = ShadedBowl({0.05, 0.8}, 20, 0);
  const int half = bowl.cols / 2;
  EXPECT_NEAR(cv::sum(bowl)[0], 0, 1e-4);
  EXPECT_NEAR(cv::norm(bowl), 1, 1e-5);
  EXPECT_LT(bowl.at<float>(half, half + 7), 0);
  EXPECT_GT(bowl.at<float>(half, half - 7), 0);
  EXPECT_GT(bowl.at<float>(half, half + 12), 0);  // the near rim's outer flank faces the Sun
  EXPECT_LT(bowl.at<float>(half, half - 12), 0);
  EXPECT_NEAR(bowl.at<float>(half + 5, half), bowl.at<float>(half - 5, half), 1e-6);
  EXPECT_THROW(ShadedBowl({}, 3, 0), std::invalid_argument);
}

// An ellipse of half light and half dark on grey, its step known exactly; the start is off by a tenth.
TEST(FitRim, EllipseDrawnByHand) {
  cv::Mat picture(200, 200, CV_32F, cv::Scalar(0.5));
  const Ellipse drawn = EllipseFromAxes({98, 103}, {40, 26, 0.4});
  const Eigen::Matrix2d inverse = drawn.shape.inverse();
  for (int row = 0; row < 200; ++row) {
    for (int col = 0; col < 200; ++col) {
      const Eigen::Vector2d d = Eigen::Vector2d(col, row) - drawn.centre;
      if (d.dot(inverse * d) < 1) picture.at<float>(row, col) = d.x() > 0 ? 0.2F : 0.8F;
    }
  }
  cv::GaussianBlur(picture, picture, cv::Size(), 0.8);
  const Ellipse start = EllipseFromAxes({101, 100}, {33, 33, 0});
  const auto fit = FitRim(picture, start, 0);
  ASSERT_TRUE(fit);
  const EllipseAxes axes = AxesOf(fit->ellipse);
  EXPECT_LT((fit->ellipse.centre - drawn.centre).norm(), 1);
  EXPECT_NEAR(axes.semi_major, 40, 2);
  EXPECT_NEAR(axes.semi_minor, 26, 2);
  EXPECT_NEAR(axes.angle_rad, 0.4, 0.1);
  EXPECT_GT(fit->support, 0.9);
  const auto hill = FitRim(picture, start, dem::kPi);
  EXPECT_TRUE(!hill || hill->support < 0.5);
}

}  // namespace
}  // namespace perilune::vision
