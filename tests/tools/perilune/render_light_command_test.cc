// `perilune render`: light by way of other ground and of the Earth, sampling.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/io/write_raster.h"
#include "tests/datasets/tiny_scenario.h"
#include "tests/support/orthographic_dem.h"
#include "tests/support/perilune_command.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

using test::RunPerilune;

/// A bowl of 8 km across and 2 km deep in a plain of 40 km.
std::string WriteBowl(const test::TempFolder& folder) {
  return " --map " + test::WriteDem(folder, {10, 20, 401, 100}, [](int col, int row) {
                       const double r = std::hypot(col - 200, row - 200) * 100 / 4000;
                       return 2000 * std::min(0.0, r * r - 1);
                     }).string();
}

const std::string kBowlCamera = " --lat 10 --lon 20 --height-m 10000 --fov-deg 40 --size-px 101";
const std::string kBowlSun = " --sun-elevation-deg 15 --sun-azimuth-deg 90";
// Two days before new Moon: the Sun is far below the site's horizon, the Earth nearly full and 62° above it.
const std::string kNight = " --time 2026-03-17T12:00:00";

float PixelOf(const test::TempFolder& folder, const std::string& name, int row, int col) {
  return cv::imread((folder / name).string(), cv::IMREAD_UNCHANGED).at<float>(row, col);
}

// 72 m a pixel at the rim's height: 2.2 km east of the middle is column 50 + 27 or so. That wall is dark and
// sees the lit one; level ground outside the bowl sees no other ground, and gets none.
TEST(RenderLightCommand, SecondaryLightReachesTheShadow) {
  const test::TempFolder folder;
  const std::string start = "render" + WriteBowl(folder) + kBowlCamera + kBowlSun +
                            " --product radiance -o " + folder.path().string();
  ASSERT_EQ(RunPerilune(folder, start + "/a.tif").exit_code, 0);
  ASSERT_EQ(RunPerilune(folder, start + "/b.tif --secondary-light").exit_code, 0);
  EXPECT_EQ(PixelOf(folder, "a.tif", 50, 77), 0);
  // A f (1 − f) sin e of the albedo's square, f = 1/(1 + D²/4d²) = 0.2 for a cap of these measures: 6e-4 for
  // 0.12 and Lambert's law. The bowl is no sphere and the law another.
  EXPECT_GT(PixelOf(folder, "b.tif", 50, 77), 2e-4);
  EXPECT_LT(PixelOf(folder, "b.tif", 50, 77), 2e-3);
  EXPECT_NEAR(PixelOf(folder, "b.tif", 2, 2), PixelOf(folder, "a.tif", 2, 2), 1e-6);
}

TEST(RenderLightCommand, EarthshineAtNight) {
  const test::TempFolder folder;
  const std::string start = "render" + WriteBowl(folder) + kBowlCamera + kNight +
                            " --reflectance lambert --product radiance -o " + folder.path().string();
  ASSERT_EQ(RunPerilune(folder, start + "/a.tif").exit_code, 0);
  ASSERT_EQ(RunPerilune(folder, start + "/b.tif --earthshine").exit_code, 0);
  EXPECT_EQ(PixelOf(folder, "a.tif", 2, 2), 0);
  // Albedo 0.12 · sin 62° · a share of up to 6.6e-5 (full, at perigee).
  EXPECT_GT(PixelOf(folder, "b.tif", 2, 2), 4e-6);
  EXPECT_LT(PixelOf(folder, "b.tif", 2, 2), 0.12 * 0.89 * 6.6e-5);
  const auto refused = RunPerilune(folder, "render" + WriteBowl(folder) + kBowlCamera + kBowlSun +
                                               " --earthshine -o " + (folder / "c.tif").string());
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.errors.find("--earthshine"), std::string::npos) << refused.errors;
}

