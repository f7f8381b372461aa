#include "tools/evaluation/position_error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "dem/frames/moon.h"

namespace perilune::tools {
namespace {

using Eigen::Vector3d;

// A lander at (100, 200, 1000) at t = 0, 10 ms later 1 m farther east; its map is shifted by (3, −4, 1).
datasets::Truth SmallTruth() {
  datasets::Truth truth;
  for (const int step : {0, 1}) {
    datasets::TruthState state;
    state.t_ns = step * 10'000'000;
    state.site_from_body.translation() = Vector3d(100 + step, 200, 1000);
    state.velocity_in_site_mps = Vector3d(100, 0, 0);
    truth.states.push_back(state);
  }
  truth.map_tie_in_site_m["a.tif"] = Vector3d(3, -4, 1);
  return truth;
}

datasets::FixRow FixAt(const Vector3d& camera_in_site, const Vector3d& sigma_m) {
  datasets::FixRow row;
  row.map = "a.tif";
  row.fix.status = nav::FixStatus::kAccepted;
  row.fix.map_pixel_m = 5;
  row.fix.ground_sample_m = 2;
  row.fix.site_from_cam.translation() = camera_in_site;
  row.fix.covariance_map_relative.setIdentity();
  row.fix.covariance_map_relative.block<3, 3>(3, 3) = sigma_m.cwiseAbs2().asDiagonal();
  return row;
}

TEST(FixErrors, SeparatesMapRelativeFromAbsolute) {
  // The camera sits 2 m ahead of the body: truth (102, 200, 1000), on the map (105, 196, 1001).
  Eigen::Isometry3d body_from_cam = Eigen::Isometry3d::Identity();
  body_from_cam.translation() = Vector3d(2, 0, 0);
  datasets::FixRow row = FixAt({108, 200, 1003}, {1, 2, 4});
  row.fix.covariance_absolute = dem::Matrix6d::Identity() * 100;
  const PositionError error = FixErrors({row}, SmallTruth(), body_from_cam).front();
  ASSERT_TRUE(error.map_relative && error.absolute);
  EXPECT_TRUE(error.map_relative->error_m.isApprox(Vector3d(3, 4, 2)));
  EXPECT_TRUE(error.absolute->error_m.isApprox(Vector3d(6, 0, 3)));
  EXPECT_DOUBLE_EQ(error.map_relative->Horizontal_m(), 5);
  // 3²/1² + 4²/2² + 2²/4² and (6² + 3²)/100.
  EXPECT_DOUBLE_EQ(error.map_relative->nees.value(), 9 + 4 + 0.25);
  EXPECT_DOUBLE_EQ(error.absolute->nees.value(), 0.45);
  EXPECT_TRUE(error.map_relative->sigma_m->isApprox(Vector3d(1, 2, 4)));
}

TEST(FixErrors, TurnsTheCamerasLeverArmWithTheBody) {
  datasets::Truth truth = SmallTruth();
  truth.states[0].site_from_body.linear() =
      Eigen::AngleAxisd(dem::kPi / 2, Vector3d::UnitZ()).toRotationMatrix();
  Eigen::Isometry3d body_from_cam = Eigen::Isometry3d::Identity();
  body_from_cam.translation() = Vector3d(2, 0, 0);
  const PositionError error = FixErrors({FixAt({100, 202, 1000}, {1, 1, 1})}, truth, body_from_cam).front();
  EXPECT_LT(error.absolute->error_m.norm(), 1e-12);
}

TEST(FixErrors, HasNoCovarianceWhereNoneWasDeclared) {
  const auto row = FixAt({100, 200, 1000}, {1, 1, 1});
  const PositionError error = FixErrors({row}, SmallTruth(), Eigen::Isometry3d::Identity()).front();
  EXPECT_TRUE(error.absolute.has_value());
  EXPECT_FALSE(error.absolute->nees.has_value());
  EXPECT_FALSE(error.absolute->sigma_m.has_value());
}

TEST(FixErrors, HasNoMapRelativeErrorWithoutAKnownTie) {
  datasets::FixRow row = FixAt({100, 200, 1000}, {1, 1, 1});
  row.map = "other.tif";
  const PositionError error = FixErrors({row}, SmallTruth(), Eigen::Isometry3d::Identity()).front();
  EXPECT_FALSE(error.map_relative.has_value());
  EXPECT_TRUE(error.absolute.has_value());
}

TEST(FixErrors, HasNoErrorWithoutAPose) {
  for (const auto& [status, outcome] : {std::pair(nav::FixStatus::kNoMap, Outcome::kNoMap),
                                        std::pair(nav::FixStatus::kTooFewMatches, Outcome::kNone),
                                        std::pair(nav::FixStatus::kInconsistent, Outcome::kNone)}) {
    datasets::FixRow row = FixAt({0, 0, 0}, {1, 1, 1});
    row.fix.status = status;
    const PositionError error = FixErrors({row}, SmallTruth(), Eigen::Isometry3d::Identity()).front();
    EXPECT_EQ(error.outcome, outcome);
    EXPECT_FALSE(error.map_relative || error.absolute);
  }
}

TEST(FixErrors, RefusesACovarianceThatIsNone) {
  EXPECT_THROW(FixErrors({FixAt({0, 0, 0}, {1, 1, 0})}, SmallTruth(), Eigen::Isometry3d::Identity()),
               std::invalid_argument);
}

TEST(StateErrors, AddsTheEstimatedTieForTheMapRelativeError) {
  datasets::StateRow row;
  row.map = "a.tif";
  row.state.site_from_body.translation() = Vector3d(101, 202, 1003);  // 1, 2, 3 off
  row.state.map_tie_m = Vector3d(2, -6, 0);                           // −1, −2, −1 off
  row.absolute_position_covariance_m2 = Eigen::Matrix3d::Identity() * 4;
  row.map_relative_position_covariance_m2 = Eigen::Matrix3d::Identity();
  const auto error = StateErrors({row}, {FixAt({0, 0, 0}, {1, 1, 1})}, SmallTruth()).front();
  EXPECT_EQ(error.outcome, Outcome::kAccepted);
  EXPECT_EQ(error.map_pixel_m, 5);
  EXPECT_TRUE(error.absolute->error_m.isApprox(Vector3d(1, 2, 3)));
  EXPECT_DOUBLE_EQ(error.absolute->nees.value(), 14.0 / 4);
  EXPECT_TRUE(error.map_relative->error_m.isApprox(Vector3d(0, 0, 2)));
  EXPECT_DOUBLE_EQ(error.map_relative->nees.value(), 4);
  EXPECT_FALSE(error.protection);  // the run gave none
  row.horizontal_protection_m = row.vertical_protection_m = 3;
  const auto protected_error = StateErrors({row}, {FixAt({0, 0, 0}, {1, 1, 1})}, SmallTruth()).front();
  ASSERT_TRUE(protected_error.protection);
  EXPECT_NEAR((*protected_error.protection)[0].horizontal_m, std::sqrt(-2 * std::log(0.1)), 1e-6);
  EXPECT_NEAR((*protected_error.protection)[1].vertical_m, 2.5758293, 1e-6);
}

TEST(StateErrors, IsWeakBeyondOneUnitAndHasNoMapWithoutALevel) {
  datasets::StateRow row;
  row.map = "a.tif";
  row.absolute_position_covariance_m2 = Eigen::Matrix3d::Identity();
  row.map_relative_position_covariance_m2 = Vector3d(36, 1, 1).asDiagonal();  // 6 m > u = 5 m
  EXPECT_EQ(StateErrors({row}, {FixAt({0, 0, 0}, {1, 1, 1})}, SmallTruth()).front().outcome, Outcome::kWeak);
  row.map.clear();
  EXPECT_EQ(StateErrors({row}, {FixAt({0, 0, 0}, {1, 1, 1})}, SmallTruth()).front().outcome, Outcome::kNoMap);
  row.map = "a.tif";
  EXPECT_EQ(StateErrors({row}, {}, SmallTruth()).front().outcome, Outcome::kNoMap);
}

PositionError Accepted(const Vector3d& error_m, double nees) {
  PositionError error;
  error.outcome = Outcome::kAccepted;
  error.map_pixel_m = 5;
  error.ground_sample_m = 10;
  error.map_relative = ErrorTerm{error_m, Vector3d(1, 1, 1), nees};
  return error;
}

TEST(IsFalse, TakesEitherBound) {
  EXPECT_FALSE(Accepted({29.9, 0, 500}, 24.9).IsFalse());
  EXPECT_TRUE(Accepted({30.1, 0, 0}, 1).IsFalse());   // 3 u = 30 m
  EXPECT_TRUE(Accepted({0, 0, 0}, 25.1).IsFalse());   // 5² = 25
  EXPECT_FALSE(Accepted({18, 24, 0}, 25).IsFalse());  // both on the bound
}

TEST(IsFalse, ConcernsAcceptedAnswersOnly) {
  PositionError error = Accepted({300, 0, 0}, 1000);
  error.outcome = Outcome::kWeak;
  EXPECT_FALSE(error.IsFalse());
}

TEST(TruthAt, InterpolatesShortGapsOnly) {
  datasets::Truth truth = SmallTruth();
  EXPECT_TRUE(TruthAt(truth, 2'500'000).site_from_body.translation().isApprox(Vector3d(100.25, 200, 1000)));
  EXPECT_TRUE(TruthAt(truth, 10'000'000).site_from_body.translation().isApprox(Vector3d(101, 200, 1000)));
  EXPECT_THROW(TruthAt(truth, -1), std::invalid_argument);
  EXPECT_THROW(TruthAt(truth, 10'000'001), std::invalid_argument);
  truth.states[1].t_ns = 60'000'000;
  EXPECT_THROW(TruthAt(truth, 2'500'000), std::invalid_argument);
}

TEST(Outcome, KeepsItsWord) {
  for (const Outcome outcome : {Outcome::kAccepted, Outcome::kWeak, Outcome::kNoMap, Outcome::kNone}) {
    EXPECT_EQ(OutcomeFromString(ToString(outcome)), outcome);
  }
  EXPECT_THROW(OutcomeFromString("maybe"), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::tools
