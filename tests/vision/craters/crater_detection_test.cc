#include "vision/craters/crater_detection.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <stdexcept>

#include "dem/frames/moon.h"

namespace perilune::vision {
namespace {

TEST(CraterDetection, PinholeIsAScale) {
  Camera camera = PinholeCamera(1024, dem::kPi / 2);
  const CraterDetection detection{{camera.cx_px + 51.2, camera.cy_px}, {25.6, 12.8, 0.5}, std::nullopt};
  const auto measured = Measure(camera, detection, {2, 0.05});
  ASSERT_TRUE(measured);
  EXPECT_LT((measured->ellipse.centre - Eigen::Vector2d(0.1, 0)).norm(), 1e-9);
  EXPECT_NEAR(AxesOf(measured->ellipse).semi_major, 0.05, 1e-9);
  EXPECT_NEAR(AxesOf(measured->ellipse).angle_rad, 0.5, 1e-7);
  EXPECT_NEAR(measured->covariance(0, 0), std::pow(2.0 / 512, 2), 1e-9);
  EXPECT_NEAR(measured->covariance(2, 2), 0.01, 1e-12);
}

TEST(CraterDetection, DistortionIsTakenOut) {
  Camera camera = PinholeCamera(1024, dem::kPi / 2);
  camera.distortion = {-0.1, 0.01, 1e-3, -1e-3, 0};
  const Ellipse truth = EllipseFromAxes({0.4, -0.3}, {0.02, 0.012, 0.8});
  // What a detector would fit in the distorted image.
  std::array<Eigen::Vector2d, 60> pixels;
  for (int i = 0; i < 60; ++i) {
    const double t = 2 * dem::kPi * i / 60, c = std::cos(0.8), s = std::sin(0.8);
    const double a = 0.02 * std::cos(t), b = 0.012 * std::sin(t);
    pixels[i] = *camera.Project({0.4 + a * c - b * s, -0.3 + a * s + b * c, 1});
  }
  const auto seen = FitEllipse(pixels);
  ASSERT_TRUE(seen);
  const auto measured = Measure(camera, {seen->centre, AxesOf(*seen), std::nullopt}, {});
  ASSERT_TRUE(measured);
  EXPECT_LT((measured->ellipse.centre - truth.centre).norm() * camera.fx_px, 0.01);
  EXPECT_LT(ShapeDifference(truth.shape, measured->ellipse.shape).norm(), 1e-3);
}

TEST(CraterDetection, CovariancesOfAxesBecomeThoseOfShapes) {
  const Camera camera = PinholeCamera(1024, dem::kPi / 2);
  CraterDetection detection{{600, 500}, {30, 18, 0.4}, std::nullopt};
  Matrix5d covariance = Matrix5d::Zero();
  covariance.diagonal() << 1, 1, 0.3 * 0.3, 0.2 * 0.2, 0.01 * 0.01;
  covariance(2, 3) = covariance(3, 2) = 0.03;
  detection.covariance = covariance;
  const auto measured = Measure(camera, detection, {});
  ASSERT_TRUE(measured);
  // By differences: what each of the five does to the five.
  const Ellipse base = EllipseFromAxes(detection.centre_px, detection.axes);
  Matrix5d by = Matrix5d::Zero();
  by(0, 0) = by(1, 1) = 1 / camera.fx_px;
  for (int k = 0; k < 3; ++k) {
    const double step = 1e-5;
    EllipseAxes moved = detection.axes;
    (k == 0 ? moved.semi_major : k == 1 ? moved.semi_minor : moved.angle_rad) += step;
    by.block<3, 1>(2, 2 + k) = ShapeDifference(base.shape, EllipseFromAxes({0, 0}, moved).shape) / step;
  }
  const Matrix5d expected = by * covariance * by.transpose();
  const Eigen::Matrix3d shape = measured->covariance.bottomRightCorner<3, 3>();
  const Eigen::Matrix3d expected_shape = expected.bottomRightCorner<3, 3>();
  EXPECT_LT((shape - expected_shape).norm(), 1e-4 * expected_shape.norm());
  EXPECT_NEAR(measured->covariance(0, 0), expected(0, 0), 1e-9);
  (*detection.covariance)(2, 3) = (*detection.covariance)(3, 2) = 1;  // more than both variances allow
  EXPECT_THROW(Measure(camera, detection, {}), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
