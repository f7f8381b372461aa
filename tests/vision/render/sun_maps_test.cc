#include "vision/render/sun_maps.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "dem/ephemeris/sub_solar.h"
#include "dem/frames/moon.h"
#include "tests/support/looks.h"
#include "tests/support/nested_terrain.h"
#include "vision/render/render.h"

namespace perilune::vision {
namespace {

/// Plain of 201² points, 1 m apart, with a wall 10 m high along x = 0, a metre thick.
dem::Terrain Wall() {
  dem::TerrainLevel level;
  level.z_m = dem::Grid<float>(201, 201);
  level.x0_m = -100;
  level.y0_m = 100;
  for (int row = 0; row < 201; ++row) level.z_m.At(100, row) = 10;
  return dem::Terrain(dem::MakeSite({}), {level});
}

// Sun 45° up in the east: the wall's shadow reaches 10 m west. Grid points x = −9 … −1 are dark, −11 and
// beyond lit; between −10 and −9 or −11 rays decide.
TEST(SunMaps, DecideWhereFourGridPointsAgree) {
  const dem::Sun sun = dem::SunFromAngles({dem::DegToRad(45), dem::DegToRad(90)});
  const SunMaps maps(Wall(), sun, 1);
  EXPECT_EQ(maps.LowestFree(0, -5.3, 20.7), 1);  // none of the one strip is free
  EXPECT_EQ(maps.LowestFree(0, -12.3, 20.7), 0);
  EXPECT_EQ(maps.LowestFree(0, 12.3, 20.7), 0);
  EXPECT_EQ(maps.LowestFree(0, -0.5, 20.7), SunMaps::kUndecided);  // from the foot to the crest
  const int at_edge = maps.LowestFree(0, -9.5, 20.7) + maps.LowestFree(0, -10.5, 20.7);
  EXPECT_TRUE(at_edge == SunMaps::kUndecided || at_edge == SunMaps::kUndecided + 1) << at_edge;
  EXPECT_EQ(maps.LowestFree(0, 100.5, 0), SunMaps::kUndecided);  // outside
  EXPECT_EQ(maps.LowestFree(0, std::nan(""), 0), SunMaps::kUndecided);
}

// Rough ground of three levels with holes, low and high Suns, hard and soft shadows.
TEST(SunMaps, PicturesAreThoseOfRaysButForFewPixels) {
  int pixels = 0, differ = 0, shaded = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const dem::Terrain terrain(dem::MakeSite({}), test::RoughLevels(seed));
    const auto u = [&](std::uint64_t k) { return dem::RandomUniform(seed, 21, k); };
    const dem::Sun sun = dem::SunFromAngles({0.05 + 0.6 * u(1), 2 * dem::kPi * u(2)});
    const Camera camera = PinholeCamera(160, 0.9);
    const Eigen::Isometry3d pose =
        test::LookDown({400 * (u(3) - 0.5), 400 * (u(4) - 0.5), 300 + 900 * u(5) - 1500});
    RenderOptions options;
    options.sun_samples = seed % 2 ? 6 : 1;
    const View rays = RenderView(terrain, camera, pose, sun, options);
    const SunMaps maps(terrain, sun, options.sun_samples);
    options.sun_maps = &maps;
    const View mapped = RenderView(terrain, camera, pose, sun, options);
    for (int row = 0; row < 160; ++row) {
      for (int col = 0; col < 160; ++col) {
        const float expected = rays.lit_fraction.at<float>(row, col);
        const float found = mapped.lit_fraction.at<float>(row, col);
        EXPECT_EQ(std::isnan(expected), std::isnan(found));
        if (std::isnan(expected)) continue;
        ++pixels;
        shaded += expected < 0.5F;
        differ += std::abs(expected - found) > 0.5F / 6;  // half a strip and more
      }
    }
  }
  EXPECT_GT(pixels, 100'000);
  EXPECT_GT(shaded, pixels / 20);
  EXPECT_LT(shaded, pixels * 3 / 4);
  EXPECT_LT(differ, 2e-3 * pixels);
  RecordProperty("differ_permille", std::to_string(1000.0 * differ / pixels));
}

TEST(SunMaps, OfOtherGroundOrAnotherSunAreRefused) {
  const dem::Terrain wall = Wall(), other(dem::MakeSite({}), test::RoughLevels(1));
  const dem::Sun sun = dem::SunFromAngles({0.5, 1}), later = dem::SunFromAngles({0.5, 1.01});
  const SunMaps maps(wall, sun, 2);
  RenderOptions options;
  options.sun_samples = 2;
  options.sun_maps = &maps;
  const Camera camera = PinholeCamera(16, 0.5);
  EXPECT_NO_THROW(RenderView(wall, camera, test::LookDown({0, 0, 100}), sun, options));
  EXPECT_THROW(RenderView(wall, camera, test::LookDown({0, 0, 100}), later, options), std::invalid_argument);
  EXPECT_THROW(RenderView(other, camera, test::LookDown({0, 0, 100}), sun, options), std::invalid_argument);
  options.sun_samples = 3;
  EXPECT_THROW(RenderView(wall, camera, test::LookDown({0, 0, 100}), sun, options), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
