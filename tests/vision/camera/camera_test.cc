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

/// 170° from corner to corner.
Camera WideFisheye() {
  Camera camera = FisheyeCamera(800, dem::DegToRad(170) / std::sqrt(2.0));
  camera.fy_px *= 1.05;
  camera.distortion = {0.02, -0.01, 0.003, -0.0005, 0};
  return camera;
}

/// A lens of the TUM VI data set (its published calibration), cut to the 72° around its axis.
Camera TumViFisheye() {
  Camera camera;
  camera.model = kKannalaBrandt;
  camera.width_px = camera.height_px = 340;
  camera.fx_px = 190.97847715128717;
  camera.fy_px = 190.9733070521226;
  camera.cx_px = 254.93170605935475 - 86;
  camera.cy_px = 256.8974428996504 - 86;
  camera.distortion = {0.0034823894022493434, 0.0007150348452162257, -0.0020532361418706202,
                       0.00020293673591811182, 0};
  return camera;
}

Eigen::Vector2d RandomPixel(const Camera& camera, std::uint64_t seed, std::uint64_t index) {
  return {dem::RandomUniform(seed, 0, index) * camera.width_px - 0.5,
          dem::RandomUniform(seed, 1, index) * camera.height_px - 0.5};
}

class CameraTest : public testing::TestWithParam<Camera> {};

INSTANTIATE_TEST_SUITE_P(Models, CameraTest,
                         testing::Values(ApolloCamera(), PinholeCamera(1024, 1.05), BarrelCamera(),
                                         FisheyeCamera(1000, 2), WideFisheye(), TumViFisheye()));

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
  const cv::Vec3d none(0, 0, 0);
  const auto& k = camera.distortion;
  std::vector<cv::Point2d> expected;
  if (camera.IsFisheye()) {
    cv::fisheye::projectPoints(points, expected, none, none, matrix, cv::Vec4d(k[0], k[1], k[2], k[3]));
  } else {
    cv::projectPoints(points, none, none, matrix, std::vector<double>(k.begin(), k.end()), expected);
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto pixel = camera.Project({points[i].x, points[i].y, points[i].z});
    ASSERT_TRUE(pixel.has_value());
    EXPECT_NEAR(pixel->x(), expected[i].x, 1e-9);
    EXPECT_NEAR(pixel->y(), expected[i].y, 1e-9);
  }
}

