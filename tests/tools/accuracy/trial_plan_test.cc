#include "tools/accuracy/trial_plan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "dem/frames/moon.h"

namespace perilune::tools {
namespace {

TEST(TrialPlan, IsAFunctionOfTheSeed) {
  const TrialWorld a = PlanWorld(7), b = PlanWorld(7), c = PlanWorld(8);
  EXPECT_EQ(a.ground_sample_m, b.ground_sample_m);
  EXPECT_EQ(a.views[5].sun.azimuth_rad, b.views[5].sun.azimuth_rad);
  EXPECT_NE(a.views[5].sun.azimuth_rad, c.views[5].sun.azimuth_rad);
}

TEST(TrialPlan, EveryLookStandsUnderEverySun) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const TrialWorld world = PlanWorld(seed);
    std::map<std::pair<double, double>, std::set<std::size_t>> suns_of_look;
    std::map<std::size_t, int> images_of_sun;
    for (const TrialView& view : world.views) {
      const double elevation_deg = dem::RadToDeg(view.sun.elevation_rad);
      std::size_t k = 0;
      while (elevation_deg >= SunClassBounds_deg()[k + 1]) ++k;
      suns_of_look[{view.field_of_view_rad, view.tilt_rad}].insert(k);
      ++images_of_sun[k];
      EXPECT_GE(elevation_deg, 1.5);
      EXPECT_LE(elevation_deg, 80);
      EXPECT_LE(std::abs(std::log2(view.exposure)), 2);
    }
    EXPECT_EQ(images_of_sun.size(), 4U);
    for (const auto& [k, count] : images_of_sun) EXPECT_EQ(count, 6) << "class " << k;
    for (const auto& [look, suns] : suns_of_look) EXPECT_GE(suns.size(), 3U) << dem::RadToDeg(look.second);
  }
}

TEST(TrialPlan, TheTruthIsFinerThanMapAndImage) {
  std::set<std::string> sites;
  std::set<int> ratios;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const TrialWorld world = PlanWorld(seed);
    EXPECT_LE(4 * world.truth_spacing_m, world.map_pixel_m * (1 + 1e-12));
    EXPECT_LE(world.truth_spacing_m, world.ground_sample_m);
    EXPECT_LE(2 * world.half_width_m / world.truth_spacing_m, 10'000);  // it has to fit into memory
    sites.insert(world.site.name);
    ratios.insert(static_cast<int>(std::lround(100 * world.MapPixel_px())));
  }
  EXPECT_EQ(sites.size(), TrialSites().size());
  EXPECT_EQ(ratios, (std::set<int>{25, 60, 150, 220, 300, 600, 1000}));
}

}  // namespace
}  // namespace perilune::tools
