#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>

#include "datasets/formats/site_files.h"
#include "dem/io/raster_file.h"
#include "dem/io/write_raster.h"
#include "dem/synthesis/low_pass.h"
#include "dem/synthesis/lunar_ground.h"
#include "tests/support/orthographic_dem.h"
#include "tests/support/perilune_command.h"
#include "tests/support/small_disk.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

namespace fs = std::filesystem;

/// 4 × 4 km of 10 m cells: flat but for a 60 m high wall of 30 m along x = 0 and a slope of 20 degrees north
/// of y = 1200 m.
fs::path WriteWallAndSlope(const test::TempFolder& folder, double everywhere = 0) {
  return test::WriteDem(folder, {-20, 50, 401, 10}, [&](int col, int row) {
    const double y = (200 - row) * 10.0;
    if (y > 1200) return everywhere + 0.364 * (y - 1200);
    return everywhere + (std::abs(col - 200) <= 1 ? 60 : 0);
  });
}

dem::Raster<float> Read(const fs::path& path) {
  const dem::RasterFile file(path, {1, "", true});
  return file.ReadWindow(0, 0, file.width(), file.height());
}

const std::string kLander = " --footprint-m 60 --roughness-m 2";

TEST(HazardsCommand, LayersSitesAndPicture) {
  const test::TempFolder folder;
  const fs::path dem = WriteWallAndSlope(folder), out = folder / "out";
  const test::CommandOutcome run =
      test::RunPerilune(folder, "hazards " + dem.string() + " -o " + out.string() + kLander + test::kLowSun +
                                    " --sites 4 --separation-m 300 --height-sigma-m 0.2");
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  const dem::Raster<float> classes = Read(out / "class.tif");
  ASSERT_EQ(classes.grid.width, 401);
  EXPECT_EQ(classes.grid.At(300, 250), 1);  // flat
  EXPECT_EQ(classes.grid.At(200, 250), 3);  // the wall
  EXPECT_EQ(classes.grid.At(180, 250), 5);  // its shadow of 340 m, to the west
  EXPECT_EQ(classes.grid.At(160, 250), 1);  // beyond
  EXPECT_EQ(classes.grid.At(0, 250), 4);    // the edge
  EXPECT_EQ(classes.grid.At(300, 40), 3);   // the slope
  EXPECT_NEAR(Read(out / "slope_rad.tif").grid.At(300, 40), std::atan(0.364), 1e-3);
  EXPECT_EQ(Read(out / "lit_fraction.tif").grid.At(180, 250), 0);
  EXPECT_GT(Read(out / "p_site.tif").grid.At(300, 250), 0.999);
  const datasets::SitesFile sites = datasets::ReadSitesGeoJson(out / "sites.geojson");
  ASSERT_EQ(sites.choice.sites.size(), 4U);
  EXPECT_NEAR(sites.site.origin.latitude_rad, dem::DegToRad(-20), 1e-9);
  for (const nav::LandingSite& site : sites.choice.sites) EXPECT_LT(site.point_in_site_m.y(), 1200);
  const std::string lines = test::ReadBytes(out / "landing.jsonl");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 4);
  EXPECT_EQ(cv::imread((out / "hazards.png").string()).cols, 1400);
  EXPECT_NE(run.output.find("rank  latitude_deg"), std::string::npos);
}

