#include "nav/landing/divert.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "dem/frames/moon.h"
#include "tests/nav/landing/descent_flown.h"
#include "tests/nav/landing/random_descent.h"

namespace perilune::nav {
namespace {

const double kGravity = dem::kMoonGm_m3ps2 / dem::kMoonRadius_m / dem::kMoonRadius_m;

DescentState Above(double height_m, const Eigen::Vector3d& velocity_mps = Eigen::Vector3d::Zero()) {
  return {{0, 0, height_m}, velocity_mps};
}

TEST(QuadraticProfile, MeetsBothEnds) {
  const DescentState start{{-800, 300, 1000}, {40, -10, -30}}, end{{5, 6, 15}, {0, 0, -1.5}};
  const Eigen::Vector3d end_acceleration(0, 0, 0.4);
  const DescentProfile profile = QuadraticProfile(start, end, end_acceleration, 47);
  EXPECT_LT((profile.Position_m(47) - end.position_in_site_m).norm(), 1e-9);
  EXPECT_LT((profile.Velocity_mps(47) - end.velocity_in_site_mps).norm(), 1e-11);
  EXPECT_LT((profile.Acceleration_mps2(47) - end_acceleration).norm(), 1e-12);
  EXPECT_EQ(profile.Position_m(0), start.position_in_site_m);
  EXPECT_EQ(profile.Velocity_mps(0), start.velocity_in_site_mps);
}

// From rest to rest over d: the velocity that leaves with 12 d/T² and arrives without acceleration is
// (12 d/T) u (1 − u)², u = t/T: it has half its way behind it where 6 u² − 8 u³ + 3 u⁴ = 1/2, at u = 0.3857.
TEST(QuadraticProfile, FromRestToRestByHand) {
  const DescentProfile profile = QuadraticProfile({}, {{10, 0, 0}, {0, 0, 0}}, Eigen::Vector3d::Zero(), 20);
  EXPECT_NEAR(profile.Acceleration_mps2(0).x(), 12 * 10 / 400.0, 1e-12);
  EXPECT_NEAR(profile.Velocity_mps(5).x(), 6 * 0.25 * 0.75 * 0.75, 1e-12);
  EXPECT_NEAR(profile.Position_m(20 * 0.385728).x(), 5, 1e-4);
}

// Straight down all thrust is against gravity: Δv = g · time + what the speed changes by.
TEST(PlanDivert, StraightDownByHand) {
  const DivertPlan plan = PlanDivert(Above(500, {0, 0, -20}), {0, 0, 0}, {});
  ASSERT_TRUE(plan.Reachable());
  EXPECT_NEAR(plan.delta_v_mps / (kGravity * plan.time_s + 20 - 1.5), 1, 2e-3);
  EXPECT_NEAR(plan.fuel_kg, 1000 * (1 - std::exp(-plan.delta_v_mps / (9.80665 * 310))), 1e-9);
  double legs_s = 0;
  for (const DescentProfile& leg : plan.legs) legs_s += leg.flight_s;
  EXPECT_NEAR(plan.time_s, legs_s + 10, 1e-12);
  // Cheaper than sinking at 20 m/s until the engine must stop it, which takes 485/20 s and more.
  EXPECT_LT(plan.time_s, 10 + 485 / 20.0 + 10);
}

// No flight beats two impulses: the speed that falling makes, and the last metres.
TEST(PlanDivert, FuelLimitsByHand) {
  const DescentState state = Above(400, {10, 0, -15});
  const double least_mps = std::sqrt(10 * 10 + 15 * 15 + 2 * kGravity * 385) - 1.5 + kGravity * 10;
  DivertLimits limits;
  limits.reserve_share = 0;
  limits.fuel_kg = 1000 * -std::expm1(-0.99 * least_mps / (9.80665 * 310));
  EXPECT_EQ(PlanDivert(state, {150, 60, 0}, limits).status, DivertStatus::kOutOfReach);
  EXPECT_TRUE(std::isnan(PlanDivert(state, {150, 60, 0}, limits).delta_v_mps));
  limits.fuel_kg = 1000 * -std::expm1(-1.5 * least_mps / (9.80665 * 310));
  const DivertPlan plan = PlanDivert(state, {150, 60, 0}, limits);
  ASSERT_TRUE(plan.Reachable());
  EXPECT_LE(plan.fuel_kg, limits.fuel_kg);
  EXPECT_GT(plan.delta_v_mps, least_mps);
}

TEST(PlanDivert, EveryLimitLimits) {
  const DescentState state = Above(400, {10, 0, -15});
  const Eigen::Vector3d aim(150, 60, 0);
  EXPECT_TRUE(PlanDivert(state, aim, {}).Reachable());
  DivertLimits limits;
  limits.max_thrust_n = 0.95 * limits.mass_kg * kGravity;
  EXPECT_EQ(PlanDivert(state, aim, limits).status, DivertStatus::kOutOfReach);
  limits = {};
  limits.max_tilt_rad = dem::DegToRad(2);
  EXPECT_EQ(PlanDivert(state, aim, limits).status, DivertStatus::kOutOfReach);
  limits = {};
  limits.max_time_s = 15;
  EXPECT_EQ(PlanDivert(state, aim, limits).status, DivertStatus::kOutOfReach);
  limits = {};
  limits.min_thrust_n = 2000;  // more than the weight on the last metres
  EXPECT_EQ(PlanDivert(state, aim, limits).status, DivertStatus::kOutOfReach);
}

// Sinking on from over the gate all the way takes a thrust of the weight, some 2 % less of it at the end.
TEST(PlanDivert, TheReserveIsKept) {
  const DescentState state = Above(50, {0, 0, -1.5});
  DivertLimits limits;
  limits.min_thrust_n = 0.96 * limits.mass_kg * kGravity;
  limits.reserve_share = 0;
  EXPECT_TRUE(PlanDivert(state, {0, 0, 0}, limits).Reachable());
  limits.reserve_share = 0.05;
  EXPECT_EQ(PlanDivert(state, {0, 0, 0}, limits).status, DivertStatus::kOutOfReach);
}

// A wall of 300 m across the way stops what comes in low; known ground only counts where it is known.
TEST(PlanDivert, GroundInTheWay) {
  const DescentState state{{-900, 0, 250}, {45, 0, -5}};
  const auto wall = [](double height_m) {
    return [height_m](const Eigen::Vector3d& point) {
      return point.z() - (std::abs(point.x() + 450) < 20 ? height_m : 0.0);
    };
  };
  EXPECT_TRUE(PlanDivert(state, {0, 0, 0}, {}).Reachable());
  EXPECT_TRUE(PlanDivert(state, {0, 0, 0}, {}, wall(0)).Reachable());
  EXPECT_EQ(PlanDivert(state, {0, 0, 0}, {}, wall(2000)).status, DivertStatus::kGroundInTheWay);
  EXPECT_TRUE(
      PlanDivert(state, {0, 0, 0}, {}, [](const Eigen::Vector3d&) { return std::nan(""); }).Reachable());
}

TEST(PlanDivert, BadLimitsAreNamed) {
  const auto refused = [](const DivertLimits& limits) {
    EXPECT_THROW(PlanDivert(Above(100), {0, 0, 0}, limits), std::invalid_argument);
  };
  DivertLimits limits;
  limits.fuel_kg = 1000;
  refused(limits);
  limits = {};
  limits.max_tilt_rad = 2;
  refused(limits);
  limits = {};
  limits.clearance_m = 20;
  refused(limits);
  EXPECT_THROW(PlanDivert(Above(std::nan("")), {0, 0, 0}, {}), std::invalid_argument);
}

// Sideways from rest to rest in T with the acceleration A of full thrust at full tilt: A T²/4 at most. The
// quick test says no beyond; its time steps of T/16 make it late by no more than (17/16)².
TEST(MayBeReachable, FromRestByHand) {
  DivertLimits limits;
  limits.max_time_s = 20;
  limits.fuel_kg = 500;
  limits.reserve_share = 0;
  const double sideways_mps2 = std::sin(limits.max_tilt_rad) * limits.max_thrust_n / 500;
  const double farthest_m = sideways_mps2 * 100 / 4;  // 10 s of the 20 are the last metres'
  const auto asked = [&](double distance_m) {
    return MayBeReachable(Above(300), {distance_m, 0, 0}, limits);
  };
  EXPECT_TRUE(asked(0.99 * farthest_m));
  EXPECT_FALSE(asked(1.14 * farthest_m));
  limits.max_time_s = 10;
  EXPECT_FALSE(asked(0));
}

TEST(MayBeReachable, NeverDeniesWhatABruteSearchReaches) {
  int refused = 0, reached = 0;
  for (std::uint64_t i = 0; i < 1500; ++i) {
    const test::RandomDescent descent = test::DrawDescent(7, i);
    const bool may = MayBeReachable(descent.state, descent.aim_in_site_m, descent.limits);
    const bool can = test::ThreeLegsReach(descent, 6).reached;
    refused += may ? 0 : 1;
    reached += can ? 1 : 0;
    EXPECT_TRUE(may || !can) << i;
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(reached, 500);
}

// An integration of its own (descent_flown.h) lands where the plan says, within thrust, tilt and fuel: none
// of 1 000 random plans misses, neither in the model's gravity nor, steered anew every 0.2 s, in the Moon's.
TEST(PlanDivertSlow, ReachableSitesAreReachedByAnIndependentIntegration) {
  int planned = 0, tried = 0, open_misses = 0, steered_misses = 0;
  double largest_miss_m = 0, largest_steered_m = 0, least_dv_ratio = 1e9, most_dv_ratio = 0;
  for (std::uint64_t i = 0; planned < 1000; ++i) {
    const test::RandomDescent descent = test::DrawDescent(1, i);
    ++tried;
    const DivertPlan plan = PlanDivert(descent.state, descent.aim_in_site_m, descent.limits);
    if (!plan.Reachable()) continue;
    ++planned;
    const test::Flown open = test::FlyPlan(descent, plan, test::Gravity::kUniform, test::Steering::kPlanned);
    const test::Flown steered = test::FlyPlan(descent, plan, test::Gravity::kCentral, test::Steering::kAnew);
    open_misses += open.Landed(0.05, 0.01) && !open.saturated && open.fuel_kg <= plan.fuel_kg ? 0 : 1;
    steered_misses += steered.Landed(1.0, 0.3) && steered.fuel_kg <= descent.limits.fuel_kg ? 0 : 1;
    largest_miss_m = std::max(largest_miss_m, open.miss_m);
    largest_steered_m = std::max(largest_steered_m, steered.miss_m);
    least_dv_ratio = std::min(least_dv_ratio, plan.delta_v_mps / open.delta_v_mps);
    most_dv_ratio = std::max(most_dv_ratio, plan.delta_v_mps / open.delta_v_mps);
  }
  RecordProperty("tried", tried);
  std::printf(
      "tried %d, planned %d: open misses %d (largest %.3g m), steered misses %d (largest %.3g m), plan's dv "
      "over the flown one %.5f ... %.5f\n",
      tried, planned, open_misses, largest_miss_m, steered_misses, largest_steered_m, least_dv_ratio,
      most_dv_ratio);
  EXPECT_EQ(open_misses, 0);
  EXPECT_EQ(steered_misses, 0);
  EXPECT_GE(least_dv_ratio, 1 - 1e-6);  // an upper bound
  EXPECT_LT(most_dv_ratio, 1.005);
}

// What the quadratic law gives away: flights of three legs of constant thrust, searched by brute force, reach
// some sites that it does not.
TEST(PlanDivertSlow, IsNotGrosslyPessimistic) {
  int both = 0, brute_only = 0, plan_only = 0, neither = 0;
  double dearer = 0;
  for (std::uint64_t i = 0; i < 400; ++i) {
    test::RandomDescent descent = test::DrawDescent(2, i);
    descent.limits.reserve_share = 0;
    const DivertPlan plan = PlanDivert(descent.state, descent.aim_in_site_m, descent.limits);
    const test::BruteReach brute = test::ThreeLegsReach(descent, 10);
    ++(plan.Reachable() ? (brute.reached ? both : plan_only) : (brute.reached ? brute_only : neither));
    if (plan.Reachable() && brute.reached) dearer += plan.delta_v_mps / brute.delta_v_mps;
  }
  std::printf("both %d, three legs only %d, plan only %d, neither %d; the plan's dv over theirs %.3f\n", both,
              brute_only, plan_only, neither, dearer / both);
  EXPECT_LT(brute_only, 0.25 * (both + brute_only));
  EXPECT_GT(both, 200);
}

/// Farthest of aims along a direction that `reached` takes, by halving, m.
template <typename Reached>
double Farthest(const Eigen::Vector3d& direction, const Reached& reached) {
  double near_m = 0, far_m = 8000;
  while (far_m - near_m > 5) {
    const double middle_m = 0.5 * (near_m + far_m);
    (reached(middle_m * direction) ? near_m : far_m) = middle_m;
  }
  return near_m;
}

// The same as a distance, where time is scarce or where fuel is: how far ahead and to the side a lander gets.
// 0.46 to 0.77 of what three legs reach, which may end leaning; "grossly" would be less than a third.
TEST(PlanDivertSlow, HowFarItReaches) {
  std::printf("kg fuel, s at most, m high, m/s fast: m across, by three legs; m ahead, by three legs\n");
  for (const auto& [fuel_kg, time_s] : {std::pair{150.0, 75.0}, {60.0, 0.0}}) {
    for (const auto& [height_m, speed_mps] : {std::pair{150.0, 0.0}, {500.0, 20.0}, {1000.0, 40.0}}) {
      test::RandomDescent descent;
      descent.limits.reserve_share = 0;
      descent.limits.fuel_kg = fuel_kg;
      descent.limits.max_time_s = time_s;
      descent.state = {{0, 0, height_m}, {speed_mps, 0, -0.5 * speed_mps}};
      std::printf("%4.0f %3.0f %5.0f %3.0f:", fuel_kg, time_s, height_m, speed_mps);
      // The aims lie beside the place where the lander stops at 1 m/s², and ahead of it.
      const Eigen::Vector3d start(speed_mps * speed_mps / 2, 0, 0);
      for (const Eigen::Vector3d direction : {Eigen::Vector3d::UnitY(), Eigen::Vector3d::UnitX()}) {
        const double plan_m = Farthest(direction, [&](const Eigen::Vector3d& off) {
          return PlanDivert(descent.state, start + off, descent.limits).Reachable();
        });
        const double brute_m = Farthest(direction, [&](const Eigen::Vector3d& off) {
          descent.aim_in_site_m = start + off;
          return test::ThreeLegsReach(descent, 10).reached;
        });
        std::printf(" %5.0f %5.0f", plan_m, brute_m);
        EXPECT_GT(plan_m, brute_m / 3);
      }
      std::printf("\n");
    }
  }
}

}  // namespace
}  // namespace perilune::nav
