// `perilune render`: its inputs beside a DEM and a place, its geometry and its imaging.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/io/raster_file.h"
#include "dem/io/write_raster.h"
#include "tests/datasets/tiny_scenario.h"
#include "tests/support/orthographic_dem.h"
#include "tests/support/perilune_command.h"
#include "tests/support/real_data.h"
#include "tests/support/temp_folder.h"
#include "vision/render/solar_flux.h"

namespace perilune::tools {
namespace {

using test::RunPerilune;

/// A 40 km plain at the sphere's height.
std::string WritePlain(const test::TempFolder& folder) {
  return " --map " + test::WriteDem(folder, {10, 20, 401, 100}, [](int, int) { return 0; }).string();
}

const std::string kPlainCamera = " --lat 10 --lon 20 --height-m 10000 --fov-deg 40 --size-px 201";

/// Bands of a geometry file by name; the picture is no map, so that a CRS has to be assumed.
std::map<std::string, dem::Grid<float>> ReadBands(const std::filesystem::path& path) {
  dem::RasterFileOptions options;
  options.assume_crs = "IAU_2015:30130";
  std::map<std::string, dem::Grid<float>> bands;
  const std::vector<std::string> names = dem::RasterFile(path, options).Description().bands;
  for (const std::string& name : names) {
    const dem::RasterFile file(path, options);
    bands[name] = file.ReadWindow(0, 0, file.width(), file.height()).grid;
    ++options.band;
  }
  return bands;
}

// Sun 10° up in the east, camera in the nadir over the middle pixel: incidence and phase 80°, emission 0. 40
// px to the east of it, of a focal length of 100.5 px / tan 20°, the camera stands α = atan(40 tan 20° /
// 100.5) west.
TEST(RenderInputsCommand, GeometryBesideThePicture) {
  const test::TempFolder folder;
  const std::string craters =
      folder.Write("craters.csv", "id,lat_deg,lon_deg,diameter_m\n7,10,20,2000\n9,10,20,200\n").string();
  const auto outcome =
      RunPerilune(folder, "render" + WritePlain(folder) + kPlainCamera + test::kLowSun + " -o " +
                              (folder / "o.png").string() + " --with-geometry --craters " + craters);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(cv::imread((folder / "o.png").string(), cv::IMREAD_UNCHANGED).size(), cv::Size(201, 201));
  auto bands = ReadBands(folder / "o_geometry.tif");
  std::vector<std::string> names;
  for (const auto& band : bands) names.push_back(band.first);
  EXPECT_EQ(names,
            (std::vector<std::string>{"crater_id", "emission_rad", "height_m", "incidence_rad",
                                      "latitude_deg", "lit_fraction", "longitude_deg", "normal_x", "normal_y",
                                      "normal_z", "phase_rad", "point_x_m", "point_y_m", "point_z_m"}));
  const auto at = [&](const std::string& name, int col) { return double{bands[name].At(col, 100)}; };
  const double alpha_rad = std::atan(40 * std::tan(dem::DegToRad(20)) / 100.5);
  // The plain is the sphere: 3.6 km off, its normal leans by 0.1° (0.002 rad).
  EXPECT_NEAR(at("incidence_rad", 100), dem::DegToRad(80), 1e-5);
  EXPECT_NEAR(at("emission_rad", 100), 0, 1e-5);
  EXPECT_NEAR(at("phase_rad", 100), dem::DegToRad(80), 1e-5);
  EXPECT_NEAR(at("phase_rad", 140), dem::DegToRad(80) + alpha_rad, 1e-5);
  EXPECT_NEAR(at("emission_rad", 140), alpha_rad, 0.003);
  EXPECT_NEAR(at("point_x_m", 140), 10000 * std::tan(alpha_rad), 2);
  EXPECT_NEAR(at("point_x_m", 100), 0, 1e-3);
  EXPECT_NEAR(at("latitude_deg", 100), 10, 1e-5);
  EXPECT_NEAR(at("longitude_deg", 100), 20, 1e-5);
  EXPECT_NEAR(at("height_m", 140), 0, 0.1);
  EXPECT_NEAR(at("normal_z", 100), 1, 1e-6);
  EXPECT_EQ(at("lit_fraction", 100), 1);
  EXPECT_EQ(at("crater_id", 100), 9);  // the small one of two
  EXPECT_EQ(at("crater_id", 107), 7);  // 250 m off: the large one
  EXPECT_TRUE(std::isnan(at("crater_id", 140)));
}

TEST(RenderInputsCommand, GeometryAloneIsTheSameFile) {
  const test::TempFolder folder;
  const std::string start =
      "render" + WritePlain(folder) + kPlainCamera + test::kLowSun + " -o " + folder.path().string();
  ASSERT_EQ(RunPerilune(folder, start + "/a.tif --product geometry").exit_code, 0);
  ASSERT_EQ(RunPerilune(folder, start + "/b.png --with-geometry").exit_code, 0);
  EXPECT_EQ(test::ReadBytes(folder / "a.tif"), test::ReadBytes(folder / "b_geometry.tif"));
}

// One of the two files cannot be put in place: neither may be there, and no hidden rest.
TEST(RenderInputsCommand, PictureAndGeometryAppearTogetherOrNotAtAll) {
  for (const char* obstacle : {"o_geometry.tif", "o.png"}) {
    const test::TempFolder folder;
    const std::string map = WritePlain(folder);
    const std::string out = (folder / "out" / "o.png").string();
    folder.Write(std::filesystem::path("out") / obstacle / "in_the_way", "");
    const auto outcome = RunPerilune(
        folder, "render" + map + kPlainCamera + test::kLowSun + " -o " + out + " --with-geometry");
    EXPECT_EQ(outcome.exit_code, 1) << obstacle;
    const auto files = std::filesystem::directory_iterator(folder / "out");
    EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "the obstacle " << obstacle << " only";
  }
}

// What the simulator's camera sees at the time of its second image: the same pixels, noise included.
TEST(RenderInputsCommand, ScenarioGivesTheSimulatorsImage) {
  const test::TempFolder folder;
  ASSERT_EQ(RunPerilune(folder,
                        "simulate " + test::TinyScenarioPath().string() + " -o " + (folder / "seq").string())
                .exit_code,
            0);
  std::vector<std::filesystem::path> images;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "seq" / "cam0" / "data")) {
    images.push_back(entry.path());
  }
  std::sort(images.begin(), images.end());
  ASSERT_EQ(images.size(), 4U);
  const std::string out = (folder / "o.png").string();
  const auto outcome =
      RunPerilune(folder, "render " + test::TinyScenarioPath().string() + " --t-s 4 -o " + out);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const cv::Mat simulated = cv::imread(images[1].string(), cv::IMREAD_UNCHANGED);
  const cv::Mat rendered = cv::imread(out, cv::IMREAD_UNCHANGED);
  ASSERT_EQ(rendered.size(), cv::Size(96, 96));
  EXPECT_EQ(cv::norm(simulated, rendered, cv::NORM_INF), 0);
  ASSERT_EQ(
      RunPerilune(folder, "render " + test::TinyScenarioPath().string() + " --t-s 4 --no-noise -o " + out)
          .exit_code,
      0);
  EXPECT_GT(cv::norm(simulated, cv::imread(out, cv::IMREAD_UNCHANGED), cv::NORM_INF), 0);
}

