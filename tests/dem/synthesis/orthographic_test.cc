#include "dem/synthesis/orthographic.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dem/frames/site.h"

namespace perilune::dem {
namespace {

// A slope of constant height change in x: the point of a cell, carried to the Moon and back, lies on the
// ground it came from.
TEST(OrthographicFromSite, CellsLieOnTheGround) {
  const Site site = MakeSite({0.3, -1.1});
  const auto ground = [](double x, double y) { return 2000 + 0.1 * x - 0.05 * y + 1e-6 * x * y; };
  const PlaneWindow output{-20000, 15000, 81, 61, 500};
  const PlaneWindow window = SiteWindowFor(output, 11000);
  Grid<float> height_m(window.width, window.height);
  for (int r = 0; r < window.height; ++r) {
    for (int c = 0; c < window.width; ++c) {
      height_m.At(c, r) = static_cast<float>(ground(window.x0_m + c * 500, window.y0_m - r * 500));
    }
  }
  const Grid<float> result = OrthographicFromSite(height_m, window, output);
  for (int r = 0; r < output.height; r += 5) {
    for (int c = 0; c < output.width; c += 5) {
      // Orthographic: the point above (E, N) on the sphere, raised along the radius.
      const double e = output.x0_m + c * 500.0, n = output.y0_m - r * 500.0;
      const double up = std::sqrt(kMoonRadius_m * kMoonRadius_m - e * e - n * n);
      const Eigen::Vector3d on_sphere(e, n, up - kMoonRadius_m);
      const Geodetic place{GeodeticFromSite(site, on_sphere).place, result.At(c, r)};
      const Eigen::Vector3d point = PointInSite(site, place);
      EXPECT_NEAR(result.At(c, r), ground(point.x(), point.y()), 2e-3) << c << ' ' << r;
    }
  }
}

TEST(OrthographicFromSite, OutsideIsMissing) {
  const Grid<float> result =
      OrthographicFromSite(Grid<float>(5, 5, 10.0F), {-2, 2, 5, 5, 1}, {-3, 3, 7, 7, 1});
  EXPECT_TRUE(std::isnan(result.At(0, 3)));
  EXPECT_FLOAT_EQ(result.At(3, 3), 10);
}

}  // namespace
}  // namespace perilune::dem
