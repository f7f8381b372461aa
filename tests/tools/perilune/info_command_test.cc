#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "dem/io/write_raster.h"
#include "dem/synthesis/low_pass.h"
#include "dem/synthesis/lunar_ground.h"
#include "tests/support/lunar_rasters.h"
#include "tests/support/perilune_command.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

void ExpectRefused(const test::CommandOutcome& outcome, const std::string& reason) {
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.errors.find(reason), std::string::npos) << outcome.errors;
  EXPECT_EQ(outcome.errors.find('\n'), outcome.errors.size() - 1) << outcome.errors;
  EXPECT_EQ(outcome.output, "");
}

/// 10 x 8 pixels of half a degree, first centre at 170.25 E, 10.25 N; height 100 m a column, one pixel
/// missing.
dem::Raster<float> SmallMap() {
  dem::Raster<float> raster =
      test::AnalyticRaster(test::GeographicWkt(), test::NorthUp(170.25, 10.25, 0.5), 10, 8,
                           test::DegreesPlace, [](const dem::LatLon& place) {
                             return 100 * std::round((dem::RadToDeg(place.longitude_rad) - 170.25) * 2);
                           });
  raster.grid.At(9, 7) = std::numeric_limits<float>::quiet_NaN();
  return raster;
}

TEST(InfoCommand, SaysWhatIsInTheFile) {
  const test::TempFolder folder;
  dem::WriteGeoTiff(folder / "a.tif", SmallMap());
  folder.Write("a.tif.uncertainty.yaml", "height_sigma_m: 2.5\nframe: ME\n");
  const test::CommandOutcome outcome =
      test::RunPerilune(folder, "info " + (folder / "a.tif").string() + " --json");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const nlohmann::json info = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(info["width"], 10);
  EXPECT_EQ(info["height"], 8);
  EXPECT_NEAR(info["extent_deg"]["west"].get<double>(), 170, 1e-9);
  EXPECT_NEAR(info["extent_deg"]["east"].get<double>(), 175, 1e-9);
  EXPECT_NEAR(info["extent_deg"]["north"].get<double>(), 10.5, 1e-9);
  EXPECT_NEAR(info["extent_deg"]["south"].get<double>(), 6.5, 1e-9);
  EXPECT_EQ(info["height_m"]["min"], 0);
  EXPECT_EQ(info["height_m"]["max"], 900);
  EXPECT_NEAR(info["height_m"]["mean"].get<double>(), (8 * 4500 - 900) / 79.0, 1e-9);
  EXPECT_NEAR(info["valid_share"].get<double>(), 79.0 / 80, 1e-12);
  EXPECT_EQ(info["uncertainty"]["height_sigma_m"], 2.5);
  EXPECT_EQ(info["detail_pixel_m"], info["pixel_on_ground_at_centre_m"]);  // too small to tell
  // Half a degree of the sphere north-south, and its cosine at 8.5 deg east-west (the centre is between two
  // rows).
  const double degree_m = dem::kMoonRadius_m * dem::kPi / 180;
  EXPECT_NEAR(info["pixel_on_ground_at_centre_m"].get<double>(),
              0.5 * degree_m * std::sqrt(std::cos(dem::DegToRad(8.5))), 1);
  EXPECT_EQ(test::RunPerilune(folder, "info " + (folder / "a.tif").string()).exit_code, 0);
}

// Ground under a Gaussian of 7.5 pixels full width: three times what a map of its pixels is smoothed by.
TEST(InfoCommand, SaysWhatABlurredMapIsWorth) {
  const test::TempFolder folder;
  constexpr int kSide = 300;
  dem::Raster<float> raster =
      test::AnalyticRaster(test::GeographicWkt(), test::NorthUp(10, 10, 0.001), kSide, kSide,
                           test::DegreesPlace, [](const dem::LatLon&) { return 0.0; });
  const dem::LunarGround ground(dem::SiteTypeNamed("highland"), 65);
  raster.grid = dem::LowPass(ground.Heights({0, 0, kSide, kSide, 30}), 7.5 / std::sqrt(8 * std::log(2.0)));
  dem::WriteGeoTiff(folder / "blurred.tif", raster);
  const std::string command = "info " + (folder / "blurred.tif").string();
  const nlohmann::json info = nlohmann::json::parse(test::RunPerilune(folder, command + " --json").output);
  EXPECT_NEAR(info["detail_pixel_m"].get<double>() / info["pixel_on_ground_at_centre_m"].get<double>(), 3,
              0.6);
  EXPECT_NE(test::RunPerilune(folder, command).output.find("relief       ends where"), std::string::npos);
}

TEST(InfoCommand, SaysInOneLineWhyAFileIsRefused) {
  const test::TempFolder folder;
  dem::Raster<float> raster = SmallMap();
  dem::WriteGeoTiff(folder / "a.tif", raster);
  const std::string bytes = test::ReadBytes(folder / "a.tif");
  ExpectRefused(test::RunPerilune(
                    folder, "info " + folder.Write("cut.tif", bytes.substr(0, bytes.size() / 2)).string()),
                "cut.tif: ");
  ExpectRefused(test::RunPerilune(folder, "info " + folder.Write("zero.tif", "").string()), "empty");
  ExpectRefused(test::RunPerilune(folder, "info " + (folder / "missing.tif").string()), "no such file");
  raster.grid.At(3, 3) = std::numeric_limits<float>::infinity();
  dem::WriteGeoTiff(folder / "infinite.tif", raster);
  ExpectRefused(test::RunPerilune(folder, "info " + (folder / "infinite.tif").string()),
                "infinite value at column 3, row 3");
  raster.grid = dem::Grid<float>(10, 8, std::numeric_limits<float>::quiet_NaN());
  dem::WriteGeoTiff(folder / "nodata.tif", raster);
  ExpectRefused(test::RunPerilune(folder, "info " + (folder / "nodata.tif").string()), "nodata");
  raster = SmallMap();
  raster.crs_wkt = test::GeographicWkt("Mars", "3396190");
  dem::WriteGeoTiff(folder / "mars.tif", raster);
  ExpectRefused(test::RunPerilune(folder, "info " + (folder / "mars.tif").string()), "3396190 m");
  EXPECT_EQ(
      test::RunPerilune(folder, "info " + (folder / "mars.tif").string() + " --assume-crs IAU_2015:30100")
          .exit_code,
      0);
}

}  // namespace
}  // namespace perilune::tools