// A window is mapped with margins: its cells are those of the whole, shadows from outside the window
// included.
TEST(HazardsCommand, AWindowIsAPartOfTheWhole) {
  const test::TempFolder folder;
  const std::string dem = WriteWallAndSlope(folder).string();
  ASSERT_EQ(test::RunPerilune(
                folder, "hazards " + dem + " -o " + (folder / "whole").string() + kLander + test::kLowSun)
                .exit_code,
            0);
  // Its centre is 300 m west of the wall, its eastern side 100 m.
  const double longitude = 50 - dem::RadToDeg(300 / (dem::kMoonRadius_m * std::cos(dem::DegToRad(20))));
  const test::CommandOutcome run =
      test::RunPerilune(folder, "hazards " + dem + " -o " + (folder / "part").string() + kLander +
                                    " --sun-elevation-deg 10 --sun-azimuth-deg 90 --lat -20 --lon " +
                                    std::to_string(longitude) + " --size-m 400");
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  const dem::Raster<float> whole = Read(folder / "whole/class.tif"), part = Read(folder / "part/class.tif");
  const Eigen::Vector2d origin =
      whole.crs_from_pixel.inverse() * (part.crs_from_pixel * Eigen::Vector2d(0, 0));
  const int col0 = static_cast<int>(std::lround(origin.x())),
            row0 = static_cast<int>(std::lround(origin.y()));
  EXPECT_NEAR(part.grid.width, 41, 1);
  int shadowed = 0;
  for (int row = 0; row < part.grid.height; ++row) {
    for (int col = 0; col < part.grid.width; ++col) {
      EXPECT_EQ(part.grid.At(col, row), whole.grid.At(col0 + col, row0 + row)) << col << " " << row;
      shadowed += part.grid.At(col, row) == 5;
    }
  }
  EXPECT_GT(shadowed, 300);
}

// Each raster as a PDS4 product: GDAL's driver opens the label, and the cells are those of the GeoTIFF.
TEST(HazardsCommand, Pds4ProductsHoldTheSameCells) {
  const test::TempFolder folder;
  const fs::path dem = WriteWallAndSlope(folder), out = folder / "out";
  const test::CommandOutcome run =
      test::RunPerilune(folder, "hazards " + dem.string() + " -o " + out.string() + kLander + test::kLowSun +
                                    " --least-detail-ratio 0.13 --pds4");
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  int labels = 0;
  for (const auto& entry : fs::directory_iterator(out)) {
    if (entry.path().extension() != ".tif") continue;
    ++labels;
    const fs::path label = out / "pds4" / (entry.path().stem().string() + ".xml");
    ASSERT_TRUE(fs::exists(label)) << label;
    const dem::RasterFile product(label);
    EXPECT_EQ(product.Description().format, "NASA Planetary Data System 4");
    const dem::Raster<float> cells = product.ReadWindow(0, 0, 401, 401), tiff = Read(entry.path());
    EXPECT_TRUE(cells.crs_from_pixel.isApprox(tiff.crs_from_pixel));
    int different = 0;
    for (std::size_t i = 0; i < tiff.grid.data.size(); ++i) {
      const float a = cells.grid.data[i], b = tiff.grid.data[i];
      different += !(a == b || (std::isnan(a) && std::isnan(b)));
    }
    EXPECT_EQ(different, 0) << label;
    EXPECT_NE(test::ReadBytes(label).find("<name>Moon</name>"), std::string::npos);
    EXPECT_EQ(test::ReadBytes(label).find("${"), std::string::npos) << "nothing left to be filled in";
    EXPECT_EQ(test::ReadBytes(label).find(folder.path().string()), std::string::npos) << "no absolute path";
  }
  EXPECT_EQ(labels, 10);
}

