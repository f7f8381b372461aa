#include "dem/terrain/ray_bundle.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <stdexcept>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"
#include "dem/terrain/bundle_tracer.h"
#include "dem/terrain/terrain.h"

namespace perilune::dem {
namespace {

// Uniform in [0, 1) for one random world.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : seed_(seed) {}
  double operator()() { return RandomUniform(seed_, 17, index_++); }
  double Between(double low, double high) { return low + (high - low) * (*this)(); }

 private:
  std::uint64_t seed_, index_ = 0;
};

// Waves with random steps at every grid point, the Moon's curvature, and holes.
TerrainLevel RoughLevel(std::uint64_t seed, double spacing_m, int width, int height, double roughness_m,
                        double hole_share) {
  TerrainLevel level;
  level.z_m = Grid<float>(width, height);
  level.spacing_m = spacing_m;
  level.x0_m = -0.5 * (width - 1) * spacing_m;
  level.y0_m = 0.5 * (height - 1) * spacing_m;
  for (int row = 0; row < height; ++row) {
    for (int col = 0; col < width; ++col) {
      const double x = level.x0_m + col * spacing_m, y = level.y0_m - row * spacing_m;
      const auto cell = static_cast<std::uint64_t>(row) * width + col;
      const double waves = std::sin(x / 170) * std::cos(y / 230) + 0.3 * std::sin(x / 31 + y / 47);
      const double h = 60 * waves + roughness_m * RandomUniform(seed, 3, cell);
      level.z_m.At(col, row) = static_cast<float>(ZInSite(x, y, h - 1500));
      const auto patch = static_cast<std::uint64_t>(row / 11) * 4096 + col / 13;
      if (RandomUniform(seed, 4, patch) < hole_share) level.z_m.At(col, row) = std::nanf("");
    }
  }
  return level;
}

Terrain RandomTerrain(std::uint64_t seed) {
  Dice dice(seed);
  std::vector<TerrainLevel> levels;
  const double holes = dice() < 0.5 ? 0.0 : 0.15;
  const double roughness_m = dice.Between(0, 4);
  if (dice() < 0.7) levels.push_back(RoughLevel(seed + 1, 1.7, 301, 283, roughness_m, holes));
  if (dice() < 0.7) levels.push_back(RoughLevel(seed + 2, 4.3, 401, 350, roughness_m, holes));
  levels.push_back(RoughLevel(seed + 3, 19.1, 317, 402, roughness_m, holes));
  for (std::size_t i = 0; i < levels.size(); ++i) {
    levels[i].x0_m += dice.Between(-40, 40);
    levels[i].y0_m += dice.Between(-40, 40);
  }
  return Terrain(MakeSite({0.4, 0.3}), std::move(levels));
}

// A bundle with its arrays.
struct Rays {
  std::array<std::vector<double>, 3> origin, direction;
  double min_range_m = 0, max_range_m = std::numeric_limits<double>::infinity();

  RayBundle Bundle() const {
    return {{origin[0], origin[1], origin[2]},
            {direction[0], direction[1], direction[2]},
            min_range_m,
            max_range_m};
  }
  void AddOrigin(const Eigen::Vector3d& v) {
    for (int axis = 0; axis < 3; ++axis) origin[axis].push_back(v[axis]);
  }
  void AddDirection(const Eigen::Vector3d& v) {
    for (int axis = 0; axis < 3; ++axis) direction[axis].push_back(v[axis]);
  }
  Ray At(int i) const {
    const int o = origin[0].size() > 1 ? i : 0, d = direction[0].size() > 1 ? i : 0;
    return {{origin[0][o], origin[1][o], origin[2][o]},
            {direction[0][d], direction[1][d], direction[2][d]},
            min_range_m,
            max_range_m};
  }
};

// A camera somewhere over, beside or (rarely) under the ground, looking anywhere below 3° over the horizon.
Rays RandomCamera(Dice& dice, int side) {
  Rays rays;
  rays.AddOrigin({dice.Between(-3500, 3500), dice.Between(-3500, 3500), -1600 + 2500 * std::pow(dice(), 2)});
  const double azimuth = dice.Between(0, 2 * kPi), elevation = dice.Between(-kPi / 2, 0.05);
  const Eigen::Vector3d ahead(std::cos(elevation) * std::sin(azimuth),
                              std::cos(elevation) * std::cos(azimuth), std::sin(elevation));
  const Eigen::Vector3d right(std::cos(azimuth), -std::sin(azimuth), 0), up = right.cross(ahead);
  const double spread = std::exp(dice.Between(-6, 0));
  for (int v = 0; v < side; ++v) {
    for (int u = 0; u < side; ++u) {
      const double x = spread * (2.0 * u / side - 1), y = spread * (2.0 * v / side - 1);
      rays.AddDirection((ahead + x * right + y * up).normalized());
    }
  }
  return rays;
}

// Height of the ray over the surface where it comes closest, found by dense sampling: what decides whether
// two ways of computing may disagree about a hit.
double Clearance_m(const Terrain& terrain, const Ray& ray, double around_range_m) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = -20000; i <= 20000; ++i) {
    const double t = around_range_m + i * 1e-3;
    if (t < ray.min_range_m || t > ray.max_range_m) continue;
    const Eigen::Vector3d p = ray.origin_in_site + t * ray.direction;
    if (const auto z = terrain.HeightAt(p.x(), p.y())) least = std::min(least, std::abs(p.z() - *z));
  }
  return least;
}

