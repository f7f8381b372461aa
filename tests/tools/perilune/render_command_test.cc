#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <string>

#include "dem/io/write_raster.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

struct Outcome {
  int exit_code = -1;
  std::string errors;
};

Outcome Perilune(const test::TempFolder& folder, const std::string& arguments) {
  const std::filesystem::path log = folder / "stderr.txt";
  const std::string command =
      std::string(PERILUNE_PROGRAM) + " " + arguments + " > /dev/null 2> " + log.string();
  const int status = std::system(command.c_str());
  std::ifstream stream(log);
  return {WEXITSTATUS(status), {std::istreambuf_iterator<char>(stream), {}}};
}

/// A 40 km map with a wall along its middle meridian, up to 300 m.
std::string WriteMap(const test::TempFolder& folder, float ground_m = 0) {
  dem::Raster<float> raster;
  raster.grid = dem::Grid<float>(401, 401, ground_m);
  for (int row = 0; row < 401; ++row) {
    for (int col = 199; col <= 201; ++col) raster.grid.At(col, row) = 300;
  }
  raster.crs_wkt = dem::OrthographicCrs(10, 20);
  raster.crs_from_pixel.matrix() << 100, 0, -20000, 0, -100, 20000, 0, 0, 1;
  raster.nodata = std::numeric_limits<float>::quiet_NaN();
  dem::WriteGeoTiff(folder / "map.tif", raster);
  return " --map " + (folder / "map.tif").string();
}

const std::string kCamera = " --lat 10 --lon 20 --height-m 10000 --fov-deg 40 --size-px 200";
const std::string kSun = " --sun-elevation-deg 10 --sun-azimuth-deg 90";

// Sun in the east: the wall's shadow, 1.7 km long, lies west of it, which is left in a picture with north up.
TEST(RenderCommand, ShadowLiesLeftOfAWallWhenTheSunIsInTheEast) {
  const test::TempFolder folder;
  const std::string map = WriteMap(folder), out = (folder / "o.png").string();
  const Outcome outcome = Perilune(folder, "render" + map + kCamera + kSun + " -o " + out);
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
  const Outcome outcome =
      Perilune(folder, "render" + WriteMap(folder, 250) +
                           " --lat 10 --lon 20.2 --height-m 1000 --above-ground --fov-deg 1 --size-px 9" +
                           kSun + " --product range -o " + out);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_NEAR(cv::imread(out, cv::IMREAD_UNCHANGED).at<double>(4, 4), 1000, 0.1);
}

TEST(RenderCommand, ProductsDepthsAndSeeds) {
  const test::TempFolder folder;
  const std::string start = "render" + WriteMap(folder) + kCamera + kSun + " -o " + folder.path().string();
  ASSERT_EQ(Perilune(folder, start + "/r.tif --product range").exit_code, 0);
  const cv::Mat range_m = cv::imread((folder / "r.tif").string(), cv::IMREAD_UNCHANGED);
  ASSERT_EQ(range_m.type(), CV_64F);
  EXPECT_NEAR(range_m.at<double>(100, 160), 10000, 400);
  ASSERT_EQ(Perilune(folder, start + "/p.tif --bits 16").exit_code, 0);
  EXPECT_EQ(cv::imread((folder / "p.tif").string(), cv::IMREAD_UNCHANGED).type(), CV_16U);
  const auto noisy = [&](const std::string& name, const std::string& seed) {
    EXPECT_EQ(Perilune(folder, start + "/" + name + " --noise --seed " + seed).exit_code, 0);
    std::ifstream stream(folder / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  const std::string first = noisy("a.png", "4");
  EXPECT_EQ(first, noisy("b.png", "4"));
  EXPECT_NE(first, noisy("c.png", "5"));
}

TEST(RenderCommand, BadInputIsOneLineExitCodeTwoAndNoOutput) {
  const test::TempFolder folder;
  const std::string map = WriteMap(folder), out = " -o " + (folder / "o.png").string();
  const std::string shot = " --shot " + folder.Write("s.json", R"({"image": "a.png"})").string();
  for (const std::string& arguments : {
           map + kCamera + kSun + " -o " + (folder / "o.gif").string(),        // unknown format
           map + kCamera + kSun + out + " --product range",                    // floating point into a PNG
           map + kSun + out,                                                   // no camera
           map + kCamera + out,                                                // no Sun
           map + kCamera + " --time 2026-13-01T00:00:00" + out,                // no such month
           map + kCamera + kSun + out + " --reflectance phong",                // unknown law
           map + " --lat 10" + kSun + out,                                     // half a camera
           map + shot + out,                                                   // shot without its keys
           " --map " + (folder / "none.tif").string() + kCamera + kSun + out,  // missing map
           map + " --lat -60 --lon 20 --height-m 10000" + kSun + out,          // off the map
           map + " --lat 10 --lon 20 --height-m 10000 --off-nadir-deg 180" + kSun + out,  // sky
       }) {
    const Outcome outcome = Perilune(folder, "render" + arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments << "\n" << outcome.errors;
    EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
    EXPECT_FALSE(std::filesystem::exists(folder / "o.png")) << arguments;
  }
}

}  // namespace
}  // namespace perilune::tools
