#include "datasets/simulation/simulator.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <map>
#include <opencv2/core/utility.hpp>
#include <stdexcept>

#include "datasets/formats/sequence.h"
#include "datasets/formats/truth.h"
#include "datasets/formats/uncertainty.h"
#include "datasets/simulation/truth_world.h"
#include "dem/craters/crater_file.h"
#include "dem/io/raster_file.h"
#include "tests/datasets/tiny_scenario.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

std::map<std::string, std::string> FilesOf(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[std::filesystem::relative(entry.path(), folder).string()] = test::ReadBytes(entry.path());
    }
  }
  return files;
}

TEST(Simulate, WritesAWholeSequence) {
  const test::TempFolder folder;
  Simulate(test::TinyScenario(), folder.path());
  const Sequence sequence = OpenSequence(folder.path());
  ASSERT_EQ(sequence.images.size(), 4u);
  EXPECT_EQ(sequence.imu.size(), 1201u);
  EXPECT_EQ(sequence.ranges.size(), 61u);
  EXPECT_EQ(sequence.attitudes.size(), 25u);
  ASSERT_TRUE(sequence.info.prior);
  for (std::size_t i = 0; i < sequence.images.size(); ++i) {
    const nav::Image image = ReadImage(sequence, i);
    cv::Scalar mean, deviation;
    cv::meanStdDev(image.pixels, mean, deviation);
    EXPECT_GT(mean[0], 20);  // lit ground, neither black nor saturated
    EXPECT_LT(mean[0], 220);
    EXPECT_GT(deviation[0], 5);  // with relief
  }
  for (const auto& map : sequence.info.maps) {
    EXPECT_TRUE(ReadMapUncertainty(folder.path() / map).tie_sigma_horizontal_m);
  }
  const Truth truth = ReadTruth(folder.path());
  EXPECT_EQ(truth.seed, 7u);
  EXPECT_EQ(truth.states.size(), 1201u);
  EXPECT_EQ(truth.map_tie_in_site_m.size(), 2u);
  EXPECT_TRUE(std::filesystem::exists(truth.site_dem));
}

// A lander that is told nothing but the craters of its own map; what matches are drawn for needs a place.
TEST(Simulate, WritesTheCratersOfAMapInThePlaceOfAPrior) {
  const test::TempFolder folder;
  const Scenario scenario =
      ReadScenario(test::TinyScenarioPath(), {{"prior.known", "false"}, {"map.craters_of", "far"}});
  Simulate(scenario, folder.path());
  const SequenceInfo info = OpenSequence(folder.path()).info;
  EXPECT_FALSE(info.prior);
  ASSERT_EQ(info.craters, "map/far.craters");
  const dem::CraterCatalog catalog = dem::ReadCraterFile(folder.path() / info.craters);
  EXPECT_FALSE(catalog.craters.empty());
  const MapUncertainty of_map = ReadMapUncertainty(folder.path() / "map/far.tif"),
                       of_craters = ReadMapUncertainty(folder.path() / info.craters);
  EXPECT_EQ(of_craters.tie_sigma_horizontal_m, of_map.tie_sigma_horizontal_m);
  EXPECT_GT(of_craters.height_sigma_m.value(), of_map.height_sigma_m.value());
  const test::TempFolder drawn;
  EXPECT_THROW(SimulateMatches(scenario, ResidualRuns{}, drawn.path()), std::invalid_argument);
}

// Every effect at once, through the whole simulator: other pictures of the same size, the rest as it was.
TEST(Simulate, ImagingEffectsChangeThePicturesAlone) {
  const test::TempFolder plain, effects;
  Simulate(test::TinyScenario(), plain.path());
  Simulate(ReadScenario(test::TinyScenarioPath(),
                        {{"camera.vignetting", "{cos_power: 4}"},
                         {"camera.lens_dust", "{count: 3, largest_radius_px: 12}"},
                         {"camera.stray_light", "{veiling_glare: 0.02, sun_glow: 0.1, ghost: 0.01}"},
                         {"camera.plume", "{start_height_m: 5000}"},
                         {"camera.detector", "{dark_current_eps: 1000, prnu: 0.01, hot_pixel_share: 0.001}"},
                         {"camera.exposure_control", "{response_per_s: 7000}"},
                         {"camera.motion", "{sub_exposures: 2, line_time_s: 1e-5}"},
                         {"ground.reflectance", "hapke_mare"}}),
           effects.path());
  const auto before = FilesOf(plain.path()), after = FilesOf(effects.path());
  ASSERT_EQ(before.size(), after.size());
  for (const auto& [name, bytes] : before) {
    EXPECT_EQ(bytes == after.at(name), name.find(".png") == std::string::npos) << name;
  }
}

TEST(Simulate, TellsTheNavigatorNothingOfTheTruth) {
  const test::TempFolder folder;
  Simulate(test::TinyScenario(), folder.path());
  const std::string text = test::ReadBytes(folder / "sequence.yaml");
  EXPECT_EQ(text.find("seed"), std::string::npos);
  EXPECT_EQ(text.find("truth"), std::string::npos);
  const Sequence with = OpenSequence(folder.path());
  std::filesystem::remove_all(folder / "truth");
  std::filesystem::remove_all(folder / "state_groundtruth_estimate0");
  EXPECT_EQ(OpenSequence(folder.path()).imu.size(), with.imu.size());
}

