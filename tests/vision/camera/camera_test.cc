#include "vision/camera/camera.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <opencv2/calib3d.hpp>
#include <opencv2/core.hpp>
#include <stdexcept>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"

namespace perilune::vision {
namespace {

/// The Apollo 15 metric camera at 1012 px (data/apollo15_metric).
Camera ApolloCamera() {
  Camera camera;
  camera.width_px = camera.height_px = 1012;
  camera.fx_px = camera.fy_px = 672.199;
  camera.cx_px = 505.284;
  camera.cy_px = 505.2068;
  camera.distortion = {0.0077278574, -0.017502371, -1.5776909e-05, 2.8013452e-06, 0.0098349534};
  return camera;
}

Camera BarrelCamera() {
  Camera camera = PinholeCamera(800, 1.4);
  camera.fy_px *= 1.1;
  camera.distortion = {-0.28, 0.08, 0.002, -0.001, 0.01};
  return camera;
}

Eigen::Vector2d RandomPixel(const Camera& camera, std::uint64_t seed, std::uint64_t index) {
  return {dem::RandomUniform(seed, 0, index) * camera.width_px - 0.5,
          dem::RandomUniform(seed, 1, index) * camera.height_px - 0.5};
}

class CameraTest : public testing::TestWithParam<Camera> {};

INSTANTIATE_TEST_SUITE_P(Models, CameraTest,
                         testing::Values(ApolloCamera(), PinholeCamera(1024, 1.05), BarrelCamera()));

TEST_P(CameraTest, ProjectInvertsUnproject) {
  const Camera camera = GetParam();
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const Eigen::Vector2d pixel = RandomPixel(camera, 1, i);
    const Eigen::Vector3d ray = camera.Unproject(pixel);
    ASSERT_NEAR(ray.norm(), 1, 1e-15);
    const auto back = camera.Project(ray * (1 + 1e5 * dem::RandomUniform(1, 2, i)));
    ASSERT_TRUE(back.has_value());
    ASSERT_LT((*back - pixel).norm(), 1e-9) << pixel.transpose();
  }
}

TEST_P(CameraTest, JacobianMatchesCentralDifferences) {
  const Camera camera = GetParam();
  for (std::uint64_t i = 0; i < 500; ++i) {
    const Eigen::Vector3d point = camera.Unproject(RandomPixel(camera, 2, i)) * 100;
    const auto jacobian = camera.ProjectJacobian(point);
    constexpr double kStep = 1e-3;
    for (int axis = 0; axis < 3; ++axis) {
      const Eigen::Vector3d d = kStep * Eigen::Vector3d::Unit(axis);
      const Eigen::Vector2d difference =
          (*camera.Project(point + d) - *camera.Project(point - d)) / (2 * kStep);
      EXPECT_LT((jacobian.col(axis) - difference).norm(), 1e-6 * camera.fx_px / 100) << "axis " << axis;
    }
  }
}

TEST_P(CameraTest, AgreesWithOpenCv) {
  const Camera camera = GetParam();
  std::vector<cv::Point3d> points;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Eigen::Vector3d p = camera.Unproject(RandomPixel(camera, 3, i)) * (10 + static_cast<double>(i));
    points.emplace_back(p.x(), p.y(), p.z());
  }
  const cv::Mat matrix =
      (cv::Mat_<double>(3, 3) << camera.fx_px, 0, camera.cx_px, 0, camera.fy_px, camera.cy_px, 0, 0, 1);
  std::vector<cv::Point2d> expected;
  cv::projectPoints(points, cv::Vec3d(0, 0, 0), cv::Vec3d(0, 0, 0), matrix,
                    std::vector<double>(camera.distortion.begin(), camera.distortion.end()), expected);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto pixel = camera.Project({points[i].x, points[i].y, points[i].z});
    ASSERT_TRUE(pixel.has_value());
    EXPECT_NEAR(pixel->x(), expected[i].x, 1e-9);
    EXPECT_NEAR(pixel->y(), expected[i].y, 1e-9);
  }
}

TEST_P(CameraTest, ScaledKeepsPixelEdges) {
  const Camera camera = GetParam();
  for (const double factor : {0.25, 0.5, 2.0, 1.7}) {
    const Camera scaled = camera.Scaled(factor);
    for (std::uint64_t i = 0; i < 100; ++i) {
      const Eigen::Vector2d pixel = RandomPixel(camera, 4, i);
      const Eigen::Vector2d expected = (pixel.array() + 0.5) * factor - 0.5;
      EXPECT_LT((*scaled.Project(camera.Unproject(pixel)) - expected).norm(), 1e-9);
    }
    EXPECT_GE(scaled.width_px, camera.width_px * factor);
    EXPECT_LT(scaled.width_px, camera.width_px * factor + 1);
  }
}

