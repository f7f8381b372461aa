#include "nav/estimation/update.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "dem/frames/pose.h"
#include "dem/linear/symmetric_solve.h"
#include "dem/synthesis/random.h"
#include "nav/estimation/map_error.h"

namespace perilune::nav {
namespace {

using Eigen::Vector3d;

/// A plane z = slope_x·x + slope_y·y + 100 over ±4 km, 20 m spacing.
dem::Terrain Plane(double slope_x, double slope_y) {
  dem::TerrainLevel level;
  level.spacing_m = 20;
  level.x0_m = -4000;
  level.y0_m = 4000;
  level.z_m = dem::Grid<float>(401, 401);
  level.height_sigma_m = 3;
  level.height_correlation_m = 200;
  for (int row = 0; row < 401; ++row) {
    for (int col = 0; col < 401; ++col) {
      const double x = level.x0_m + col * level.spacing_m, y = level.y0_m - row * level.spacing_m;
      level.z_m.At(col, row) = static_cast<float>(slope_x * x + slope_y * y + 100);
    }
  }
  std::vector<dem::TerrainLevel> levels;
  levels.push_back(std::move(level));
  return dem::Terrain(dem::MakeSite({0.4, 0.1}), std::move(levels));
}

State Above() {
  InitialKnowledge knowledge;
  // Body +z down, tilted by a few degrees.
  knowledge.site_from_body.linear() =
      (dem::ExpSo3({dem::kPi, 0, 0}) * dem::ExpSo3({0.12, -0.07, 0.5})).toRotationMatrix();
  knowledge.site_from_body.translation() = Vector3d(200, -300, 1500);
  knowledge.attitude_sigma_rad = 1e-3;
  knowledge.position_sigma_m = {20, 30, 15};
  knowledge.velocity_sigma_mps = 1;
  knowledge.range_bias_sigma_m = 0.5;
  State state = InitialState(knowledge);
  state.map_tie_m = {12, -7, 4};
  state.range_bias_m = 0.8;
  return state;
}

Eigen::Isometry3d Beam() {
  Eigen::Isometry3d body_from_beam = Eigen::Isometry3d::Identity();
  body_from_beam.linear() = dem::ExpSo3({0.05, -0.1, 0.2}).toRotationMatrix();
  body_from_beam.translation() = Vector3d(1, -2, 0.5);
  return body_from_beam;
}

TEST(UpdateRange, PredictsTheRangeToATiltedPlane) {
  const dem::Terrain plane = Plane(0.1, -0.05);
  const State state = Above();
  const std::optional<RangePrediction> prediction = PredictRange(state, plane, Beam());
  ASSERT_TRUE(prediction);
  const Eigen::Isometry3d site_from_beam = state.site_from_body * Beam();
  const Vector3d origin = site_from_beam.translation() + state.map_tie_m;
  const Vector3d direction = site_from_beam.linear().col(2);
  const Vector3d normal(-0.1, 0.05, 1);
  const double range_m = (100 - normal.dot(origin)) / normal.dot(direction);
  EXPECT_NEAR(prediction->range_m, range_m + 0.8, 2e-3);
  EXPECT_NEAR(prediction->relief_sigma_m, 0, 2e-3) << "a plane has no relief";
  const double expected_sigma =
      std::hypot(3.0, RangeOptions{}.unresolved_relief * 20) / -normal.dot(direction);
  EXPECT_NEAR(prediction->map_sigma_m, expected_sigma, 1e-6 * expected_sigma);
}

TEST(UpdateRange, DerivativeMatchesDifferences) {
  const dem::Terrain plane = Plane(0.1, -0.05);
  const State state = Above();
  const RangePrediction prediction = *PredictRange(state, plane, Beam());
  for (int i = 0; i < kStateSize; ++i) {
    const double step = i < kPosition ? 1e-3 : 5.0;
    const StateVector delta = step * StateVector::Unit(i);
    const double numeric = (PredictRange(Moved(state, delta), plane, Beam())->range_m -
                            PredictRange(Moved(state, -delta), plane, Beam())->range_m) /
                           (2 * step);
    EXPECT_NEAR(prediction.derivative[i], numeric, 1e-3 * std::abs(numeric) + 2e-4) << i;
  }
}

TEST(UpdateRange, PullsTheHeightAndMultipliesTheMapsPart) {
  const dem::Terrain plane = Plane(0, 0);
  State state = Above();
  state.site_from_body.linear() = dem::ExpSo3({dem::kPi, 0, 0}).toRotationMatrix();
  const RangePrediction prediction = *PredictRange(state, plane, Eigen::Isometry3d::Identity());
  const Range higher{0, prediction.range_m + 10, 0.1, true, 0};
  const UpdateResult one = UpdateRange(state, higher, prediction, {1, 1});
  const UpdateResult many = UpdateRange(state, higher, prediction, {20, 1});
  ASSERT_TRUE(one.accepted);
  // By hand: height variance 225, range bias 0.25, noise 0.01 + 9 + (0.05·20)²; gain 225 / sum.
  const double sum = 225 + 0.25 + 0.01 + 9 + 1;
  EXPECT_NEAR(one.state.site_from_body.translation().z() - 1500, 10 * 225 / sum, 1e-3);
  EXPECT_NEAR(one.nis, 100 / sum, 1e-4);
  EXPECT_NEAR(one.state.covariance(kPosition + 2, kPosition + 2), 225 - 225 * 225 / sum, 1e-2);
  EXPECT_GT(many.state.covariance(kPosition + 2, kPosition + 2),
            one.state.covariance(kPosition + 2, kPosition + 2));
  EXPECT_THROW(UpdateRange(state, higher, prediction, {0.5, 1}), std::invalid_argument);
  EXPECT_THROW(UpdateRange(state, higher, prediction, {1, 0.5}), std::invalid_argument);
}

TEST(UpdateRange, GatesAJumpAndKeepsTheState) {
  const dem::Terrain plane = Plane(0, 0);
  const State state = Above();
  const RangePrediction prediction = *PredictRange(state, plane, Beam());
  const UpdateResult result = UpdateRange(state, {0, prediction.range_m + 3000, 1, true, 0}, prediction, {});
  EXPECT_FALSE(result.accepted);
  EXPECT_GT(result.nis, result.threshold);
  EXPECT_EQ(result.state.covariance, state.covariance);
  EXPECT_EQ(result.state.site_from_body.matrix(), state.site_from_body.matrix());
}

/// Hills: eight plane waves, 0.5 to 3 km long and some tens of metres high, over ±12 km.
dem::Terrain Hills(std::uint64_t seed) {
  constexpr int kPoints = 481;
  dem::TerrainLevel level;
  level.spacing_m = 50;
  level.x0_m = -12000;
  level.y0_m = 12000;
  level.z_m = dem::Grid<float>(kPoints, kPoints);
  for (std::uint64_t wave = 0; wave < 8; ++wave) {
    const auto draw = [&](std::uint64_t i) { return dem::RandomUniform(seed, 70 + i, wave); };
    const double length_m = 500 * std::pow(6.0, draw(0)), heading = 2 * dem::kPi * draw(1);
    const double phase = 2 * dem::kPi * draw(2), height_m = 0.02 * length_m;
    for (int row = 0; row < kPoints; ++row) {
      for (int col = 0; col < kPoints; ++col) {
        const double x = level.x0_m + col * level.spacing_m, y = level.y0_m - row * level.spacing_m;
        const double along_m = x * std::cos(heading) + y * std::sin(heading);
        level.z_m.At(col, row) +=
            static_cast<float>(height_m * std::sin(2 * dem::kPi * along_m / length_m + phase));
      }
    }
  }
  std::vector<dem::TerrainLevel> levels;
  levels.push_back(std::move(level));
  return dem::Terrain(dem::MakeSite({0.4, 0.1}), std::move(levels));
}

/// NEES of the horizontal position, with two degrees of freedom, after 150 ranges 20 m apart, none of them
/// wrong, on a lander whose place is known to 1 km.
double HorizontalNeesOverHills(std::uint64_t seed) {
  const dem::Terrain hills = Hills(seed);
  InitialKnowledge knowledge;
  knowledge.site_from_body.linear() = dem::ExpSo3({dem::kPi, 0, 0}).toRotationMatrix();
  knowledge.site_from_body.translation() = Vector3d(-1500, 0, 3000);
  knowledge.position_sigma_m = {1000, 1000, 300};
  State state = InitialState(knowledge);
  State truth = state;
  for (int axis = 0; axis < 3; ++axis) {
    truth.site_from_body.translation()[axis] +=
        knowledge.position_sigma_m[axis] * dem::RandomNormal(seed, 80, static_cast<std::uint64_t>(axis));
  }
  const Eigen::Isometry3d beam = Eigen::Isometry3d::Identity();
  constexpr double kStep_m = 20;
  for (int i = 0; i < 150; ++i) {
    dem::Ray ray{truth.site_from_body.translation(), -Vector3d::UnitZ()};
    const Range range{0, hills.FirstHit(ray)->range_m, 1, true, 0};
    const RangePrediction prediction = *PredictRange(state, hills, beam);
    SharedByRanges shared;
    if (i > 0) shared.relief = CorrelatedSamples(prediction.relief_correlation_m, kStep_m);
    state = UpdateRange(state, range, prediction, shared).state;
    for (State* moved : {&state, &truth}) moved->site_from_body.translation().x() += kStep_m;
  }
  const Eigen::Vector2d error =
      (truth.site_from_body.translation() - state.site_from_body.translation()).head<2>();
  return dem::SquaredMahalanobis(error, state.covariance.block<2, 2>(kPosition, kPosition));
}

TEST(UpdateRange, HillsReadAtTheWrongPlaceAreNotBelieved) {
  double sum = 0;
  constexpr int kWorlds = 60;
  for (std::uint64_t seed = 0; seed < kWorlds; ++seed) sum += HorizontalNeesOverHills(seed);
  // χ² mean 2, sigma of the mean √(2·2/60) = 0.26.
  EXPECT_LT(sum / kWorlds, 2 + 3 * 0.26);
}

TEST(UpdateRange, SaysNothingOffTheMap) {
  const dem::Terrain plane = Plane(0, 0);
  State state = Above();
  state.site_from_body.translation().x() = 50e3;
  EXPECT_FALSE(PredictRange(state, plane, Beam()));
}

TEST(UpdateAttitude, MovesTowardsTheTrackerInTheBody) {
  const State state = Above();
  const dem::Site site = dem::MakeSite({0.4, 0.1});
  const Vector3d offset(1e-3, -5e-4, 2e-3);
  Attitude attitude;
  attitude.sigma_rad = 1e-3;
  attitude.moon_from_body =
      Eigen::Quaterniond(site.moon_from_site.linear() * state.site_from_body.linear()) * dem::ExpSo3(offset);
  const UpdateResult result = UpdateAttitude(state, attitude, site);
  ASSERT_TRUE(result.accepted);
  // Prior and measurement are alike certain: half of the way.
  const Vector3d moved = dem::PoseDifference(state.site_from_body, result.state.site_from_body).head<3>();
  EXPECT_TRUE(moved.isApprox(offset / 2, 1e-9));
  EXPECT_NEAR(result.nis, offset.squaredNorm() / 2e-6, 1e-6);
  EXPECT_EQ(result.dof, 3);
}

TEST(UpdateFix, DerivativeMatchesDifferences) {
  State state = Above();
  state.map_error_m = {1, 2, 3};
  state.covariance = 1e-8 * StateMatrix::Identity();
  const Vector3d lever(3, -1, 2);
  Fix fix;
  fix.status = FixStatus::kAccepted;
  fix.covariance_map_relative.setIdentity();
  fix.site_from_cam.translation() = state.site_from_body * lever + state.map_tie_m + state.map_error_m;
  EXPECT_NEAR(UpdateFix(state, fix, lever).nis, 0, 1e-15);
  // With a small isotropic covariance the correction is H^T ν scaled: its direction shows the derivative.
  const Vector3d shift(0.2, -0.1, 0.3);
  fix.site_from_cam.translation() += shift;
  const UpdateResult result = UpdateFix(state, fix, lever);
  const StateVector correction = StateDifference(state, result.state);
  for (int i = 0; i < kStateSize; ++i) {
    const auto position = [&](double sign) -> Vector3d {
      const State moved = Moved(state, sign * 1e-4 * StateVector::Unit(i));
      return moved.site_from_body * lever + moved.map_tie_m + moved.map_error_m;
    };
    const Vector3d numeric = (position(1) - position(-1)) / 2e-4;
    EXPECT_NEAR(correction[i], 1e-8 * numeric.dot(shift), 1e-12) << i;
  }
}

TEST(UpdateFix, SplitsBetweenPositionAndTieByTheirVariances) {
  State state = Above();
  state.covariance.block<3, 3>(kMapTie, kMapTie) = Vector3d(400, 900, 225).asDiagonal();
  Fix fix;
  fix.status = FixStatus::kAccepted;
  fix.covariance_map_relative.bottomRightCorner<3, 3>() = 1e-6 * Eigen::Matrix3d::Identity();
  fix.site_from_cam.translation() =
      state.site_from_body.translation() + state.map_tie_m + Vector3d(10, -8, 6);
  const UpdateResult result = UpdateFix(state, fix, Vector3d::Zero());
  ASSERT_TRUE(result.accepted);
  const StateVector correction = StateDifference(state, result.state);
  EXPECT_NEAR(correction[kPosition], 5, 1e-4);
  EXPECT_NEAR(correction[kMapTie], 5, 1e-4);
  EXPECT_NEAR(correction[kPosition + 1], -4, 1e-4);
  // The sum is known, each part is not.
  EXPECT_LT(result.state.MapRelativePositionCovariance().trace(), 1e-5);
  EXPECT_NEAR(result.state.AbsolutePositionCovariance()(0, 0), 200, 1e-3);
}

}  // namespace
}  // namespace perilune::nav
