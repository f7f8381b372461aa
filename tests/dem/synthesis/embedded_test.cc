#include "dem/synthesis/embedded.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dem/frames/moon.h"
#include "dem/synthesis/refine.h"

namespace perilune::dem {
namespace {

TEST(SyntheticBase, HasUplandRelief) {
  for (std::uint64_t seed : {1U, 2U, 3U}) {
    const Grid<float> base = SyntheticBase(seed, {-100000, 70000, 501, 351, 400});
    const auto [low, high] = std::minmax_element(base.data.begin(), base.data.end());
    EXPECT_GT(*high - *low, 800);
    EXPECT_LT(*high - *low, 5000);
  }
}

/// RMS bidirectional slope at a baseline of 25 m over ten kilometres and four seeds, deg.
double SlopeOfWorlds_deg(DetailOptions (*make_world)(std::uint64_t)) {
  constexpr int kSeeds = 4, kSide = 2001;
  double sum2 = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const PlaneWindow wide{-15000, 15000, 301, 301, 100}, coarse{-6000, 6000, 601, 601, 20};
    const PlaneWindow fine{-5000, 5000, kSide, kSide, 5};
    const DetailOptions world = make_world(seed);
    const Grid<float> base =
        RefineGrid(SyntheticGround(world, wide), wide, coarse, DetailBetween(world, 400, 20));
    const Grid<float> ground = RefineGrid(base, coarse, fine, DetailBetween(world, 80, 5));
    for (int r = 0; r < kSide; ++r) {
      for (int c = 0; c + 5 < kSide; ++c) {
        const double slope = (ground.At(c + 5, r) - ground.At(c, r)) / 25.0;
        sum2 += slope * slope / (kSeeds * kSide * (kSide - 5.0));
      }
    }
  }
  return RadToDeg(std::atan(std::sqrt(sum2)));
}

// Uplands 8–10°, maria 3–5° (Rosenburg 2011).
// Kilometre craters are few: 400 km² scatter by half a degree.
TEST(Worlds, HaveTheSlopesOfUplandsAndMaria) {
  EXPECT_NEAR(SlopeOfWorlds_deg(EmbeddedWorld), 9, 1);
  EXPECT_NEAR(SlopeOfWorlds_deg(MareWorld), 4, 1);
}

TEST(SyntheticBase, IsAFunctionOfThePlace) {
  const Grid<float> large = SyntheticBase(5, {-1000, 1000, 101, 101, 20}),
                    part = SyntheticBase(5, {-400, 200, 10, 10, 20});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(part.At(i % 10, i / 10), large.At(30 + i % 10, 40 + i / 10));
}

}  // namespace
}  // namespace perilune::dem
