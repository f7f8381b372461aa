#include "tools/perilune/divert_options.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <stdexcept>

#include "dem/frames/moon.h"

namespace perilune::tools {

void AddDivertOptions(CLI::App& command, DivertRequest& request) {
  const char* group = "Divert (with --divert-from-m: only sites that this lander can reach)";
  nav::DivertLimits& limits = request.limits;
  const auto number = [&](const char* name, double& value, const char* text) {
    return command.add_option(name, value, text)->capture_default_str()->group(group);
  };
  CLI::Option* from = command
                          .add_option("--divert-from-m", request.from_m,
                                      "Where the lander is: m east, north, up of the target on the ground")
                          ->expected(3)
                          ->group(group);
  command
      .add_option("--divert-velocity-mps", request.velocity_mps,
                  "How it moves over the ground: m/s east, north, up (default: 0 0 0)")
      ->expected(3)
      ->needs(from)
      ->group(group);
  number("--mass-kg", limits.mass_kg, "Mass now, with fuel, kg");
  number("--fuel-kg", limits.fuel_kg, "Fuel that may be burnt, kg");
  number("--max-thrust-n", limits.max_thrust_n, "Largest thrust, N");
  number("--min-thrust-n", limits.min_thrust_n,
         "Least thrust of an engine that cannot be shut off, N (0: it can)");
  number("--isp-s", limits.isp_s, "Specific impulse, s");
  number("--max-tilt-deg", request.max_tilt_deg, "Largest tilt of the thrust from the vertical, deg");
  number("--time-to-go-s", limits.max_time_s, "Longest time to touchdown, s (0: as the fuel lasts)");
  number("--gate-height-m", limits.gate_height_m, "Height over the site from which it sinks upright, m");
  number("--gate-speed-mps", limits.gate_speed_mps, "Speed at which it sinks from there, m/s");
  number("--clearance-m", limits.clearance_m, "Least height over the ground until there, m");
  number("--reserve-share", limits.reserve_share, "Share of thrust, tilt and fuel kept back");
}

std::optional<nav::Divert> DivertOf(const DivertRequest& request, double ground_m) {
  if (request.from_m.empty()) return std::nullopt;
  if (!std::isfinite(ground_m))
    throw std::invalid_argument("--divert-from-m: the DEM has no height at the target");
  nav::Divert divert;
  divert.state.position_in_site_m << request.from_m.at(0), request.from_m.at(1),
      request.from_m.at(2) + ground_m;
  if (!request.velocity_mps.empty()) {
    divert.state.velocity_in_site_mps << request.velocity_mps.at(0), request.velocity_mps.at(1),
        request.velocity_mps.at(2);
  }
  divert.limits = request.limits;
  divert.limits.max_tilt_rad = dem::DegToRad(request.max_tilt_deg);
  divert.limits.Validate();
  return divert;
}

}  // namespace perilune::tools
