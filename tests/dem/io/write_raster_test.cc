#include "dem/io/write_raster.h"

#include <gdal_priv.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>

#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"
#include "dem/synthesis/random.h"
#include "tests/support/small_disk.h"
#include "tests/support/temp_folder.h"

namespace perilune::dem {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

Raster<float> MakeRaster(int width, int height) {
  Raster<float> raster;
  raster.grid = Grid<float>(width, height);
  for (std::size_t i = 0; i < raster.grid.data.size(); ++i) {
    raster.grid.data[i] = static_cast<float>(1000 * RandomUniform(7, 1, i));  // does not compress
  }
  raster.crs_wkt = OrthographicCrs(26, 3.6);
  raster.crs_from_pixel = Eigen::Translation2d(100, 200) * Eigen::Scaling(10.0, -10.0);
  raster.nodata = kNaN;
  raster.name = "height";
  raster.unit = "m";
  return raster;
}

/// What GDAL's own program says of a file; empty when it is not installed.
std::string GdalInfo(const std::filesystem::path& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
      popen(("gdalinfo '" + path.string() + "' 2>/dev/null").c_str(), "r"), pclose);
  std::string text;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; pipe && (n = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) {
    text.append(buffer.data(), n);
  }
  return text;
}

TEST(WriteRaster, ReadsBackHeightsPlacesAndMissingCells) {
  const test::TempFolder folder;
  Raster<float> written = MakeRaster(700, 600);
  written.grid.At(4, 1) = kNaN;
  WriteGeoTiff(folder / "a.tif", written);
  const RasterFile file(folder / "a.tif");
  ASSERT_EQ(file.width(), 700);
  ASSERT_EQ(file.height(), 600);
  EXPECT_TRUE(file.crs_from_pixel().isApprox(written.crs_from_pixel, 1e-12));
  const Raster<float> read = file.ReadWindow(0, 0, 700, 600);
  EXPECT_EQ(read.name, "height");
  for (std::size_t i = 0; i < read.grid.data.size(); ++i) {
    if (i == 704) {
      EXPECT_TRUE(std::isnan(read.grid.data[i]));
    } else {
      ASSERT_EQ(read.grid.data[i], written.grid.data[i]);
    }
  }
  EXPECT_EQ(test::CountEntries(folder.path()), 1);
}

TEST(WriteRaster, GdalSeesTheCornerTheBandsAndTheLayout) {
  const test::TempFolder folder;
  const Grid<std::uint8_t> a(600, 520, 3), b(600, 520, 255);
  WriteGeoTiff<std::uint8_t>(folder / "b.tif", {{&a, "class", ""}, {&b, "lit", "%"}},
                             OrthographicCrs(26, 3.6), MakeRaster(1, 1).crs_from_pixel, std::uint8_t{255},
                             {{"OPTIONS_HASH", "12ab"}});
  const std::string info = GdalInfo(folder / "b.tif");
  if (info.empty()) GTEST_SKIP() << "gdalinfo is not installed";
  // The first pixel's centre is at (100, 200), so its outer corner at (95, 205).
  EXPECT_NE(info.find("Origin = (95.0000000000000"), std::string::npos) << info;
  EXPECT_NE(info.find(",205.0000000000000"), std::string::npos);
  EXPECT_NE(info.find("Pixel Size = (10.0000000000000"), std::string::npos);
  EXPECT_NE(info.find("Description = class"), std::string::npos);
  EXPECT_NE(info.find("Description = lit"), std::string::npos);
  EXPECT_NE(info.find("Unit Type: %"), std::string::npos);
  EXPECT_NE(info.find("NoData Value=255"), std::string::npos);
  EXPECT_NE(info.find("OPTIONS_HASH=12ab"), std::string::npos);
  EXPECT_NE(info.find("LAYOUT=COG"), std::string::npos);
  EXPECT_NE(info.find("Overviews: 300x260"), std::string::npos);
}

