// perilune craters catalog DEM.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "dem/craters/crater_file.h"
#include "tests/support/lunar_rasters.h"
#include "tests/support/perilune_command.h"
#include "tests/support/small_disk.h"

namespace perilune::tools {
namespace {

using test::RunPerilune;

constexpr double kDiameter_m = 4000;

/// 25 km around 10° east on the equator, 125 m a pixel, with one bowl of 4 km in the middle.
std::string WriteBowlDem(const test::TempFolder& folder) {
  const Eigen::Vector3d middle = dem::DirectionInMoon({0, dem::DegToRad(10)});
  const auto raster = test::AnalyticRaster(
      test::EquirectangularWkt(10), test::NorthUp(-12'500, 12'500, 125), 200, 200,
      [](const Eigen::Vector2d& crs) {
        return dem::LatLon{crs.y() / dem::kMoonRadius_m, dem::DegToRad(10) + crs.x() / dem::kMoonRadius_m};
      },
      [&](const dem::LatLon& place) {
        const double r = 2 * (dem::DirectionInMoon(place) - middle).norm() * dem::kMoonRadius_m / kDiameter_m;
        return 300 * (r < 1 ? 1.2 * r * r - 1 : 0.2 / (r * r * r));
      });
  const auto path = folder / "bowl.tif";
  dem::WriteGeoTiff(path, raster);
  return path.string();
}

TEST(CratersCatalogCommand, ACraterFileAndAGeoPackage) {
  const test::TempFolder folder;
  const std::string dem = WriteBowlDem(folder);
  const auto made = [&](const std::string& name, const std::string& prefix) {
    const auto outcome =
        RunPerilune(folder,
                    "craters catalog " + dem + " -o " + (folder / (name + ".craters")).string() +
                        " --geopackage " + (folder / (name + ".gpkg")).string() + " --min-diameter 2500",
                    prefix);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_NE(outcome.output.find(": 1 craters"), std::string::npos) << outcome.output;
    EXPECT_NE(outcome.errors.find("craters: relief"), std::string::npos) << outcome.errors;
  };
  made("one", "taskset -c 0 ");
  made("two", "");
  const dem::CraterCatalog catalog = dem::ReadCraterFile(folder / "one.craters");
  ASSERT_EQ(catalog.craters.size(), 1U);
  EXPECT_EQ(catalog.name, "relief of bowl.tif");
  EXPECT_NEAR(catalog.craters[0].centre.longitude_rad, dem::DegToRad(10), 1e-4);
  EXPECT_NEAR(2 * catalog.craters[0].semi_major_m, kDiameter_m, 0.1 * kDiameter_m);
  EXPECT_EQ(test::ReadBytes(folder / "one.craters"), test::ReadBytes(folder / "two.craters"));
  EXPECT_EQ(test::ReadBytes(folder / "one.gpkg"), test::ReadBytes(folder / "two.gpkg"));
  const auto info = RunPerilune(folder, "info " + (folder / "one.craters").string());
  EXPECT_NE(info.output.find("1 craters, 1 with an ellipse, 1 with a depth"), std::string::npos)
      << info.output;
}

TEST(CratersCatalogCommand, DiametersAreLimits) {
  const test::TempFolder folder;
  const std::string dem = WriteBowlDem(folder);
  const auto found = [&](const std::string& options) {
    const auto file = folder / "c.craters";
    const auto outcome = RunPerilune(folder, "craters catalog " + dem + " -o " + file.string() + options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    const auto craters = dem::ReadCraterFile(file).craters;
    return std::count_if(craters.begin(), craters.end(),
                         [](const auto& c) { return std::abs(2 * c.semi_major_m / kDiameter_m - 1) < 0.2; });
  };
  EXPECT_EQ(found(" --min-diameter 3000 --max-diameter 5000"), 1);
  EXPECT_EQ(found(" --min-diameter 5000 --max-diameter 8000"), 0);
  EXPECT_EQ(found(" --min-diameter 2000 --max-diameter 3000"), 0);
  EXPECT_EQ(found(" --min-diameter 3000 --max-diameter 5000 --min-confidence 0.9999999"), 0);
}

TEST(CratersCatalogCommand, BadInputIsOneLineAndTwo) {
  const test::TempFolder folder;
  const std::string dem = WriteBowlDem(folder), out = " -o " + (folder / "o.craters").string();
  for (const std::string& arguments :
       {std::string("craters catalog"), "craters catalog " + dem, "craters catalog " + out,
        "craters catalog " + (folder / "missing.tif").string() + out,
        "craters catalog " + dem + out + " --min-diameter -1",
        "craters catalog " + dem + out + " --min-diameter 5000 --max-diameter 4000",
        "craters catalog " + dem + out + " --min-confidence 1",
        "craters catalog " + dem + out + " --band 2"}) {
    const auto outcome = RunPerilune(folder, arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
    EXPECT_FALSE(std::filesystem::exists(folder / "o.craters")) << arguments;
  }
}

TEST(CratersCatalogCommand, AFullDiskIsOneAndLeavesNothing) {
  const test::TempFolder folder;
  const std::string dem = WriteBowlDem(folder);
  const test::SmallDisk disk(4);
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small disk";
  std::ofstream(disk.path() / "filling", std::ios::binary) << std::string(4096, 'x');
  const auto outcome = RunPerilune(
      folder, "craters catalog " + dem + " --min-diameter 2500 -o " + (disk.path() / "o.craters").string());
  EXPECT_EQ(outcome.exit_code, 1) << outcome.errors;
  EXPECT_NE(outcome.errors.find("o.craters"), std::string::npos) << outcome.errors;
  EXPECT_EQ(test::CountEntries(disk.path()), 1);
}

}  // namespace
}  // namespace perilune::tools