struct Tally {
  int rays = 0, hits = 0, differ = 0, farther_than_1mm = 0;
  double worst_m = 0;
};

void CompareHits(const Terrain& terrain, const Rays& rays, SimdLevel simd, Tally& tally) {
  const BundleHits hits = terrain.FirstHits(rays.Bundle(), simd);
  const std::vector<std::uint8_t> occluded = terrain.Occluded(rays.Bundle(), simd);
  for (int i = 0; i < rays.Bundle().Count(); ++i) {
    const Ray ray = rays.At(i);
    const auto expected = terrain.FirstHit(ray);
    ++tally.rays;
    tally.hits += expected.has_value();
    const bool hit = !std::isnan(hits.range_m[i]);
    EXPECT_EQ(hits.level[i] >= 0, hit);
    if (hit && expected) {
      const double difference = std::abs(hits.range_m[i] - expected->range_m);
      if (difference < 1e-3) {
        tally.worst_m = std::max(tally.worst_m, difference);
        EXPECT_EQ(hits.level[i], expected->level);
      } else {
        ++tally.farther_than_1mm;
        EXPECT_LT(Clearance_m(terrain, ray, std::min(hits.range_m[i], expected->range_m)), 0.01);
      }
    }
    if (hit != expected.has_value() || (occluded[i] != 0) != expected.has_value()) {
      ++tally.differ;
      if (hit != expected.has_value()) {
        EXPECT_LT(Clearance_m(terrain, ray, hit ? hits.range_m[i] : expected->range_m), 0.01);
      }
    }
  }
}

// A camera that sees nothing but the middle of a level some kilometres wide, from far above, aslant, or from
// just above the ground.
Rays CameraOverTheMiddle(Dice& dice, double half_side_m, int side) {
  const Eigen::Vector3d aim(dice.Between(-0.2, 0.2) * half_side_m, dice.Between(-0.2, 0.2) * half_side_m,
                            -1500);
  const double azimuth = dice.Between(0, 2 * kPi), elevation = dice.Between(0.15, kPi / 2);
  const double distance_m = std::exp(dice.Between(std::log(400), std::log(120e3)));
  const Eigen::Vector3d back(std::cos(elevation) * std::sin(azimuth), std::cos(elevation) * std::cos(azimuth),
                             std::sin(elevation));
  const Eigen::Vector3d right(std::cos(azimuth), -std::sin(azimuth), 0), up = right.cross(-back);
  const double spread =
      std::min(0.5 * elevation, 0.2 * std::sin(elevation) * half_side_m / distance_m) * dice.Between(0.2, 1);
  Rays rays;
  rays.AddOrigin(aim + distance_m * back);
  for (int v = 0; v < side; ++v) {
    for (int u = 0; u < side; ++u) {
      const double x = spread * (2.0 * u / side - 1), y = spread * (2.0 * v / side - 1);
      rays.AddDirection((-back + x * right + y * up).normalized());
    }
  }
  return rays;
}

class RayBundleOn : public testing::TestWithParam<SimdLevel> {};

