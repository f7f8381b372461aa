#include "dem/terrain/terrain_file.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <filesystem>
#include <string>

#include "dem/io/data_error.h"
#include "dem/terrain/height_pyramid.h"
#include "dem/terrain/resample.h"
#include "tests/support/lunar_rasters.h"
#include "tests/support/nested_terrain.h"
#include "tests/support/small_disk.h"

namespace perilune::dem {
namespace {

Terrain ThreeLevels(std::uint64_t seed) { return Terrain(MakeSite({0.4, 0.3}), test::RoughLevels(seed)); }

bool SameBits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// 64 × 64 rays in a random direction from a random place over the ground.
struct Camera {
  std::array<std::vector<double>, 3> origin, direction;

  explicit Camera(std::uint64_t seed) {
    auto between = [&, i = 0](double low, double high) mutable {
      return low + (high - low) * RandomUniform(seed, 4, static_cast<std::uint64_t>(i++));
    };
    const Eigen::Vector3d from(between(-2500, 2500), between(-2500, 2500), between(-1300, 500));
    const Eigen::Vector3d towards = Eigen::Vector3d(between(-300, 300), between(-300, 300), -1500) - from;
    for (int axis = 0; axis < 3; ++axis) origin[axis] = {from[axis]};
    for (int i = 0; i < 4096; ++i) {
      const Eigen::Vector3d spread(between(-0.5, 0.5), between(-0.5, 0.5), between(-0.3, 0.3));
      const Eigen::Vector3d ray = (towards.normalized() + spread).normalized();
      for (int axis = 0; axis < 3; ++axis) direction[axis].push_back(ray[axis]);
    }
  }
  RayBundle Bundle() const {
    return {{origin[0], origin[1], origin[2]}, {direction[0], direction[1], direction[2]}};
  }
  Ray At(int i) const {
    return {{origin[0][0], origin[1][0], origin[2][0]}, {direction[0][i], direction[1][i], direction[2][i]}};
  }
};

void ExpectSameHits(const Terrain& a, const Terrain& b, const Camera& camera, SimdLevel simd) {
  const BundleHits hits_a = a.FirstHits(camera.Bundle(), simd), hits_b = b.FirstHits(camera.Bundle(), simd);
  EXPECT_EQ(hits_a.level, hits_b.level);
  std::vector<double> x, y;
  int hits = 0;
  for (std::size_t i = 0; i < hits_a.range_m.size(); ++i) {
    ASSERT_TRUE(SameBits(hits_a.range_m[i], hits_b.range_m[i])) << i;
    const Ray ray = camera.At(static_cast<int>(i));
    const Eigen::Vector3d p = ray.origin_in_site + hits_a.range_m[i] * ray.direction;
    x.push_back(p.x());
    y.push_back(p.y());
    hits += hits_a.level[i] >= 0 ? 1 : 0;
  }
  EXPECT_GT(hits, 400);
  EXPECT_EQ(a.Occluded(camera.Bundle(), simd), b.Occluded(camera.Bundle(), simd));
  const SurfaceSamples s = a.SampleSurface(x, y, hits_a.level, simd);
  const SurfaceSamples t = b.SampleSurface(x, y, hits_a.level, simd);
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_TRUE(SameBits(s.dz_dx[i], t.dz_dx[i]) && SameBits(s.dz_dy[i], t.dz_dy[i]) &&
                SameBits(s.albedo[i], t.albedo[i]))
        << i;
  }
}

TEST(TerrainFile, RaysOfTheMappedTerrainHitBitForBitWhereThoseInMemoryDo) {
  const test::TempFolder folder;
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    const Terrain written = ThreeLevels(10 * seed);
    WriteTerrain(folder / "ground.terrain", written);
    const Terrain opened = OpenTerrain(folder / "ground.terrain");
    ASSERT_TRUE(opened.Level(0).z_m.data.IsMapped());
    const Camera camera(seed);
    for (const SimdLevel simd : AvailableSimdLevels()) ExpectSameHits(written, opened, camera, simd);
    for (int i = 0; i < 4096; i += 16) {
      const auto a = written.FirstHit(camera.At(i)), b = opened.FirstHit(camera.At(i));
      ASSERT_EQ(a.has_value(), b.has_value());
      ASSERT_TRUE(!a || (SameBits(a->range_m, b->range_m) && a->level == b->level));
    }
  }
}

