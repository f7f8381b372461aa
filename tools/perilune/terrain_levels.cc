#include "tools/perilune/terrain_levels.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <regex>
#include <stdexcept>

#include "datasets/formats/terrain_stack.h"
#include "dem/io/raster_file.h"
#include "dem/terrain/height_pyramid.h"
#include "dem/terrain/resample.h"
#include "dem/terrain/terrain_file.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/progress.h"

namespace perilune::tools {
namespace {

datasets::LevelSource ParseLevel(const std::string& text) {
  // The last '@' or ':' counts, and only before a number: paths may hold either.
  static const std::regex form(R"((.+?)(?:@([0-9.eE+-]+))?(?::([0-9.eE+-]+))?)");
  std::smatch parts;
  if (!std::regex_match(text, parts, form)) throw std::invalid_argument("--level: empty");
  const auto number = [&](int index, const char* what) {
    if (!parts[index].matched) return 0.0;
    const std::string digits = parts[index];
    std::size_t used = 0;
    double value = 0;
    try {
      value = std::stod(digits, &used);
    } catch (const std::logic_error&) {
      used = 0;
    }
    if (used != digits.size() || !(value > 0) || !std::isfinite(value)) {
      throw std::invalid_argument("--level " + text + ": " + what + " '" + digits +
                                  "' is no positive number");
    }
    return value;
  };
  datasets::LevelSource source;
  if (parts[1] != "synth") source.dem = parts[1].str();
  source.spacing_m = number(2, "spacing");
  source.side_m = number(3, "side");
  if (source.dem.empty() && (source.spacing_m == 0 || source.side_m == 0)) {
    throw std::invalid_argument("--level " + text + ": synthetic levels need both, synth@SPACING_M:SIDE_M");
  }
  return source;
}

dem::LatLon CentreOfFinestDem(const std::vector<datasets::LevelSource>& sources) {
  std::optional<dem::LatLon> centre;
  double finest_m = 0;
  for (const datasets::LevelSource& source : sources) {
    if (source.dem.empty()) continue;
    const dem::RasterFile file(source.dem);
    const dem::LatLon here =
        file.PlacesFromPixels({{(file.width() - 1) / 2.0, (file.height() - 1) / 2.0}}).front();
    const double pixel_m = dem::PixelOnGround_m(file, here);
    if (centre && pixel_m >= finest_m) continue;
    centre = here;
    finest_m = pixel_m;
  }
  return centre.value_or(dem::LatLon{});
}

nlohmann::ordered_json LevelJson(const dem::Terrain& terrain, int index) {
  const dem::TerrainLevel& level = terrain.Level(index);
  const dem::HeightPyramid::Mip& top = terrain.Pyramid(index).Mips().back();
  nlohmann::ordered_json json;
  json["name"] = level.name;
  json["spacing_m"] = level.spacing_m;
  json["width"] = level.z_m.width;
  json["height"] = level.z_m.height;
  json["extent_m"] = {
      {"west", level.x0_m}, {"east", level.MaxX()}, {"south", level.MinY()}, {"north", level.y0_m}};
  json["z_in_site_m"] = {{"min", top.min_m.front()}, {"max", top.max_m.front()}};
  json["height_sigma_m"] = level.height_sigma_m;
  json["height_correlation_m"] = level.height_correlation_m;
  json["albedo_mean"] = level.albedo;
  json["albedo_grid"] = !level.albedo_grid.empty();
  return json;
}

nlohmann::ordered_json Describe(const std::string& path) {
  const dem::Terrain terrain = dem::OpenTerrain(path);
  nlohmann::ordered_json json;
  json["file"] = path;
  json["format"] = "terrain";
  json["site_deg"] = {{"latitude", dem::RadToDeg(terrain.site().origin.latitude_rad)},
                      {"longitude", dem::RadToDeg(terrain.site().origin.longitude_rad)}};
  json["bytes"] = std::filesystem::file_size(path);
  json["levels"] = nlohmann::ordered_json::array();
  for (int i = 0; i < terrain.LevelCount(); ++i) json["levels"].push_back(LevelJson(terrain, i));
  return json;
}

void Print(const nlohmann::ordered_json& info) {
  std::printf("file         %s\n", info["file"].get<std::string>().c_str());
  std::printf("format       terrain, %zu levels, finest first\n", info["levels"].size());
  std::printf("site         latitude %.6f deg, longitude %.6f deg\n",
              info["site_deg"]["latitude"].get<double>(), info["site_deg"]["longitude"].get<double>());
  std::printf("memory       %.1f MB mapped, of which only what is looked at is read\n",
              info["bytes"].get<double>() / 1e6);
  int index = 0;
  for (const nlohmann::ordered_json& level : info["levels"]) {
    const nlohmann::ordered_json &extent = level["extent_m"], &z = level["z_in_site_m"];
    std::printf("level %-6d %s: %d x %d points of %.6g m\n", index++,
                level["name"].get<std::string>().c_str(), level["width"].get<int>(),
                level["height"].get<int>(), level["spacing_m"].get<double>());
    std::printf("             east %.6g to %.6g m, north %.6g to %.6g m, z in site %.2f to %.2f m\n",
                extent["west"].get<double>(), extent["east"].get<double>(), extent["south"].get<double>(),
                extent["north"].get<double>(), z["min"].get<double>(), z["max"].get<double>());
    const double sigma_m = level["height_sigma_m"];
    if (sigma_m > 0) {
      std::printf("             height sigma %g m, correlated over %g m\n", sigma_m,
                  level["height_correlation_m"].get<double>());
    }
  }
}

}  // namespace

int DescribeTerrainFile(const std::string& path, bool json) {
  const nlohmann::ordered_json info = Describe(path);
  if (json) {
    std::cout << info.dump(2) << "\n";
  } else {
    Print(info);
  }
  return 0;
}

int BuildTerrainLevels(const TerrainLevelsRequest& request) {
  std::vector<datasets::LevelSource> sources;
  for (const std::string& level : request.levels) sources.push_back(ParseLevel(level));
  const dem::LatLon place = request.site ? *request.site : CentreOfFinestDem(sources);
  Progress progress("terrain");
  datasets::TerrainStackOptions options;
  options.world = request.world;
  options.effective_resolution_m = request.effective_resolution_m;
  options.progress = [&](const std::string& work, double done) {
    CheckInterrupted();
    progress.Show(work, static_cast<std::size_t>(100 * done), 100);
  };
  datasets::BuildTerrainFile(request.output, dem::MakeSite(place), sources, options);
  Print(Describe(request.output));
  return 0;
}

}  // namespace perilune::tools