// L = I/F · F/π, F = 0.366 · 1361 / d² W/m².
TEST(RenderInputsCommand, PhysicalRadianceIsTheFactorTimesFluxOverPi) {
  const test::TempFolder folder;
  const std::string start = "render" + WritePlain(folder) + kPlainCamera + test::kLowSun +
                            " --product radiance -o " + folder.path().string();
  ASSERT_EQ(RunPerilune(folder, start + "/f.tif").exit_code, 0);
  ASSERT_EQ(
      RunPerilune(folder, start + "/l.tif --physical --sun-distance-au 0.99 --band-fraction 0.366").exit_code,
      0);
  const auto middle = [&](const char* name) {
    return cv::imread((folder / name).string(), cv::IMREAD_UNCHANGED).at<float>(100, 100);
  };
  const double unit = 0.366 * vision::kSolarConstant_Wpm2 / (0.99 * 0.99) / dem::kPi;
  EXPECT_GT(middle("f.tif"), 0.005);
  EXPECT_NEAR(middle("l.tif") / middle("f.tif"), unit, 1e-4 * unit);
}

// cos⁴ of the corner's angle: tan of it is √2 tan 20°, so that the corner has 0.62 of the middle's light.
TEST(RenderInputsCommand, ImagingByTheScenariosKeys) {
  const test::TempFolder folder;
  const std::string start =
      "render" + WritePlain(folder) + kPlainCamera + test::kLowSun +
      " --reflectance lambert --bits 16 --imaging exposure_gain=2 --imaging black_level=0 -o " +
      folder.path().string();
  ASSERT_EQ(RunPerilune(folder, start + "/a.png").exit_code, 0);
  ASSERT_EQ(RunPerilune(folder, start + "/b.png --imaging vignetting.cos_power=4").exit_code, 0);
  const cv::Mat plain = cv::imread((folder / "a.png").string(), cv::IMREAD_UNCHANGED);
  const cv::Mat dimmed = cv::imread((folder / "b.png").string(), cv::IMREAD_UNCHANGED);
  ASSERT_EQ(plain.type(), CV_16U);
  const double tan = std::sqrt(2) * 100 / 100.5 * std::tan(dem::DegToRad(20));
  const double expected = std::pow(1 / (1 + tan * tan), 2);
  const auto share = [&](int row, int col) {
    return dimmed.at<std::uint16_t>(row, col) / static_cast<double>(plain.at<std::uint16_t>(row, col));
  };
  EXPECT_NEAR(share(0, 0), expected, 0.005);
  EXPECT_NEAR(share(100, 100), 1, 1e-3);
}

