#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>

#include "dem/io/raster_file.h"
#include "dem/io/write_raster.h"
#include "dem/synthesis/lunar_ground.h"
#include "tests/support/orthographic_dem.h"
#include "tests/support/perilune_command.h"

namespace perilune::tools {
namespace {

using test::CommandOutcome;
using test::RunPerilune;

// What is in the file is what the library makes there, and a window is the cut of a larger one.
TEST(TerrainGroundCommand, AWindowIsTheCutOfALargerOne) {
  const test::TempFolder folder;
  const std::string start = "terrain --synth ejecta --seed 6 --lat 10 --lon 20 --spacing 0.5 -o ";
  ASSERT_EQ(RunPerilune(folder, start + (folder / "a.tif").string() + " --size-m 400").exit_code, 0);
  ASSERT_EQ(
      RunPerilune(folder, start + (folder / "b.tif").string() + " --window-m -20 -150 130 25.5").exit_code,
      0);
  const dem::RasterFile whole(folder / "a.tif"), part(folder / "b.tif");
  ASSERT_EQ(whole.width(), 800);
  ASSERT_EQ(part.width(), 300);
  ASSERT_EQ(part.height(), 351);
  const auto cut = whole.ReadWindow(360, 349, 300, 351).grid;  // 180 m east and 174.5 m south of the corner
  EXPECT_EQ(part.ReadWindow(0, 0, 300, 351).grid.data, cut.data);
  const dem::LunarGround ground(dem::SiteTypeNamed("ejecta"), 6);
  EXPECT_EQ(ground.Heights({-19.75, 25.25, 300, 351, 0.5}).data, cut.data);
}

int Lines(const std::string& text) { return static_cast<int>(std::count(text.begin(), text.end(), '\n')); }

TEST(TerrainGroundCommand, WritesTheTruthOfCratersAndRocks) {
  const test::TempFolder folder;
  const std::string base = folder.path().string();
  ASSERT_EQ(RunPerilune(folder,
                        "terrain --synth mare --seed 7 --lat -5 --lon 170 --size-m 300 --spacing-m 0.5 -o " +
                            base + "/a.tif --craters " + base + "/c.csv --rocks " + base +
                            "/r.csv --albedo " + base + "/w.tif")
                .exit_code,
            0);
  const dem::LunarGround ground(dem::SiteTypeNamed("mare"), 7);
  const dem::PlaneRect rect{-150, 150, -150, 150};
  const std::string craters = test::ReadBytes(folder / "c.csv"), rocks = test::ReadBytes(folder / "r.csv");
  EXPECT_EQ(Lines(craters), 1 + static_cast<int>(ground.CratersIn(rect, 2).size()));
  EXPECT_EQ(Lines(rocks), 1 + static_cast<int>(ground.RocksIn(rect, 2).size()));
  EXPECT_GT(Lines(craters), 100);
  // The first line's place: metres and degrees agree.
  std::istringstream stream(craters);
  std::string line;
  std::getline(stream, line);
  std::getline(stream, line);
  double id = 0, east = 0, north = 0, latitude = 0, longitude = 0;
  char comma = 0;
  std::istringstream(line) >> id >> comma >> east >> comma >> north >> comma >> latitude >> comma >>
      longitude;
  EXPECT_NEAR((latitude + 5) * dem::kPi / 180 * dem::kMoonRadius_m, north, 0.05);
  EXPECT_NEAR((longitude - 170) * dem::kPi / 180 * dem::kMoonRadius_m * std::cos(5 * dem::kPi / 180), east,
              0.05);
  const dem::RasterFile albedo(folder / "w.tif");
  EXPECT_NEAR(albedo.ReadWindow(300, 300, 1, 1).grid.At(0, 0), 0.085, 0.03);
}

/// A 150 km DEM of 500 m cells that resolves 3 km: long waves.
std::string WriteWaves(const test::TempFolder& folder) {
  return test::WriteDem(folder, {0, 0, 301, 500},
                        [](int col, int row) { return 300 * std::sin(col / 20.0) * std::cos(row / 15.0); })
      .string();
}

TEST(TerrainGroundCommand, RefinesWithoutMovingTheDem) {
  const test::TempFolder folder;
  const std::string input = WriteWaves(folder);
  const CommandOutcome outcome =
      RunPerilune(folder, "terrain --refine " + input +
                              " --site-type highland --effective-resolution-m 3000 "
                              "--size-m 18000 --spacing-m 30 -o " +
                              (folder / "f.tif").string());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_NE(outcome.output.find("its means over that change by"), std::string::npos) << outcome.output;
  const auto made = dem::RasterFile(folder / "f.tif").ReadWindow(0, 0, 600, 600).grid;
  // Over 3 km blocks the smooth DEM is still there.
  double spread2 = 0;
  for (int by = 0; by < 6; ++by) {
    for (int bx = 0; bx < 6; ++bx) {
      double sum = 0;
      for (int i = 0; i < 10'000; ++i) {
        const int c = bx * 100 + i % 100, r = by * 100 + i / 100;
        const double east_m = -9000 + 30 * (c + 0.5), north_m = 9000 - 30 * (r + 0.5);
        sum +=
            made.At(c, r) - 300 * std::sin((east_m + 75'000) / 10'000) * std::cos((75'000 - north_m) / 7500);
      }
      spread2 += sum * sum / 1e8 / 36;
    }
  }
  EXPECT_LT(std::sqrt(spread2), 15);  // 0.5 % of the resolution, as GLD100 declares
}

TEST(TerrainGroundCommand, BadInputIsOneLineAndExitCodeTwo) {
  const test::TempFolder folder;
  const std::string input = WriteWaves(folder), out = " -o " + (folder / "o.tif").string();
  for (const std::string& arguments :
       {std::string("--synth sea"), std::string("--synth mare --window-m 0 0 -5 5"),
        std::string("--synth --window-m 0 0 5 5"),
        std::string("--synth mare --spacing-m 0.01 --size-m 90000"),
        std::string("--synth mare --site-type mare"), std::string("--site-type mare"),
        "--refine " + input + " --craters c.csv", std::string("--laws --synth mare"),
        "--refine " + input + " --site-type mare --lat 40 --lon 80 --effective-resolution-m 3000"}) {
    const CommandOutcome outcome = RunPerilune(folder, "terrain " + arguments + out);
    EXPECT_EQ(outcome.exit_code, 2) << arguments << outcome.errors;
    const auto last = outcome.errors.rfind("perilune: ");
    ASSERT_NE(last, std::string::npos) << arguments;
    EXPECT_EQ(outcome.errors.find('\n', last), outcome.errors.size() - 1) << outcome.errors;
    EXPECT_FALSE(std::filesystem::exists(folder / "o.tif"));
  }
}

}  // namespace
}  // namespace perilune::tools
