#include "dem/synthesis/refined_ground.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "dem/statistics/effective_resolution.h"
#include "dem/statistics/roughness.h"
#include "dem/synthesis/low_pass.h"
#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

constexpr double kResolution_m = 800;
constexpr double kPosting_m = 100;
constexpr int kPostings = 241;  // 24 km

const PlaneWindow kLattice{-12'000, 12'000, kPostings, kPostings, kPosting_m};

/// Gaussian that leaves 0.3 of the power at the effective resolution.
constexpr double kBlur = 0.1746;

/// What a mapper makes of a ground: blurred, on a coarse lattice.
Grid<float> MapOf(const LunarGround& ground) {
  return LowPass(ground.Heights(kLattice), kBlur * kResolution_m / kPosting_m);
}

RefineOptions Options(const char* type, std::uint64_t seed, const Grid<float>& map) {
  RefineOptions options;
  options.type = SiteTypeNamed(type);
  options.seed = seed;
  options.effective_resolution_m = kResolution_m;
  options.roughness = RoughnessOf(map, kPosting_m, options.type, kResolution_m);
  return options;
}

Grid<float> Difference(const Grid<float>& a, const Grid<float>& b) {
  Grid<float> result = a;
  for (std::size_t i = 0; i < a.data.size(); ++i) result.data[i] -= b.data[i];
  return result;
}

/// RMS of means over blocks of `side` cells.
double RmsOfBlockMeans(const Grid<float>& grid, int side) {
  double sum2 = 0;
  int blocks = 0;
  for (int r = 0; r + side <= grid.height; r += side) {
    for (int c = 0; c + side <= grid.width; c += side, ++blocks) {
      double sum = 0;
      for (int i = 0; i < side * side; ++i) sum += grid.At(c + i % side, r + i / side);
      sum2 += sum / side / side * (sum / side / side);
    }
  }
  return std::sqrt(sum2 / blocks);
}

class Refined : public ::testing::TestWithParam<const char*> {};

// Block means at the effective resolution stay within what such a DEM declares (GLD100: 10 m and more), and
// far below the relief that was put in.
TEST_P(Refined, KeepsTheMeansOfTheDem) {
  for (std::uint64_t seed : {31U, 32U, 33U}) {
    const Grid<float> map = MapOf(LunarGround(SiteTypeNamed(GetParam()), seed));
    const RefinedGround refined(map, kLattice, Options(GetParam(), seed + 100, map));
    const PlaneWindow window{-8000, 8000, 1600, 1600, 10};
    const Grid<float> put_in = Difference(refined.Heights(window), refined.Shown(window));
    const double means_m = RmsOfBlockMeans(put_in, 80), relief_m = RmsOfBlockMeans(put_in, 1);
    EXPECT_LT(means_m, 10 * kResolution_m / 2000);
    EXPECT_LT(means_m, 0.3 * relief_m);
    EXPECT_GT(relief_m, 1);
  }
}

