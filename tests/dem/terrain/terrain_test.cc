#include "dem/terrain/terrain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

using Surface = std::function<double(double, double)>;

TerrainLevel LevelOf(const Surface& surface, double half_m, double spacing_m,
                     const std::string& name = "level") {
  const int n = static_cast<int>(std::lround(2 * half_m / spacing_m)) + 1;
  TerrainLevel level;
  level.z_m = Grid<float>(n, n);
  level.x0_m = -half_m;
  level.y0_m = half_m;
  level.spacing_m = spacing_m;
  level.name = name;
  for (int row = 0; row < n; ++row) {
    for (int col = 0; col < n; ++col) {
      level.z_m.At(col, row) =
          static_cast<float>(surface(level.x0_m + col * spacing_m, level.y0_m - row * spacing_m));
    }
  }
  return level;
}

Terrain SingleLevel(const Surface& surface, double half_m, double spacing_m) {
  std::vector<TerrainLevel> levels;
  levels.push_back(LevelOf(surface, half_m, spacing_m));
  return Terrain(MakeSite({0, 0}), std::move(levels));
}

Ray RandomRay(std::uint64_t index, double half_m, double height_m) {
  const auto u = [&](int k) { return RandomUniform(71, static_cast<std::uint64_t>(k), index) * 2 - 1; };
  Ray ray;
  ray.origin_in_site = {u(0) * half_m, u(1) * half_m, height_m * (1 + u(2)) + height_m};
  ray.direction = Eigen::Vector3d(u(3), u(4), -0.05 - std::abs(u(5))).normalized();
  return ray;
}

TEST(Terrain, RayOnAPlaneHitsWhereTheAlgebraSays) {
  // z = 0.1 x − 0.2 y + 5, exactly representable by bilinear cells.
  const Terrain terrain = SingleLevel([](double x, double y) { return 0.1 * x - 0.2 * y + 5; }, 500, 10);
  int hits = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const Ray ray = RandomRay(i, 300, 200);
    const Eigen::Vector3d normal(-0.1, 0.2, 1);
    const double t = (5 - normal.dot(ray.origin_in_site)) / normal.dot(ray.direction);
    const Eigen::Vector3d expected = ray.origin_in_site + t * ray.direction;
    const bool inside = std::abs(expected.x()) < 499.9 && std::abs(expected.y()) < 499.9 && t > 0;
    const auto hit = terrain.FirstHit(ray);
    if (!inside) continue;
    ASSERT_TRUE(hit.has_value()) << i;
    EXPECT_NEAR(hit->range_m, t, 1e-3) << i;
    ++hits;
  }
  EXPECT_GT(hits, 500);
}

TEST(Terrain, RayOnATenMetreSphere) {
  // Upper half of a 10 m sphere standing in a plane; 5 cm cells: sagitta s²/(8r) = 0.03 mm along an axis.
  const auto sphere = [](double x, double y) { return std::sqrt(std::max(0.0, 100 - x * x - y * y)); };
  const Terrain terrain = SingleLevel(sphere, 15, 0.05);
  int hits = 0;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const Ray ray = RandomRay(i, 8, 20);
    const double b = ray.origin_in_site.dot(ray.direction);
    const double c = ray.origin_in_site.squaredNorm() - 100;
    if (b * b - c < 25) continue;  // grazing
    const double t = -b - std::sqrt(b * b - c);
    if ((ray.origin_in_site + t * ray.direction).z() < 5)
      continue;  // the steep lower half is not a height field
    const auto hit = terrain.FirstHit(ray);
    ASSERT_TRUE(hit.has_value()) << i;
    EXPECT_NEAR(hit->range_m, t, 1e-3) << i;
    ++hits;
  }
  EXPECT_GT(hits, 200);
}

TEST(Terrain, FirstHitEqualsFineMarchingOnRoughGround) {
  const auto rough = [](double x, double y) {
    return 30 * std::sin(x / 37) * std::cos(y / 53) + 8 * std::sin(x / 5 + y / 7) +
           3 * RandomUniform(5, static_cast<std::uint64_t>(x + 10000), static_cast<std::uint64_t>(y + 10000));
  };
  const Terrain terrain = SingleLevel(rough, 640, 5);
  int hits = 0;
  for (std::uint64_t i = 0; i < 400; ++i) {
    const Ray ray = RandomRay(i, 600, 60);
    double t_reference = -1;
    for (double t = 0; t < 3000; t += 0.02) {
      const Eigen::Vector3d p = ray.origin_in_site + t * ray.direction;
      const auto z = terrain.HeightAt(p.x(), p.y());
      if (!z) break;
      if (p.z() < *z) {
        t_reference = t;
        break;
      }
    }
    const auto hit = terrain.FirstHit(ray);
    ASSERT_EQ(hit.has_value(), t_reference >= 0) << i;
    if (!hit) continue;
    // The marcher may step over a corner thinner than its step; it never finds an earlier crossing.
    EXPECT_LE(hit->range_m, t_reference + 1e-6) << i;
    const auto z = terrain.HeightAt(hit->point_in_site.x(), hit->point_in_site.y());
    ASSERT_TRUE(z.has_value());
    EXPECT_NEAR(hit->point_in_site.z(), *z, 1e-6) << i;
    hits += hit->range_m > t_reference - 0.03;
  }
  EXPECT_GT(hits, 150);
}

