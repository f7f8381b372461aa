#include "dem/hazard/ground_metric.h"

#include <gtest/gtest.h>

#include "dem/io/pixel_places.h"
#include "tests/dem/hazard/analytic_worlds.h"

namespace perilune::dem {
namespace {

TEST(GroundMetric, EquirectangularColumnsShrinkWithLatitude) {
  const double spacing = 400;
  const auto dem = worlds::MakeRaster(worlds::kEquirectangular, {1e6, kMoonRadius_m * DegToRad(60)}, 301,
                                      spacing, spacing, [](double, double) { return 0.0; });
  const GroundMetric metric(dem.crs_wkt, dem.crs_from_pixel, 301, 301);
  for (const int row : {0, 17, 150, 299, 300}) {
    const double latitude = DegToRad(60) + (150 - row) * spacing / kMoonRadius_m;
    const CellGeometry cell = metric.At(33, row);
    EXPECT_NEAR(cell.col_step_m.norm(), spacing * std::cos(latitude), 1e-5 * spacing);
    EXPECT_NEAR(cell.row_step_m.norm(), spacing, 1e-5 * spacing);
    EXPECT_NEAR(std::asin(cell.up.z()), latitude, 1e-5);
    EXPECT_NEAR(cell.Metric()(0, 1), 0, 1e-3);
    // North is up, east is right.
    const Eigen::Vector2d north = cell.PixelsPerMetre(Eigen::Vector3d::UnitZ());
    EXPECT_NEAR(north.x(), 0, 1e-9);
    EXPECT_NEAR(north.y(), -1 / spacing, 1e-7);
  }
}

TEST(GroundMetric, PolarStereographicStretchesBothAxes) {
  const auto dem =
      worlds::MakeRaster(worlds::kSouthPolar, {0, 0}, 1001, 474, 474, [](double, double) { return 0.0; });
  const GroundMetric metric(dem.crs_wkt, dem.crs_from_pixel, 1001, 1001);
  for (const int col : {500, 600, 870, 1000}) {
    const double distance = (col - 500) * 474.0;
    const double colatitude = 2 * std::atan(distance / (2 * kMoonRadius_m));
    const double k = 2 / (1 + std::cos(colatitude));
    const CellGeometry cell = metric.At(col, 500);
    EXPECT_NEAR(cell.col_step_m.norm(), 474 / k, 474 * 2e-5);
    EXPECT_NEAR(cell.row_step_m.norm(), 474 / k, 474 * 2e-5);
  }
}

TEST(GroundMetric, TinyRasters) {
  const auto dem =
      worlds::MakeRaster(worlds::kEquirectangular, {0, 0}, 1, 10, 10, [](double, double) { return 0.0; });
  EXPECT_NEAR(GroundMetric(dem.crs_wkt, dem.crs_from_pixel, 1, 1).At(0, 0).col_step_m.norm(), 10, 1e-6);
}

TEST(PlacesOfPixels, KnownPlacesAndNoPlace) {
  const Eigen::Affine2d step(Eigen::Scaling(1000.0, -1000.0));
  const auto places = PlacesOfPixels(worlds::kEquirectangular, step, {{0, 0}, {100, -200}});
  EXPECT_NEAR(places[0].latitude_rad, 0, 1e-12);
  EXPECT_NEAR(places[1].latitude_rad, 2e5 / kMoonRadius_m, 1e-9);
  EXPECT_NEAR(places[1].longitude_rad, 1e5 / kMoonRadius_m, 1e-9);
  EXPECT_THROW(PlacesOfPixels("", step, {{0, 0}}), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::dem