// Through the join the refined ground deviates as the ground whose map it was.
TEST_P(Refined, SlopesGoOnThroughTheJoin) {
  constexpr int kSeeds = 6;
  const std::vector<int> lags = {8, 16, 32, 64, 128, 256};  // 100 m – 3.2 km; the join is at 800 m
  std::vector<SquaredChanges> truth(lags.size()), refined(lags.size());
  for (std::uint64_t seed = 41; seed < 41 + kSeeds; ++seed) {
    const LunarGround ground(SiteTypeNamed(GetParam()), seed);
    const Grid<float> map = MapOf(ground);
    const PlaneWindow window{-6400, 6400, 1024, 1024, 12.5};
    const Grid<float> made =
        RefinedGround(map, kLattice, Options(GetParam(), seed + 100, map)).Heights(window);
    const Grid<float> true_m = ground.Heights(window);
    for (std::size_t k = 0; k < lags.size(); ++k) {
      truth[k] += ChangesOver(true_m, lags[k]);
      refined[k] += ChangesOver(made, lags[k]);
    }
  }
  for (std::size_t k = 0; k < lags.size(); ++k) {
    const double lag_m = lags[k] * 12.5;
    RecordProperty("ratio_at_" + std::to_string(static_cast<int>(lag_m)),
                   std::to_string(refined[k].RmsSlope_rad(lag_m) / truth[k].RmsSlope_rad(lag_m)));
    EXPECT_NEAR(refined[k].RmsSlope_rad(lag_m) / truth[k].RmsSlope_rad(lag_m), 1, 0.2) << lag_m;
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Refined, ::testing::Values("mare", "highland"));

TEST(RefinedGround, AWindowIsTheCutOfALargerOneBitForBit) {
  const Grid<float> map = MapOf(LunarGround(SiteTypeNamed("mare"), 3));
  const RefinedGround refined(map, kLattice, Options("mare", 4, map));
  const PlaneWindow large{-1003 * 1.5, 801 * 1.5, 600, 560, 1.5};
  const PlaneWindow small{large.x0_m + 97 * 1.5, large.y0_m - 201 * 1.5, 400, 300, 1.5};
  const Grid<float> whole = refined.Heights(large), part = refined.Heights(small);
  int different = 0;
  for (int r = 0; r < small.height; ++r)
    for (int c = 0; c < small.width; ++c) different += part.At(c, r) != whole.At(c + 97, r + 201);
  EXPECT_EQ(different, 0);
}

// Every crater put in is in the catalogue, and none that the DEM would have shown.
TEST(RefinedGround, CratersAreBelowTheResolution) {
  const Grid<float> map = MapOf(LunarGround(SiteTypeNamed("highland"), 3));
  const RefinedGround refined(map, kLattice, Options("highland", 4, map));
  const auto craters = refined.detail().CratersIn({-4000, 4000, -4000, 4000}, 40);
  EXPECT_GT(craters.size(), 100U);
  for (const Impact& crater : craters) EXPECT_LT(crater.diameter_m, kResolution_m / 2);
}

TEST(RefinedGround, MissingCellsStayMissingAndDoNotSpread) {
  Grid<float> map = MapOf(LunarGround(SiteTypeNamed("mare"), 3));
  map.At(120, 120) = std::numeric_limits<float>::quiet_NaN();  // at x = y = 0
  const RefinedGround refined(map, kLattice, Options("mare", 4, map));
  const Grid<float> made = refined.Heights({-1000, 1000, 101, 101, 20});
  for (int r = 0; r < 101; ++r) {
    for (int c = 0; c < 101; ++c) {
      const double beside_m = std::max(std::abs(20 * c - 1000), std::abs(1000 - 20 * r));
      if (beside_m < 100) {
        EXPECT_TRUE(std::isnan(made.At(c, r)));
      }
      if (beside_m > 200) {
        EXPECT_FALSE(std::isnan(made.At(c, r))) << c << ' ' << r;
      }
    }
  }
}

TEST(RefinedGround, RefusesNonsense) {
  Grid<float> map(kPostings, kPostings);
  RefineOptions options;
  options.type = SiteTypeNamed("mare");
  EXPECT_THROW(RefinedGround(map, kLattice, options), std::invalid_argument) << "no resolution";
  options.effective_resolution_m = 800;
  EXPECT_THROW(RefinedGround(map, {-12'030, 12'000, kPostings, kPostings, kPosting_m}, options),
               std::invalid_argument);
  const RefinedGround refined(map, kLattice, options);
  EXPECT_THROW(refined.Heights({-20'000, 0, 10, 10, 1}), std::invalid_argument);
  EXPECT_THROW(RoughnessOf(Grid<float>(8, 8), 100, options.type, 800), std::invalid_argument);
}

// A Gaussian blur that leaves 0.3 of the power at r is found as r.
TEST(EffectiveResolution, OfBlurredGroundIsFound) {
  for (const char* type : {"mare", "highland"}) {
    for (double resolution_m : {800.0, 1600.0}) {
      for (std::uint64_t seed : {51U, 52U, 53U}) {
        const PlaneWindow window{0, 0, 512, 512, 100};
        const Grid<float> map =
            LowPass(LunarGround(SiteTypeNamed(type), seed).Heights(window), kBlur * resolution_m / 100);
        const auto found_m = EffectiveResolution_m(SpectrumOf(map, 100));
        ASSERT_TRUE(found_m) << type << seed;
        EXPECT_NEAR(*found_m / resolution_m, 1, 0.3) << type << seed;
      }
    }
  }
}

// Made ground leaves out what is below four cells, and is found to; white noise shows all that its cells can.
TEST(EffectiveResolution, OfSharpGroundIsItsCells) {
  const PlaneWindow window{0, 0, 512, 512, 100};
  for (const char* type : {"mare", "highland"}) {
    const auto found_m =
        EffectiveResolution_m(SpectrumOf(LunarGround(SiteTypeNamed(type), 54).Heights(window), 100));
    EXPECT_LT(found_m.value_or(0), 600) << type;
  }
  Grid<float> noise(256, 256);
  for (std::size_t i = 0; i < noise.data.size(); ++i)
    noise.data[i] = static_cast<float>(RandomNormal(1, 2, static_cast<std::uint64_t>(i)));
  EXPECT_FALSE(EffectiveResolution_m(SpectrumOf(noise, 1)));
  EXPECT_THROW(SpectrumOf(Grid<float>(64, 63), 1), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::dem
