#include "vision/pose/pose_manifold.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "dem/frames/pose.h"
#include "dem/synthesis/random.h"

namespace perilune::vision {
namespace {

using Vector7 = Eigen::Matrix<double, 7, 1>;

Vector7 RandomPose(std::uint64_t seed) {
  Vector7 x;
  for (int i = 0; i < 7; ++i) x(i) = dem::RandomNormal(seed, 1, static_cast<std::uint64_t>(i));
  x.head<4>().normalize();
  return x;
}

dem::Vector6d RandomDelta(std::uint64_t seed, double scale) {
  dem::Vector6d d;
  for (int i = 0; i < 6; ++i) d(i) = scale * dem::RandomNormal(seed, 2, static_cast<std::uint64_t>(i));
  return d;
}

TEST(PoseManifold, PlusIsTheOnePerturbationOfTheProject) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Vector7 x = RandomPose(seed);
    const dem::Vector6d delta = RandomDelta(seed, 0.5);
    Vector7 y;
    PoseManifold().Plus(x.data(), delta.data(), y.data());
    Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
    pose.linear() = Eigen::Quaterniond(x(3), x(0), x(1), x(2)).toRotationMatrix();
    pose.translation() = x.tail<3>();
    const Eigen::Isometry3d expected = dem::Perturb(pose, delta);
    EXPECT_LT((Eigen::Quaterniond(y(3), y(0), y(1), y(2)).toRotationMatrix() - expected.linear()).norm(),
              1e-12);
    EXPECT_LT((y.tail<3>() - expected.translation()).norm(), 1e-12);
    dem::Vector6d back;
    PoseManifold().Minus(y.data(), x.data(), back.data());
    EXPECT_LT((back - delta).norm(), 1e-12);
  }
}

TEST(PoseManifold, JacobiansAgainstDifferences) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Vector7 x = RandomPose(seed);
    Eigen::Matrix<double, 7, 6, Eigen::RowMajor> plus;
    Eigen::Matrix<double, 6, 7, Eigen::RowMajor> minus;
    PoseManifold().PlusJacobian(x.data(), plus.data());
    PoseManifold().MinusJacobian(x.data(), minus.data());
    EXPECT_LT((minus * plus - dem::Matrix6d::Identity()).norm(), 1e-12);
    for (int k = 0; k < 6; ++k) {
      const double h = 1e-6;
      dem::Vector6d delta = dem::Vector6d::Zero();
      Vector7 ahead, behind;
      delta(k) = h;
      PoseManifold().Plus(x.data(), delta.data(), ahead.data());
      delta(k) = -h;
      PoseManifold().Plus(x.data(), delta.data(), behind.data());
      EXPECT_LT(((ahead - behind) / (2 * h) - plus.col(k)).norm(), 1e-9) << k;
    }
  }
}

}  // namespace
}  // namespace perilune::vision
