// crater_scenes: pictures of synthetic ground with the craters that are in them, for
// tools/train/crater_network.py.

#include <CLI/CLI.hpp>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>

#include "dem/frames/moon.h"
#include "dem/io/atomic_file.h"
#include "dem/synthesis/random.h"
#include "dem/synthesis/site_type.h"
#include "tools/crater_detections/rendered_scene.h"
#include "tools/perilune/progress.h"

namespace perilune::tools {
namespace {

constexpr std::uint64_t kSceneStream = 511;

struct SceneArguments {
  int count = 100;
  int suns = 2;
  std::uint64_t seed = 20'001;
  std::filesystem::path folder;
};

SceneChoice ChoiceOf(std::uint64_t seed) {
  constexpr std::array kPixels_m = {1.0, 2.0, 5.0, 10.0, 20.0};
  const auto& types = dem::SiteTypes();
  const double drawn = dem::RandomUniform(seed, kSceneStream, 0);
  return {types[seed % types.size()].name, seed,
          kPixels_m[static_cast<std::size_t>(drawn * kPixels_m.size())]};
}

/// Elevation from 3 to 75 degrees, half of them uniform, half uniform in its logarithm; azimuth within 20
/// degrees of the east, which is +x in the picture: the network looks at pictures that are turned so.
cv::Mat PictureUnder(const RenderedScene& scene, std::uint64_t seed, std::uint64_t sun) {
  const auto drawn = [&](std::uint64_t which) {
    return dem::RandomUniform(seed, kSceneStream, 8 * (sun + 1) + which);
  };
  const double elevation_deg = drawn(3) < 0.5 ? 3 + 72 * drawn(0) : 3 * std::pow(25, drawn(0));
  const double azimuth_deg = 90 + 40 * (drawn(1) - 0.5), noise = 4 * drawn(2) * drawn(2);
  return scene.Picture(dem::DegToRad(elevation_deg), dem::DegToRad(azimuth_deg), noise);
}

std::string PgmOf(const cv::Mat& picture) {
  std::string bytes = "P5\n" + std::to_string(picture.cols) + ' ' + std::to_string(picture.rows) + "\n255\n";
  for (int row = 0; row < picture.rows; ++row)
    bytes.append(picture.ptr<char>(row), static_cast<std::size_t>(picture.cols));
  return bytes;
}

std::string CsvOf(const std::vector<SceneCrater>& craters) {
  std::string text = "x_px,y_px,diameter_px,depth,wiped_out\n";
  std::array<char, 128> line{};
  for (const SceneCrater& crater : craters) {
    std::snprintf(line.data(), line.size(), "%.3f,%.3f,%.3f,%.4f,%d\n", crater.x_px, crater.y_px,
                  crater.diameter_px, crater.depth, crater.wiped_out ? 1 : 0);
    text += line.data();
  }
  return text;
}

void MakeScenes(const SceneArguments& arguments) {
  std::filesystem::create_directories(arguments.folder);
  Progress progress("crater_scenes");
  for (int i = 0; i < arguments.count; ++i) {
    const std::uint64_t seed = arguments.seed + static_cast<std::uint64_t>(i);
    const std::filesystem::path table = arguments.folder / (std::to_string(seed) + ".csv");
    progress.ShowRate("scenes", static_cast<std::size_t>(i), static_cast<std::size_t>(arguments.count), 0);
    if (std::filesystem::exists(table)) continue;  // written last
    const RenderedScene scene(ChoiceOf(seed));
    for (int sun = 0; sun < arguments.suns; ++sun) {
      dem::WriteFileAtomically(arguments.folder / (std::to_string(seed) + "_" + std::to_string(sun) + ".pgm"),
                               PgmOf(PictureUnder(scene, seed, static_cast<std::uint64_t>(sun))));
    }
    dem::WriteFileAtomically(table, CsvOf(scene.craters()));
  }
}

int Main(int argc, char** argv) {
  CLI::App app(
      "Pictures of synthetic ground, Sun from the right, with their craters: SEED_SUN.pgm and SEED.csv");
  SceneArguments arguments;
  app.add_option("-n,--count", arguments.count, "scenes")->capture_default_str();
  app.add_option("--suns", arguments.suns, "pictures of each")->capture_default_str();
  app.add_option("--seed", arguments.seed, "of the first")->capture_default_str();
  app.add_option("-o,--output", arguments.folder, "folder; scenes that are there stay")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    MakeScenes(arguments);
  } catch (const std::exception& error) {
    std::cerr << "crater_scenes: " << error.what() << '\n';
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace perilune::tools

int main(int argc, char** argv) { return perilune::tools::Main(argc, argv); }