TEST(RenderInputsCommand, BadInputIsOneLineExitCodeTwoAndNoOutput) {
  const test::TempFolder folder;
  const std::string map = WritePlain(folder), out = " -o " + (folder / "o.png").string();
  const std::string tif = " -o " + (folder / "o.tif").string();
  const std::string scanner =
      folder.Write("s.json", R"({"name_model": "USGS_ASTRO_LINE_SCANNER_SENSOR_MODEL"})").string();
  const std::string craters = folder.Write("c.csv", "lat_deg,lon_deg\n0,0\n").string();
  for (const std::string& arguments : {
           " no_such_scenario" + out,
           " " + test::TinyScenarioPath().string() + " --t-s 13" + out,    // after its end
           " " + test::TinyScenarioPath().string() + map + out,            // two grounds
           " " + test::TinyScenarioPath().string() + test::kLowSun + out,  // two Suns
           " " + test::TinyScenarioPath().string() + " --lat 1 --lon 1 --height-m 1e4" + out,  // two cameras
           " " + test::TinyScenarioPath().string() + " --imaging vignetting.cos=4" + out,      // unknown key
           " " + test::TinyScenarioPath().string() + " --imaging motion.line_time_s=1e-4 --with-geometry" +
               out,                                                  // no common geometry
           " --t-s 4" + map + kPlainCamera + test::kLowSun + out,    // no scenario
           map + " --isd " + scanner + out,                          // a line scanner
           map + " --isd " + (folder / "none.json").string() + out,  // no file
           map + kPlainCamera + test::kLowSun + " --imaging plume.start_height=3" + out,    // unknown key
           map + kPlainCamera + test::kLowSun + " --imaging vignetting" + out,              // no value
           map + kPlainCamera + test::kLowSun + " --imaging motion.sub_exposures=3" + out,  // nothing moves
           map + kPlainCamera + test::kLowSun + " --physical" + out,            // a picture has no unit
           map + kPlainCamera + test::kLowSun + " --craters " + craters + out,  // no geometry
           map + kPlainCamera + test::kLowSun + " --with-geometry --craters " + craters +
               out,                                                           // no size column
           map + kPlainCamera + test::kLowSun + " --product geometry" + out,  // floating point into a PNG
           map + kPlainCamera + test::kLowSun + " --seed 4" + out,            // no noise
           kPlainCamera + test::kLowSun + tif,                                // no ground
       }) {
    const auto outcome = RunPerilune(folder, "render" + arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments << "\n" << outcome.errors;
    EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
    for (const char* name : {"o.png", "o.tif", "o_geometry.tif"}) {
      EXPECT_FALSE(std::filesystem::exists(folder / name)) << arguments;
    }
  }
}

TEST(RenderInputsCommandData, ApolloIsdOverTheGlobalMap) {
  const std::filesystem::path root = test::RealData();
  if (!std::filesystem::exists(root / "isd")) GTEST_SKIP() << "no real data at " << root;
  const test::TempFolder folder;
  const std::string start = "render --map " + (root / "dem/gld100_16ppd_global.tif").string() + " --isd " +
                            (root / "isd/apollometric_isd.json").string() + " -o " +
                            (folder / "o.tif").string();
  const auto too_large = RunPerilune(folder, start);
  EXPECT_EQ(too_large.exit_code, 2);
  EXPECT_NE(too_large.errors.find("--scale"), std::string::npos) << too_large.errors;
  const auto outcome = RunPerilune(folder, start + " --scale 0.01 --product geometry");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto at_corner_deg = [&](int band) {
    const dem::RasterFile file(folder / "o.tif", {band, "IAU_2015:30130"});
    return double{file.ReadWindow(0, 0, 1, 1).grid.At(0, 0)};
  };
  // The file's principal point is the corner of its first pixel: near it the boresight's place.
  EXPECT_NEAR(at_corner_deg(4), -15.4, 0.3);
  EXPECT_NEAR(at_corner_deg(5), 119.5, 0.3);
}

}  // namespace
}  // namespace perilune::tools
