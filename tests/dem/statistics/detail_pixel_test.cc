#include "dem/statistics/detail_pixel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dem/synthesis/low_pass.h"
#include "dem/synthesis/lunar_ground.h"

namespace perilune::dem {
namespace {

constexpr double kPixel_m = 10;
constexpr int kFiner = 4;  // the ground's cells in a map pixel

constexpr int kMapSide_px = 320;

// Every kFiner-th cell of made ground under a Gaussian of `full_width_px` map pixels at half maximum.
Grid<float> MapOf(const char* type, std::uint64_t seed, double full_width_px) {
  const PlaneWindow window{0, 0, kMapSide_px * kFiner, kMapSide_px * kFiner, kPixel_m / kFiner};
  const double sigma_cells = full_width_px * kFiner / std::sqrt(8 * std::log(2.0));
  const Grid<float> ground = LowPass(LunarGround(SiteTypeNamed(type), seed).Heights(window), sigma_cells);
  Grid<float> map(window.width / kFiner, window.height / kFiner);
  for (int row = 0; row < map.height; ++row)
    for (int col = 0; col < map.width; ++col) map.At(col, row) = ground.At(kFiner * col, kFiner * row);
  return map;
}

TEST(DetailPixel, OfAMapThatShowsWhatItsPixelsCanIsItsPixel) {
  for (const char* type : {"mare", "highland", "polar"}) {
    EXPECT_EQ(DetailPixel_m(MapOf(type, 61, 0.5), kPixel_m), kPixel_m) << type;
    EXPECT_EQ(DetailPixel_m(MapOf(type, 61, 2.5), kPixel_m), kPixel_m) << type;
  }
}

// Blurred three times more than its pixels say, a map is worth three of them.
TEST(DetailPixel, OfABlurredMapIsLarger) {
  for (const char* type : {"mare", "highland"}) {
    EXPECT_NEAR(DetailPixel_m(MapOf(type, 62, 3 * 2.5), kPixel_m), 3 * kPixel_m, 6) << type;
  }
}

TEST(DetailPixel, DoesNotDependOnHowDenselyTheMapIsSampled) {
  const Grid<float> map = MapOf("highland", 63, 3 * 2.5);
  Grid<float> dense(3 * map.width, 3 * map.height);
  for (int row = 0; row < dense.height; ++row)
    for (int col = 0; col < dense.width; ++col) dense.At(col, row) = map.At(col / 3, row / 3);
  EXPECT_EQ(DetailPixel_m(dense, kPixel_m, 3), DetailPixel_m(map, kPixel_m));
}

TEST(DetailPixel, GapsAndSmallMaps) {
  Grid<float> gap = MapOf("highland", 64, 3 * 2.5);
  const double whole_m = DetailPixel_m(gap, kPixel_m);
  gap.At(0, 0) = std::numeric_limits<float>::quiet_NaN();  // one of nine squares
  EXPECT_NEAR(DetailPixel_m(gap, kPixel_m), whole_m, 0.1 * whole_m);
  for (float& z : gap.data) z = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(DetailPixel_m(gap, kPixel_m), kPixel_m);
  EXPECT_EQ(DetailPixel_m(Grid<float>(127, 500), kPixel_m), kPixel_m);
  EXPECT_EQ(DetailPixel_m(Grid<float>(500, 500), kPixel_m), kPixel_m);  // a plain has no spectrum
}

}  // namespace
}  // namespace perilune::dem