TEST(TerrainFile, KeepsWhatIsDeclaredAndIsTheSameWhenWrittenAgain) {
  const test::TempFolder folder;
  const Terrain written = ThreeLevels(50);
  WriteTerrain(folder / "a.terrain", written);
  const Terrain opened = OpenTerrain(folder / "a.terrain");
  EXPECT_EQ(opened.site().origin.latitude_rad, written.site().origin.latitude_rad);
  EXPECT_EQ(opened.site().origin.longitude_rad, written.site().origin.longitude_rad);
  EXPECT_TRUE(opened.site().moon_from_site.matrix() == written.site().moon_from_site.matrix());
  ASSERT_EQ(opened.LevelCount(), 3);
  for (int i = 0; i < 3; ++i) {
    const TerrainLevel &a = written.Level(i), &b = opened.Level(i);
    EXPECT_EQ(a.x0_m, b.x0_m);
    EXPECT_EQ(a.y0_m, b.y0_m);
    EXPECT_EQ(a.spacing_m, b.spacing_m);
    EXPECT_EQ(a.height_sigma_m, b.height_sigma_m);
    EXPECT_EQ(a.height_correlation_m, b.height_correlation_m);
    EXPECT_EQ(a.albedo, b.albedo);
    EXPECT_EQ(a.albedo_grid.data, b.albedo_grid.data);
    EXPECT_EQ(a.name, b.name);
  }
  WriteTerrain(folder / "b.terrain", opened);
  EXPECT_TRUE(test::ReadBytes(folder / "a.terrain") == test::ReadBytes(folder / "b.terrain"));
  EXPECT_EQ(test::CountEntries(folder.path()), 2);
}

TEST(TerrainFile, AnOpenedTerrainOutlivesItsFilesReplacement) {
  const test::TempFolder folder;
  WriteTerrain(folder / "a.terrain", ThreeLevels(60));
  const Terrain opened = OpenTerrain(folder / "a.terrain");
  const double before = *opened.HeightAt(3, 4);
  WriteTerrain(folder / "a.terrain", ThreeLevels(61));
  EXPECT_EQ(*opened.HeightAt(3, 4), before);
  EXPECT_NE(*OpenTerrain(folder / "a.terrain").HeightAt(3, 4), before);
}

// The message of the DataError that opening these bytes gives; empty when they are accepted.
std::string Refusal(const test::TempFolder& folder, const std::string& bytes) {
  const std::filesystem::path path = folder.Write("damaged.terrain", bytes);
  try {
    OpenTerrain(path);
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
    return error.what();
  }
  return "";
}

TEST(TerrainFile, RefusesForeignTruncatedAndDamagedFiles) {
  const test::TempFolder folder;
  const std::filesystem::path path = folder / "good.terrain";
  WriteTerrain(path, Terrain(MakeSite({0.4, 0.3}), {test::RoughLevel(1, 2, 40, 30, 0)}));
  const std::string good = test::ReadBytes(path);
  EXPECT_EQ(Refusal(folder, good), "");
  EXPECT_TRUE(IsTerrainFile(path));
  EXPECT_FALSE(IsTerrainFile(folder / "none"));
  EXPECT_FALSE(IsTerrainFile(folder.Write("short", "PERI")));

  EXPECT_NE(Refusal(folder, "").find("empty"), std::string::npos);
  EXPECT_NE(Refusal(folder, "PNG and so on").find("not a terrain file"), std::string::npos);
  EXPECT_NE(Refusal(folder, good.substr(0, 60)).find("cut off"), std::string::npos);
  EXPECT_NE(Refusal(folder, good.substr(0, good.size() - 1)).find("truncated"), std::string::npos);
  EXPECT_NE(Refusal(folder, good.substr(0, 4096)).find("truncated"), std::string::npos);
  EXPECT_NE(Refusal(folder, good + "x").find("longer"), std::string::npos);
  EXPECT_THROW(OpenTerrain(folder / "none.terrain"), DataError);
  EXPECT_THROW(OpenTerrain(folder.path()), DataError);

  // 8 magic, 8 order and version, 14 doubles, 4 count; 8 + 6 · 8 + 4 + 4 + 256 of the level; 4 CRC.
  constexpr std::size_t kHeaderBytes = 8 + 8 + 14 * 8 + 4 + 8 + 48 + 8 + 256 + 4;
  for (std::size_t byte = 0; byte < kHeaderBytes; ++byte) {
    std::string damaged = good;
    damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << (byte % 8)));
    EXPECT_NE(Refusal(folder, damaged), "") << byte;
  }
  std::string padded = good;
  padded[kHeaderBytes] = 1;  // padding: nothing reads it
  EXPECT_EQ(Refusal(folder, padded), "");
}

TEST(TerrainFile, AFullDiskIsAWriteErrorAndTheOldFileStays) {
  const test::SmallDisk disk(256);
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small disk needs root";
  const std::filesystem::path path = disk.path() / "a.terrain";
  WriteTerrain(path, Terrain(MakeSite({0.4, 0.3}), {test::RoughLevel(1, 2, 40, 30, 0)}));
  const std::string old = test::ReadBytes(path);
  try {
    WriteTerrain(path, ThreeLevels(70));
    FAIL();
  } catch (const WriteError& error) {
    EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("No space left"), std::string::npos);
  }
  EXPECT_TRUE(test::ReadBytes(path) == old);
  EXPECT_EQ(test::CountEntries(disk.path()), 1);
  EXPECT_THROW(WriteTerrain(disk.path() / "none" / "a.terrain", ThreeLevels(70)), WriteError);
}

