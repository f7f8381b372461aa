#include "dem/hazard/footprint_test.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cstring>

#include "tests/dem/hazard/footprint_worlds.h"

namespace perilune::dem {
namespace {

using worlds::BruteForceAt;
using worlds::CellWorld;
using worlds::RockyGround;
using worlds::SquareCells;

constexpr float kHole = std::numeric_limits<float>::quiet_NaN();

// 1 m cells, legs 5 m out, pads of a cell and its four neighbours: offsets by hand.
Lander BigLander(int legs = 4) {
  Lander lander;
  lander.legs = legs;
  lander.leg_circle_diameter_m = 10;
  lander.pad_diameter_m = 2;
  lander.body_clearance_m = 0.6;
  lander.max_roughness_m = 0.5;
  return lander;
}

FootprintTestOptions OneYaw(PadPlanes planes = PadPlanes::kStable) { return {1, planes, true}; }

TEST(FootprintPlane, TiltIsThePlanesAtEveryYawAndTheBellyKeepsItsClearance) {
  const double gx = 0.1, gy = -0.05;
  const auto ground = CellWorld(41, [&](int x, int y) { return gx * x + gy * y; });
  Lander lander = BigLander();
  lander.pad_diameter_m = 0;
  const FootprintTests tests = TestFootprints(ground, SquareCells(1), lander);
  EXPECT_NEAR(tests.tilt_rad.At(20, 20), std::atan(std::hypot(gx, gy)), 1e-6);
  EXPECT_NEAR(tests.clearance_m.At(20, 20), 0.6, 1e-5);
  EXPECT_EQ(tests.verdict.At(20, 20), 0);
  lander.max_tilt_rad = std::atan(std::hypot(gx, gy)) - 1e-4;
  EXPECT_EQ(TestFootprints(ground, SquareCells(1), lander).verdict.At(20, 20), kFootprintTilt);
}

// Pads that have a size stand on their highest cell: the plane through them is as steep, but higher by the
// rise over a pad's radius, so that the belly is farther from the ground.
TEST(FootprintPlane, PadsStandOnTheirUphillEdge) {
  const double g = 0.1;
  const auto ground = CellWorld(41, [&](int x, int) { return g * x; });
  const FootprintTests tests = TestFootprints(ground, SquareCells(1), BigLander(), OneYaw());
  EXPECT_NEAR(tests.tilt_rad.At(20, 20), std::atan(g), 1e-6);
  EXPECT_NEAR(tests.clearance_m.At(20, 20), 0.6 + g * 1 * std::cos(std::atan(g)), 1e-5);
}

// Columns 2 m apart, rows 1 m: a rise of 0.2 a column is a slope of 0.1.
TEST(FootprintPlane, CellsThatAreNotSquare) {
  const Eigen::Matrix2d metric = Eigen::Vector2d(4, 1).asDiagonal();
  Lander lander = BigLander();
  lander.pad_diameter_m = 0;
  const auto east = CellWorld(41, [](int x, int) { return 0.2 * x; });
  const auto north = CellWorld(41, [](int, int y) { return 0.1 * y; });
  EXPECT_NEAR(TestFootprints(east, metric, lander).tilt_rad.At(20, 20), std::atan(0.1), 1e-6);
  EXPECT_NEAR(TestFootprints(north, metric, lander).tilt_rad.At(20, 20), std::atan(0.1), 1e-6);
}

// Pads at (±5, 0) and (0, ±5). The ground rises by h at x ≥ 4, under one pad. The diagonal of the raised pad
// is the higher one; both planes that share it contain (5, h) and (−5, 0): the rise along x is h/10. Across,
// the third pad is at 0 where the diagonal's middle is h/2: the rise along y is h/10 as well. Tilt atan(√2
// h/10).
TEST(FootprintStep, UnderOnePad) {
  const double h = 1.0;
  const auto ground = CellWorld(41, [&](int x, int) { return x >= 4 ? h : 0.0; });
  const FootprintTests tests = TestFootprints(ground, SquareCells(1), BigLander(), OneYaw());
  EXPECT_NEAR(tests.tilt_rad.At(20, 20), std::atan(std::sqrt(2.0) * h / 10), 1e-6);
  // The highest ground over either plane: (4, ±3) of the body's disc, h over the plane's h/2 + 0.4 h ∓ 0.3 h.
  EXPECT_NEAR(tests.clearance_m.At(20, 20), 0.6 - (h - (0.5 + 0.4 - 0.3) * h) / std::sqrt(1 + 0.02 * h * h),
              1e-5);
  // Every three pads: the two planes of the other diagonal, through (0, ±5) at 0: one is flat, one rises by
  // h/5.
  const FootprintTests every =
      TestFootprints(ground, SquareCells(1), BigLander(), OneYaw(PadPlanes::kEveryThree));
  EXPECT_NEAR(every.tilt_rad.At(20, 20), std::atan(h / 5), 1e-6);
  EXPECT_NEAR(every.clearance_m.At(20, 20), 0.6 - h, 1e-5);  // over the flat one
}

TEST(FootprintBoulder, UnderTheBelly) {
  const auto ground = [](double h) {
    return CellWorld(41, [h](int x, int y) { return x == 1 && y == 2 ? h : 0.0; });
  };
  const FootprintTests low = TestFootprints(ground(0.49), SquareCells(1), BigLander(), OneYaw());
  EXPECT_NEAR(low.clearance_m.At(20, 20), 0.11, 1e-6);
  EXPECT_EQ(low.tilt_rad.At(20, 20), 0);
  EXPECT_EQ(low.verdict.At(20, 20), 0);
  const FootprintTests high = TestFootprints(ground(0.51), SquareCells(1), BigLander(), OneYaw());
  EXPECT_EQ(high.verdict.At(20, 20), kFootprintClearance);
  // At (3, 4) from the middle it is on the leg circle and under no pad; at (4, 4) it does no harm.
  EXPECT_EQ(high.verdict.At(18, 18), kFootprintClearance);
  EXPECT_EQ(high.verdict.At(17, 18), 0);
}

// A rock of one cell under a pad of five lifts the whole pad.
TEST(FootprintRock, NarrowerThanAPad) {
  const double h = 0.4;
  const auto ground = CellWorld(41, [&](int x, int y) { return x == 6 && y == 0 ? h : 0.0; });
  const FootprintTests tests = TestFootprints(ground, SquareCells(1), BigLander(), OneYaw());
  EXPECT_NEAR(tests.tilt_rad.At(20, 20), std::atan(std::sqrt(2.0) * h / 10), 1e-6);
  EXPECT_NEAR(tests.tilt_rad.At(19, 20), 0, 1e-6);  // now it is two cells from the pad's middle
}

TEST(FootprintHole, ThatAPadBridges) {
  const auto ground = CellWorld(41, [](int x, int y) { return x == 5 && y == 0 ? -3.0 : 0.0; });
  EXPECT_NEAR(TestFootprints(ground, SquareCells(1), BigLander(), OneYaw()).tilt_rad.At(20, 20), 0, 1e-6);
  Lander stilts = BigLander();
  stilts.pad_diameter_m =
      0;  // it stands on the other three: the leg over the hole hangs free, or carries nothing
  const FootprintTests tests = TestFootprints(ground, SquareCells(1), stilts, OneYaw());
  // The diagonal without the hole is the higher one: one plane is flat, the other tips into the hole, 3 m
  // over 5.
  EXPECT_NEAR(tests.tilt_rad.At(20, 20), std::atan(3.0 / 5), 1e-6);
}

// Three legs: the plane through the three, whatever it is.
TEST(FootprintLegs, Three) {
  const auto ground = CellWorld(41, [](int x, int) { return x >= 4 ? 0.75 : 0.0; });
  Lander lander = BigLander(3);  // pads at (5, 0), (−2.5 → −3, ±4)
  const FootprintTests tests = TestFootprints(ground, SquareCells(1), lander, OneYaw());
  EXPECT_NEAR(tests.tilt_rad.At(20, 20), std::atan(0.75 / 8), 1e-6);
}

TEST(FootprintUnknown, WhereAnyCellOfTheFootprintIs) {
  auto ground = CellWorld(61, [](int, int) { return 0.0; });
  ground.At(30, 30) = kHole;
  const FootprintTests tests = TestFootprints(ground, SquareCells(1), BigLander(), OneYaw());
  int unknown = 0;
  for (int row = 0; row < 61; ++row) {
    for (int col = 0; col < 61; ++col) {
      const int x = 30 - col, y = 30 - row;
      // The body's disc, and the pads' outer cells at (±6, 0) and (0, ±6); pads' other cells: (±5, ±1) and
      // (±1, ±5).
      const bool in_body = x * x + y * y <= 25;
      const bool in_pad =
          std::abs(std::abs(x) - 5) + std::abs(y) <= 1 || std::abs(x) + std::abs(std::abs(y) - 5) <= 1;
      const bool off = std::min(std::min(col, row), std::min(60 - col, 60 - row)) < 6;
      const bool expected = in_body || in_pad || off;
      EXPECT_EQ(tests.verdict.At(col, row), expected ? kFootprintUnknown : 0) << col << ", " << row;
      EXPECT_EQ(std::isnan(tests.tilt_rad.At(col, row)), expected);
      EXPECT_EQ(std::isnan(tests.clearance_m.At(col, row)), expected);
      unknown += expected && !off;
    }
  }
  EXPECT_EQ(unknown, 81 + 4 * 3);
}

TEST(FootprintUnknown, GridsSmallerThanTheLanderAndWithoutData) {
  for (const auto verdict : TestFootprints(Grid<float>(5, 5), SquareCells(1), BigLander()).verdict.data) {
    EXPECT_EQ(verdict, kFootprintUnknown);
  }
  for (const auto verdict :
       TestFootprints(Grid<float>(30, 30, kHole), SquareCells(1), BigLander()).verdict.data) {
    EXPECT_EQ(verdict, kFootprintUnknown);
  }
}

TEST(FootprintOptions, AreChecked) {
  Lander lander = BigLander();
  lander.legs = 2;
  EXPECT_THROW(TestFootprints(Grid<float>(5, 5), SquareCells(1), lander), std::invalid_argument);
  EXPECT_THROW(TestFootprints(Grid<float>(5, 5), SquareCells(1), BigLander(), {0, PadPlanes::kStable, true}),
               std::invalid_argument);
  EXPECT_THROW(TestFootprints(Grid<float>(5, 5), SquareCells(4), BigLander()), std::invalid_argument);
  Grid<float> infinite(30, 30);
  infinite.At(3, 3) = std::numeric_limits<float>::infinity();
  EXPECT_THROW(TestFootprints(infinite, SquareCells(1), BigLander()), std::invalid_argument);
}

struct Differences {
  int known = 0, unsafe = 0, verdicts = 0;
  double tilt_rad = 0, clearance_m = 0;
};

Differences Compare(const Grid<float>& ground, const Eigen::Vector2d& step_m, const Lander& lander,
                    const FootprintTestOptions& options) {
  const Eigen::Matrix2d metric = step_m.cwiseAbs2().asDiagonal();
  const FootprintTests tests = TestFootprints(ground, metric, lander, options);
  FootprintTestOptions verdict_alone = options;
  verdict_alone.clearance_values = false;
  const FootprintTests quick = TestFootprints(ground, metric, lander, verdict_alone);
  EXPECT_TRUE(quick.clearance_m.empty());
  Differences found;
  for (int row = 0; row < ground.height; ++row) {
    for (int col = 0; col < ground.width; ++col) {
      const auto brute = BruteForceAt(ground, step_m, lander, options, col, row);
      unsigned verdict = brute.known ? 0 : kFootprintUnknown;
      if (brute.known) {
        if (brute.tilt_rad > lander.max_tilt_rad) verdict |= kFootprintTilt;
        if (brute.clearance_m < lander.body_clearance_m - lander.HighestGround_m())
          verdict |= kFootprintClearance;
        ++found.known;
        found.tilt_rad = std::max(found.tilt_rad, std::abs(brute.tilt_rad - tests.tilt_rad.At(col, row)));
        found.clearance_m =
            std::max(found.clearance_m, std::abs(brute.clearance_m - tests.clearance_m.At(col, row)));
        found.unsafe += verdict != 0;
      }
      found.verdicts += verdict != tests.verdict.At(col, row);
      found.verdicts += verdict != quick.verdict.At(col, row);
    }
  }
  return found;
}

// Every cell of random ground, for every number of legs, both rules, cells that are not square, with gaps.
TEST(FootprintBruteForce, EqualAtEveryCell) {
  int known = 0, unsafe = 0;
  for (std::uint64_t seed = 0; seed < 16; ++seed) {
    const Eigen::Vector2d step_m(0.1 + 0.1 * RandomUniform(seed, 7, 0),
                                 0.1 + 0.1 * RandomUniform(seed, 7, 1));
    const double level_m = 18000 * (RandomUniform(seed, 7, 2) - 0.5);
    Grid<float> ground = RockyGround(90, 70, 0.15, seed, level_m);
    for (int i = 0; i < 3; ++i) {
      ground.data[static_cast<std::size_t>(RandomUniform(seed, 8, i) * ground.data.size())] = kHole;
    }
    Lander lander;
    lander.legs = 3 + static_cast<int>(seed % 4);
    lander.leg_circle_diameter_m = 1.5 + 2 * RandomUniform(seed, 7, 3);
    lander.pad_diameter_m = 0.6 * RandomUniform(seed, 7, 4);
    lander.body_clearance_m = 0.2 + 0.4 * RandomUniform(seed, 7, 5);
    const FootprintTestOptions options{1 + static_cast<int>(seed % 3) * 4,
                                       seed % 2 == 0 ? PadPlanes::kStable : PadPlanes::kEveryThree, true};
    const Differences found = Compare(ground, step_m, lander, options);
    EXPECT_EQ(found.verdicts, 0) << "seed " << seed;
    EXPECT_LT(found.tilt_rad, 1e-4) << "seed " << seed;
    EXPECT_LT(found.clearance_m, 1e-4) << "seed " << seed;
    known += found.known;
    unsafe += found.unsafe;
  }
  EXPECT_GT(known, 20000);
  EXPECT_GT(unsafe, known / 20);
  EXPECT_LT(unsafe, known * 19 / 20);
}

// The size that is timed: all of 1000 × 1000 cells of 0.1 m.
TEST(FootprintBruteForceSlow, EqualAtEveryCellOfTheTimedGround) {
  const Differences found =
      Compare(RockyGround(1000, 1000, 0.1, 1, -2500), {0.1, 0.1}, Lander(), FootprintTestOptions());
  EXPECT_EQ(found.verdicts, 0);
  EXPECT_GT(found.known, 900'000);
  EXPECT_GT(found.unsafe, found.known / 20);
  EXPECT_LT(found.unsafe, found.known * 19 / 20);
}

TEST(FootprintTileThreads, SameBytesWithOneOrTwoAndOnEveryInstructionSet) {
  const Grid<float> ground = [] {
    Grid<float> holed = RockyGround(300, 280, 0.1, 5, 0);
    holed.At(140, 140) = kHole;
    return holed;
  }();
  const auto run = [&](int threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return TestFootprints(ground, SquareCells(0.1), Lander());
  };
  const FootprintTests one = run(1), two = run(2);
  EXPECT_EQ(one.verdict.data, two.verdict.data);
  const std::size_t bytes = one.tilt_rad.data.size() * sizeof(float);
  EXPECT_EQ(std::memcmp(one.tilt_rad.data.data(), two.tilt_rad.data.data(), bytes), 0);
  EXPECT_EQ(std::memcmp(one.clearance_m.data.data(), two.clearance_m.data.data(), bytes), 0);
  for (const SimdLevel level : AvailableSimdLevels()) {
    const FootprintTests simd = TestFootprints(ground, SquareCells(0.1), Lander(), {}, level);
    EXPECT_EQ(simd.verdict.data, one.verdict.data) << SimdLevelName(level);
    EXPECT_EQ(std::memcmp(simd.tilt_rad.data.data(), one.tilt_rad.data.data(), bytes), 0)
        << SimdLevelName(level);
    EXPECT_EQ(std::memcmp(simd.clearance_m.data.data(), one.clearance_m.data.data(), bytes), 0);
  }
  // Other tiles, other single-precision references: the verdicts stay.
  Grid<float> part(200, 180);
  for (int row = 0; row < 180; ++row) std::copy_n(&ground.At(57, row + 41), 200, &part.At(0, row));
  const FootprintTests cut = TestFootprints(part, SquareCells(0.1), Lander());
  for (int row = 30; row < 150; ++row) {
    for (int col = 30; col < 170; ++col)
      EXPECT_EQ(cut.verdict.At(col, row), one.verdict.At(col + 57, row + 41));
  }
}

}  // namespace
}  // namespace perilune::dem
