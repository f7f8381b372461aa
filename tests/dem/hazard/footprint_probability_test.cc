#include "dem/hazard/footprint_probability.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dem/hazard/ground_posterior.h"
#include "dem/hazard/rice.h"
#include "dem/synthesis/random.h"
#include "tests/dem/hazard/footprint_worlds.h"

namespace perilune::dem {
namespace {

using worlds::CellWorld;
using worlds::SquareCells;

constexpr double kStep_m = 0.25;

/// Of the cells of a square world of 61, `edge` cells from its border on.
Grid<float> ProbabilityOf(const Grid<float>& heights, const GroundDoubt& doubt, int edge = 12) {
  const int size = heights.width - 2 * edge;
  Grid<float> p(size, size);
  FootprintProbabilityOfTile(heights, {edge, edge, size, size}, SquareCells(kStep_m), Lander(), {}, doubt, 7,
                             {0, 0}, p);
  return p;
}

double Mean(const Grid<float>& p) {
  double sum = 0;
  for (const float value : p.data) sum += value;
  return sum / static_cast<double>(p.data.size());
}

Grid<float> SlopeWorld(double slope_rad) {
  return CellWorld(61, [&](int x, int y) {
    return std::tan(slope_rad) * kStep_m * (0.6 * x + 0.8 * y);  // along no row, column or diagonal
  });
}

TEST(FootprintProbability, WithoutDoubtItIsTheVerdict) {
  const Grid<float> heights = worlds::RockyGround(61, 61, kStep_m, 5, 1200);
  const Grid<float> p = ProbabilityOf(heights, {});
  const FootprintTests tests = TestFootprints(heights, SquareCells(kStep_m), Lander());
  int safe = 0;
  for (int row = 0; row < p.height; ++row) {
    for (int col = 0; col < p.width; ++col) {
      const bool passes = tests.verdict.At(col + 12, row + 12) == 0;
      safe += passes;
      EXPECT_EQ(p.At(col, row), passes ? 1 : 0);
    }
  }
  EXPECT_GT(safe, 100);
  EXPECT_LT(safe, 1200);
}

// Errors that hardly change over a footprint tilt it as a plane: each axis by sigma √2 / L.
TEST(FootprintProbability, LongErrorsTiltByTheRicianLaw) {
  GroundDoubt doubt;
  doubt.height_sigma_m = 2;
  doubt.height_correlation_m = 60;
  doubt.draws = 3000;
  const double gradient = doubt.height_sigma_m * std::sqrt(2) / doubt.height_correlation_m;
  for (const double slope_deg : {5.0, 9.0, 11.0}) {
    const double limit = std::tan(Lander().max_tilt_rad), slope = std::tan(DegToRad(slope_deg));
    const Grid<float> p = ProbabilityOf(SlopeWorld(DegToRad(slope_deg)), doubt, 30);
    EXPECT_NEAR(p.At(0, 0), RiceCdf(limit / gradient, slope / gradient), 4 * 0.5 / std::sqrt(doubt.draws))
        << slope_deg;
  }
}

TEST(FootprintProbability, UnresolvedSlopeIsRician) {
  GroundDoubt doubt;
  doubt.unresolved_slope_rad = DegToRad(3);
  doubt.draws = 400;
  for (const double slope_deg : {2.0, 9.0, 12.0}) {
    const double sigma = std::tan(doubt.unresolved_slope_rad);
    const double expected = RiceCdf(std::tan(DegToRad(10)) / sigma, std::tan(DegToRad(slope_deg)) / sigma);
    EXPECT_NEAR(Mean(ProbabilityOf(SlopeWorld(DegToRad(slope_deg)), doubt, 28)), expected, 0.01) << slope_deg;
  }
}

// Under the belly stands a rock of 0.3 m; what is not seen may take √(0.39² − 0.3²) in quadrature.
TEST(FootprintProbability, UnresolvedDeviationTakesRoomInQuadrature) {
  const auto rock = CellWorld(61, [](int x, int y) { return x == 0 && y == 0 ? 0.3 : 0.0; });
  GroundDoubt doubt;
  doubt.unresolved_roughness_m = 0.2;
  doubt.draws = 400;
  const double scale = doubt.unresolved_roughness_m * std::sqrt(2 / kPi);
  const double room2 = 0.39 * 0.39 - 0.3 * 0.3;
  EXPECT_NEAR(ProbabilityOf(rock, doubt, 30).At(0, 0), 1 - std::exp(-0.5 * room2 / (scale * scale)), 0.01);
}

TEST(FootprintProbability, DependsOnNothingElse) {
  Grid<float> heights = worlds::RockyGround(61, 61, kStep_m, 9, 0);
  GroundDoubt doubt;
  doubt.height_sigma_m = 0.05;
  const Grid<float> before = ProbabilityOf(heights, doubt, 24);
  const Eigen::Vector2i reach = FootprintReach(SquareCells(kStep_m), Lander(), {});
  const int seen = reach.maxCoeff() + ReachOfDoubt(doubt);
  for (int row = 0; row < 61; ++row) {
    for (int col = 0; col < 61; ++col) {
      const bool far = std::min({row, col, 60 - row, 60 - col}) < 24 - seen;
      if (far) heights.At(col, row) = std::numeric_limits<float>::quiet_NaN();
    }
  }
  EXPECT_EQ(ProbabilityOf(heights, doubt, 24).data, before.data);
}

// A gap under the belly is never safe; 3.5 m off it is out of reach.
TEST(FootprintProbability, MissingGroundIsNeverSafe) {
  Grid<float> heights = SlopeWorld(0);
  heights.At(30, 30) = std::numeric_limits<float>::quiet_NaN();
  GroundDoubt doubt;
  doubt.height_sigma_m = 0.01;
  EXPECT_EQ(ProbabilityOf(heights, doubt, 30).At(0, 0), 0);
  EXPECT_EQ(ProbabilityOf(heights, doubt, 20).At(0, 0), 1);
}

struct Scatter {
  double mean_m = 0, rms_m = 0, highest_m = 0;
};

/// Of the draws about the truth, whose heights are 0 in the middle 21 × 21 cells.
Scatter ScatterOf(const Grid<float>& measured, double sigma_m) {
  const GroundPosterior posterior(measured, {20, 20, 21, 21}, {0, 0}, sigma_m);
  Grid<float> ground = posterior.measured();
  Scatter scatter;
  constexpr int kDraws = 200;
  for (int draw = 0; draw < kDraws; ++draw) {
    posterior.Draw(3, static_cast<std::uint64_t>(draw), ground);
    double sum = 0, sum2 = 0, highest = -1;
    for (const float z : ground.data) {
      sum += z;
      sum2 += static_cast<double>(z) * z;
      highest = std::max(highest, static_cast<double>(z));
    }
    const double cells = static_cast<double>(ground.data.size());
    scatter.mean_m += sum / cells / kDraws;
    scatter.rms_m += sum2 / cells / kDraws;
    scatter.highest_m += highest / kDraws;
  }
  scatter.rms_m = std::sqrt(scatter.rms_m);
  return scatter;
}

// The highest of 441 noisy cells is 3 sigma up; of draws with the noise once more it would be 4.3.
TEST(GroundPosterior, DoesNotTakeTheHighestOfTheNoiseForAPeak) {
  const double sigma = 0.05;
  const auto measured =
      CellWorld(61, [&](int x, int y) { return sigma * RandomNormal(11, 1, CellKey(x + 100, y + 100)); });
  const Scatter scatter = ScatterOf(measured, sigma);
  EXPECT_NEAR(scatter.mean_m, 0, 0.2 * sigma);
  EXPECT_LT(scatter.rms_m, 0.6 * sigma);
  EXPECT_LT(scatter.highest_m, 2.2 * sigma);
}

TEST(GroundPosterior, KeepsWhatStandsOutOfTheNoise) {
  const double sigma = 0.02;
  const auto measured = CellWorld(61, [&](int x, int y) {
    return sigma * RandomNormal(12, 1, CellKey(x + 100, y + 100)) + (x == 0 && y == 0 ? 0.3 : 0);
  });
  const GroundPosterior posterior(measured, {30, 30, 1, 1}, {0, 0}, sigma);
  Grid<float> ground = posterior.measured();
  double sum = 0, sum2 = 0;
  constexpr int kDraws = 1000;
  for (int draw = 0; draw < kDraws; ++draw) {
    posterior.Draw(3, static_cast<std::uint64_t>(draw), ground);
    const double away = ground.At(0, 0) - measured.At(30, 30);
    sum += away / kDraws;
    sum2 += away * away / kDraws;
  }
  EXPECT_NEAR(sum, 0, 4 * sigma / std::sqrt(kDraws));
  EXPECT_NEAR(std::sqrt(sum2), sigma, 0.1 * sigma);
}

}  // namespace
}  // namespace perilune::dem
