#include "vision/craters/ellipse.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "dem/frames/moon.h"

namespace perilune::vision {
namespace {

Ellipse Sample() { return EllipseFromAxes({30, -20}, {8, 3, 0.7}); }

void ExpectSame(const Ellipse& a, const Ellipse& b, double tolerance) {
  EXPECT_LT((a.centre - b.centre).norm(), tolerance);
  EXPECT_LT((a.shape - b.shape).norm(), tolerance);
}

TEST(Ellipse, AxesGoInAndComeOut) {
  const EllipseAxes axes = AxesOf(Sample());
  EXPECT_NEAR(axes.semi_major, 8, 1e-12);
  EXPECT_NEAR(axes.semi_minor, 3, 1e-12);
  EXPECT_NEAR(axes.angle_rad, 0.7, 1e-12);
  EXPECT_NEAR(MeanRadius(Sample()), std::sqrt(24.0), 1e-12);
  EXPECT_THROW(EllipseFromAxes({0, 0}, {1, 0, 0}), std::invalid_argument);
  EXPECT_THROW(EllipseFromAxes({0, 0}, {1, 1, std::numeric_limits<double>::quiet_NaN()}),
               std::invalid_argument);
}

TEST(Ellipse, UnitCirclesConicIsKnown) {
  const Eigen::Matrix3d expected = Eigen::Vector3d(1, 1, -1).asDiagonal();
  EXPECT_LT((ConicOf(Ellipse{}) - expected).norm(), 1e-15);
  EXPECT_LT((DualConicOf(Ellipse{}) + expected).norm(), 1e-15);
}

TEST(Ellipse, ConicsVanishOnTheEllipseAndGoBack) {
  const Eigen::Matrix3d conic = ConicOf(Sample());
  for (int i = 0; i < 12; ++i) {
    const double t = 0.5 * i;
    const double c = std::cos(0.7), s = std::sin(0.7);
    const Eigen::Vector3d on(30 + 8 * c * std::cos(t) - 3 * s * std::sin(t),
                             -20 + 8 * s * std::cos(t) + 3 * c * std::sin(t), 1);
    EXPECT_NEAR(on.dot(conic * on), 0, 1e-10);
  }
  ExpectSame(*EllipseOfConic(-2.5 * conic), Sample(), 1e-9);
  ExpectSame(*EllipseOfDualConic(-0.1 * DualConicOf(Sample())), Sample(), 1e-9);
  EXPECT_LT(
      (DualConicOf(Sample()) * conic / (DualConicOf(Sample()) * conic)(2, 2) - Eigen::Matrix3d::Identity())
          .norm(),
      1e-9);
  EXPECT_FALSE(EllipseOfConic(Eigen::Vector3d(1, -1, 1).asDiagonal()));  // a hyperbola
  EXPECT_FALSE(EllipseOfConic(Eigen::Matrix3d::Identity()));             // no real point
}

TEST(Ellipse, FitIsExactOnFivePoints) {
  std::array<Eigen::Vector2d, 5> points;
  for (int i = 0; i < 5; ++i) {
    const double t = 1.2 * i;
    points[i] = Eigen::Vector2d(100, 50) + Eigen::Vector2d(7 * std::cos(t), 2 * std::sin(t) + std::cos(t));
  }
  const auto fitted = FitEllipse(points);
  ASSERT_TRUE(fitted);
  EXPECT_LT((fitted->centre - Eigen::Vector2d(100, 50)).norm(), 1e-9);
  Eigen::Matrix2d expected;
  expected << 49, 7, 7, 5;  // A Aᵀ of A = [7 0; 1 2]
  EXPECT_LT((fitted->shape - expected).norm(), 1e-8);
  EXPECT_FALSE(FitEllipse(std::span(points).first(4)));
}

TEST(Ellipse, ShapeDifferenceIsTwiceTheRelativeErrorOfAxes) {
  const Eigen::Matrix2d shape = Eigen::Vector2d(25, 4).asDiagonal();
  const Eigen::Matrix2d longer = Eigen::Vector2d(25 * std::exp(0.2), 4).asDiagonal();
  EXPECT_LT((ShapeDifference(shape, longer) - Eigen::Vector3d(0.2, 0, 0)).norm(), 1e-12);
  EXPECT_LT(ShapeDifference(Sample().shape, Sample().shape).norm(), 1e-12);
  const Eigen::Vector3d any(0.3, -0.2, 0.25);
  EXPECT_LT((ShapeDifference(Sample().shape, ShiftShape(Sample().shape, any)) - any).norm(), 1e-12);
}

TEST(Ellipse, DistancesOfCirclesAreKnown) {
  const Ellipse here{{0, 0}, 9 * Eigen::Matrix2d::Identity()}, there{{4, 0}, 9 * Eigen::Matrix2d::Identity()};
  // Gaussians of 1 sigma r whose centres are d apart: cos = exp(−d²/(4 r²)).
  EXPECT_NEAR(GaussianAngle(here, there), std::acos(std::exp(-16.0 / 36)), 1e-12);
  EXPECT_NEAR(GaussianAngle(here, here), 0, 1e-7);
  EXPECT_NEAR(WassersteinDistance(here, there), 4, 1e-12);
  const Ellipse larger{{0, 0}, 16 * Eigen::Matrix2d::Identity()};
  EXPECT_NEAR(WassersteinDistance(here, larger), std::sqrt(2.0), 1e-12);
  // 2 √(r s) ... : cos = 2 r s / (r² + s²) of concentric circles.
  EXPECT_NEAR(GaussianAngle(here, larger), std::acos(24.0 / 25), 1e-12);
}

}  // namespace
}  // namespace perilune::vision