// Products say what they are, and are not taken for heights.
TEST(HazardsCommand, InfoExplainsTheLayers) {
  const test::TempFolder folder;
  const fs::path dem = WriteWallAndSlope(folder), out = folder / "out";
  ASSERT_EQ(test::RunPerilune(folder, "hazards " + dem.string() + " -o " + out.string() + kLander).exit_code,
            0);
  const auto info = [&](const char* name) {
    const test::CommandOutcome outcome = test::RunPerilune(folder, "info --json " + (out / name).string());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_EQ(test::RunPerilune(folder, "info " + (out / name).string()).exit_code, 0);
    return nlohmann::json::parse(outcome.output);
  };
  const nlohmann::json slope = info("slope_rad.tif"), classes = info("class.tif"),
                       reasons = info("reasons.tif");
  EXPECT_FALSE(slope.contains("height_m"));
  EXPECT_EQ(slope["layer"]["unit"], "rad");
  EXPECT_EQ(slope["layer"]["made_with"]["PERILUNE_SLOPE_ESTIMATOR"], "least-squares plane");
  const dem::Raster<float> on_file = Read(out / "slope_rad.tif"), codes = Read(out / "class.tif");
  double highest = 0;
  for (const float value : on_file.grid.data) {
    if (value > highest) highest = value;
  }
  EXPECT_FLOAT_EQ(slope["layer"]["values"]["max"].get<float>(), static_cast<float>(highest));
  const auto safe = std::count(codes.grid.data.begin(), codes.grid.data.end(), 1.0F);
  EXPECT_GT(safe, 0);
  EXPECT_DOUBLE_EQ(classes["layer"]["share_by_code"]["1"].get<double>(), safe / (401.0 * 401));
  double sum = 0;
  for (const auto& [code, share] : reasons["layer"]["share_by_code"].items()) sum += share.get<double>();
  EXPECT_NEAR(sum, 1, 1e-12);
}

// Straight to disk by blocks: every file has the bytes of the map in memory, the picture and the sites too.
TEST(HazardsCommand, BlocksGiveTheSameBytes) {
  const test::TempFolder folder;
  const std::string dem = WriteWallAndSlope(folder).string();
  const std::string options =
      kLander + test::kLowSun +
      " --height-sigma-m 0.2 --more-slopes-m 90 --separation-m 300 --shadow-reach-m 900 "
      "--least-detail-ratio 0.13";
  ASSERT_EQ(
      test::RunPerilune(folder, "hazards " + dem + " -o " + (folder / "whole").string() + options).exit_code,
      0);
  for (const char* side : {"128", "256"}) {
    const test::CommandOutcome run = test::RunPerilune(
        folder, "hazards " + dem + " -o " + (folder / side).string() + options + " --block-cells " + side);
    ASSERT_EQ(run.exit_code, 0) << run.errors;
    EXPECT_NE(run.errors.find(" left"), std::string::npos) << "says how long it will take";
    int files = 0;
    for (const auto& entry : fs::directory_iterator(folder / "whole")) {
      ++files;
      EXPECT_EQ(test::ReadBytes(entry.path()), test::ReadBytes(folder / side / entry.path().filename()))
          << side << " " << entry.path();
    }
    EXPECT_EQ(files, 26);  // 11 rasters with styles, sites twice, landing.jsonl, the picture
  }
  EXPECT_EQ(
      test::RunPerilune(folder, "hazards " + dem + " -o " + (folder / "x").string() + " --block-cells 200")
          .exit_code,
      2);
  EXPECT_FALSE(fs::exists(folder / "x"));
}

// 200 × 200 cells of 0.1 m, big-endian floats without georeference, by way of a VRT: a boulder of 0.6 m in
// the middle.
fs::path WriteUnplacedBoulder(const test::TempFolder& folder) {
  std::string bytes;
  for (int row = 0; row < 200; ++row) {
    for (int col = 0; col < 200; ++col) {
      const float height = std::hypot(col - 100, row - 100) < 2.5 ? 0.6F : 0.0F;
      std::uint32_t bits = 0;
      std::memcpy(&bits, &height, sizeof bits);
      for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(bits >> shift & 0xFF);
    }
  }
  folder.Write("heights.raw", bytes);
  return folder.Write(
      "dem.vrt",
      "<VRTDataset rasterXSize=\"200\" rasterYSize=\"200\"><VRTRasterBand dataType=\"Float32\" "
      "band=\"1\" subClass=\"VRTRawRasterBand\"><SourceFilename relativeToVRT=\"1\">heights.raw"
      "</SourceFilename><ImageOffset>0</ImageOffset><PixelOffset>4</PixelOffset><LineOffset>800"
      "</LineOffset><ByteOrder>MSB</ByteOrder></VRTRasterBand></VRTDataset>");
}

