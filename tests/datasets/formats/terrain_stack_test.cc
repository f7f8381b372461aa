#include "datasets/formats/terrain_stack.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "datasets/formats/map_terrain.h"
#include "dem/io/data_error.h"
#include "dem/io/write_raster.h"
#include "dem/synthesis/embedded.h"
#include "dem/terrain/terrain_file.h"
#include "tests/support/small_disk.h"

namespace perilune::datasets {
namespace {

dem::Site StackSite() { return dem::MakeSite({dem::DegToRad(20), dem::DegToRad(30)}); }

/// A square DEM around the site whose height is 500 m + a wave of 300 m.
std::filesystem::path WriteDem(const std::filesystem::path& path, double half_width_m, double pixel_m,
                               double offset_m) {
  const int n = 2 * static_cast<int>(half_width_m / pixel_m) + 1;
  dem::Raster<float> raster;
  raster.grid = dem::Grid<float>(n, n);
  raster.crs_wkt = dem::OrthographicCrs(20, 30);
  raster.crs_from_pixel.matrix() << pixel_m, 0, -half_width_m, 0, -pixel_m, half_width_m, 0, 0, 1;
  raster.nodata = std::numeric_limits<float>::quiet_NaN();
  for (int row = 0; row < n; ++row) {
    for (int col = 0; col < n; ++col) {
      const double x = -half_width_m + col * pixel_m, y = half_width_m - row * pixel_m;
      raster.grid.At(col, row) =
          static_cast<float>(500 + offset_m + 300 * std::sin(x / 3000) * std::cos(y / 2000));
    }
  }
  dem::WriteGeoTiff(path, raster);
  return path;
}

TerrainStackOptions Options(std::int64_t most_window_pixels = 1 << 22) {
  TerrainStackOptions options;
  options.world = dem::EmbeddedWorld(11);
  options.most_window_pixels = most_window_pixels;
  return options;
}

std::vector<LevelSource> Sources(const test::TempFolder& folder) {
  return {{"", 0.25, 60},
          {WriteDem(folder / "global.tif", 40'000, 200, 0)},
          {"", 2, 600},
          {WriteDem(folder / "regional.tif", 4'000, 20, 1.5)}};
}

TEST(TerrainStack, FilesAndSyntheticDetailFromTheHorizonToTheTouchdownPoint) {
  const test::TempFolder folder;
  const std::vector<LevelSource> sources = Sources(folder);
  folder.Write("regional.tif.uncertainty.yaml", "height_sigma_m: 2\nheight_correlation_m: 90\n");
  BuildTerrainFile(folder / "g.terrain", StackSite(), sources, Options());
  const dem::Terrain terrain = dem::OpenTerrain(folder / "g.terrain");
  ASSERT_EQ(terrain.LevelCount(), 4);
  EXPECT_EQ(terrain.Level(0).name, "synthetic");
  EXPECT_EQ(terrain.Level(2).name, "regional.tif");
  EXPECT_EQ(terrain.Level(2).height_sigma_m, 2);
  EXPECT_EQ(terrain.Level(2).height_correlation_m, 90);
  EXPECT_EQ(terrain.Level(3).name, "global.tif");
  EXPECT_EQ(terrain.GroundSpacing_m(3, 4), 0.25);
  EXPECT_EQ(terrain.GroundSpacing_m(200, 4), 2);
  EXPECT_NEAR(terrain.GroundSpacing_m(2000, 4), 20, 0.01);
  EXPECT_NEAR(terrain.GroundSpacing_m(20'000, 4), 200, 0.1);
  // Well inside the regional DEM, 1.5 m over the global one.
  const double x = 2000, y = -1000, h = 501.5 + 300 * std::sin(x / 3000) * std::cos(y / 2000);
  EXPECT_NEAR(*terrain.HeightAt(x, y), dem::ZInSite(x, y, h), 0.05);
  // The synthetic levels lie on it within the relief of their craters and waves.
  EXPECT_NEAR(*terrain.HeightAt(3, 4), 501.5 + 300 * std::sin(3.0 / 3000), 12);
}

TEST(TerrainStack, NeitherTheWindowsNorTheThreadsShow) {
  const test::TempFolder folder;
  const std::vector<LevelSource> sources = Sources(folder);
  BuildTerrainFile(folder / "a.terrain", StackSite(), sources, Options());
  {
    const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
    BuildTerrainFile(folder / "b.terrain", StackSite(), sources, Options());
  }
  EXPECT_TRUE(test::ReadBytes(folder / "a.terrain") == test::ReadBytes(folder / "b.terrain"));
  BuildTerrainFile(folder / "c.terrain", StackSite(), sources, Options(9000));
  const dem::Terrain a = dem::OpenTerrain(folder / "a.terrain"), c = dem::OpenTerrain(folder / "c.terrain");
  for (int i = 0; i < a.LevelCount(); ++i) {
    const dem::Grid<float>&z = a.Level(i).z_m, &w = c.Level(i).z_m;
    ASSERT_EQ(z.data.size(), w.data.size());
    // Bands reckon coarse cells from another origin: 2⁻²⁰ of a cell at slopes of one.
    const double allowed_m = i >= 2 ? 0 : 1e-6 * a.Level(i + 1).spacing_m + 1e-4;
    for (std::size_t k = 0; k < z.data.size(); ++k) ASSERT_NEAR(z.data[k], w.data[k], allowed_m) << i;
  }
}

TEST(TerrainStack, MapReadersOpenATerrainFileForItsOwnSite) {
  const test::TempFolder folder;
  const auto path = folder / "g.terrain";
  BuildTerrainFile(path, StackSite(), Sources(folder), Options());
  const std::optional<dem::Site> site = SiteOfMaps({path});
  ASSERT_TRUE(site);
  EXPECT_EQ(site->origin.latitude_rad, StackSite().origin.latitude_rad);
  EXPECT_FALSE(SiteOfMaps({folder / "global.tif"}));
  EXPECT_EQ(TerrainFromMap(path, *site, {-1, 1, -1, 1}).LevelCount(), 4);
  EXPECT_THROW(TerrainFromMap(path, dem::MakeSite({0.3, 0.3}), {-1, 1, -1, 1}), dem::DataError);
  EXPECT_THROW(TerrainFromMaps({path, folder / "global.tif"}, *site, {-1, 1, -1, 1}), dem::DataError);
}

TEST(TerrainStack, RefusesWhatIsNoStackAndLeavesNothing) {
  const test::TempFolder folder;
  const auto dem_file = WriteDem(folder / "global.tif", 4'000, 200, 0);
  const int before = test::CountEntries(folder.path());
  const auto out = folder / "g.terrain";
  EXPECT_THROW(BuildTerrainFile(out, StackSite(), {}, Options()), std::invalid_argument);
  EXPECT_THROW(BuildTerrainFile(out, StackSite(), {{"", 0, 60}}, Options()), std::invalid_argument);
  EXPECT_THROW(BuildTerrainFile(out, StackSite(), {{"", 1, 0}}, Options()), std::invalid_argument);
  EXPECT_THROW(BuildTerrainFile(out, StackSite(), {{dem_file, 100}, {"", 100, 3000}}, Options()),
               std::invalid_argument);
  EXPECT_THROW(BuildTerrainFile(out, StackSite(), {{folder / "none.tif"}}, Options()), dem::DataError);
  EXPECT_THROW(BuildTerrainFile(out, dem::MakeSite({-0.5, 0}), {{dem_file}}, Options()), dem::DataError);
  EXPECT_EQ(test::CountEntries(folder.path()), before);
}

}  // namespace
}  // namespace perilune::datasets
