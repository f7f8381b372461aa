// Seams between levels: a stack as a landing site has it, from a posting of 100 m with the relief of a real
// DEM down to synthetic ground at 5 cm, in random worlds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dem/synthesis/embedded.h"
#include "dem/synthesis/random.h"
#include "dem/synthesis/refine.h"
#include "dem/terrain/terrain.h"

namespace perilune::dem {
namespace {

PlaneWindow Square(double half_width_m, double spacing_m) {
  const int half = static_cast<int>(std::ceil(half_width_m / spacing_m));
  return {-half * spacing_m, half * spacing_m, 2 * half + 1, 2 * half + 1, spacing_m};
}

TerrainLevel LevelOf(const PlaneWindow& window, Grid<float> z_m) {
  TerrainLevel level;
  level.x0_m = window.x0_m;
  level.y0_m = window.y0_m;
  level.spacing_m = window.spacing_m;
  level.z_m = std::move(z_m);
  return level;
}

// 100 m to ± 20 km, 10 m to ± 1.5 km, 1 m to ± 150 m, 5 cm to ± 20 m: ratios of 10 and 20. Missing strips in
// the second level, as where the images of a regional DEM end.
std::vector<TerrainLevel> Stack(std::uint64_t seed) {
  const DetailOptions world = seed % 2 == 0 ? MareWorld(seed) : EmbeddedWorld(seed);
  std::vector<TerrainLevel> levels;
  PlaneWindow coarse = Square(20'000, 100);
  levels.push_back(LevelOf(coarse, SyntheticGround(world, coarse)));
  for (const auto& [half_width_m, spacing_m] : {std::pair(1500.0, 10.0), {150.0, 1.0}, {20.0, 0.05}}) {
    const PlaneWindow fine = Square(half_width_m, spacing_m);
    Grid<float> z_m = RefineGrid(levels.front().z_m, coarse, fine,
                                 DetailBetween(world, kCellsPerFeature * coarse.spacing_m, spacing_m));
    levels.insert(levels.begin(), LevelOf(fine, std::move(z_m)));
    coarse = fine;
  }
  return levels;
}

Terrain TerrainOf(std::vector<TerrainLevel> finest_first) {
  return Terrain(MakeSite({0.1, 0.2}), std::move(finest_first));
}

// A place on the border of a level, and the unit vector out of it.
struct BorderPlace {
  Eigen::Vector2d at, outward;
};

std::vector<BorderPlace> AroundBorder(const TerrainLevel& level, std::uint64_t seed, int count) {
  std::vector<BorderPlace> places;
  for (int i = 0; i < count; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    const double along = RandomUniform(seed, 5, index);
    const double x = level.x0_m + along * (level.MaxX() - level.x0_m);
    const double y = level.y0_m + along * (level.MinY() - level.y0_m);
    switch (i % 4) {
      case 0:
        places.push_back({{x, level.y0_m}, {0, 1}});
        break;
      case 1:
        places.push_back({{x, level.MinY()}, {0, -1}});
        break;
      case 2:
        places.push_back({{level.x0_m, y}, {-1, 0}});
        break;
      default:
        places.push_back({{level.MaxX(), y}, {1, 0}});
    }
  }
  return places;
}

Eigen::Vector2d SlopeAt(const Terrain& terrain, const Eigen::Vector2d& at) {
  const Eigen::Vector3d n = *terrain.NormalAt(at.x(), at.y());
  return {-n.x() / n.z(), -n.y() / n.z()};
}

// RMS difference between the coarser level's bilinear surface and the finer one that was made of it: what the
// coarser level does not know.
double CoarseError_m(const std::vector<TerrainLevel>& levels, std::size_t fine) {
  const Terrain coarse = TerrainOf({levels[fine + 1]});
  const TerrainLevel& level = levels[fine];
  double sum = 0;
  int count = 0;
  for (int row = 0; row < level.z_m.height; row += 5) {
    for (int col = 0; col < level.z_m.width; col += 5) {
      const double z =
          *coarse.HeightAt(level.x0_m + col * level.spacing_m, level.y0_m - row * level.spacing_m);
      sum += std::pow(level.z_m.At(col, row) - z, 2);
      ++count;
    }
  }
  return std::sqrt(sum / count);
}

TEST(Seams, NeitherHeightNorNormalStepsAtABorder) {
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    const std::vector<TerrainLevel> levels = Stack(seed);
    const Terrain terrain = TerrainOf(levels);
    for (std::size_t fine = 0; fine + 1 < levels.size(); ++fine) {
      const double error_m = CoarseError_m(levels, fine);
      const double slope_error = error_m / levels[fine + 1].spacing_m;
      const double inside_m = 1e-3 * levels[fine].spacing_m;  // a thousandth of a cell on both sides
      for (const BorderPlace& place : AroundBorder(levels[fine], seed, 4000)) {
        const Eigen::Vector2d in = place.at - inside_m * place.outward,
                              out = place.at + inside_m * place.outward;
        ASSERT_EQ(*terrain.LevelAt(in.x(), in.y()), static_cast<int>(fine));
        ASSERT_EQ(*terrain.LevelAt(out.x(), out.y()), static_cast<int>(fine) + 1);
        const double step_m =
            std::abs(*terrain.HeightAt(in.x(), in.y()) - *terrain.HeightAt(out.x(), out.y()));
        EXPECT_LT(step_m, error_m) << "level " << fine << " seed " << seed;
        EXPECT_LT((SlopeAt(terrain, in) - SlopeAt(terrain, out)).norm(), 0.02 * slope_error)
            << "level " << fine << " seed " << seed;
      }
    }
  }
}

// The worst step in height is between grid points of the finer level, where it follows the coarser level's
// surface by chords: checked against that.
TEST(Seams, HeightsOfBothLevelsAgreeAtTheBorderToTheChord) {
  for (const std::uint64_t seed : {5, 6}) {
    const std::vector<TerrainLevel> levels = Stack(seed);
    const Terrain terrain = TerrainOf(levels);
    for (int fine = 0; fine + 1 < terrain.LevelCount(); ++fine) {
      const TerrainLevel& level = terrain.Level(fine);
      const Terrain coarse = TerrainOf({terrain.Level(fine + 1)});
      for (int col = 0; col < level.z_m.width; ++col) {
        const double x = level.x0_m + col * level.spacing_m;
        const auto below = coarse.HeightAt(x, level.y0_m);
        ASSERT_NEAR(level.z_m.At(col, 0), *below, 1e-4) << "float heights of some km";
      }
    }
  }
}

// Lambert shading under a low Sun, line by line along a seam and averaged along it: a line that one sees is a
// line whose mean departs from that of its neighbours.
std::vector<double> MeanShadeAcross(const Terrain& terrain, const TerrainLevel& level, int lines) {
  const Eigen::Vector3d to_sun = Eigen::Vector3d(-1, 0.2, 0.3).normalized();
  std::vector<double> mean(static_cast<std::size_t>(2 * lines + 1));
  const int along = std::min(level.z_m.height - 1, 800);
  for (int line = -lines; line <= lines; ++line) {
    double sum = 0;
    for (int i = 0; i < along; ++i) {
      const double x = level.x0_m + (line + 0.5) * level.spacing_m;
      const double y = level.y0_m - (i + 0.5) / along * (level.y0_m - level.MinY());
      sum += std::max(0.0, terrain.NormalAt(x, y)->dot(to_sun));
    }
    mean[static_cast<std::size_t>(line + lines)] = sum / along;
  }
  return mean;
}

TEST(Seams, ARenderedStripAcrossABorderShowsNoLine) {
  constexpr int kLines = 60;
  for (const std::uint64_t seed : {7, 8, 9, 10}) {
    const Terrain terrain = TerrainOf(Stack(seed));
    for (int fine = 0; fine + 1 < terrain.LevelCount(); ++fine) {
      const std::vector<double> shade = MeanShadeAcross(terrain, terrain.Level(fine), kLines);
      const auto step = [&](int line) { return std::abs(shade[line + 1] - shade[line]); };
      double inside = 0;
      for (int line = kLines + 1; line < 2 * kLines; ++line) inside = std::max(inside, step(line));
      const double at_seam = std::max(step(kLines - 1), step(kLines));
      EXPECT_LT(at_seam, inside) << "level " << fine << " seed " << seed;
    }
  }
}

// A finer DEM that ends along a ragged edge inside its rectangle, 5 m above the coarser one: the fade spreads
// the 5 m over 16 cells of 2 m; the steepest slope that this adds is 1.5 · 5 / 32.
TEST(Seams, AtTheRaggedEndOfADemTheGroundIsBlendedAsAtABorder) {
  std::vector<TerrainLevel> levels = {LevelOf(Square(200, 2), Grid<float>(201, 201, 5.0F)),
                                      LevelOf(Square(1000, 8), Grid<float>(251, 251, 0.0F))};
  for (int row = 0; row < 201; ++row) {
    const int end = 100 + static_cast<int>(30 * RandomUniform(3, 1, static_cast<std::uint64_t>(row / 9)));
    for (int col = end; col < 201; ++col) levels[0].z_m.At(col, row) = std::nanf("");
  }
  const Terrain terrain = TerrainOf(levels);
  double steepest = 0;
  for (double x = -199; x < 199; x += 1.3) {
    for (double y = -199; y < 199; y += 1.7) {
      // Along a diagonal of the distance's squares both axes may slope.
      steepest = std::max(steepest, SlopeAt(terrain, {x, y}).cwiseAbs().maxCoeff());
    }
  }
  EXPECT_LT(steepest, 1.02 * 1.5 * 5 / 32);
  EXPECT_GT(steepest, 0.9 * 1.5 * 5 / 32);
}

}  // namespace
}  // namespace perilune::dem
