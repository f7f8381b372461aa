#include "nav/navigator/state_protection.h"

#include <gtest/gtest.h>

#include <cmath>

namespace perilune::nav {
namespace {

/// Position of 1 m, 1 m and 2 m sigma, no tie, velocity and the like certain enough not to matter.
State SomeState(const Eigen::Vector3d& position_m = Eigen::Vector3d::Zero()) {
  State state;
  state.covariance.setZero();
  state.covariance.diagonal().segment<3>(kPosition) = Eigen::Vector3d(1, 1, 4);
  state.site_from_body.translation() = position_m;
  return state;
}

TEST(ProtectState, IsTheGaussiansQuantileWhereNothingIsInDoubt) {
  const ProtectionLevel level = ProtectState(SomeState(), {.has_map = true}, {.risk = 0.01});
  ASSERT_EQ(level.status, ProtectionStatus::kGiven) << level.reason;
  EXPECT_NEAR(level.horizontal_m, std::sqrt(-2 * std::log(0.01)), 1e-6);  // Rayleigh
  EXPECT_NEAR(level.vertical_m, 2 * 2.5758293, 1e-6);                     // two-sided normal
  EXPECT_FALSE(level.extrapolated);
  EXPECT_TRUE(ProtectState(SomeState(), {.has_map = true}, {.risk = 1e-7}).extrapolated);
}

TEST(ProtectState, CountsTheEstimatedTie) {
  // Position and tie of the same size, fully anticorrelated in the plane: their sum is certain to 0.1 m.
  State state = SomeState();
  state.covariance.diagonal().segment<3>(kMapTie) = Eigen::Vector3d(1.01, 1.01, 4);
  for (int axis = 0; axis < 2; ++axis) {
    state.covariance(kPosition + axis, kMapTie + axis) = state.covariance(kMapTie + axis, kPosition + axis) =
        -1;
  }
  const ProtectionLevel level = ProtectState(state, {.has_map = true}, {.risk = 0.01});
  EXPECT_NEAR(level.horizontal_m, 0.1 * std::sqrt(-2 * std::log(0.01)), 1e-6);
}

TEST(ProtectState, IsNotGivenWithoutAMapOrWhileFixesAreRefused) {
  const ProtectionLevel without = ProtectState(SomeState(), {}, {});
  EXPECT_EQ(without.status, ProtectionStatus::kNotGiven);
  EXPECT_EQ(without.reason, "no level of the map is in use");
  const ProtectionLevel refused = ProtectState(SomeState(), {.has_map = true, .refused_fixes = 2}, {});
  EXPECT_EQ(refused.status, ProtectionStatus::kNotGiven);
  EXPECT_EQ(refused.reason, "2 fixes in a row were refused");
}

// A second state 50 m higher, as likely as the first: the level reaches it.
TEST(ProtectState, ReachesASecondState) {
  RivalState rival(SomeState({0, 0, 50}), 1);
  EXPECT_DOUBLE_EQ(rival.Probability(), 0.5);
  rival.state.covariance = SomeState().covariance;
  const ProtectionLevel level = ProtectState(SomeState(), {.has_map = true, .rival = &rival}, {.risk = 0.01});
  ASSERT_EQ(level.status, ProtectionStatus::kGiven);
  // Half of the normal's two-sided 0.02 quantile about a state 50 m away.
  EXPECT_NEAR(level.vertical_m, 50 + 2 * 2.3263479, 1e-4);
}

}  // namespace
}  // namespace perilune::nav