TEST(HazardsCommand, ALandersFootprintTestOnADemWithoutGeoreference) {
  const test::TempFolder folder;
  const fs::path out = folder / "out";
  const std::string dem = WriteUnplacedBoulder(folder).string();
  const test::CommandOutcome run =
      test::RunPerilune(folder, "hazards " + dem + " -o " + out.string() +
                                    " --pixel-size 0.1 --lander test-3.4m --dispersion-m 0.1");
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_NE(run.errors.find("not placed"), std::string::npos);
  EXPECT_NE(run.output.find("tilt 0.0 of 10.0 deg, ground under it 0.00 of 0.39 m"), std::string::npos)
      << run.output;
  const auto reasons = Read(out / "reasons.tif"), classes = Read(out / "class.tif");
  EXPECT_EQ(reasons.grid.At(105, 103), 128);  // under the belly
  EXPECT_EQ(classes.grid.At(105, 103), 3);
  EXPECT_EQ(reasons.grid.At(150, 150), 0);
  EXPECT_EQ(classes.grid.At(150, 150), 1);
  EXPECT_EQ(classes.grid.At(10, 100), 4);  // a leg would stand off the map
  EXPECT_NEAR(Read(out / "clearance_m.tif").grid.At(105, 103), 0.39 - 0.6, 1e-5);
  EXPECT_NEAR(Read(out / "tilt_rad.tif").grid.At(150, 150), 0, 1e-6);
}

TEST(HazardsCommand, CellsTooCoarseForTheLanderTakeItsLimitsForThePlane) {
  const test::TempFolder folder;
  const fs::path out = folder / "out";
  const test::CommandOutcome run = test::RunPerilune(
      folder, "hazards " + WriteWallAndSlope(folder).string() + " -o " + out.string() + " --lander hls-size");
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_NE(run.errors.find("no footprint test"), std::string::npos) << run.errors;
  EXPECT_FALSE(fs::exists(out / "tilt_rad.tif"));
  EXPECT_TRUE(static_cast<int>(Read(out / "reasons.tif").grid.At(300, 40)) & 1);
}

TEST(HazardsCommand, NothingSafeIsAnAnswer) {
  const test::TempFolder folder;
  const test::CommandOutcome run = test::RunPerilune(
      folder, "hazards " + WriteWallAndSlope(folder).string() + " -o " + (folder / "out").string() + kLander +
                  " --sun-elevation-deg -20 --sun-azimuth-deg 90");
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_NE(run.output.find("no safe landing site"), std::string::npos);
  const nav::LandingChoice choice = datasets::ReadSitesGeoJson(folder / "out/sites.geojson").choice;
  EXPECT_EQ(choice.status, nav::LandingStatus::kNoSafeSite);
  EXPECT_TRUE(choice.sites.empty());
  EXPECT_TRUE(choice.least_bad.has_value());
  EXPECT_NE(run.output.find("least bad place: "), std::string::npos);
  EXPECT_NE(test::ReadBytes(folder / "out/landing.jsonl").find("no_landing_site"), std::string::npos);
}

// Aims of equal worth: without a divert they are all over the map, with one only around the lander.
TEST(HazardsCommand, SitesInReachOfADivert) {
  const test::TempFolder folder;
  const std::string command = "hazards " + WriteWallAndSlope(folder).string() + " -o " +
                              (folder / "out").string() + kLander +
                              " --overwrite --lat -20 --lon 50.03 --sites 5 --separation-m 300";
  const std::string divert =
      " --divert-from-m 0 0 400 --divert-velocity-mps 0 0 -10 --fuel-kg 40 --max-tilt-deg 15";
  ASSERT_EQ(test::RunPerilune(folder, command).exit_code, 0);
  const auto farthest_m = [&] {
    double most_m = 0;
    for (const nav::LandingSite& site : datasets::ReadSitesGeoJson(folder / "out/sites.geojson").choice.sites)
      most_m = std::max(most_m, site.divert_distance_m);
    return most_m;
  };
  EXPECT_GT(farthest_m(), 1000);
  const test::CommandOutcome run = test::RunPerilune(folder, command + divert);
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_LT(farthest_m(), 1000);
  EXPECT_GT(farthest_m(), 0);
  const auto sites = datasets::ReadSitesGeoJson(folder / "out/sites.geojson").choice.sites;
  EXPECT_GT(sites.front().divert_dv_mps, 40);   // what falling from there makes is 37 m/s
  EXPECT_LT(sites.front().divert_dv_mps, 124);  // the fuel's
  EXPECT_NE(run.output.find(" s to touchdown"), std::string::npos);
  EXPECT_NE(test::ReadBytes(folder / "out/sites.geojson").find("\"max_tilt_deg\": 15"), std::string::npos);
}