TEST(Terrain, CurvatureMakesASphereOfConstantHeight) {
  const Terrain terrain = SingleLevel([](double x, double y) { return ZInSite(x, y, 1000); }, 100'000, 500);
  for (const double x : {0.0, 33'333.0, -99'000.0}) {
    const auto z = terrain.HeightAt(x, 12'345);
    ASSERT_TRUE(z.has_value());
    // Bilinear sagitta, spacing² / (8 R) in each axis, plus the float's own rounding.
    EXPECT_NEAR(HeightAboveSphere({x, 12'345, *z}), 1000, 2 * 500.0 * 500 / (8 * kMoonRadius_m) + 1e-3);
  }
}

TEST(Terrain, NormalOfAPlaneIsExact) {
  const Terrain terrain = SingleLevel([](double x, double y) { return 0.3 * x - 0.2 * y; }, 100, 2);
  const Eigen::Vector3d expected = Eigen::Vector3d(-0.3, 0.2, 1).normalized();
  for (const double x : {-99.9, 0.0, 17.3, 100.0}) {
    const auto normal = terrain.NormalAt(x, -x);
    ASSERT_TRUE(normal.has_value());
    EXPECT_LT((*normal - expected).norm(), 1e-5);
  }
}

TEST(Terrain, MissingDataIsNoSurface) {
  TerrainLevel level = LevelOf([](double, double) { return 0.0; }, 100, 10);
  for (int row = 8; row <= 12; ++row) {
    for (int col = 8; col <= 12; ++col) level.z_m.At(col, row) = std::nanf("");
  }
  std::vector<TerrainLevel> levels;
  levels.push_back(std::move(level));
  const Terrain terrain(MakeSite({0, 0}), std::move(levels));
  EXPECT_FALSE(terrain.HeightAt(0, 0).has_value());
  EXPECT_FALSE(terrain.NormalAt(0, 0).has_value());
  EXPECT_TRUE(std::isnan(terrain.GroundSpacing_m(0, 0)));
  Ray down;
  down.origin_in_site = {0, 0, 50};
  EXPECT_FALSE(terrain.FirstHit(down).has_value());
  // Through the hole and under the ground beyond it: nothing, not a hit on the hole's edge.
  Ray slanted;
  slanted.origin_in_site = {-20, 1, 5};
  slanted.direction = Eigen::Vector3d(1, 0, -0.5).normalized();
  EXPECT_FALSE(terrain.FirstHit(slanted).has_value());
  // Over the hole onto the ground beyond it.
  slanted.direction = Eigen::Vector3d(1, 0, -0.08).normalized();
  const auto hit = terrain.FirstHit(slanted);
  ASSERT_TRUE(hit.has_value());
  EXPECT_NEAR(hit->point_in_site.x(), -20 + 5 / 0.08, 1e-6);
}

TEST(Terrain, StartBelowTheSurfaceHitsAtOnceAndEnteringFromOutsideBelowHitsNothing) {
  const Terrain terrain = SingleLevel([](double, double) { return 10.0; }, 100, 10);
  Ray ray;
  ray.origin_in_site = {0, 0, 5};
  ray.direction = {1, 0, 0};
  const auto hit = terrain.FirstHit(ray);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->range_m, 0);
  ray.origin_in_site = {-200, 0, 5};
  EXPECT_FALSE(terrain.FirstHit(ray).has_value());
}

TEST(Terrain, NestedLevelsAreOneSurface) {
  const auto coarse_shape = [](double x, double y) { return 20 * std::sin(x / 200) + 0.01 * y; };
  const auto fine_shape = [&](double x, double y) {
    return coarse_shape(x, y) + 2 * std::sin(x / 9) * std::sin(y / 11);
  };
  std::vector<TerrainLevel> levels;
  levels.push_back(LevelOf(fine_shape, 100, 1, "fine"));
  levels.push_back(LevelOf(coarse_shape, 1000, 20, "coarse"));
  const Terrain terrain(MakeSite({0, 0}), std::move(levels));
  EXPECT_EQ(terrain.LevelAt(0, 0), 0);
  EXPECT_EQ(terrain.LevelAt(500, 0), 1);
  // No step across the seam.
  for (double y = -99; y < 99; y += 3.3) {
    EXPECT_NEAR(*terrain.HeightAt(100 - 1e-9, y), *terrain.HeightAt(100 + 1e-9, y), 1e-4);
  }
  // The full detail away from it.
  EXPECT_NEAR(*terrain.HeightAt(30, 40), fine_shape(30, 40), 1e-4);
  // Rays from the coarse ground across the fine one and out again agree with the height query.
  for (std::uint64_t i = 0; i < 500; ++i) {
    const Ray ray = RandomRay(i, 400, 60);
    const auto hit = terrain.FirstHit(ray);
    if (!hit) continue;
    const auto z = terrain.HeightAt(hit->point_in_site.x(), hit->point_in_site.y());
    ASSERT_TRUE(z.has_value());
    EXPECT_NEAR(hit->point_in_site.z(), *z, 1e-3) << i;
  }
}

TEST(Terrain, RefusesMoreLevelsThanAByteCounts) {
  const auto flat = [](double, double) { return 0.0; };
  std::vector<TerrainLevel> levels;
  for (int i = 0; i < 128; ++i) levels.push_back(LevelOf(flat, 10 + 2 * i, 1 + 0.01 * i, "level"));
  try {
    Terrain(MakeSite({0, 0}), std::move(levels));
    ADD_FAILURE() << "128 levels were taken";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("127 at most"));
  }
}

TEST(Terrain, RefusesLevelsThatDoNotNest) {
  const auto flat = [](double, double) { return 0.0; };
  std::vector<TerrainLevel> levels;
  EXPECT_THROW(Terrain(MakeSite({0, 0}), {}), std::invalid_argument);
  levels.push_back(LevelOf(flat, 200, 1, "fine"));
  levels.push_back(LevelOf(flat, 100, 10, "coarse"));
  EXPECT_THROW(Terrain(MakeSite({0, 0}), std::move(levels)), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::dem
