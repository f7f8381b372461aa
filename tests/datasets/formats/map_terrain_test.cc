#include "datasets/formats/map_terrain.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

#include "dem/frames/moon.h"
#include "dem/io/data_error.h"
#include "dem/io/write_raster.h"
#include "tests/support/looks.h"
#include "tests/support/orthographic_dem.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

constexpr double kLatitude_deg = 20, kLongitude_deg = 30;

dem::Site TestSite() { return dem::MakeSite({dem::DegToRad(kLatitude_deg), dem::DegToRad(kLongitude_deg)}); }

/// A map around the site whose height is 500 m + easting / 100.
std::filesystem::path WriteMap(const std::filesystem::path& path, double half_width_m, double pixel_m) {
  const int n = 2 * static_cast<int>(half_width_m / pixel_m) + 1;
  dem::Raster<float> raster;
  raster.grid = dem::Grid<float>(n, n);
  raster.crs_wkt = dem::OrthographicCrs(kLatitude_deg, kLongitude_deg);
  raster.crs_from_pixel.matrix() << pixel_m, 0, -half_width_m, 0, -pixel_m, half_width_m, 0, 0, 1;
  raster.nodata = std::numeric_limits<float>::quiet_NaN();
  raster.unit = "m";
  for (int row = 0; row < n; ++row) {
    for (int col = 0; col < n; ++col) {
      raster.grid.At(col, row) = static_cast<float>(500 + (-half_width_m + col * pixel_m) / 100);
    }
  }
  dem::WriteGeoTiff(path, raster);
  return path;
}

TEST(MapTerrain, OneMapWithItsUncertainty) {
  const test::TempFolder folder;
  const auto map = WriteMap(folder / "a.tif", 20000, 100);
  folder.Write("a.tif.uncertainty.yaml", "height_sigma_m: 3\nheight_correlation_m: 700\n");
  const dem::Terrain terrain = TerrainFromMap(map, TestSite(), {-5000, 8000, -3000, 4000});
  ASSERT_EQ(terrain.LevelCount(), 1);
  const dem::TerrainLevel& level = terrain.Level(0);
  EXPECT_EQ(level.name, "a.tif");
  EXPECT_EQ(level.height_sigma_m, 3);
  EXPECT_EQ(level.height_correlation_m, 700);
  EXPECT_NEAR(level.spacing_m, 100, 0.01);
  EXPECT_LE(level.x0_m, -5000);
  EXPECT_GE(level.MaxX(), 8000);
  EXPECT_LE(level.MinY(), -3000);
  EXPECT_GE(level.y0_m, 4000);
  EXPECT_LT(level.MaxX() - level.x0_m, 13500);
  // An orthographic easting is x at the sphere: 500 m up it is (1 + 500/R) of that, which is 1.4 m at 5 km.
  EXPECT_NEAR(*terrain.HeightAt(5000, 0), dem::ZInSite(5000, 0, 550), 0.05);
}

TEST(MapTerrain, MapsOfThreeScalesNest) {
  const test::TempFolder folder;
  const std::vector<std::filesystem::path> maps = {WriteMap(folder / "fine.tif", 500, 5),
                                                   WriteMap(folder / "middle.tif", 4000, 25),
                                                   WriteMap(folder / "coarse.tif", 20000, 200)};
  const dem::Terrain terrain = TerrainFromMaps(maps, TestSite(), {-10000, 10000, -10000, 10000});
  ASSERT_EQ(terrain.LevelCount(), 3);
  EXPECT_EQ(*terrain.LevelAt(0, 0), 0);
  EXPECT_EQ(*terrain.LevelAt(2000, 0), 1);
  EXPECT_EQ(*terrain.LevelAt(-8000, 100), 2);
  EXPECT_NEAR(*terrain.HeightAt(-300, 0), dem::ZInSite(300, 0, 497), 0.02);
}

// The finer map reaches beyond the coarser one: its excess is left out.
TEST(MapTerrain, FinerMapIsLimitedToTheCoarser) {
  const test::TempFolder folder;
  const dem::Terrain terrain =
      TerrainFromMaps({WriteMap(folder / "fine.tif", 4000, 20), WriteMap(folder / "coarse.tif", 3000, 100)},
                      TestSite(), {-10000, 10000, -10000, 10000});
  EXPECT_EQ(*terrain.LevelAt(2700, 0), 0);
  EXPECT_FALSE(terrain.HeightAt(3500, 0).has_value());
}

