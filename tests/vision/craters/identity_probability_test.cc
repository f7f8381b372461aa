#include "vision/craters/identity_probability.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"

namespace perilune::vision {
namespace {

MeasuredEllipse Circle(double x, double y, double radius) {
  MeasuredEllipse one;
  one.ellipse = EllipseFromAxes({x, y}, {radius, radius, 0});
  return one;
}

// Equal circles: the kernel is 0.2 wide in each of the three numbers of a shape, and all lie in its middle.
TEST(IdentityProbability, DensityOfFalseOnes) {
  const std::vector<MeasuredEllipse> detections(50, Circle(0.1, 0.2, 0.05));
  const std::vector<double> log_density = LogFalseDensity(detections, 0.4, 4);
  ASSERT_EQ(log_density.size(), 50u);
  const double expected = 0.4 * 50 / 4 * std::pow(2 * dem::kPi, -1.5) / std::pow(0.2, 3);
  for (const double one : log_density) EXPECT_NEAR(one, std::log(expected), 1e-9);
  EXPECT_TRUE(LogFalseDensity({}, 0.4, 4).empty());
}

// Rare sizes have fewer false ones beside them.
TEST(IdentityProbability, SizesThatAreRareAreRarelyFalse) {
  std::vector<MeasuredEllipse> detections(50, Circle(0, 0, 0.02));
  detections.push_back(Circle(0, 0, 0.2));
  const std::vector<double> log_density = LogFalseDensity(detections, 0.5, 4);
  EXPECT_LT(log_density.back(), log_density.front() - 3);
}

TEST(IdentityProbability, OnePairingAgainstChance) {
  const FittingPair pair{{0, 7}, 3, std::log(20.0)};
  EXPECT_NEAR(IdentityProbabilities({{0, 7}}, {pair}, {{std::log(5.0)}, 0.75}).front(), 12.0 / 13, 1e-12);
}

// A catalogue that holds a crater twice cannot say which of the two it is.
TEST(IdentityProbability, TwinsShareIt) {
  const std::vector<FittingPair> fitting = {{{0, 7}, 3, 40}, {{0, 8}, 3, 40}};
  EXPECT_NEAR(IdentityProbabilities({{0, 7}}, fitting, {{0}, 0.5}).front(), 0.5, 1e-9);
}

// A neighbour that is explained by a detection of its own is no rival.
TEST(IdentityProbability, NeighboursThatAreTakenAreNoRivals) {
  const std::vector<FittingPair> fitting = {{{0, 7}, 3, 10}, {{0, 8}, 9, 8}, {{1, 8}, 3, 10}};
  const IdentityOdds odds{{0, 0}, 0.5};
  EXPECT_LT(IdentityProbabilities({{0, 7}}, fitting, odds).front(), 0.9);
  for (const double one : IdentityProbabilities({{0, 7}, {1, 8}}, fitting, odds)) EXPECT_GT(one, 0.999);
}

TEST(IdentityProbability, APairingThatNoLongerFitsIsNone) {
  EXPECT_EQ(IdentityProbabilities({{0, 7}}, {}, {{0}, 0.5}).front(), 0);
}

// A world of craters in a plane (residual: place alone) with half of them missed and false detections among
// them: where probabilities are 0.5 to 0.9, and above, as many are right.
TEST(IdentityProbability, IsHowOftenIdentitiesAreRight) {
  constexpr double kSigma = 1, kDetected = 0.6, kSide = 100;
  constexpr int kCraters = 60, kFalse = 80, kWorlds = 300;
  double expected[2] = {0, 0}, right[2] = {0, 0}, spread2[2] = {0, 0};
  for (std::uint64_t world = 0; world < kWorlds; ++world) {
    std::uint64_t draw = 0;
    const auto uniform = [&] { return dem::RandomUniform(world, 61, draw++); };
    std::vector<Eigen::Vector2d> craters, detections;
    std::vector<int> truth;
    for (int i = 0; i < kCraters; ++i) {
      craters.emplace_back(kSide * uniform(), kSide * uniform());
      if (uniform() > kDetected) continue;
      detections.push_back(craters.back() + kSigma * Eigen::Vector2d(dem::RandomNormal(world, 62, draw),
                                                                     dem::RandomNormal(world, 63, draw)));
      truth.push_back(i);
    }
    for (int i = 0; i < kFalse; ++i) {
      detections.emplace_back(kSide * uniform(), kSide * uniform());
      truth.push_back(-1);
    }
    std::vector<FittingPair> fitting;
    for (int d = 0; d < static_cast<int>(detections.size()); ++d) {
      for (int c = 0; c < kCraters; ++c) {
        const double chi2 =
            (detections[static_cast<std::size_t>(d)] - craters[static_cast<std::size_t>(c)]).squaredNorm() /
            (kSigma * kSigma);
        if (chi2 < 16)
          fitting.push_back({{d, c}, chi2, -0.5 * chi2 - std::log(2 * dem::kPi * kSigma * kSigma)});
      }
    }
    std::vector<FittingPair> sorted = fitting;
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.chi2 < b.chi2; });
    std::vector<Pairing> chosen;
    for (const FittingPair& pair : sorted) {
      if (std::none_of(chosen.begin(), chosen.end(), [&](const Pairing& c) {
            return c.detection == pair.pairing.detection || c.crater == pair.pairing.crater;
          }))
        chosen.push_back(pair.pairing);
    }
    const IdentityOdds odds{std::vector<double>(detections.size(), std::log(kFalse / (kSide * kSide))),
                            kDetected};
    const std::vector<double> probabilities = IdentityProbabilities(chosen, fitting, odds);
    for (std::size_t k = 0; k < chosen.size(); ++k) {
      const double p = probabilities[k];
      if (p < 0.5) continue;
      const int group = p < 0.9 ? 0 : 1;
      expected[group] += p;
      spread2[group] += p * (1 - p);
      right[group] += truth[static_cast<std::size_t>(chosen[k].detection)] == chosen[k].crater ? 1 : 0;
    }
  }
  for (const int group : {0, 1}) {
    EXPECT_GT(spread2[group], 50) << "too few to tell";
    // Rivals are weighed one by one and not in all their combinations: 1 % of the mean beside the scatter.
    EXPECT_NEAR(right[group], expected[group], 4 * std::sqrt(spread2[group]) + 0.01 * expected[group])
        << group;
  }
}

}  // namespace
}  // namespace perilune::vision
