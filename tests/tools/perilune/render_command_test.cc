#include <gtest/gtest.h>

#include <algorithm>

#include <cstdlib>
#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <string>

#include "dem/io/write_raster.h"
#include "tests/support/orthographic_dem.h"
#include "tests/support/perilune_command.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

/// A 40 km map with a wall along its middle meridian, up to 300 m.
std::string WriteWall(const test::TempFolder& folder, double ground_m = 0) {
  return " --map " + test::WriteDem(folder, {10, 20, 401, 100}, [&](int col, int) {
                       return std::abs(col - 200) <= 1 ? 300 : ground_m;
                     }).string();
}

const std::string kWallCamera = " --lat 10 --lon 20 --height-m 10000 --fov-deg 40 --size-px 200";

// Sun in the east: the wall's shadow, 1.7 km long, lies west of it, which is left in a picture with north up.
TEST(RenderCommand, ShadowLiesLeftOfAWallWhenTheSunIsInTheEast) {
  const test::TempFolder folder;
  const std::string map = WriteWall(folder), out = (folder / "o.png").string();
  const test::CommandOutcome outcome =
      test::RunPerilune(folder, "render" + map + kWallCamera + test::kLowSun + " -o " + out);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const cv::Mat image = cv::imread(out, cv::IMREAD_UNCHANGED);
  ASSERT_EQ(image.size(), cv::Size(200, 200));
  ASSERT_EQ(image.type(), CV_8U);
  // 36 m a pixel: 1 km west of the middle is pixel 72, 1 km east 127.
  EXPECT_LT(image.at<std::uint8_t>(100, 72), 10);
  EXPECT_GT(image.at<std::uint8_t>(100, 127), 60);
}

// Six kilometres east of the wall, over ground 250 m high: 1000 m above it the middle is 1000 m away, not
// 750.
TEST(RenderCommand, HeightMayCountFromTheGround) {
  const test::TempFolder folder;
  const std::string out = (folder / "r.tif").string();
  const test::CommandOutcome outcome = test::RunPerilune(
      folder, "render" + WriteWall(folder, 250) +
                  " --lat 10 --lon 20.2 --height-m 1000 --above-ground --fov-deg 1 --size-px 9" +
                  test::kLowSun + " --product range -o " + out);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_NEAR(cv::imread(out, cv::IMREAD_UNCHANGED).at<double>(4, 4), 1000, 0.1);
}

// Level ground under an albedo of 0.1 in the west and 0.3 in the east: Lambert's radiance goes with it.
TEST(RenderCommand, AlbedoMapLiesOnTheGround) {
  const test::TempFolder folder;
  const std::string out = (folder / "r.tif").string();
  const std::string dem = test::WriteDem(folder, {10, 20, 401, 100}, [](int, int) { return 0; }).string();
  const std::string albedo = test::WriteDem(folder, {10, 20, 101, 400, "albedo.tif"}, [](int col, int) {
                               return col < 50 ? 0.1 : 0.3;
                             }).string();
  const test::CommandOutcome outcome = test::RunPerilune(
      folder, "render --map " + dem + " --albedo-map " + albedo + kWallCamera +
                  " --sun-elevation-deg 90 --reflectance lambert --product radiance -o " + out);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const cv::Mat radiance = cv::imread(out, cv::IMREAD_UNCHANGED);
  EXPECT_NEAR(radiance.at<float>(100, 72), 0.1, 1e-4);
  EXPECT_NEAR(radiance.at<float>(100, 127), 0.3, 1e-4);
}

TEST(RenderCommand, ProductsDepthsAndSeeds) {
  const test::TempFolder folder;
  const std::string start =
      "render" + WriteWall(folder) + kWallCamera + test::kLowSun + " -o " + folder.path().string();
  ASSERT_EQ(test::RunPerilune(folder, start + "/r.tif --product range").exit_code, 0);
  const cv::Mat range_m = cv::imread((folder / "r.tif").string(), cv::IMREAD_UNCHANGED);
  ASSERT_EQ(range_m.type(), CV_64F);
  EXPECT_NEAR(range_m.at<double>(100, 160), 10000, 400);
  ASSERT_EQ(test::RunPerilune(folder, start + "/p.tif --bits 16").exit_code, 0);
  EXPECT_EQ(cv::imread((folder / "p.tif").string(), cv::IMREAD_UNCHANGED).type(), CV_16U);
  const auto noisy = [&](const std::string& name, const std::string& seed) {
    EXPECT_EQ(test::RunPerilune(folder, start + "/" + name + " --noise --seed " + seed).exit_code, 0);
    std::ifstream stream(folder / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  const std::string first = noisy("a.png", "4");
  EXPECT_EQ(first, noisy("b.png", "4"));
  EXPECT_NE(first, noisy("c.png", "5"));
}

TEST(RenderCommand, BadInputIsOneLineExitCodeTwoAndNoOutput) {
  const test::TempFolder folder;
  const std::string map = WriteWall(folder), out = " -o " + (folder / "o.png").string();
  const std::string shot = " --shot " + folder.Write("s.json", R"({"image": "a.png"})").string();
  for (const std::string& arguments : {
           map + kWallCamera + test::kLowSun + " -o " + (folder / "o.gif").string(),  // unknown format
           map + kWallCamera + test::kLowSun + out + " --product range",      // floating point into a PNG
           map + test::kLowSun + out,                                         // no camera
           map + kWallCamera + out,                                           // no Sun
           map + kWallCamera + " --time 2026-13-01T00:00:00" + out,           // no such month
           map + kWallCamera + test::kLowSun + out + " --reflectance phong",  // unknown law
           map + " --lat 10" + test::kLowSun + out,                           // half a camera
           map + kWallCamera + test::kLowSun + out + " --albedo-map " + (folder / "none.tif").string(),
           map + kWallCamera + test::kLowSun + out + " --albedo-map " + (folder / "dem.tif").string(),
           " --scenario demo --albedo-map " + (folder / "dem.tif").string() + out,  // has its own ground
           map + shot + out,                                                        // shot without its keys
           " --map " + (folder / "none.tif").string() + kWallCamera + test::kLowSun + out,  // missing map
           map + " --lat -60 --lon 20 --height-m 10000" + test::kLowSun + out,              // off the map
           map + " --lat 10 --lon 20 --height-m 10000 --off-nadir-deg 180" + test::kLowSun + out,  // sky
       }) {
    const test::CommandOutcome outcome = test::RunPerilune(folder, "render" + arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments << "\n" << outcome.errors;
    EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
    EXPECT_FALSE(std::filesystem::exists(folder / "o.png")) << arguments;
  }
}

}  // namespace
}  // namespace perilune::tools