TEST(MapTerrain, RefusesPlacesOffTheMap) {
  const test::TempFolder folder;
  const auto map = WriteMap(folder / "a.tif", 2000, 100);
  EXPECT_THROW(TerrainFromMap(map, TestSite(), {50000, 60000, 0, 10000}), dem::DataError);
  const dem::Site elsewhere = dem::MakeSite({dem::DegToRad(-40.0), dem::DegToRad(100.0)});
  EXPECT_THROW(TerrainFromMap(map, elsewhere, {-5000, 5000, -5000, 5000}), dem::DataError);
  EXPECT_THROW(TerrainFromMap(folder / "none.tif", TestSite(), {-5000, 5000, -5000, 5000}), dem::DataError);
}

/// An albedo map around the site.
template <typename Albedo>
MapTerrainOptions WithAlbedo(const test::TempFolder& folder, int cells, double cell_m, const Albedo& albedo) {
  MapTerrainOptions options;
  options.albedo_map =
      test::WriteDem(folder, {kLatitude_deg, kLongitude_deg, cells, cell_m, "albedo.tif"}, albedo);
  return options;
}

constexpr dem::SiteExtent kTenKilometres{-5000, 5000, -5000, 5000};

// 0.1 + easting / 100 km on pixels of 1 km over a DEM of 100 m: in between it is linear too. On ground 500 m
// and more above the sphere an easting of the site is 500/R farther out than the map's: 1.4 m at 5 km.
TEST(MapTerrain, AlbedoMapIsLookedUpUnderTheGround) {
  const test::TempFolder folder;
  const MapTerrainOptions options =
      WithAlbedo(folder, 15, 1000, [](int col, int) { return 0.1 + (col - 7) / 100.0; });
  const dem::Terrain terrain =
      TerrainFromMap(WriteMap(folder / "a.tif", 8000, 100), TestSite(), kTenKilometres, options);
  for (double x_m : {-4700.0, -1234.0, 0.0, 3456.0, 4900.0})
    EXPECT_NEAR(terrain.Albedo(x_m, 2500), 0.1 + x_m / 1e5, 2e-5) << x_m;
}

// Stripes of 10 m under a DEM of 100 m: each of its points has their mean, and none sees single stripes.
TEST(MapTerrain, FinerAlbedoIsAveraged) {
  const test::TempFolder folder;
  const MapTerrainOptions options =
      WithAlbedo(folder, 1201, 10, [](int col, int) { return col % 2 == 0 ? 0.1 : 0.3; });
  const dem::Terrain terrain =
      TerrainFromMap(WriteMap(folder / "a.tif", 8000, 100), TestSite(), kTenKilometres, options);
  for (double x_m = -4900; x_m < 4900; x_m += 37) EXPECT_NEAR(terrain.Albedo(x_m, -x_m / 2), 0.2, 0.003);
}

// The map is 4 km wide: beyond it the constant albedo holds, and a level that has nothing of it keeps it too.
TEST(MapTerrain, WhereTheAlbedoMapEndsTheConstantHolds) {
  const test::TempFolder folder;
  MapTerrainOptions options = WithAlbedo(folder, 41, 100, [](int, int) { return 0.3; });
  options.albedo = 0.07;
  const dem::Terrain terrain =
      TerrainFromMaps({WriteMap(folder / "a.tif", 1000, 20), WriteMap(folder / "b.tif", 8000, 100)},
                      TestSite(), kTenKilometres, options);
  EXPECT_FLOAT_EQ(static_cast<float>(terrain.Albedo(300, 200)), 0.3F);
  EXPECT_FLOAT_EQ(static_cast<float>(terrain.Albedo(1700, 200)), 0.3F);
  EXPECT_FLOAT_EQ(static_cast<float>(terrain.Albedo(2600, 200)), 0.07F);
}

