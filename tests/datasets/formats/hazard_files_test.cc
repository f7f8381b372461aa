#include "datasets/formats/hazard_files.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "datasets/formats/dem_hash.h"
#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"
#include "dem/io/write_raster.h"
#include "tests/support/small_disk.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

dem::Raster<float> Ground() {
  dem::Raster<float> raster;
  raster.grid = dem::Grid<float>(40, 30, 0.0F);
  raster.grid.At(20, 15) = 2;
  raster.crs_wkt = dem::OrthographicCrs(-30, 170);
  raster.crs_from_pixel = Eigen::Scaling(2.0, -2.0) * Eigen::Translation2d(-20, -15);
  return raster;
}

TEST(HazardMapFiles, BandsReadBack) {
  const test::TempFolder folder;
  const dem::HazardMap map = dem::MapHazards(Ground(), {});
  WriteHazardMap(folder / "deep/hazards", map, Ground());
  for (const char* name : {"p_site", "slope_rad", "roughness_m", "relief_m", "class", "reasons"}) {
    EXPECT_TRUE(std::filesystem::exists(folder / "deep/hazards" / (std::string(name) + ".tif"))) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "deep/hazards/lit_fraction.tif"));
  const auto roughness = dem::RasterFile(folder / "deep/hazards/roughness_m.tif").ReadWindow(0, 0, 40, 30);
  EXPECT_EQ(roughness.grid.At(20, 15), map.roughness_m.grid.At(20, 15));
  EXPECT_TRUE(std::isnan(roughness.grid.At(0, 0)));
  const auto classes =
      dem::RasterFile(folder / "deep/hazards/class.tif", {1, "", true}).ReadWindow(0, 0, 40, 30);
  EXPECT_EQ(classes.grid.At(20, 15), 3);
  EXPECT_EQ(classes.grid.At(5, 15), 1);
  EXPECT_EQ(classes.grid.At(0, 0), 4);
  EXPECT_THROW(dem::RasterFile(folder / "deep/hazards/class.tif"), dem::DataError);  // no heights
  for (const char* name : {"p_site", "slope_rad", "class", "reasons"}) {
    EXPECT_TRUE(std::filesystem::exists(folder / "deep/hazards" / (std::string(name) + ".qml"))) << name;
  }
  const auto reasons = dem::RasterFile(folder / "deep/hazards/reasons.tif").ReadWindow(0, 0, 40, 30);
  EXPECT_EQ(reasons.grid.At(20, 15), dem::kReasonRoughness);
  EXPECT_EQ(reasons.grid.At(0, 0), dem::kReasonUnknown | dem::kReasonEdge);
}

/// All six codes by hand: limits 10° and 0.5 m, the rule's 0.95 and 0.8.
TEST(HazardClasses, CodesByHand) {
  dem::HazardMap map = dem::MapHazards(Ground(), {});
  dem::Grid<float> heights = Ground().grid;
  const auto set = [&](int col, dem::HazardClass value, double slope_deg, double roughness_m, double p_site) {
    map.hazard_class.grid.At(col, 0) = static_cast<std::uint8_t>(value);
    map.slope_rad.grid.At(col, 0) = static_cast<float>(dem::DegToRad(slope_deg));
    map.roughness_m.grid.At(col, 0) = static_cast<float>(roughness_m);
    map.p_site.grid.At(col, 0) = static_cast<float>(p_site);
    map.reasons.grid.At(col, 0) = 0;
  };
  set(0, dem::HazardClass::kSafe, 7.9, 0.39, 0.96);
  set(1, dem::HazardClass::kSafe, 8.1, 0.1, 0.96);
  set(2, dem::HazardClass::kSafe, 1, 0.41, 0.96);
  set(3, dem::HazardClass::kSafe, 1, 0.1, 0.94);
  set(4, dem::HazardClass::kHazardous, 11, 0.1, 0.2);
  set(5, dem::HazardClass::kUnknown, 1, 0.1, 0);
  set(6, dem::HazardClass::kShadow, 1, 0.1, 0);
  set(7, dem::HazardClass::kUnknown, 1, 0.1, 0);
  heights.At(7, 0) = std::numeric_limits<float>::quiet_NaN();
  const CodedClasses coded = CodeClasses(map, heights);
  const int codes[] = {1, 2, 2, 2, 3, 4, 5, 0};
  const unsigned reasons[] = {0, 0x8000, 0x8000, 0x4000, 0, 0, 0, 0};
  for (int col = 0; col < 8; ++col) {
    EXPECT_EQ(coded.classes.At(col, 0), codes[col]) << col;
    EXPECT_EQ(coded.reasons.At(col, 0), reasons[col]) << col;
  }
  map.reasons.grid.At(0, 0) = dem::kReasonInterpolated;  // of the DEM: not called safe
  EXPECT_EQ(CodeClasses(map, heights).classes.At(0, 0), 2);
  EXPECT_EQ(CodeClasses(map, heights).reasons.At(0, 0), dem::kReasonInterpolated);
  EXPECT_EQ(HazardClassOfCode(2), dem::HazardClass::kSafe);
  EXPECT_EQ(HazardClassOfCode(3), dem::HazardClass::kHazardous);
  EXPECT_EQ(HazardClassOfCode(5), dem::HazardClass::kShadow);
  EXPECT_EQ(HazardClassOfCode(0), dem::HazardClass::kUnknown);
  EXPECT_EQ(HazardClassOfCode(std::nanf("")), dem::HazardClass::kUnknown);
  EXPECT_THROW(CodeClasses(map, dem::Grid<float>(3, 3)), std::invalid_argument);
  MarginalRule rule;
  rule.limit_share = 0;
  EXPECT_THROW(CodeClasses(map, heights, rule), std::invalid_argument);
}