TEST(WriteRaster, TheSameRasterGivesTheSameBytes) {
  const test::TempFolder folder;
  WriteGeoTiff(folder / "a.tif", MakeRaster(600, 300));
  WriteGeoTiff(folder / "b.tif", MakeRaster(600, 300));
  EXPECT_TRUE(test::ReadBytes(folder / "a.tif") == test::ReadBytes(folder / "b.tif"));
}

TEST(WriteRaster, AFullDiskIsAWriteErrorAndTheOldFileStays) {
  const test::SmallDisk disk(64);
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small disk needs root";
  WriteGeoTiff(disk.path() / "a.tif", MakeRaster(20, 20));
  const std::string old = test::ReadBytes(disk.path() / "a.tif");
  for (const int size : {150, 200, 700}) {  // hardly too large, too large, with overviews
    EXPECT_THROW(WriteGeoTiff(disk.path() / "a.tif", MakeRaster(size, size)), WriteError) << size;
    EXPECT_TRUE(test::ReadBytes(disk.path() / "a.tif") == old);
    EXPECT_EQ(test::CountEntries(disk.path()), 1) << size;
  }
}

TEST(WriteRaster, AMissingFolderIsAWriteError) {
  const test::TempFolder folder;
  EXPECT_THROW(WriteGeoTiff(folder / "none/a.tif", MakeRaster(3, 2)), WriteError);
}

TEST(WriteRaster, RefusesBandsThatDoNotBelongTogether) {
  const test::TempFolder folder;
  const Grid<float> a(3, 2), b(2, 3), empty;
  const auto write = [&](const std::vector<Band<float>>& bands, const std::string& crs) {
    WriteGeoTiff<float>(folder / "a.tif", bands, crs, Eigen::Affine2d::Identity(), std::nullopt);
  };
  EXPECT_THROW(write({}, OrthographicCrs(0, 0)), std::invalid_argument);
  EXPECT_THROW(write({{&a, "", ""}, {&b, "", ""}}, OrthographicCrs(0, 0)), std::invalid_argument);
  EXPECT_THROW(write({{&empty, "", ""}}, OrthographicCrs(0, 0)), std::invalid_argument);
  EXPECT_THROW(write({{&a, "", ""}}, "nonsense"), std::invalid_argument);
  EXPECT_EQ(test::CountEntries(folder.path()), 0);
}

TEST(OrthographicCrs, RefusesWhatIsNoPlace) {
  EXPECT_THROW(OrthographicCrs(91, 0), std::invalid_argument);
  EXPECT_THROW(OrthographicCrs(0, std::nan("")), std::invalid_argument);
}

TEST(WriteGeoTiff, ColoursAndMetadataOfABand) {
  const test::TempFolder folder;
  const Grid<std::uint8_t> codes(40, 30, 2);
  Band<std::uint8_t> band{&codes, "class", ""};
  band.metadata = {{"QUANTITY", "what it is"}};
  band.colours = {{2, 10, 20, 30}};
  WriteGeoTiff<std::uint8_t>(folder / "a.tif", {band}, OrthographicCrs(0, 0), Eigen::Affine2d::Identity(),
                             std::uint8_t{0});
  EXPECT_EQ(test::CountEntries(folder.path()), 1);  // all is in the file itself
  const GDALDatasetUniquePtr file(GDALDataset::Open((folder / "a.tif").c_str()));
  ASSERT_TRUE(file);
  GDALRasterBand* read = file->GetRasterBand(1);
  EXPECT_STREQ(read->GetMetadataItem("QUANTITY"), "what it is");
  ASSERT_NE(read->GetColorTable(), nullptr);
  const GDALColorEntry* entry = read->GetColorTable()->GetColorEntry(2);
  EXPECT_EQ(entry->c1, 10);
  EXPECT_EQ(entry->c2, 20);
  EXPECT_EQ(entry->c3, 30);
}

}  // namespace
}  // namespace perilune::dem