TEST(Simulate, SameBytesWithOneAndTwoThreadsAndOtherBytesWithAnotherSeed) {
  const test::TempFolder one, two, other;
  {
    const tbb::global_control serial(tbb::global_control::max_allowed_parallelism, 1);
    cv::setNumThreads(1);
    Simulate(test::TinyScenario(), one.path());
  }
  cv::setNumThreads(2);
  Simulate(test::TinyScenario(), two.path());
  const auto first = FilesOf(one.path()), second = FilesOf(two.path());
  ASSERT_EQ(first.size(), second.size());
  for (const auto& [name, bytes] : first) EXPECT_TRUE(second.at(name) == bytes) << name;

  Simulate(ReadScenario(test::TinyScenarioPath(), {{"seed", "8"}}), other.path());
  const auto third = FilesOf(other.path());
  int same = 0;
  for (const auto& [name, bytes] : first) same += third.at(name) == bytes ? 1 : 0;
  EXPECT_LE(same, 9);  // descriptions, indices and the declared uncertainty do not depend on the seed
  EXPECT_NE(third.at("map/near.tif"), first.at("map/near.tif"));
}

TEST(Simulate, StopsWhereProgressThrows) {
  const test::TempFolder folder;
  const auto stop = [](const std::string& work, int, int) {
    if (work == "images") throw std::runtime_error("stop");
  };
  EXPECT_THROW(Simulate(test::TinyScenario(), folder.path(), stop), std::runtime_error);
}

// The differences between map and ground, measured on the files that the simulator wrote (DESIGN: "Truth and
// map are two worlds"). The ground is rebuilt from the scenario; the map is read through GDAL like any
// user's.
class WrittenMap : public ::testing::TestWithParam<int> {};

double SpreadOf(const std::vector<double>& values) {
  double sum = 0, square = 0;
  for (const double v : values) sum += v;
  const double mean = sum / static_cast<double>(values.size());
  for (const double v : values) square += (v - mean) * (v - mean);
  return std::sqrt(square / static_cast<double>(values.size()));
}

TEST_P(WrittenMap, DiffersFromTheGroundByTheStatedMagnitudes) {
  const test::TempFolder folder;
  Scenario scenario = test::TinyScenario();
  scenario.seed = static_cast<std::uint64_t>(GetParam());
  Simulate(scenario, folder.path());
  const dem::Terrain ground = BuildTruth(scenario);
  const Truth truth = ReadTruth(folder.path());
  const dem::RasterFile file(folder / "map" / "near.tif");
  const Eigen::Vector3d tie = truth.map_tie_in_site_m.at("near.tif");
  const double pixel_m = scenario.map.levels[0].spacing_m;

  // At least 4 times finer.
  EXPECT_GE(pixel_m / ground.Level(0).spacing_m, 4);
  EXPECT_NEAR(file.crs_from_pixel().linear()(0, 0), pixel_m, 1e-9);

  // The ground averaged over a circle of the map's resolution, moved by a tie: its difference from the map is
  // smallest at the true tie, and what remains there is the height error (0.05–0.2 px) and little else.
  const dem::Raster<float> map = file.ReadWindow(0, 0, file.width(), file.height());
  std::vector<Eigen::Vector2d> pixels;
  for (int row = 12; row < file.height() - 12; row += 3) {
    for (int col = 12; col < file.width() - 12; col += 3) pixels.emplace_back(col, row);
  }
  const std::vector<dem::LatLon> places = file.PlacesFromPixels(pixels);
  const auto sigma_with = [&](const Eigen::Vector3d& assumed_tie) {
    std::vector<double> gaps_m;
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const double height_m = map.grid.At(static_cast<int>(pixels[i].x()), static_cast<int>(pixels[i].y()));
      const Eigen::Vector3d shown = dem::PointInSite(scenario.site, {places[i], height_m});
      const Eigen::Vector3d point = shown - assumed_tie;
      double sum = 0, weights = 0;
      for (int dy = -3; dy <= 3; ++dy) {
        for (int dx = -3; dx <= 3; ++dx) {
          const double step_m = 0.8 * pixel_m, sigma_px = 2.5 / 2.354820045;
          const double weight = std::exp(-0.5 * (dx * dx + dy * dy) * std::pow(0.8 / sigma_px, 2));
          sum += weight * ground.HeightAt(point.x() + dx * step_m, point.y() + dy * step_m).value();
          weights += weight;
        }
      }
      gaps_m.push_back(sum / weights - point.z());
    }
    return SpreadOf(gaps_m);
  };
  const double at_tie = sigma_with(tie);
  EXPECT_GT(at_tie, 0.05 * pixel_m);
  EXPECT_LT(at_tie, 0.2 * pixel_m);
  for (const Eigen::Vector3d& off : {Eigen::Vector3d(1, 0, 0), Eigen::Vector3d(-1, 0, 0),
                                     Eigen::Vector3d(0, 1, 0), Eigen::Vector3d(0, -1, 0)}) {
    EXPECT_LT(at_tie, sigma_with(tie + 2 * pixel_m * off));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, WrittenMap, ::testing::Values(7, 8));

}  // namespace
}  // namespace perilune::datasets
