#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>

#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"
#include "dem/terrain/resample.h"
#include "tests/support/real_data.h"
#include "tests/support/temp_folder.h"

namespace perilune::dem {
namespace {

class RealRastersData : public testing::Test {
 protected:
  void SetUp() override {
    dem_ = test::RealData() / "dem";
    if (!std::filesystem::exists(dem_)) GTEST_SKIP() << "no real data at " << dem_;
  }
  std::filesystem::path dem_;
};

float HeightAt(const RasterFile& file, double latitude_deg, double longitude_deg) {
  const Eigen::Vector2d pixel =
      file.PixelsFromPlaces({{DegToRad(latitude_deg), DegToRad(longitude_deg)}}).front();
  return file
      .ReadWindow(static_cast<int>(std::lround(pixel.x())), static_cast<int>(std::lround(pixel.y())), 1, 1)
      .grid.At(0, 0);
}

TEST_F(RealRastersData, LdemHeightsAreHalfOfTheStoredNumbersAtTheRightPlaces) {
  const RasterFile file(dem_ / "LDEM_4.LBL");
  ASSERT_EQ(file.width(), 1440);
  ASSERT_EQ(file.height(), 720);
  const std::string bytes = test::ReadBytes(dem_ / "LDEM_4.IMG");
  std::vector<std::int16_t> stored(1440 * 720);
  ASSERT_EQ(bytes.size(), stored.size() * 2);
  std::memcpy(stored.data(), bytes.data(), bytes.size());  // LSB_INTEGER, as this machine
  const std::vector<float> heights = file.ReadWindow(0, 0, 1440, 720).grid.data;
  for (std::size_t i = 0; i < stored.size(); ++i) ASSERT_EQ(heights[i], 0.5F * stored[i]) << i;
  // The label: MAXIMUM = 21008, MINIMUM = −17758 (no cell is below −17757).
  EXPECT_EQ(*std::max_element(heights.begin(), heights.end()), 10504);
  EXPECT_EQ(*std::min_element(heights.begin(), heights.end()), -8878.5);
  // A quarter of a degree a row from 90 N, pixel registered, columns eastward from 0.
  for (const auto& [row, col] : {std::pair{0, 0}, {338, 806}, {719, 1439}, {680, 5}}) {
    const double latitude_deg = 90 - (row + 0.5) / 4, longitude_deg = (col + 0.5) / 4;
    EXPECT_EQ(HeightAt(file, latitude_deg, longitude_deg),
              0.5F * stored[static_cast<std::size_t>(row) * 1440 + col]);
  }
}

TEST_F(RealRastersData, TheHighestPointOfTheMoonIsWhereItIsKnownToBe) {
  // 5.41 N, 201.37 E, 10.79 km (LRO): the quarter-degree mean there is the highest of LDEM_4.
  const RasterFile file(dem_ / "LDEM_4.LBL");
  EXPECT_EQ(HeightAt(file, 5.41, 201.37 - 360), 10504);
}

TEST_F(RealRastersData, ATruncatedImageIsRefused) {
  const test::TempFolder folder;
  folder.Write("LDEM_4.IMG", test::ReadBytes(dem_ / "LDEM_4.IMG").substr(0, 2'000'000));
  EXPECT_THROW(RasterFile(folder.Write("LDEM_4.LBL", test::ReadBytes(dem_ / "LDEM_4.LBL"))), DataError);
}

TEST_F(RealRastersData, APrincipalAxisLabelIsRefused) {
  const test::TempFolder folder;
  std::string label = test::ReadBytes(dem_ / "LDEM_4.LBL");
  const std::string frame = "MEAN EARTH/POLAR AXIS OF DE421";
  ASSERT_NE(label.find(frame), std::string::npos);
  label.replace(label.find(frame), frame.size(), "PRINCIPAL AXIS OF DE421");
  folder.Write("LDEM_4.IMG", test::ReadBytes(dem_ / "LDEM_4.IMG"));
  EXPECT_THROW(RasterFile(folder.Write("LDEM_4.LBL", label)), DataError);
}

TEST_F(RealRastersData, PolarStereographicReadsThePublishedHeightOfOdysseus) {
  EXPECT_EQ(HeightAt(RasterFile(dem_ / "gld100_64ppd_south_polar.tif"), -80.13, 1.44), 2579);
}

TEST_F(RealRastersData, ProductsAgreeOnTheGroundWhateverTheirProjection) {
  // The same model at 16 and 256 pixels a degree, and LOLA: apart by no more than relief within a coarse
  // pixel (2-8 km).
  const RasterFile global(dem_ / "gld100_16ppd_global.tif"), ldem(dem_ / "LDEM_4.LBL");
  const RasterFile hadley(dem_ / "gld100_256ppd_apollo15_hadley.tif"),
      basin(dem_ / "gld100_256ppd_apollo_basin.tif");
  const auto heights = [](const RasterFile& file, const Site& site) {
    return ResampleIntoSite(file, site, {-40e3, 40e3, -40e3, 40e3}, 2000).z_m.data;
  };
  for (const RasterFile* fine : {&hadley, &basin}) {
    const LatLon centre = fine->PlacesFromPixels({{0.5 * fine->width(), 0.5 * fine->height()}}).front();
    const Site site = MakeSite(centre);
    const std::vector<float> a = heights(*fine, site), b = heights(global, site), c = heights(ldem, site);
    double sum_ab = 0, sum_ac = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      sum_ab += std::pow(a[i] - b[i], 2);
      sum_ac += std::pow(a[i] - c[i], 2);
    }
    const double count = static_cast<double>(a.size());
    EXPECT_LT(std::sqrt(sum_ab / count), 100) << fine->path();
    EXPECT_LT(std::sqrt(sum_ac / count), 500) << fine->path();
  }
}

}  // namespace
}  // namespace perilune::dem
