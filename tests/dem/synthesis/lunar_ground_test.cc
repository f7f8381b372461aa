#include "dem/synthesis/lunar_ground.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <stdexcept>

#include "dem/frames/moon.h"
#include "dem/statistics/crater_measures.h"
#include "dem/synthesis/ground_tile.h"
#include "dem/terrain/sun_map.h"
#include "dem/terrain/terrain.h"

namespace perilune::dem {
namespace {

int Different(const Grid<float>& whole, const Grid<float>& part, int column, int row) {
  int different = 0;
  for (int r = 0; r < part.height; ++r) {
    for (int c = 0; c < part.width; ++c) different += part.At(c, r) != whole.At(c + column, r + row);
  }
  return different;
}

struct Case {
  const char* type;
  double spacing_m;
};

class GroundLattice : public ::testing::TestWithParam<Case> {};

// The parts' tiles are other ones than the whole's, and begin at other cells.
TEST_P(GroundLattice, AWindowIsTheCutOfALargerOneBitForBit) {
  const double s = GetParam().spacing_m;
  for (std::uint64_t seed : {21U, 22U}) {
    const LunarGround ground(SiteTypeNamed(GetParam().type), seed);
    const PlaneWindow large{-301 * s, 217 * s, 620, 540, s};
    const Grid<float> heights = ground.Heights(large), albedo = ground.Albedo(large);
    for (auto [column, row, side] :
         {std::array{171, 93, 300}, std::array{3, 255, 280}, std::array{610, 530, 5}}) {
      const PlaneWindow small{large.x0_m + column * s, large.y0_m - row * s, side, std::min(side, 540 - row),
                              s};
      EXPECT_EQ(Different(heights, ground.Heights(small), column, row), 0);
      EXPECT_EQ(Different(albedo, ground.Albedo(small), column, row), 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, GroundLattice,
                         ::testing::Values(Case{"mare", 0.05}, Case{"mare", 7.3}, Case{"highland", 1},
                                           Case{"highland", 300}, Case{"polar", 0.3}, Case{"ejecta", 0.1},
                                           Case{"ejecta", 20}));

TEST(LunarGround, ThreadsDoNotChangeABit) {
  const LunarGround ground(SiteTypeNamed("ejecta"), 5);
  const PlaneWindow window{-70, 90, 700, 600, 0.2};
  Grid<float> one, two;
  {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
    one = ground.Heights(window);
  }
  {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 2);
    two = ground.Heights(window);
  }
  EXPECT_EQ(one.data, two.data);
}

TEST(LunarGround, SeedsAndTypesDiffer) {
  const PlaneWindow window{0, 0, 64, 64, 2};
  const Grid<float> a = LunarGround(SiteTypeNamed("mare"), 1).Heights(window);
  EXPECT_NE(a.data, LunarGround(SiteTypeNamed("mare"), 2).Heights(window).data);
  EXPECT_NE(a.data, LunarGround(SiteTypeNamed("polar"), 1).Heights(window).data);
  EXPECT_THROW(SiteTypeNamed("sea"), std::invalid_argument);
}

TEST(LunarGround, CataloguesOfTwoHalvesAreThatOfTheWhole) {
  const LunarGround ground(SiteTypeNamed("ejecta"), 9);
  const PlaneRect whole{-200, 200, -200, 200}, west{-200, 17, -200, 200}, east{17, 200, -200, 200};
  EXPECT_EQ(ground.CratersIn(whole, 3).size(),
            ground.CratersIn(west, 3).size() + ground.CratersIn(east, 3).size());
  EXPECT_EQ(ground.RocksIn(whole, 0.5).size(),
            ground.RocksIn(west, 0.5).size() + ground.RocksIn(east, 0.5).size());
  EXPECT_GT(ground.CratersIn(whole, 3).size(), 100U);
  EXPECT_GT(ground.RocksIn(whole, 0.5).size(), 100U);
}

SynthesisTile Plain(double half_m, double spacing_m) {
  const int n = static_cast<int>(2 * half_m / spacing_m) + 1;
  SynthesisTile tile{GridLines(-half_m, spacing_m, 1, 0, n), GridLines(half_m, spacing_m, -1, 0, n), {}};
  tile.values.resize(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
  return tile;
}

Impact Crater(double x_m, double diameter_m) {
  Impact impact;
  impact.x_m = x_m;
  impact.diameter_m = diameter_m;
  return impact;
}

float Centre(const std::vector<Impact>& impacts) {
  SynthesisTile tile = Plain(300, 2);
  GroundTile ground(tile);
  for (const Impact& impact : impacts) ground.Make(impact);
  ground.SumInto(tile.values);
  return tile.values[tile.values.size() / 2];
}

// Young on old: a large crater made over a small one leaves nothing of it; a small one made in a large one
// adds to it.
TEST(GroundTile, ACraterWipesOutWhatIsOlderAndSmaller) {
  const Impact large = Crater(0, 200), small = Crater(0, 30);
  EXPECT_NEAR(Centre({small, large}), Centre({large}), 1e-4);
  EXPECT_NEAR(Centre({large, small}), Centre({large}) + Centre({small}), 1e-4);
  EXPECT_NEAR(Centre({Crater(250, 30), large}), Centre({large}), 1e-4) << "far away it changes nothing";
}

// Two of one size side by side, the older's wall is cut by the younger's: inside the younger's rim there is
// the younger alone.
TEST(GroundTile, TheYoungerRimCutsTheOlder) {
  EXPECT_NEAR(Centre({Crater(60, 128), Crater(0, 128)}), Centre({Crater(0, 128)}), 1e-4);
  EXPECT_GT(std::abs(Centre({Crater(0, 128), Crater(60, 128)}) - Centre({Crater(0, 128)})), 1);
}

// A rock is as high as it says at most, never higher, and as wide.
TEST(LunarGround, RocksStandOnTheGround) {
  const LunarGround ground(SiteTypeNamed("ejecta"), 3);
  const PlaneWindow window{-20, 20, 801, 801, 0.05};
  const Grid<float> with = ground.Heights(window), without = ground.HeightsWithoutRocks(window);
  const auto rocks = ground.RocksIn({-18, 18, -18, 18}, 1);
  ASSERT_GT(rocks.size(), 5U);
  double tallest_m = 0;
  for (const Rock& rock : ground.RocksIn({-22, 22, -22, 22}, 0.2))
    tallest_m = std::max(tallest_m, rock.height_m);
  double covered = 0;
  for (std::size_t i = 0; i < with.data.size(); ++i) {
    const double rise_m = static_cast<double>(with.data[i]) - without.data[i];
    ASSERT_GT(rise_m, -1e-3);
    ASSERT_LT(rise_m, tallest_m + 1e-3);
    covered += rise_m > 1e-4;
  }
  for (const Rock& rock : rocks) {
    const int c = static_cast<int>(std::lround((rock.x_m - window.x0_m) / window.spacing_m));
    const int r = static_cast<int>(std::lround((window.y0_m - rock.y_m) / window.spacing_m));
    EXPECT_GT(with.At(c, r) - without.At(c, r), 0.5 * rock.height_m);
  }
  // Rocks of 0.2 m and more cover k exp(−q 0.2) of the ground, k = 0.1, q = 3.31: 5.2 %; they overlap some.
  EXPECT_NEAR(covered / static_cast<double>(with.data.size()), 0.052, 0.017);
}

// On flat ground the shadow of a rock of height h ends h/tan(elevation) behind its highest point, or a little
// behind its edge where that is lower than the rays allow.
TEST(LunarGround, RocksThrowShadowsOfTheRightLength) {
  const LunarGround ground(SiteTypeNamed("ejecta"), 3);
  const auto rocks = ground.RocksIn({-40, 40, -40, 40}, 0.8);
  ASSERT_GT(rocks.size(), 30U);
  for (std::size_t i = 0; i < 30; ++i) {
    const Rock& rock = rocks[i];
    const double cell_m = rock.diameter_m / 60;
    TerrainLevel level;
    level.spacing_m = cell_m;
    level.x0_m = -60 * cell_m;
    level.y0_m = 60 * cell_m;
    level.z_m = Grid<float>(800, 121);
    int top_column = 0, top_row = 0;
    for (int r = 0; r < 121; ++r) {
      for (int c = 0; c < 800; ++c) {
        level.z_m.At(c, r) = std::max(0.0F, rock.HeightAt((c - 60) * cell_m, (60 - r) * cell_m));
        if (level.z_m.At(c, r) <= level.z_m.At(top_column, top_row)) continue;
        top_column = c;
        top_row = r;
      }
    }
    const double top_m = level.z_m.At(top_column, top_row);
    EXPECT_NEAR(top_m, rock.height_m, 0.04 * rock.height_m);
    const double elevation_rad = DegToRad(5 + static_cast<double>(i % 3) * 10);
    const Terrain terrain(MakeSite({}), {level});
    const SunMap map =
        MakeSunMap(terrain, 0, {{-std::cos(elevation_rad), 0, std::sin(elevation_rad)}});  // from the west
    int last_dark = 0;
    for (int c = 0; c < 800; ++c) {
      if (map.lowest_free.At(c, top_row) == 1) last_dark = c;
    }
    const double shadow_m = (last_dark - top_column) * cell_m, length_m = top_m / std::tan(elevation_rad);
    EXPECT_GT(shadow_m, length_m - 1.5 * cell_m);
    EXPECT_LT(shadow_m, length_m + rock.diameter_m * 0.75);
    // Where the Sun is low the highest point decides.
    if (i % 3 == 0) {
      EXPECT_NEAR(shadow_m, length_m, 0.12 * length_m);
    }
  }
}

TEST(LunarGround, AlbedoIsThatOfItsTypeWithBrightFreshCraters) {
  for (const SiteType& type : SiteTypes()) {
    const LunarGround ground(type, 4);
    const PlaneWindow window{-4000, 4000, 400, 400, 20};
    double sum = 0;
    for (float a : ground.Albedo(window).data) {
      ASSERT_GT(a, 0);
      ASSERT_LT(a, 1);
      sum += a;
    }
    EXPECT_NEAR(sum / 160'000, type.albedo, 0.1 * type.albedo) << type.name;
  }
  const LunarGround mare(SiteTypeNamed("mare"), 6);
  int seen = 0;
  for (const Impact& crater : mare.CratersIn({-9000, 9000, -9000, 9000}, 100)) {
    if (crater.diffusion > 0.002 || crater.secondary) continue;
    const Grid<float> at = mare.Albedo({crater.x_m, crater.y_m, 1, 1, 10});
    EXPECT_GT(at.data[0], 1.05 * mare.type().albedo);
    ++seen;
  }
  EXPECT_GT(seen, 2);
}

}  // namespace
}  // namespace perilune::dem
