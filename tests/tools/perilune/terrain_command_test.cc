#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "dem/frames/moon.h"
#include "dem/io/raster_file.h"
#include "dem/io/write_raster.h"
#include "tests/support/orthographic_dem.h"
#include "tests/support/perilune_command.h"

namespace perilune::tools {
namespace {

using test::CommandOutcome;
using test::RunPerilune;

/// A 60 km DEM of 500 m cells: a plane that rises to the east by 0.02.
std::string WriteRamp(const test::TempFolder& folder) {
  return test::WriteDem(folder, {-40, 150, 121, 500}, [](int col, int) { return 1000 + 10 * (col - 60); })
      .string();
}

TEST(TerrainCommand, OneSeedOneGround) {
  const test::TempFolder folder;
  const std::string start =
      "terrain --synth --lat 26.1 --lon 3.6 --size-m 2000 --spacing-m 10 -o " + folder.path().string();
  ASSERT_EQ(RunPerilune(folder, start + "/a.tif --seed 4").exit_code, 0);
  ASSERT_EQ(RunPerilune(folder, start + "/b.tif --seed 4").exit_code, 0);
  ASSERT_EQ(RunPerilune(folder, start + "/c.tif --seed 5").exit_code, 0);
  EXPECT_EQ(test::ReadBytes(folder / "a.tif"), test::ReadBytes(folder / "b.tif"));
  EXPECT_NE(test::ReadBytes(folder / "a.tif"), test::ReadBytes(folder / "c.tif"));
  const dem::RasterFile file(folder / "a.tif");
  EXPECT_EQ(file.width(), 200);
  // 200 cells of 10 m around the centre: it lies between the two middle ones.
  const auto pixel = file.PixelsFromPlaces({{dem::DegToRad(26.1), dem::DegToRad(3.6)}}).front();
  EXPECT_NEAR(pixel.x(), 99.5, 1e-6);
  EXPECT_NEAR(pixel.y(), 99.5, 1e-6);
}

TEST(TerrainCommand, RefinesWithoutMovingTheGround) {
  const test::TempFolder folder;
  const std::string input = WriteRamp(folder);
  const std::string start = "terrain --refine " + input +
                            " --size-m 8000 --spacing-m 40 --lat -40 --lon 150 -o " + folder.path().string();
  ASSERT_EQ(RunPerilune(folder, start + "/plain.tif --effective-resolution-m 100").exit_code, 0);
  ASSERT_EQ(RunPerilune(folder, start + "/fine.tif --effective-resolution-m 2000").exit_code, 0);
  const auto plain = dem::RasterFile(folder / "plain.tif").ReadWindow(0, 0, 200, 200);
  const auto fine = dem::RasterFile(folder / "fine.tif").ReadWindow(0, 0, 200, 200);
  double mean = 0, spread = 0;
  for (int row = 0; row < 200; ++row) {
    for (int col = 0; col < 200; ++col) {
      // The plane in easting, whatever the height: easting = −3980 + 40 col.
      ASSERT_NEAR(plain.grid.At(col, row), 1000 + 0.02 * (-3980 + 40 * col), 0.01);
      const double detail = fine.grid.At(col, row) - plain.grid.At(col, row);
      mean += detail / 40000;
      spread += detail * detail / 40000;
    }
  }
  EXPECT_GT(std::sqrt(spread), 1);
  EXPECT_LT(std::abs(mean), std::sqrt(spread));
}

TEST(TerrainCommand, BadInputIsOneLineExitCodeTwoAndNoOutput) {
  const test::TempFolder folder;
  const std::string input = WriteRamp(folder), out = " -o " + (folder / "o.tif").string();
  for (const std::string& arguments :
       {std::string(""), "--synth --refine " + input, "--refine " + input,
        "--refine " + (folder / "none.tif").string() + " --effective-resolution-m 100",
        "--refine " + input + " --effective-resolution-m 2000 --lat 10 --lon 10",
        std::string("--synth --size-m 1e5 --spacing-m 1"), std::string("--synth --size-m 10 --spacing-m 100"),
        std::string("--synth --spacing-m -1"), std::string("--synth --ground sea"),
        std::string("--synth --lat 3")}) {
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