std::vector<PlannedLevel> Planned(const std::vector<TerrainLevel>& levels) {
  std::vector<PlannedLevel> planned;
  for (const TerrainLevel& level : levels) {
    PlannedLevel p{level, level.z_m.width, level.z_m.height, !level.albedo_grid.empty()};
    p.description.z_m = {};
    p.description.albedo_grid = {};
    planned.push_back(p);
  }
  return planned;
}

TEST(TerrainFileWriter, BuildsTheBytesThatSavingTheTerrainInMemoryGives) {
  const test::TempFolder folder;
  const std::vector<TerrainLevel> levels = test::RoughLevels(80);
  const Site site = MakeSite({0.4, 0.3});
  WriteTerrain(folder / "memory.terrain", Terrain(site, levels));
  TerrainFileWriter writer(folder / "built.terrain", site, Planned(levels));
  for (int i = 0; i < 3; ++i) {
    const auto fill = [](const Grid<float>& from, Grid<float>& to) {
      std::copy(from.data.begin(), from.data.end(), to.data.begin());
    };
    fill(levels[i].z_m, writer.Level(i).z_m);
    fill(levels[i].albedo_grid, writer.Level(i).albedo_grid);
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "built.terrain"));
  writer.Finish();
  EXPECT_TRUE(test::ReadBytes(folder / "built.terrain") == test::ReadBytes(folder / "memory.terrain"));
}

TEST(TerrainFileWriter, LeavesNothingWhenItIsNotFinishedOrRefused) {
  const test::TempFolder folder;
  const std::vector<TerrainLevel> levels = {test::RoughLevel(1, 2, 40, 30, 0)};
  const Site site = MakeSite({0.4, 0.3});
  { TerrainFileWriter abandoned(folder / "a.terrain", site, Planned(levels)); }
  EXPECT_EQ(test::CountEntries(folder.path()), 0);
  {
    TerrainFileWriter replaced(folder / "a.terrain", site, Planned(levels));
    replaced.Level(0).z_m = levels[0].z_m;  // memory of its own: it would not be in the file
    EXPECT_THROW(replaced.Finish(), std::invalid_argument);
    TerrainFileWriter empty(folder / "b.terrain", site, Planned(levels));
    for (float& z : empty.Level(0).z_m.data) z = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW(empty.Finish(), std::invalid_argument);
  }
  std::vector<PlannedLevel> planned = Planned(levels);
  planned[0].width = 1;
  EXPECT_THROW(TerrainFileWriter(folder / "a.terrain", site, planned), std::invalid_argument);
  planned = Planned(levels);
  planned[0].description.name = std::string(300, 'n');
  EXPECT_THROW(TerrainFileWriter(folder / "a.terrain", site, planned), std::invalid_argument);
  EXPECT_EQ(test::CountEntries(folder.path()), 0);
}

// A DEM in four-hundredths of its size at once: what a level larger than memory goes through.
TEST(TerrainFileWriter, ALevelResampledThroughSmallWindowsIsTheOneResampledAtOnce) {
  const test::TempFolder folder;
  const auto height = [](const LatLon& p) {
    return 900 * std::sin(40 * p.latitude_rad + 90 * p.longitude_rad);
  };
  // Turned by the meridian convergence of its pole and with a hole.
  Raster<float> raster = test::AnalyticRaster(
      test::SouthPolarWkt(), test::NorthUp(100e3, 160e3, 150), 400, 400,
      [](const Eigen::Vector2d& crs) { return test::SouthPolarPlace(crs); }, height);
  for (int row = 150; row < 170; ++row) raster.grid.At(200, row) = std::numeric_limits<float>::quiet_NaN();
  WriteGeoTiff(folder / "dem.tif", raster);
  const RasterFile file(folder / "dem.tif");
  const Site site = MakeSite(file.PlacesFromPixels({{200, 200}}).front());
  const SiteExtent extent{-20e3, 20e3, -20e3, 20e3};
  WriteTerrain(folder / "memory.terrain", Terrain(site, {ResampleIntoSite(file, site, extent, 50)}));

  TerrainFileWriter writer(folder / "built.terrain", site, {PlanLevel(file, extent, 50)});
  int calls = 0;
  ResampleOptions options;
  options.most_window_pixels = 4096;
  double last = -1;
  options.progress = [&](double done) {
    EXPECT_GT(done, last);
    last = done;
    ++calls;
  };
  ResampleInto(writer.Level(0), file, site, options);
  writer.Finish();
  EXPECT_GT(calls, 2 * 30);  // some 380² pixels of the file, at most 4096 at once
  EXPECT_TRUE(test::ReadBytes(folder / "built.terrain") == test::ReadBytes(folder / "memory.terrain"));
}

}  // namespace
}  // namespace perilune::dem
