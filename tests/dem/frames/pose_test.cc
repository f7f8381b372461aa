#include "dem/frames/pose.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

Eigen::Vector3d RandomVector(std::uint64_t stream, std::uint64_t index, double sigma) {
  return sigma * Eigen::Vector3d(RandomNormal(5, stream, 3 * index), RandomNormal(5, stream, 3 * index + 1),
                                 RandomNormal(5, stream, 3 * index + 2));
}

Eigen::Isometry3d RandomPose(std::uint64_t index) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = ExpSo3(RandomVector(0, index, 1)).toRotationMatrix();
  pose.translation() = RandomVector(1, index, 1e4);
  return pose;
}

TEST(Pose, ExpIsTheRotationAboutItsAxisByItsLength) {
  for (const double angle : {0.0, 1e-9, 1e-6, 1e-3, 1.0, 3.1}) {
    const Eigen::Vector3d axis = Eigen::Vector3d(1, -2, 0.5).normalized();
    const Eigen::Matrix3d expected = Eigen::AngleAxisd(angle, axis).toRotationMatrix();
    EXPECT_LT((ExpSo3(angle * axis).toRotationMatrix() - expected).norm(), 1e-15) << angle;
  }
}

TEST(Pose, LogUndoesExpUpToHalfATurn) {
  for (std::uint64_t i = 0; i < 500; ++i) {
    const Eigen::Vector3d direction = RandomVector(2, i, 1).normalized();
    const double angle = i % 5 == 0 ? 1e-10 : kPi * RandomUniform(5, 3, i) * 0.999999;
    EXPECT_LT((LogSo3(ExpSo3(angle * direction)) - angle * direction).norm(), 1e-9);
    EXPECT_LE(LogSo3(ExpSo3(20 * RandomVector(4, i, 1))).norm(), kPi + 1e-12);
  }
}

TEST(Pose, SkewIsTheCrossProduct) {
  const Eigen::Vector3d v(1, 2, 3), w(-4, 0.5, 2);
  EXPECT_LT((Skew(v) * w - v.cross(w)).norm(), 1e-15);
}

TEST(Pose, ThePerturbationIsRightInTheMovingFrameAndAdditiveInTheSite) {
  const Eigen::Isometry3d pose = RandomPose(1);
  Vector6d delta;
  delta << 0.01, -0.02, 0.03, 4, 5, 6;
  const Eigen::Isometry3d moved = Perturb(pose, delta);
  // p' = p + δp; R' = R · exp([δθ]×), here by the series of the
  // exponential.
  EXPECT_LT((moved.translation() - pose.translation() - Eigen::Vector3d(4, 5, 6)).norm(), 1e-11);
  Eigen::Matrix3d series = Eigen::Matrix3d::Identity(), power = series;
  for (int n = 1; n < 12; ++n) {
    power = power * Skew(delta.head<3>()) / n;
    series += power;
  }
  EXPECT_LT((moved.linear() - pose.linear() * series).norm(), 1e-14);
}

TEST(Pose, DifferenceUndoesPerturbation) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Eigen::Isometry3d from = RandomPose(i), to = RandomPose(i + 1000);
    const Eigen::Isometry3d reached = Perturb(from, PoseDifference(from, to));
    EXPECT_LT((reached.linear() - to.linear()).norm(), 1e-12);
    EXPECT_LT((reached.translation() - to.translation()).norm(), 1e-9);
    Vector6d delta;
    delta << RandomVector(6, i, 0.3), RandomVector(7, i, 100);
    EXPECT_LT((PoseDifference(from, Perturb(from, delta)) - delta).norm(), 1e-9);
  }
}

TEST(Pose, PerturbationsCompose) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Eigen::Isometry3d pose = RandomPose(i);
    Vector6d first, second, both;
    first << RandomVector(8, i, 0.2), RandomVector(9, i, 50);
    second << RandomVector(10, i, 0.2), RandomVector(11, i, 50);
    const Eigen::Isometry3d twice = Perturb(Perturb(pose, first), second);
    both << LogSo3(ExpSo3(first.head<3>()) * ExpSo3(second.head<3>())), first.tail<3>() + second.tail<3>();
    const Eigen::Isometry3d once = Perturb(pose, both);
    EXPECT_LT((twice.linear() - once.linear()).norm(), 1e-13);
    EXPECT_LT((twice.translation() - once.translation()).norm(), 1e-9);
  }
}

}  // namespace
}  // namespace perilune::dem
