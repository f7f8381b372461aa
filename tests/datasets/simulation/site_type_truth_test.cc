#include "datasets/simulation/site_type_truth.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dem/frames/site.h"
#include "tests/datasets/tiny_scenario.h"

namespace perilune::datasets {
namespace {

// Levels show one ground: where their nodes meet, the coarse one lacks only what is below its four cells, a
// small share of the relief.
TEST(SiteTypeTruth, LevelsAreOneGround) {
  Scenario scenario = test::TinyScenario();
  scenario.ground.site_type = "highland";
  scenario.ground.levels = {{2, {-300, 300, -300, 300}}, {10, {-3000, 3000, -3000, 3000}}};
  scenario.ground.albedo = 0.13;
  const auto levels = SiteTypeLevels(scenario, 8);
  ASSERT_EQ(levels.size(), 2U);
  const dem::TerrainLevel &fine = levels[0], &coarse = levels[1];
  double differences2 = 0, count = 0, low = 1e9, high = -1e9, albedo = 0;
  for (double y = -300; y <= 300; y += 10) {
    for (double x = -300; x <= 300; x += 10, ++count) {
      const double of_fine = fine.z_m.At(static_cast<int>(std::lround((x - fine.x0_m) / 2)),
                                         static_cast<int>(std::lround((fine.y0_m - y) / 2)));
      const double of_coarse = coarse.z_m.At(static_cast<int>(std::lround((x - coarse.x0_m) / 10)),
                                             static_cast<int>(std::lround((coarse.y0_m - y) / 10)));
      differences2 += (of_fine - of_coarse) * (of_fine - of_coarse);
      low = std::min(low, of_fine);
      high = std::max(high, of_fine);
    }
  }
  for (float a : coarse.albedo_grid.data) albedo += a / static_cast<double>(coarse.albedo_grid.data.size());
  EXPECT_LT(std::sqrt(differences2 / count), 2);
  EXPECT_GT(high - low, 15);
  EXPECT_NEAR(albedo, 0.13, 0.02);
}

// z carries the Moon's curvature: far out the ground sinks by x²/2R.
TEST(SiteTypeTruth, BendsWithTheMoon) {
  Scenario scenario = test::TinyScenario();
  scenario.ground.site_type = "mare";
  scenario.ground.levels = {{500, {-60'000, 60'000, -60'000, 60'000}}};
  const auto levels = SiteTypeLevels(scenario, 8);
  const dem::Grid<float>& z = levels[0].z_m;
  const double drop_m =
      z.At(z.width / 2, z.height / 2) - (z.At(0, z.height / 2) + z.At(z.width - 1, z.height / 2)) / 2;
  EXPECT_NEAR(drop_m, 60'000.0 * 60'000 / (2 * dem::kMoonRadius_m), 350);  // 1036 m; the relief is some 100 m
}

}  // namespace
}  // namespace perilune::datasets