TEST_P(RayBundleOn, CameraRaysHitWhereScalarRaysDo) {
  Tally tally;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Terrain terrain = RandomTerrain(seed * 10);
    Dice dice(seed);
    for (int camera = 0; camera < 8; ++camera)
      CompareHits(terrain, RandomCamera(dice, 27), GetParam(), tally);
  }
  EXPECT_GT(tally.hits, 100'000);
  EXPECT_LT(tally.hits, tally.rays - 20'000);
  EXPECT_LT(tally.differ + tally.farther_than_1mm, 1e-4 * tally.rays);
  RecordProperty("differ", tally.differ);
  RecordProperty("worst_nm", static_cast<int>(1e9 * tally.worst_m));
}

TEST_P(RayBundleOn, CamerasThatSeeOneLevelHitWhereScalarRaysDo) {
  Tally tally;
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    Dice dice(1000 + seed);
    std::vector<TerrainLevel> levels;
    if (seed % 2 == 1) {  // beside the view
      levels.push_back(RoughLevel(seed, 3, 201, 201, 4, 0));
      levels.back().x0_m += 2800;
    }
    levels.push_back(RoughLevel(seed, 8, 801, 801, dice.Between(0, 6), 0));
    const Terrain terrain(MakeSite({0.4, 0.3}), std::move(levels));
    for (int camera = 0; camera < 12; ++camera) {
      CompareHits(terrain, CameraOverTheMiddle(dice, 3200, 32), GetParam(), tally);
    }
  }
  EXPECT_GT(tally.hits, 0.99 * tally.rays);
  EXPECT_LT(tally.differ + tally.farther_than_1mm, 1e-4 * tally.rays);
  RecordProperty("differ", tally.differ);
  RecordProperty("worst_nm", static_cast<int>(1e9 * tally.worst_m));
}

