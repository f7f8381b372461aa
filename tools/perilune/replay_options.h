#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/foreign_sequence.h"
#include "nav/estimation/propagate.h"

namespace CLI {
class App;
}

namespace perilune::tools {

/// What the command line says of a folder that Perilune did not write.
struct ReplayRequest {
  std::string camera, times, imu, range, attitude, initial_pose;  ///< paths; empty: looked for in the folder
  std::string attitude_frame = "inertial";
  std::string epoch_utc;
  std::optional<std::int64_t> epoch_t_ns;
  std::vector<double> sub_solar_deg;  ///< latitude, longitude
  std::vector<double> near;           ///< latitude deg, longitude deg, height above the sphere m
  double azimuth_deg = 0, off_nadir_deg = 0;
  std::vector<double> velocity_mps;      ///< in `moon`
  std::vector<double> position_sigma_m;  ///< one, or east, north, up
  std::optional<double> attitude_sigma_deg, velocity_sigma_mps;
  // Motion where there is no inertial sample.
  std::optional<double> coasting_mps2_rthz, coasting_radps_rthz;

  /// Whether any option was given that only such a folder has.
  bool Any() const;
};

/// Options --camera …, in a group of their own.
void AddReplayOptions(CLI::App& command, ReplayRequest& request);

/// Throws std::invalid_argument naming the option.
datasets::ForeignRequest ForeignRequestOf(const ReplayRequest& request, const std::filesystem::path& folder);

/// Prints found, assumed and missing to stderr, a line each.
void PrintFindings(const datasets::Findings& findings);

}  // namespace perilune::tools