TEST(HazardsCommand, BadInputIsOneLineAndNoFolder) {
  const test::TempFolder folder;
  const std::string dem = WriteWallAndSlope(folder).string();
  const fs::path empty = folder.Write("empty.tif", ""), text = folder.Write("text.tif", "no raster");
  const std::string to = " -o " + (folder / "out").string();
  for (const std::string& arguments : {"hazards " + (folder / "missing.tif").string() + to,
                                       "hazards " + empty.string() + to,
                                       "hazards " + text.string() + to,
                                       "hazards " + dem + to + " --footprint-m -1",
                                       "hazards " + dem + to + " --slope-deg 95",
                                       "hazards " + dem + to + " --slope-deg steep",
                                       "hazards " + dem + to + " --height-sigma-m nan",
                                       "hazards " + dem + to + " --time yesterday",
                                       "hazards " + dem + to + " --lat 40 --lon 50 --size-m 1000",
                                       "hazards " + dem + to + " --sites 0",
                                       "hazards " + dem + to + " --divert-reach-m 100",
                                       "hazards " + dem + to + " --divert-from-m 0 0 100 --fuel-kg 5000",
                                       "hazards " + dem + to + " --divert-from-m 0 0",
                                       "hazards " + dem + to + " --marginal-share 2",
                                       "hazards " + dem + to + " --sun-elevation-deg 10",
                                       "hazards " + dem + to + " --lander nobody",
                                       "hazards " + dem + to + " --pixel-size 1",
                                       "hazards " + WriteUnplacedBoulder(folder).string() + to,
                                       "hazards " + dem + to + " --yaws 9",
                                       "hazards " + dem + to + " --lander nova-c --slope-deg 5",
                                       "hazards " + dem,
                                       "hazards" + to}) {
    const test::CommandOutcome run = test::RunPerilune(folder, arguments);
    EXPECT_EQ(run.exit_code, 2) << arguments;
    EXPECT_EQ(std::count(run.errors.begin(), run.errors.end(), '\n'), 1) << arguments << "\n" << run.errors;
    EXPECT_FALSE(fs::exists(folder / "out")) << arguments;
  }
}

TEST(HazardsCommand, ADemWithoutDataIsRefused) {
  const test::TempFolder folder;
  const std::string dem = WriteWallAndSlope(folder, std::numeric_limits<float>::quiet_NaN()).string();
  const test::CommandOutcome run =
      test::RunPerilune(folder, "hazards " + dem + " -o " + (folder / "out").string());
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.errors.find("has no data"), std::string::npos) << run.errors;
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST(HazardsCommand, AFullFolderNeedsOverwrite) {
  const test::TempFolder folder;
  const std::string dem = WriteWallAndSlope(folder).string();
  folder.Write("out/mine.txt", "keep");
  const std::string command = "hazards " + dem + " -o " + (folder / "out").string() + kLander;
  EXPECT_EQ(test::RunPerilune(folder, command).exit_code, 2);
  EXPECT_TRUE(fs::exists(folder / "out/mine.txt"));
  EXPECT_EQ(test::RunPerilune(folder, command + " --overwrite").exit_code, 0);
  EXPECT_TRUE(fs::exists(folder / "out/class.tif"));
}

