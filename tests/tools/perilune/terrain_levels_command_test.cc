#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "dem/io/write_raster.h"
#include "tests/support/orthographic_dem.h"
#include "tests/support/perilune_command.h"

namespace perilune::tools {
namespace {

using test::CommandOutcome;
using test::RunPerilune;

/// A 40 km DEM of 200 m cells: a plane that rises to the east by 0.02.
std::string WriteGentleRamp(const test::TempFolder& folder) {
  return test::WriteDem(folder, {-40, 150, 201, 200}, [](int col, int) { return 1000 + 4 * (col - 100); })
      .string();
}

TEST(TerrainLevelsCommand, BuildsAFileThatInfoDescribesAndRenderTakes) {
  const test::TempFolder folder;
  const std::string dem = WriteGentleRamp(folder), out = (folder / "g.terrain").string();
  const CommandOutcome built = RunPerilune(
      folder, "terrain --level " + dem + ":30000 --level synth@5:2000 --level synth@0.5:100 -o " + out);
  ASSERT_EQ(built.exit_code, 0) << built.errors;
  const CommandOutcome info = RunPerilune(folder, "info --json " + out);
  ASSERT_EQ(info.exit_code, 0) << info.errors;
  const auto json = nlohmann::json::parse(info.output);
  EXPECT_EQ(json["format"], "terrain");
  EXPECT_NEAR(json["site_deg"]["latitude"].get<double>(), -40, 1e-6);
  EXPECT_NEAR(json["site_deg"]["longitude"].get<double>(), 150, 1e-6);
  ASSERT_EQ(json["levels"].size(), 3U);
  EXPECT_EQ(json["levels"][0]["spacing_m"], 0.5);
  EXPECT_EQ(json["levels"][0]["width"], 201);
  EXPECT_EQ(json["levels"][1]["extent_m"]["east"], 1000);
  EXPECT_EQ(json["levels"][2]["name"], "dem.tif");
  EXPECT_NEAR(json["levels"][2]["extent_m"]["west"].get<double>(), -15000, 1);
  const CommandOutcome text = RunPerilune(folder, "info " + out);
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_NE(text.output.find("3 levels"), std::string::npos) << text.output;
  EXPECT_NE(text.output.find("MB mapped"), std::string::npos) << text.output;

  const std::string camera =
      " --lat -40 --lon 150 --height-m 3000 --fov-deg 40 --size-px 64 --sun-elevation-deg 30 "
      "--sun-azimuth-deg 90 -o ";
  const CommandOutcome picture =
      RunPerilune(folder, "render --map " + out + camera + (folder / "p.png").string());
  EXPECT_EQ(picture.exit_code, 0) << picture.errors;
  EXPECT_NE(picture.output.find("map pixel      0.5 m"), std::string::npos) << picture.output;
}

TEST(TerrainLevelsCommand, TheOrderOfLevelsDoesNotMatter) {
  const test::TempFolder folder;
  const std::string dem = WriteGentleRamp(folder),
                    start = "terrain --lat -40 --lon 150 -o " + folder.path().string();
  ASSERT_EQ(RunPerilune(folder, start + "/a.terrain --level synth@5:2000 --level " + dem).exit_code, 0);
  ASSERT_EQ(RunPerilune(folder, start + "/b.terrain --level " + dem + " --level synth@5:2000").exit_code, 0);
  EXPECT_TRUE(test::ReadBytes(folder / "a.terrain") == test::ReadBytes(folder / "b.terrain"));
}

TEST(TerrainLevelsCommand, BadInputIsOneLineExitCodeTwoAndNoOutput) {
  const test::TempFolder folder;
  const std::string dem = WriteGentleRamp(folder), out = (folder / "g.terrain").string();
  for (const std::string& arguments :
       {"--level " + dem + " -o " + (folder / "g.tif").string(), "--synth -o " + out,
        "--synth --level " + dem + " -o " + out, "--level synth -o " + out, "--level synth@5 -o " + out,
        "--level synth@0:50 -o " + out, "--level " + dem + "@1e:50 -o " + out,
        "--level " + (folder / "none.tif").string() + " -o " + out,
        "--level " + dem + " --lat 10 --lon 10 -o " + out,
        "--level " + dem + " --level " + dem + " -o " + out}) {
    const CommandOutcome outcome = RunPerilune(folder, "terrain " + arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments << "\n" << outcome.errors;
    EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1)
        << arguments << outcome.errors;
    EXPECT_FALSE(std::filesystem::exists(out)) << arguments;
  }
  folder.Write("cut.terrain", "PERITERR");
  EXPECT_EQ(RunPerilune(folder, "info " + (folder / "cut.terrain").string()).exit_code, 2);
}

}  // namespace
}  // namespace perilune::tools
