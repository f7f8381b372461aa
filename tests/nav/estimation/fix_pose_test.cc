#include <gtest/gtest.h>

#include <cmath>

#include "dem/frames/pose.h"
#include "dem/linear/symmetric_eigen.h"
#include "dem/synthesis/random.h"
#include "nav/estimation/map_error.h"
#include "nav/estimation/update.h"

namespace perilune::nav {
namespace {

using Eigen::Vector3d;

/// A body at (1, 2, 1000) whose axes are the site's, known to 3 m and 0.01 rad.
State PlainState() {
  InitialKnowledge knowledge;
  knowledge.site_from_body.translation() = Vector3d(1, 2, 1000);
  knowledge.attitude_sigma_rad = 0.01;
  knowledge.position_sigma_m.setConstant(3);
  return InitialState(knowledge);
}

Fix FixOf(const Eigen::Isometry3d& site_from_cam, double theta_sigma_rad, double position_sigma_m) {
  Fix fix;
  fix.status = FixStatus::kAccepted;
  fix.site_from_cam = site_from_cam;
  fix.covariance_map_relative.setZero();
  fix.covariance_map_relative.diagonal().head<3>().setConstant(theta_sigma_rad * theta_sigma_rad);
  fix.covariance_map_relative.diagonal().tail<3>().setConstant(position_sigma_m * position_sigma_m);
  return fix;
}

TEST(UpdateFixPose, EqualSigmasMeetHalfWay) {
  const State state = PlainState();
  // The camera sits in the body's origin and is turned by a right angle about z.
  Eigen::Isometry3d body_from_cam = Eigen::Isometry3d::Identity();
  body_from_cam.linear() = Eigen::AngleAxisd(dem::kPi / 2, Vector3d::UnitZ()).toRotationMatrix();
  // Truly the body is turned by 0.01 rad about its x, and 3 m east.
  Eigen::Isometry3d truth = state.site_from_body;
  truth.linear() = dem::ExpSo3({0.01, 0, 0}).toRotationMatrix();
  truth.translation().x() += 3;
  const UpdateResult result = UpdateFixPose(state, FixOf(truth * body_from_cam, 0.01, 3), body_from_cam);
  ASSERT_TRUE(result.accepted);
  EXPECT_EQ(result.dof, 6);
  EXPECT_NEAR(result.nis, 0.5 + 0.5, 1e-9);  // a squared sigma against twice its variance, twice
  EXPECT_NEAR(result.state.site_from_body.translation().x(), 2.5, 1e-9);
  const Vector3d turned = dem::LogSo3(Eigen::Quaterniond(result.state.site_from_body.linear()));
  EXPECT_NEAR(turned.x(), 0.005, 1e-9);
  EXPECT_NEAR(turned.tail<2>().norm(), 0, 1e-9);
  EXPECT_NEAR(result.state.covariance(kTheta, kTheta), 0.5e-4, 1e-12);
  EXPECT_NEAR(result.state.covariance(kPosition, kPosition), 4.5, 1e-9);
}

TEST(UpdateFixPose, InnovationAndDerivativeAgree) {
  // A state moved by a small error sees the innovation that the derivative says: a certain fix of that pose
  // brings it back.
  const State state = PlainState();
  Eigen::Isometry3d body_from_cam = Eigen::Isometry3d::Identity();
  body_from_cam.linear() = dem::ExpSo3({0.5, -1.2, 0.8}).toRotationMatrix();
  body_from_cam.translation() = Vector3d(20, -10, 5);
  for (int axis = 0; axis < 6; ++axis) {
    SCOPED_TRACE(axis);
    StateVector error = StateVector::Zero();
    error[axis] = 1e-4;
    const Eigen::Isometry3d truth = Moved(state, error).site_from_body;
    const UpdateResult result = UpdateFixPose(state, FixOf(truth * body_from_cam, 1e-7, 1e-5), body_from_cam);
    const StateVector left = StateDifference(result.state, Moved(state, error));
    // What is left is of second order: half a squared turn on the lever's 23 m.
    EXPECT_LT(left.segment<3>(kTheta).norm(), 1e-8);
    EXPECT_LT(left.segment<3>(kPosition).norm(), 0.6 * 1e-8 * body_from_cam.translation().norm());
  }
}

TEST(UpdateFixPose, GatesAWrongPose) {
  const State state = PlainState();
  Eigen::Isometry3d wrong = state.site_from_body;
  wrong.linear() = dem::ExpSo3({0, 0.2, 0}).toRotationMatrix();
  const UpdateResult result = UpdateFixPose(state, FixOf(wrong, 1e-3, 1), Eigen::Isometry3d::Identity());
  EXPECT_FALSE(result.accepted);
  EXPECT_GT(result.nis, kGateDof6);
  EXPECT_EQ(result.state.covariance, state.covariance);
}

TEST(WithoutSharedError, StaysACovarianceWithItsCorrelations) {
  Fix fix;
  dem::Matrix6d root;
  for (int i = 0; i < 36; ++i) root(i / 6, i % 6) = dem::RandomNormal(9, 0, static_cast<std::uint64_t>(i));
  fix.covariance_map_relative = root * root.transpose();
  const dem::Matrix6d& before = fix.covariance_map_relative;
  const dem::Matrix6d after = WithoutSharedError(fix, {0.75, 1}).covariance_map_relative;
  EXPECT_GT(dem::EigenOfSymmetric(after).values[0], 0);
  EXPECT_NEAR(after(4, 4), 0.25 * before(4, 4), 1e-12);
  EXPECT_NEAR(after(1, 4), 0.5 * before(1, 4), 1e-12);
  EXPECT_EQ(after(1, 2), before(1, 2));
}

}  // namespace
}  // namespace perilune::nav
