#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace perilune::tools {

/// What the user of `perilune render` asked for, as given: angles in degrees.
struct RenderRequest {
  // Where from: one of these four.
  std::string scenario;
  double t_s = 0;
  std::vector<std::string> settings;  // key=value of the scenario
  std::filesystem::path shot;
  std::filesystem::path isd;
  double latitude_deg = 0, longitude_deg = 0;
  std::optional<double> height_m;
  double azimuth_deg = 0, off_nadir_deg = 0;
  double field_of_view_deg = 60;
  int size_px = 1024;
  bool above_ground = false;  // what height_m counts from: else the sphere
  double scale = 1;

  std::vector<std::filesystem::path> maps;
  std::string assume_crs;
  double albedo = 0.12;
  std::filesystem::path albedo_map;
  std::string reflectance;  // empty: the scenario's, else lunar_lambert

  std::string time_utc;
  std::optional<double> sun_elevation_deg;
  double sun_azimuth_deg = 0;
  std::optional<int> sun_samples;  // the scenario's, else 1
  bool no_shadows = false, secondary_light = false, earthshine = false, anti_alias = false;
  // The scenario's, else the library's.
  std::optional<int> secondary_rays, secondary_step_px;
  std::optional<int> max_samples_across;

  std::vector<std::string> imaging;  // key=value of a scenario's camera section
  std::optional<int> bits;
  bool noise = false, no_noise = false;
  std::optional<std::uint64_t> seed;

  std::filesystem::path output;
  std::string product = "picture";
  bool physical = false, with_geometry = false;
  std::optional<double> sun_distance_au;
  double band_fraction = 1;
  std::filesystem::path craters;

  bool FromScenario() const { return !scenario.empty(); }
  bool WantsGeometry() const { return with_geometry || product == "geometry"; }

  /// What options that exclude or need each other cannot say. Throws std::invalid_argument.
  void Validate() const;
};

/// Adds the options of `perilune render` to its command.
void AddRenderOptions(CLI::App& command, RenderRequest& request);

}  // namespace perilune::tools