TEST(MapTerrain, RefusesBadAlbedoMaps) {
  const test::TempFolder folder;
  const auto map = WriteMap(folder / "a.tif", 8000, 100);
  const auto refused = [&](const MapTerrainOptions& options, const std::string& because) {
    try {
      TerrainFromMap(map, TestSite(), kTenKilometres, options);
      ADD_FAILURE() << "accepted: " << because;
    } catch (const dem::DataError& error) {
      EXPECT_NE(std::string(error.what()).find(because), std::string::npos) << error.what();
    }
  };
  refused(WithAlbedo(folder, 15, 1000, [](int, int) { return 97; }), "between 0 and 1");
  refused(WithAlbedo(folder, 15, 1000, [](int, int) { return std::numeric_limits<double>::quiet_NaN(); }),
          "no albedo");
  MapTerrainOptions elsewhere;
  elsewhere.albedo_map =
      test::WriteDem(folder, {-40, 100, 15, 1000, "far.tif"}, [](int, int) { return 0.1; });
  refused(elsewhere, "no albedo");
  elsewhere.albedo_map = folder / "none.tif";
  refused(elsewhere, "none.tif");
}

TEST(MapTerrain, ExtentOfANadirView) {
  const vision::Camera camera = vision::PinholeCamera(100, dem::DegToRad(60));
  const dem::SiteExtent extent = ExtentInView(camera, test::LookDown({1000, -2000, 100e3}), 500, 1e6);
  // The lowest ground that counts is 109.1 km below, and in the corners of the picture, where the Moon curves
  // away most, another (x² + y²) / 2R.
  const double flat_m = 109.1e3 * std::tan(dem::DegToRad(30));
  const double sag_m = flat_m * flat_m / dem::kMoonRadius_m;
  const double reach_m = flat_m + sag_m * std::tan(dem::DegToRad(30)) + 500;
  EXPECT_NEAR(extent.max_x_m, 1000 + reach_m, 150);
  EXPECT_NEAR(extent.min_x_m, 1000 - reach_m, 150);
  EXPECT_NEAR(extent.max_y_m, -2000 + reach_m, 150);
  EXPECT_NEAR(extent.min_y_m, -2000 - reach_m, 150);
  EXPECT_EQ(ExtentInView(camera, test::LookDown({0, 0, 100e3}), 500, 20e3).max_x_m, 20e3);
}

// Half of the picture is sky: the view ends at the horizon, √(2 R h + h²) away along the line of sight.
TEST(MapTerrain, ExtentReachesToTheHorizon) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();  // looks east, image down is down
  pose.linear().col(0) = -Eigen::Vector3d::UnitY();
  pose.linear().col(1) = -Eigen::Vector3d::UnitZ();
  pose.linear().col(2) = Eigen::Vector3d::UnitX();
  pose.translation() = Eigen::Vector3d(0, 0, 20e3);
  const dem::SiteExtent extent = ExtentInView(vision::PinholeCamera(100, dem::DegToRad(60)), pose, 0, 1e6);
  const double horizon_m = std::sqrt(2 * dem::kMoonRadius_m * 20e3 + 4e8);
  EXPECT_GT(extent.max_x_m, 0.9 * horizon_m);
  EXPECT_LT(extent.max_x_m, 2 * horizon_m);
  EXPECT_EQ(extent.min_x_m, 0);
}

TEST(MapTerrain, SiteIsWhereTheBoresightMeetsTheSphere) {
  const dem::Site there = TestSite();
  const dem::Site below = SiteAtBoresight(there.moon_from_site * test::LookDown({0, 0, 100e3}));
  EXPECT_NEAR(below.origin.latitude_rad, there.origin.latitude_rad, 1e-12);
  EXPECT_NEAR(below.origin.longitude_rad, there.origin.longitude_rad, 1e-12);
  // From 50 km east and 50 km up, 45° to the west: back at the site.
  Eigen::Isometry3d slanted = test::LookDown({50e3, 0, 50e3});
  slanted.linear() =
      Eigen::AngleAxisd(dem::DegToRad(45), Eigen::Vector3d::UnitY()).toRotationMatrix() * slanted.linear();
  const dem::Site aimed = SiteAtBoresight(there.moon_from_site * slanted);
  EXPECT_NEAR(aimed.origin.latitude_rad, there.origin.latitude_rad, 1e-9);
  EXPECT_NEAR(aimed.origin.longitude_rad, there.origin.longitude_rad, 1e-9);
  // Away from the Moon: below the camera.
  Eigen::Isometry3d away = test::LookDown({0, 0, 100e3});
  away.linear() = Eigen::Matrix3d::Identity();
  EXPECT_NEAR(SiteAtBoresight(there.moon_from_site * away).origin.latitude_rad, there.origin.latitude_rad,
              1e-12);
}

}  // namespace
}  // namespace perilune::datasets