TEST(Camera, PinholeHasItsFieldOfViewBetweenTheOuterPixelEdges) {
  const Camera camera = PinholeCamera(100, dem::DegToRad(60));
  const Eigen::Vector3d left = camera.Unproject({-0.5, 49.5}), right = camera.Unproject({99.5, 49.5});
  EXPECT_NEAR(dem::RadToDeg(std::acos(left.dot(right))), 60, 1e-9);
  EXPECT_NEAR(left.y(), 0, 1e-15);
  EXPECT_LT(left.x(), 0);
  EXPECT_NEAR(camera.FocalLength_px(), 50 / std::tan(dem::DegToRad(30)), 1e-12);
}

TEST(Camera, NothingBehindTheCameraProjects) {
  const Camera camera = PinholeCamera(100, 1);
  EXPECT_FALSE(camera.Project({0, 0, -1}).has_value());
  EXPECT_FALSE(camera.Project({1, 0, 0}).has_value());
  EXPECT_FALSE(camera.Project({0, std::numeric_limits<double>::quiet_NaN(), 1}).has_value());
}

// k1 = −0.1: r(1 − 0.1 r²) grows up to r = √(1/0.3) = 1.826, where it is 1.217, and falls beyond.
TEST(Camera, FoldedPartOfTheDistortionModelDoesNotProject) {
  Camera camera = PinholeCamera(1000, dem::DegToRad(90));
  camera.distortion = {-0.1, 0, 0, 0, 0};
  EXPECT_TRUE(camera.Project({1.82, 0, 1}).has_value());
  EXPECT_FALSE(camera.Project({1.83, 0, 1}).has_value());
  EXPECT_FALSE(camera.Project({3.0, 0, 1}).has_value());
  EXPECT_NEAR(camera.Unproject({camera.cx_px + 1.2 * camera.fx_px, camera.cy_px}).norm(), 1, 1e-15);
  EXPECT_TRUE(std::isnan(camera.Unproject({camera.cx_px + 1.25 * camera.fx_px, camera.cy_px}).x()));
}

// 1 + 3 k1 s + 5 k2 s² with roots s = 1 and s = 2: grows again beyond, but the map has folded before.
TEST(Camera, GrowthThatReturnsAfterAFoldDoesNotCount) {
  Camera camera = PinholeCamera(1000, dem::DegToRad(90));
  camera.distortion = {-0.5, 0.1, 0, 0, 0};
  EXPECT_TRUE(camera.Project({0.99, 0, 1}).has_value());
  EXPECT_FALSE(camera.Project({1.1, 0, 1}).has_value());
  EXPECT_FALSE(camera.Project({2.0, 0, 1}).has_value());
}

TEST(Camera, ContainsReachesToThePixelEdges) {
  const Camera camera = PinholeCamera(10, 1);
  EXPECT_TRUE(camera.Contains({-0.5, 9.49}));
  EXPECT_FALSE(camera.Contains({-0.51, 0}));
  EXPECT_FALSE(camera.Contains({0, 9.5}));
}

TEST(Camera, ValidateNamesTheField) {
  const auto message = [](const Camera& camera) -> std::string {
    try {
      camera.Validate();
    } catch (const std::invalid_argument& e) {
      return e.what();
    }
    return "accepted";
  };
  Camera camera = ApolloCamera();
  EXPECT_EQ(message(camera), "accepted");
  camera.fx_px = 0;
  EXPECT_NE(message(camera).find("fx_px"), std::string::npos);
  camera = ApolloCamera();
  camera.height_px = -3;
  EXPECT_NE(message(camera).find("height_px is -3"), std::string::npos);
  camera = ApolloCamera();
  camera.distortion[2] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(message(camera).find("distortion"), std::string::npos);
  camera = ApolloCamera();
  camera.model = "fisheye";
  EXPECT_NE(message(camera).find("fisheye"), std::string::npos);
  EXPECT_THROW(PinholeCamera(0, 1), std::invalid_argument);
  EXPECT_THROW(PinholeCamera(100, 4), std::invalid_argument);
  EXPECT_THROW(ApolloCamera().Scaled(0), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