// By the options or by the scenario's keys: the same picture. And another one without.
TEST(RenderLightCommand, OptionsAndScenarioKeysAreTheSame) {
  const test::TempFolder folder;
  const std::string start = "render " + test::TinyScenarioPath().string() +
                            " --set epoch_utc=2026-03-25T00:00:00 -o " + folder.path().string();
  ASSERT_EQ(RunPerilune(folder, start + "/a.png --secondary-light --secondary-rays 32 --secondary-step-px 8 "
                                        "--earthshine --anti-alias --max-samples-across 3 --sun-samples 4")
                .exit_code,
            0);
  ASSERT_EQ(RunPerilune(folder, start + "/b.png --set rendering.secondary_light.rays=32 --set "
                                        "rendering.secondary_light.step_px=8 --set rendering.earthshine=true "
                                        "--set rendering.anti_alias=true --set "
                                        "rendering.max_samples_across=3 --set rendering.sun_samples=4")
                .exit_code,
            0);
  ASSERT_EQ(RunPerilune(folder, start + "/c.png").exit_code, 0);
  EXPECT_EQ(test::ReadBytes(folder / "a.png"), test::ReadBytes(folder / "b.png"));
  EXPECT_NE(test::ReadBytes(folder / "a.png"), test::ReadBytes(folder / "c.png"));
}

// The simulator draws many anti-aliased images with Sun maps, `render` the one with rays.
TEST(RenderLightCommand, AntiAliasedScenarioIsTheSimulatorsImageButForFewPixels) {
  const test::TempFolder folder;
  const auto path = folder.Write("s.yaml", [] {
    std::string text = test::ReadBytes(test::TinyScenarioPath().string());
    text.replace(text.find("size_px: 96"), 11, "size_px: 256");
    return text + "rendering: {anti_alias: true, sun_samples: 4}\n";
  }());
  const auto simulated_by =
      RunPerilune(folder, "simulate " + path.string() + " -o " + (folder / "seq").string());
  ASSERT_EQ(simulated_by.exit_code, 0) << simulated_by.errors;
  std::vector<std::filesystem::path> images;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "seq" / "cam0" / "data")) {
    images.push_back(entry.path());
  }
  std::sort(images.begin(), images.end());
  ASSERT_EQ(images.size(), 4U);
  const std::string out = (folder / "o.png").string();
  ASSERT_EQ(RunPerilune(folder, "render " + path.string() + " --t-s 4 -o " + out).exit_code, 0);
  cv::Mat difference;
  cv::absdiff(cv::imread(images[1].string(), cv::IMREAD_UNCHANGED), cv::imread(out, cv::IMREAD_UNCHANGED),
              difference);
  // A shift of the metered gain may move all of them by one.
  EXPECT_LT(cv::countNonZero(difference > 1), 2e-3 * static_cast<double>(difference.total()));
}

TEST(RenderLightCommand, BadInputIsOneLineExitCodeTwoAndNoOutput) {
  const test::TempFolder folder;
  const std::string map = WriteBowl(folder) + kBowlCamera + kBowlSun,
                    out = " -o " + (folder / "o.png").string();
  for (const std::string& arguments : {
           map + " --secondary-rays 64" + out,                      // of no light
           map + " --secondary-light --secondary-rays 0" + out,     //
           map + " --secondary-light --secondary-step-px 0" + out,  //
           map + " --max-samples-across 3" + out,                   // of no averaging
           map + " --anti-alias --max-samples-across 65" + out,     //
           " " + test::TinyScenarioPath().string() + " --set rendering.secondary_ligth=true" +
               out,  // unknown key
           " " + test::TinyScenarioPath().string() + " --set rendering.secondary_light.ray=3" +
               out,  // unknown key
           " " + test::TinyScenarioPath().string() + " --set rendering.earthshine=perhaps" +
               out,  // neither true nor false
       }) {
    const auto outcome = RunPerilune(folder, "render" + arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments << "\n" << outcome.errors;
    EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
    EXPECT_FALSE(std::filesystem::exists(folder / "o.png")) << arguments;
  }
}

}  // namespace
}  // namespace perilune::tools
