#include "vision/craters/triangle_pose.h"

#include <gtest/gtest.h>

namespace perilune::vision {
namespace {

TEST(TrianglePose, IsTheOneThatMadeIt) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = Eigen::AngleAxisd(2.1, Eigen::Vector3d(1, -2, 0.5).normalized()).toRotationMatrix();
  pose.translation() = Eigen::Vector3d(1.2e6, -0.9e6, 0.8e6);
  const TriangleCorners in_cam = {Eigen::Vector3d(0.01, 0.02, 0.06), Eigen::Vector3d(-0.02, 0.01, 0.055),
                                  Eigen::Vector3d(0.005, -0.03, 0.058)};
  TriangleCorners in_moon;
  for (std::size_t k = 0; k < 3; ++k) in_moon[k] = pose * (1.7374e6 * in_cam[k]);
  const Eigen::Isometry3d found = PoseOfTriangle(in_cam, in_moon);
  EXPECT_LT((found.translation() - pose.translation()).norm(), 1e-3);
  EXPECT_LT((found.linear() - pose.linear()).norm(), 1e-9);
}

// A side that is measured 2 % too long turns nothing by more than it moves a corner seen from the middle.
TEST(TrianglePose, ForgivesACornerThatIsOff) {
  const TriangleCorners in_cam = {Eigen::Vector3d(0, 0, 1), Eigen::Vector3d(1, 0, 1),
                                  Eigen::Vector3d(0, 1, 1)};
  TriangleCorners in_moon = in_cam;
  in_moon[1].x() = 1.02;
  const Eigen::Isometry3d found = PoseOfTriangle(in_cam, in_moon);
  EXPECT_LT((found.linear() - Eigen::Matrix3d::Identity()).norm(), 0.04);
  EXPECT_LT(found.translation().norm(), 0.04);
}

}  // namespace
}  // namespace perilune::vision
