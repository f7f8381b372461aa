#include "dem/synthesis/detail.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace perilune::dem {
namespace {

DetailOptions Options(std::uint64_t seed) {
  DetailOptions options;
  options.seed = seed;
  options.min_diameter_m = options.fractal_shortest_m = 8;
  options.max_diameter_m = options.fractal_longest_m = 128;
  return options;
}

Grid<float> Detail(const PlaneWindow& window, const DetailOptions& options) {
  Grid<float> grid(window.width, window.height);
  AddLunarDetail(grid, window, options);
  return grid;
}

class DetailLattice : public ::testing::TestWithParam<double> {};

TEST_P(DetailLattice, AWindowIsTheCutOfALargerOneBitForBit) {
  const double spacing_m = GetParam();
  const PlaneWindow large{-301 * spacing_m, 217 * spacing_m, 620, 540, spacing_m};
  const int column = 171, row = 93;
  const PlaneWindow small{large.x0_m + column * spacing_m, large.y0_m - row * spacing_m, 300, 290, spacing_m};
  for (std::uint64_t seed : {1U, 2U, 3U}) {
    const Grid<float> whole = Detail(large, Options(seed)), part = Detail(small, Options(seed));
    int different = 0;
    for (int r = 0; r < small.height; ++r) {
      for (int c = 0; c < small.width; ++c) different += part.At(c, r) != whole.At(c + column, r + row);
    }
    EXPECT_EQ(different, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Spacings, DetailLattice, ::testing::Values(2.0, 1.3, 2.7));

TEST(Detail, ThreadsDoNotChangeABit) {
  const PlaneWindow window{-700, 900, 700, 600, 2};
  Grid<float> one, two;
  {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
    one = Detail(window, Options(9));
  }
  {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 2);
    two = Detail(window, Options(9));
  }
  EXPECT_EQ(one.data, two.data);
}

TEST(Detail, SeedsDiffer) {
  const PlaneWindow window{0, 0, 64, 64, 2};
  EXPECT_NE(Detail(window, Options(1)).data, Detail(window, Options(2)).data);
}

TEST(Detail, ExpectedMeanIsZero) {
  double sum = 0, sum2 = 0;
  constexpr int kSeeds = 24;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Grid<float> grid = Detail({0, 0, 256, 256, 4}, Options(seed));
    double mean = 0;
    for (float v : grid.data) mean += v;
    mean /= static_cast<double>(grid.data.size());
    sum += mean;
    sum2 += mean * mean;
  }
  const double mean = sum / kSeeds;
  const double standard_error = std::sqrt((sum2 / kSeeds - mean * mean) / (kSeeds - 1));
  EXPECT_LT(std::abs(mean), 4 * standard_error);
  // The balance is what makes it so: without it the mean would be far outside.
  EXPECT_GT(std::abs(ExpectedCraterHeight_m(Options(0))), 8 * standard_error);
}

TEST(Detail, FractalOctaveHasItsSlope) {
  DetailOptions options = Options(4);
  options.craters.density_scale = 0;
  options.fractal_shortest_m = 128;
  options.fractal_longest_m = 256;
  options.fractal_slope_rad = 0.05;
  const PlaneWindow window{0, 0, 1200, 1200, 4};
  const Grid<float> grid = Detail(window, options);
  double sum = 0, height2 = 0;
  for (int r = 1; r < 1199; ++r) {
    for (int c = 1; c < 1199; ++c) {
      const double gx = (grid.At(c + 1, r) - grid.At(c - 1, r)) / 8.0,
                   gy = (grid.At(c, r + 1) - grid.At(c, r - 1)) / 8.0;
      sum += gx * gx + gy * gy;
      height2 += static_cast<double>(grid.At(c, r)) * grid.At(c, r);
    }
  }
  EXPECT_NEAR(std::sqrt(sum / (1198.0 * 1198.0)), std::tan(0.05), 0.05 * 0.05);
  // σ of a wave of 128 m and this gradient is about slope · λ / 2π.
  EXPECT_NEAR(std::sqrt(height2 / (1198.0 * 1198.0)), 0.05 * 128 / 6.283, 0.2);
}

TEST(Detail, MissingStaysMissing) {
  Grid<float> grid(8, 8);
  grid.At(3, 3) = std::numeric_limits<float>::quiet_NaN();
  AddLunarDetail(grid, {0, 0, 8, 8, 2}, Options(1));
  for (int i = 0; i < 64; ++i) EXPECT_EQ(std::isnan(grid.At(i % 8, i / 8)), i == 27);
}

TEST(Detail, RefusesNonsense) {
  Grid<float> grid(4, 4);
  const PlaneWindow window{0, 0, 4, 4, 2};
  DetailOptions options = Options(1);
  options.max_diameter_m = 1;
  EXPECT_THROW(AddLunarDetail(grid, window, options), std::invalid_argument);
  options = Options(1);
  options.fractal_slope_rad = -1;
  EXPECT_THROW(AddLunarDetail(grid, window, options), std::invalid_argument);
  EXPECT_THROW(AddLunarDetail(grid, {0, 0, 5, 4, 2}, Options(1)), std::invalid_argument);
  EXPECT_THROW(AddLunarDetail(grid, {0, 0, 4, 4, 0}, Options(1)), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::dem