TEST(HazardsCommand, AFullDiskIsAFaultAndLeavesNothing) {
  const test::SmallDisk disk(64);
  if (!disk.mounted()) GTEST_SKIP() << "needs root to mount a small disk";
  const test::TempFolder folder;
  const test::CommandOutcome run = test::RunPerilune(
      folder, "hazards " + WriteWallAndSlope(folder).string() + " -o " + (disk.path() / "out").string() +
                  kLander + test::kLowSun + " --height-sigma-m 0.2");
  EXPECT_EQ(run.exit_code, 1) << run.errors;
  EXPECT_EQ(test::CountEntries(disk.path()), 0);
}

// A DEM that is blurred beyond what its cells can show, without a sidecar that says so: the spectrum does.
// Its cells are never safe for what is smaller than the blur, its relief below that counts, and a sidecar or
// the command line say otherwise.
TEST(HazardsCommand, ABlurredDemIsNotTakenForWhatItsCellsSay) {
  const test::TempFolder folder;
  const dem::LunarGround mare(dem::SiteTypeNamed("mare"), 62);
  const dem::Grid<float> ground = mare.Heights({-400, 400, 401, 401, 2});
  const dem::Grid<float> blurred = dem::LowPass(ground, 3);
  const auto write = [&folder](const dem::Grid<float>& z_m, const char* name) {
    return test::WriteDem(folder, {0, 30, 401, 2, name},
                          [&z_m](int col, int row) { return z_m.At(col, row); })
        .string();
  };
  const auto safe_cells = [&folder](const std::string& dem, const std::string& options, std::string& errors) {
    const test::CommandOutcome run = test::RunPerilune(
        folder, "hazards " + dem + " --overwrite --footprint-m 10 -o " + (folder / "out").string() + options);
    EXPECT_EQ(run.exit_code, 0) << run.errors;
    errors = run.errors;
    const std::vector<float> classes = Read(folder / "out/class.tif").grid.data;
    return std::count(classes.begin(), classes.end(), 1.0F);
  };
  std::string errors;
  EXPECT_GT(safe_cells(write(ground, "sharp.tif"), "", errors), 10'000);
  EXPECT_EQ(errors.find("by its spectrum"), std::string::npos) << errors;
  EXPECT_NE(errors.find("takes the DEM for all the relief there is"), std::string::npos) << errors;
  const std::string dem = write(blurred, "blurred.tif");
  EXPECT_EQ(safe_cells(dem, "", errors), 0);
  EXPECT_NE(errors.find("by its spectrum"), std::string::npos) << errors;
  EXPECT_TRUE(static_cast<int>(Read(folder / "out/reasons.tif").grid.At(200, 200)) & 512);
  EXPECT_GT(safe_cells(dem, " --effective-resolution-m 5", errors), 10'000) << "whoever says so is believed";
}

TEST(HazardsCommand, CellsCoarserThanTheFootprintCertifyNothing) {
  const test::TempFolder folder;
  const test::CommandOutcome run =
      test::RunPerilune(folder, "hazards " + WriteWallAndSlope(folder).string() + " -o " +
                                    (folder / "out").string() + " --footprint-m 8 --roughness-m 2");
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_EQ(Read(folder / "out/class.tif").grid.At(300, 250), 2) << "marginal: flat as far as one can see";
  EXPECT_TRUE(static_cast<int>(Read(folder / "out/reasons.tif").grid.At(300, 250)) & 512);
}

TEST(HazardsCommand, TheDeclaredHeightSigmaCounts) {
  const test::TempFolder folder;
  const std::string dem = WriteWallAndSlope(folder).string();
  folder.Write("dem.tif.uncertainty.yaml", "height_sigma_m: 2.0\n");
  const std::string to = " -o " + (folder / "out").string();
  ASSERT_EQ(test::RunPerilune(folder, "hazards " + dem + to + kLander).exit_code, 0);
  const float p = Read(folder / "out/p_site.tif").grid.At(300, 250);
  EXPECT_GT(p, 0.1);
  EXPECT_LT(p, 0.95);
}

}  // namespace
}  // namespace perilune::tools