TEST_P(CameraTest, RowOfRaysIsTheRaysOfItsPixels) {
  const Camera camera = GetParam();
  std::vector<Eigen::Vector3d> rays(static_cast<std::size_t>(camera.width_px));
  for (const int row : {0, 100, camera.height_px - 1}) {
    camera.UnprojectRow(row, rays);
    for (int col = 0; col < camera.width_px; ++col) {
      const Eigen::Vector3d expected = camera.Unproject(Eigen::Vector2d(col, row));
      ASSERT_LT((rays[static_cast<std::size_t>(col)] - expected).norm(), 1e-14) << col;
    }
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

// Equidistant: 1 rad off the axis lands one focal length from the principal point, wherever the point is.
TEST(Fisheye, EquidistantByHand) {
  const Camera camera = FisheyeCamera(1000, 2.5);
  EXPECT_DOUBLE_EQ(camera.fx_px, 400);
  const auto pixel = camera.Project(7 * Eigen::Vector3d(std::sin(1) * 0.6, std::sin(1) * 0.8, std::cos(1)));
  ASSERT_TRUE(pixel.has_value());
  EXPECT_NEAR(pixel->x(), 499.5 + 240, 1e-10);
  EXPECT_NEAR(pixel->y(), 499.5 + 320, 1e-10);
  EXPECT_EQ(camera.Unproject({499.5, 499.5}), Eigen::Vector3d::UnitZ());
}

TEST(Fisheye, JacobianOnTheAxisIsThePinholes) {
  Camera camera = WideFisheye();
  const auto on_axis = camera.ProjectJacobian({0, 0, 20}), beside = camera.ProjectJacobian({1e-9, 1e-9, 20});
  EXPECT_DOUBLE_EQ(on_axis(0, 0), camera.fx_px / 20);
  EXPECT_DOUBLE_EQ(on_axis(1, 1), camera.fy_px / 20);
  EXPECT_EQ(on_axis(0, 1), 0);
  EXPECT_EQ(on_axis(0, 2), 0);
  EXPECT_LT((on_axis - beside).norm(), 1e-7);
}

// k1 = −0.2: dr/dθ = 1 − 0.6 θ² ends at θ = 1.2910 rad, where r = θ (1 − 0.2 θ²) = 0.8607.
TEST(Fisheye, NothingBeyondTheMonotonicRange) {
  Camera camera = FisheyeCamera(1000, 2.5);
  camera.distortion = {-0.2, 0, 0, 0, 0};
  const auto at = [&](double angle_rad) {
    return camera.Project(Eigen::Vector3d(std::sin(angle_rad), 0, std::cos(angle_rad))).has_value();
  };
  EXPECT_TRUE(at(1.2909));
  EXPECT_FALSE(at(1.2911));
  EXPECT_NEAR(camera.Unproject({camera.cx_px + 0.8606 * 400, camera.cy_px}).norm(), 1, 1e-15);
  EXPECT_TRUE(std::isnan(camera.Unproject({camera.cx_px + 0.8608 * 400, camera.cy_px}).x()));
}

// dr/dθ = (1 − s)(1 − s/2) with s = θ²: grows again beyond s = 2, but the map has folded at 1.
TEST(Fisheye, GrowthThatReturnsAfterAFoldDoesNotCount) {
  Camera camera = FisheyeCamera(1000, 2.5);
  camera.distortion = {-0.5, 0.1, 0, 0, 0};
  const auto at = [&](double angle_rad) {
    return camera.Project(Eigen::Vector3d(std::sin(angle_rad), 0, std::cos(angle_rad))).has_value();
  };
  EXPECT_TRUE(at(0.999));
  EXPECT_FALSE(at(1.001));
  EXPECT_FALSE(at(1.5));
}

// Pixels beyond the fold have no ray, and those after them are found again.
TEST_P(CameraTest, RowOfRaysPassesOverPixelsWithoutARay) {
  Camera camera = GetParam();
  camera.distortion = {-0.3, 0, 0, 0, 0};
  camera.fx_px /= 3;
  camera.fy_px /= 3;
  std::vector<Eigen::Vector3d> rays(static_cast<std::size_t>(camera.width_px));
  int without = 0, with = 0;
  for (int row = 0; row < camera.height_px; row += 60) {
    camera.UnprojectRow(row, rays);
    for (int col = 0; col < camera.width_px; ++col) {
      const Eigen::Vector3d expected = camera.Unproject(Eigen::Vector2d(col, row));
      const Eigen::Vector3d& ray = rays[static_cast<std::size_t>(col)];
      ASSERT_EQ(ray.allFinite(), expected.allFinite()) << col << " " << row;
      if (expected.allFinite()) {
        ASSERT_LT((ray - expected).norm(), 1e-12) << col << " " << row;  // ill-conditioned near the fold
      }
      ++(expected.allFinite() ? with : without);
    }
  }
  EXPECT_GT(with, 0);
  EXPECT_GT(without, 0);
}

TEST(Fisheye, NinetyDegreesAndMoreDoNotProject) {
  const Camera camera = FisheyeCamera(1000, 2.5);
  EXPECT_TRUE(camera.Project({1, 0, 1e-3}).has_value());
  EXPECT_FALSE(camera.Project({1, 0, 0}).has_value());
  EXPECT_FALSE(camera.Project({1, 0, -1}).has_value());
  EXPECT_TRUE(std::isnan(camera.Unproject({camera.cx_px + 1.5709 * 400, camera.cy_px}).x()));
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
  camera = TumViFisheye();
  EXPECT_EQ(message(camera), "accepted");
  camera.distortion[4] = 0.1;
  EXPECT_NE(message(camera).find("distortion[4]"), std::string::npos);
  EXPECT_THROW(FisheyeCamera(100, 3.2), std::invalid_argument);
  EXPECT_THROW(PinholeCamera(0, 1), std::invalid_argument);
  EXPECT_THROW(PinholeCamera(100, 4), std::invalid_argument);
  EXPECT_THROW(ApolloCamera().Scaled(0), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
