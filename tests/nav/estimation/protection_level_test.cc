#include "nav/estimation/protection_level.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "dem/synthesis/random.h"

namespace perilune::nav {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

ProtectionLevelOptions AtRisk(double risk) {
  ProtectionLevelOptions options;
  options.risk = risk;
  return options;
}

TEST(ProtectionLevel, IsTheGaussiansQuantileWithoutFaults) {
  const PositionEstimate all{Vector3d::Zero(), Vector3d(9, 9, 4).asDiagonal()};
  // Horizontal: Rayleigh, √(−2 ln risk) sigmas; vertical: two-sided normal.
  const ProtectionLevel tenth = ComputeProtectionLevel(all, {}, AtRisk(0.1));
  EXPECT_EQ(tenth.status, ProtectionStatus::kGiven);
  EXPECT_FALSE(tenth.extrapolated);
  EXPECT_NEAR(tenth.horizontal_m, 3 * std::sqrt(-2 * std::log(0.1)), 1e-6);
  EXPECT_NEAR(tenth.vertical_m, 2 * 1.6448536, 1e-6);
  const ProtectionLevel hundredth = ComputeProtectionLevel(all, {}, AtRisk(0.01));
  EXPECT_NEAR(hundredth.horizontal_m, 3 * std::sqrt(-2 * std::log(0.01)), 1e-6);
  EXPECT_NEAR(hundredth.vertical_m, 2 * 2.5758293, 1e-6);
  EXPECT_TRUE(ComputeProtectionLevel(all, {}, AtRisk(1e-7)).extrapolated);
}

TEST(ProtectionLevel, ANarrowEllipseIsNearlyALine) {
  Matrix3d covariance = Vector3d(100, 1e-4, 1).asDiagonal();
  EXPECT_NEAR(HorizontalTail(covariance.topLeftCorner<2, 2>(), 16.448536), 0.1, 1e-3);
  EXPECT_EQ(HorizontalTail(covariance.topLeftCorner<2, 2>(), -1), 1);
}

TEST(ProtectionLevel, AFaultAddsItsSeparation) {
  const PositionEstimate all{Vector3d::Zero(), Vector3d(1, 1, 1).asDiagonal()};
  const PositionEstimate without{Vector3d(0, 0, 30), Vector3d(4, 4, 4).asDiagonal()};
  // With a fault as likely as 0.02 and a risk of 0.01 the tail beyond 30 m is half of the faulty hypothesis:
  // about 30 m and the nominal tail nothing.
  const ProtectionLevel level = ComputeProtectionLevel(all, {{"altimeter", 0.02, without}}, AtRisk(0.01));
  EXPECT_NEAR(level.vertical_m, 30 + 2 * 0.6744898, 1e-6) << "P(|z| > 0.674) = 1/2";
  ASSERT_EQ(level.separations.size(), 1U);
  EXPECT_TRUE(level.separations[0].suspicious);
  EXPECT_NEAR(level.separations[0].normalised_square, 900 / 3.0, 1e-9);
  EXPECT_NEAR(level.separations[0].vertical_m, 30, 1e-12);
}

TEST(ProtectionLevel, SaysWhenItCannotBeGiven) {
  const PositionEstimate all{Vector3d::Zero(), Matrix3d::Identity()};
  const FaultHypothesis camera{"camera", 1e-2, std::nullopt};
  EXPECT_EQ(ComputeProtectionLevel(all, {camera}, AtRisk(1e-2)).status, ProtectionStatus::kNotGiven);
  EXPECT_NE(ComputeProtectionLevel(all, {camera}, AtRisk(1e-2)).reason.find("camera"), std::string::npos);
  // A fault that is rarer than the risk leaves the rest of it.
  const ProtectionLevel rest = ComputeProtectionLevel(all, {camera}, AtRisk(0.11));
  EXPECT_EQ(rest.status, ProtectionStatus::kGiven);
  EXPECT_NEAR(rest.vertical_m, 1.6448536, 1e-6);
  PositionEstimate broken = all;
  broken.covariance_m2(1, 1) = -1;
  EXPECT_EQ(ComputeProtectionLevel(broken, {}, AtRisk(0.1)).status, ProtectionStatus::kNotGiven);
  broken.covariance_m2(1, 1) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(ComputeProtectionLevel(broken, {}, AtRisk(0.1)).status, ProtectionStatus::kNotGiven);
}

TEST(ProtectionLevel, RefusesBadInput) {
  const PositionEstimate all{Vector3d::Zero(), Matrix3d::Identity()};
  EXPECT_THROW(ComputeProtectionLevel(all, {}, AtRisk(0)), std::invalid_argument);
  EXPECT_THROW(ComputeProtectionLevel(all, {{"altimeter", 1, all}}, AtRisk(0.1)), std::invalid_argument);
}

/// Misses of the levels among draws of a height from two sensors, of which the second lies with probability
/// `fault` by up to 30 m. The estimator believes both.
struct Misses {
  int horizontal = 0, vertical = 0;
};

Misses CountMisses(double risk, double fault, int draws) {
  constexpr double kVision_m2 = 4, kRange_m2 = 1;
  Misses misses;
  for (int i = 0; i < draws; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    const auto normal = [&](std::uint64_t stream) { return dem::RandomNormal(2026, stream, index); };
    Vector3d vision(2 * normal(0), 2 * normal(1), 2 * normal(2));
    double range = normal(3);
    if (dem::RandomUniform(2026, 4, index) < fault) range += 30 * dem::RandomUniform(2026, 5, index);
    const double weight = kVision_m2 / (kVision_m2 + kRange_m2);
    PositionEstimate all{vision, kVision_m2 * Matrix3d::Identity()};
    all.position_m.z() += weight * (range - vision.z());
    all.covariance_m2(2, 2) = 1 / (1 / kVision_m2 + 1 / kRange_m2);
    const PositionEstimate without{vision, kVision_m2 * Matrix3d::Identity()};
    const ProtectionLevel level = ComputeProtectionLevel(all, {{"range", fault, without}}, AtRisk(risk));
    if (all.position_m.head<2>().norm() > level.horizontal_m) ++misses.horizontal;
    if (std::abs(all.position_m.z()) > level.vertical_m) ++misses.vertical;
  }
  return misses;
}

TEST(ProtectionLevel, HoldsItsRiskWithASensorThatLies) {
  constexpr int kDraws = 4000;
  for (const double risk : {0.1, 0.01}) {
    const double fault = 0.05;
    const Misses misses = CountMisses(risk, fault, kDraws);
    const double upper = kDraws * risk + 3.3 * std::sqrt(kDraws * risk);
    EXPECT_LT(misses.horizontal, upper);
    EXPECT_LT(misses.vertical, upper);
    // And it is no wider than it must be where nothing lies. The hypotheses overlap: at most 1 + fault.
    EXPECT_GT(misses.horizontal, kDraws * risk / (1 + fault) - 3.3 * std::sqrt(kDraws * risk));
    EXPECT_GT(misses.vertical, 0);
  }
}

}  // namespace
}  // namespace perilune::nav