// Blocks in another order than rows, read back before and after they became files.
TEST(HazardMapFiles, BlocksMakeTheSameFiles) {
  const test::TempFolder folder;
  const dem::Raster<float> ground = Ground();
  dem::HazardOptions options;
  options.more_slope_baselines_m = {14};
  const dem::HazardMap map = dem::MapHazards(ground, options);
  WriteHazardMap(folder / "whole", map, ground);
  HazardFileStream stream(folder / "blocks", {40, 30, ground.crs_wkt, ground.crs_from_pixel});
  const std::vector<dem::CellWindow> blocks{
      {16, 10, 24, 20}, {0, 10, 16, 20}, {16, 0, 24, 10}, {0, 0, 16, 10}};
  for (const dem::CellWindow& block : blocks) {
    dem::Grid<float> heights(block.width, block.height);
    for (int row = 0; row < block.height; ++row)
      for (int col = 0; col < block.width; ++col)
        heights.At(col, row) = ground.grid.At(block.col + col, block.row + row);
    stream.Write(block.col, block.row, dem::CropHazards(map, block.col, block.row, block.width, block.height),
                 heights);
  }
  EXPECT_EQ(stream.ReadClasses({20, 15, 1, 1}).At(0, 0), 3);
  EXPECT_EQ(stream.ReadMap({10, 5, 20, 20}).roughness_m.grid.At(10, 10), map.roughness_m.grid.At(20, 15));
  stream.Finish(DemHash(ground), [](std::size_t, std::size_t) {});
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "whole")) {
    ++files;
    EXPECT_EQ(test::ReadBytes(entry.path()), test::ReadBytes(folder / "blocks" / entry.path().filename()))
        << entry.path();
  }
  EXPECT_EQ(files, 18);  // nine rasters, nine styles
}

TEST(HazardMapFiles, AFullDiskIsAnError) {
  const test::SmallDisk disk(16);
  if (!disk.mounted()) GTEST_SKIP() << "needs root to mount a small disk";
  EXPECT_THROW(WriteHazardMap(disk.path() / "hazards", dem::MapHazards(Ground(), {}), Ground()),
               dem::WriteError);
  for (const auto& entry : std::filesystem::directory_iterator(disk.path() / "hazards"))
    EXPECT_NE(entry.path().filename().string().front(), '.') << entry.path();
}

TEST(DemHash, IsOfTheCells) {
  const std::uint64_t hash = DemHash(Ground());
  EXPECT_EQ(HashText(hash).size(), 16U);
  EXPECT_EQ(DemHash(Ground()), hash);
  dem::Raster<float> other = Ground();
  other.grid.At(3, 3) += 1e-5F;
  EXPECT_NE(DemHash(other), hash);
  other = Ground();
  other.crs_from_pixel.translation().x() += 1;
  EXPECT_NE(DemHash(other), hash);
  dem::Raster<float> one = Ground(), two = Ground();
  one.grid.At(1, 1) = std::numeric_limits<float>::quiet_NaN();
  two.grid.At(1, 1) = -std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(DemHash(one), DemHash(two));
}

}  // namespace
}  // namespace perilune::datasets
