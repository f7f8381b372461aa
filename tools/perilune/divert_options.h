#pragma once

#include <optional>
#include <vector>

#include "nav/landing/landing_sites.h"

namespace CLI {
class App;
}

namespace perilune::tools {

/// What the command line says of a lander that may still choose where to land.
struct DivertRequest {
  std::vector<double> from_m;        ///< east, north, up of the target on the ground; empty: no divert
  std::vector<double> velocity_mps;  ///< the same axes
  double max_tilt_deg = 30;
  nav::DivertLimits limits;
};

/// Options --divert-from-m …, with units and defaults.
void AddDivertOptions(CLI::App& command, DivertRequest& request);

/// The divert, where one was asked for; `ground_m` is the height of the target's ground over the sphere.
/// Throws std::invalid_argument for limits that are none.
std::optional<nav::Divert> DivertOf(const DivertRequest& request, double ground_m);

}  // namespace perilune::tools