TEST_P(RayBundleOn, SunRaysFromTheGroundAreHiddenWhereScalarRaysAre) {
  int rays_traced = 0, hidden = 0, differ = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Terrain terrain = RandomTerrain(5000 + seed * 10);
    Dice dice(seed);
    for (int sun = 0; sun < 4; ++sun) {
      Rays rays;
      const double azimuth = dice.Between(0, 2 * kPi), elevation = kPi / 2 * std::pow(dice(), 3);
      rays.AddDirection({std::cos(elevation) * std::sin(azimuth), std::cos(elevation) * std::cos(azimuth),
                         std::sin(elevation)});
      const double x0 = dice.Between(-2500, 2500), y0 = dice.Between(-2500, 2500);
      for (int i = 0; i < 1000; ++i) {
        const double x = x0 + i % 32 * 3.3, y = y0 + i / 32 * 2.9;
        const auto z = terrain.HeightAt(x, y);
        if (z) rays.AddOrigin({x, y, *z + 1e-3 * terrain.GroundSpacing_m(x, y)});
      }
      if (rays.origin[0].size() < 2) continue;
      const std::vector<std::uint8_t> occluded = terrain.Occluded(rays.Bundle(), GetParam());
      for (int i = 0; i < rays.Bundle().Count(); ++i) {
        const auto expected = terrain.FirstHit(rays.At(i));
        ++rays_traced;
        hidden += expected.has_value();
        if ((occluded[i] != 0) == expected.has_value()) continue;
        ++differ;
      }
    }
  }
  EXPECT_GT(hidden, 20'000);
  EXPECT_GT(rays_traced - hidden, 20'000);
  EXPECT_LT(differ, 1e-4 * rays_traced);
  RecordProperty("differ", differ);
  RecordProperty("rays", rays_traced);
}

// Rays that start on grid lines and run along them, or all but: rounding decides which square they are in,
// and must neither lose nor trap them.
TEST_P(RayBundleOn, RaysAlongGridLinesEndWhereScalarRaysDo) {
  const double kTilts[] = {0, 0, 1e-17, -1e-17, 6e-17, 1e-9, -1e-9, 1, -1, 0.5};
  Tally tally;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    std::vector<TerrainLevel> levels;
    levels.push_back(RoughLevel(seed, 2, 257, 129, 3, 0));
    const Terrain terrain(MakeSite({0, 0}), std::move(levels));
    const TerrainLevel& level = terrain.Level(0);
    Dice dice(seed);
    const auto pick = [&] { return kTilts[static_cast<int>(dice() * std::size(kTilts))]; };
    for (int batch = 0; batch < 40; ++batch) {
      Rays rays;
      const double rise = std::pow(dice.Between(-1, 1), 3);
      rays.AddDirection(batch % 2 ? Eigen::Vector3d(batch % 4 < 2 ? 1 : -1, pick(), rise).normalized()
                                  : Eigen::Vector3d(pick(), batch % 4 < 2 ? 1 : -1, rise).normalized());
      for (int i = 0; i < 256; ++i) {
        const int col = static_cast<int>(dice() * 64) * 4, row = static_cast<int>(dice() * 32) * 4;
        rays.AddOrigin({level.x0_m + 2 * col, level.y0_m - 2 * row,
                        level.z_m.At(col, row) + (dice() < 0.5 ? 0.002 : 40.0)});
      }
      CompareHits(terrain, rays, GetParam(), tally);
    }
  }
  EXPECT_GT(tally.hits, 20'000);
  EXPECT_LT(tally.hits, tally.rays - 20'000);
  EXPECT_LT(tally.differ + tally.farther_than_1mm, 1e-4 * tally.rays);
  RecordProperty("differ", tally.differ);
  RecordProperty("worst_nm", static_cast<int>(1e9 * tally.worst_m));
}

// Far rays aimed at grid points and at grid lines, where cells meet, a little below the surface (at it, they
// would graze crests): each goes from one cell into a neighbour right there, and must not slip through
// between the two.
TEST_P(RayBundleOn, RaysAimedAtGridLinesDoNotSlipThrough) {
  constexpr double kBelow_m = 0.01;
  Tally tally;
  for (std::uint64_t seed = 700; seed < 712; ++seed) {
    std::vector<TerrainLevel> levels;
    levels.push_back(RoughLevel(seed, 5, 401, 401, 6, 0));
    const Terrain terrain(MakeSite({0, 0}), std::move(levels));
    const TerrainLevel& level = terrain.Level(0);
    Dice dice(seed);
    Rays rays;
    const Eigen::Vector3d eye(dice.Between(-900, 900), dice.Between(-900, 900), dice.Between(-1300, 500));
    rays.AddOrigin(eye);
    for (int i = 0; i < 8192; ++i) {
      const int col = 20 + static_cast<int>(dice() * 360), row = 20 + static_cast<int>(dice() * 360);
      const double along = i % 2 ? 0 : level.spacing_m * dice();
      const double x = level.x0_m + col * level.spacing_m + (i % 4 ? along : 0);
      const double y = level.y0_m - row * level.spacing_m - (i % 4 ? 0 : along);
      rays.AddDirection((Eigen::Vector3d(x, y, *terrain.HeightAt(x, y) - kBelow_m) - eye).normalized());
    }
    CompareHits(terrain, rays, GetParam(), tally);
  }
  EXPECT_GT(tally.hits, 0.9 * tally.rays);
  EXPECT_EQ(tally.differ + tally.farther_than_1mm, 0);
}

// Rays that rise out of the ground's slab while they are in the first cells after a packet's corner (every
// 128 cells), on their way towards it: no height before the corner may be read, where indices would be
// negative.
TEST_P(RayBundleOn, RaysThatEndBesideACornerStayBehindIt) {
  constexpr int kCorner = 128, kRays = 32;
  std::vector<TerrainLevel> levels;
  levels.push_back(RoughLevel(5, 5, 300, 300, 1, 0));
  const Terrain terrain(MakeSite({0, 0}), std::move(levels));
  const TerrainLevel& level = terrain.Level(0);
  Dice dice(31);
  for (int bundle = 0; bundle < 4000; ++bundle) {
    const double rise = dice.Between(0.05, 2), turn = dice.Between(0, kPi / 2);
    const double col = kCorner + dice.Between(0.05, 2), row = kCorner + dice.Between(0.05, 2);
    Rays rays;
    rays.AddDirection(Eigen::Vector3d(-std::cos(turn), std::sin(turn), rise).normalized());
    for (int i = 0; i < kRays; ++i) {
      const double x = level.x0_m + level.spacing_m * (col + dice.Between(0, 0.01));
      const double y = level.y0_m - level.spacing_m * (row + dice.Between(0, 0.01));
      rays.AddOrigin({x, y, *terrain.HeightAt(x, y) + 0.01});
    }
    const std::vector<std::uint8_t> occluded = terrain.Occluded(rays.Bundle(), GetParam());
    for (int i = 0; i < kRays; ++i) EXPECT_EQ(occluded[i] != 0, terrain.Occluded(rays.At(i))) << bundle;
  }
}

INSTANTIATE_TEST_SUITE_P(EachKernel, RayBundleOn, testing::ValuesIn(AvailableSimdLevels()),
                         [](const auto& kernel) { return SimdLevelName(kernel.param); });

TEST(RayBundle, AllKernelsGiveTheSameBits) {
  for (std::uint64_t seed = 900; seed < 920; ++seed) {
    const Terrain terrain = RandomTerrain(seed * 10);
    Dice dice(seed);
    const Rays rays = RandomCamera(dice, 41);
    const BundleHits first = terrain.FirstHits(rays.Bundle(), SimdLevel::kSse2);
    for (const SimdLevel simd : AvailableSimdLevels()) {
      const BundleHits hits = terrain.FirstHits(rays.Bundle(), simd);
      EXPECT_EQ(hits.level, first.level);
      for (std::size_t i = 0; i < hits.range_m.size(); ++i) {
        if (!std::isnan(first.range_m[i]) || !std::isnan(hits.range_m[i])) {
          EXPECT_EQ(hits.range_m[i], first.range_m[i]) << SimdLevelName(simd);
        }
      }
    }
  }
}

// Without missing data the kernels themselves decide: agreement must not come from asking the scalar path.
TEST(RayBundle, KernelsSeldomAskTheScalarPath) {
  int rays_traced = 0, doubtful = 0;
  for (std::uint64_t seed = 300; seed < 320; ++seed) {
    const TerrainLevel level = RoughLevel(seed, 7, 501, 501, 4, 0);
    const HeightPyramid pyramid(level.z_m);
    Dice dice(seed);
    Rays rays = RandomCamera(dice, 64);
    for (int axis = 0; axis < 2; ++axis) rays.origin[axis][0] *= 0.3;  // inside the level
    rays.origin[2][0] = -1500 + dice.Between(150, 2000);
    const auto asked = [&](int) {
      ++doubtful;
      return std::optional<SurfaceHit>();
    };
    TraceFirstHits({ViewOf(level, pyramid)}, KernelFor(ChosenSimdLevel()), rays.Bundle(), asked);
    rays_traced += rays.Bundle().Count();
  }
  EXPECT_LT(doubtful, 0.01 * rays_traced);
  RecordProperty("doubtful", doubtful);
}

TEST(RayBundle, VerticalAxisAlignedAndShortRays) {
  TerrainLevel level;
  level.z_m = Grid<float>(9, 7, 2.0F);
  level.spacing_m = 10;
  level.y0_m = 60;
  std::vector<TerrainLevel> levels;
  levels.push_back(std::move(level));
  const Terrain terrain(MakeSite({0, 0}), std::move(levels));
  Rays down;
  down.AddDirection({0, 0, -1});
  // Inside, on grid points, on every border, and outside.
  for (const double x : {0.0, 5.0, 10.0, 80.0, 80.001, -0.001})
    down.AddOrigin({x, 60 - 0.5 * std::abs(x), 12});
  const BundleHits hits = terrain.FirstHits(down.Bundle());
  for (int i = 0; i < 4; ++i) EXPECT_DOUBLE_EQ(hits.range_m[i], 10) << i;
  EXPECT_TRUE(std::isnan(hits.range_m[4]));
  EXPECT_TRUE(std::isnan(hits.range_m[5]));
  down.max_range_m = 9.9;
  EXPECT_TRUE(std::isnan(terrain.FirstHits(down.Bundle()).range_m[0]));
  Rays east;  // falls by 1 in 5 along a grid line
  east.AddOrigin({-20, 30, 14});
  east.AddDirection(Eigen::Vector3d(5, 0, -1).normalized());
  EXPECT_NEAR(terrain.FirstHits(east.Bundle()).range_m[0], 12 * std::sqrt(26), 1e-9);
  Rays level_flight;
  level_flight.AddOrigin({-20, 30, 2.5});
  level_flight.AddDirection({1, 0, 0});
  EXPECT_TRUE(std::isnan(terrain.FirstHits(level_flight.Bundle()).range_m[0]));
}

TEST(RayBundle, RefusesArraysOfDifferentSizes) {
  const Terrain terrain = RandomTerrain(1);
  Rays rays;
  rays.AddOrigin({0, 0, 100});
  for (int i = 0; i < 3; ++i) rays.AddDirection({0, 0, -1});
  rays.direction[1].pop_back();
  EXPECT_THROW(terrain.FirstHits(rays.Bundle()), std::invalid_argument);
  EXPECT_TRUE(terrain.Occluded(Rays{}.Bundle()).empty());
}

}  // namespace
}  // namespace perilune::dem
