#include "dem/synthesis/refine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "dem/synthesis/embedded.h"

namespace perilune::dem {
namespace {

Grid<float> Sampled(const PlaneWindow& w, double (*f)(double, double)) {
  Grid<float> grid(w.width, w.height);
  for (int r = 0; r < w.height; ++r) {
    for (int c = 0; c < w.width; ++c) {
      grid.At(c, r) = static_cast<float>(f(w.x0_m + c * w.spacing_m, w.y0_m - r * w.spacing_m));
    }
  }
  return grid;
}

double Quadratic(double x, double y) {
  return 3 + 0.2 * x - 0.1 * y + 1e-3 * x * x - 2e-3 * x * y + 5e-4 * y * y;
}

TEST(InterpolateGrid, ReproducesAQuadraticAwayFromTheEdge) {
  const PlaneWindow coarse{-100, 120, 24, 26, 10};
  const PlaneWindow fine{-71.5, 80.25, 100, 90, 1.5};
  const Grid<float> result = InterpolateGrid(Sampled(coarse, Quadratic), coarse, fine),
                    exact = Sampled(fine, Quadratic);
  for (std::size_t i = 0; i < result.data.size(); ++i) EXPECT_NEAR(result.data[i], exact.data[i], 1e-4);
}

TEST(InterpolateGrid, KeepsCoarsePointsAndCorners) {
  const PlaneWindow coarse{0, 0, 5, 5, 4};
  const Grid<float> grid = Sampled(coarse, Quadratic);
  const Grid<float> result = InterpolateGrid(grid, coarse, {0, 0, 17, 17, 1});
  for (int r = 0; r < 5; ++r) {
    for (int c = 0; c < 5; ++c) EXPECT_FLOAT_EQ(result.At(4 * c, 4 * r), grid.At(c, r));
  }
}

TEST(InterpolateGrid, MissingCellsDoNotSpreadBeyondTheirNeighbours) {
  const PlaneWindow coarse{0, 0, 7, 7, 4};
  Grid<float> grid = Sampled(coarse, [](double x, double y) { return 0.5 * x + 0.25 * y; });
  grid.At(3, 3) = std::numeric_limits<float>::quiet_NaN();
  const PlaneWindow fine{0, 0, 25, 25, 1};
  const Grid<float> result = InterpolateGrid(grid, coarse, fine);
  for (int r = 0; r < 25; ++r) {
    for (int c = 0; c < 25; ++c) {
      const bool near = std::abs(c - 12) < 4 && std::abs(r - 12) < 4;
      ASSERT_EQ(std::isnan(result.At(c, r)), near) << c << ' ' << r;
      // Bilinear or cubic, a plane is a plane (the outermost cells are held by clamping).
      if (!near && c > 4 && c < 20 && r > 4 && r < 20) {
        EXPECT_NEAR(result.At(c, r), 0.5 * c - 0.25 * r, 1e-5);
      }
    }
  }
}

TEST(RefineGrid, RefusesAWindowOutside) {
  const PlaneWindow coarse{0, 0, 5, 5, 4};
  EXPECT_THROW(InterpolateGrid(Grid<float>(5, 5), coarse, {-1, 0, 5, 5, 1}), std::invalid_argument);
  EXPECT_THROW(InterpolateGrid(Grid<float>(5, 5), coarse, {0, 0, 18, 5, 1}), std::invalid_argument);
  EXPECT_THROW(InterpolateGrid(Grid<float>(5, 4), coarse, {0, 0, 5, 5, 1}), std::invalid_argument);
}

// Two levels share what the coarse one shows: averaged over the coarse cells they agree far better than their
// relief.
TEST(RefineGrid, KeepsTheCoarseGround) {
  for (std::uint64_t seed : {1U, 2U, 3U}) {
    const PlaneWindow coarse{-3000, 3000, 301, 301, 20};
    const Grid<float> base = SyntheticBase(seed, coarse);
    const PlaneWindow fine{-2000, 2000, 800, 800, 5};
    const Grid<float> refined = RefineGrid(base, coarse, fine, DetailBetween(EmbeddedWorld(seed), 80, 5));
    const Grid<float> smooth = InterpolateGrid(base, coarse, fine);
    double mean = 0, mean2 = 0, detail2 = 0;
    for (int r = 0; r < 10; ++r) {
      for (int c = 0; c < 10; ++c) {
        double sum = 0;
        for (int k = 0; k < 6400; ++k) {
          const double d =
              refined.At(c * 80 + k % 80, r * 80 + k / 80) - smooth.At(c * 80 + k % 80, r * 80 + k / 80);
          sum += d;
          detail2 += d * d / 640000;
        }
        mean += sum / 6400 / 100;
        mean2 += sum / 6400 * sum / 6400 / 100;
      }
    }
    EXPECT_LT(std::abs(mean), 0.1);
    EXPECT_LT(std::sqrt(mean2), 0.35 * std::sqrt(detail2));
    EXPECT_GT(std::sqrt(detail2), 0.2);
  }
}

TEST(DetailBetween, BandsMeetWithoutOverlap) {
  const DetailOptions upper = DetailBetween(EmbeddedWorld(1), 400, 20),
                      lower = DetailBetween(EmbeddedWorld(1), 80, 5);
  EXPECT_EQ(upper.min_diameter_m, lower.max_diameter_m);
  EXPECT_EQ(upper.fractal_shortest_m, lower.fractal_longest_m);
  EXPECT_EQ(lower.min_diameter_m, 20);
}

}  // namespace
}  // namespace perilune::dem
