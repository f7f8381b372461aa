#include "nav/navigator/state_protection.h"

#include <string>

namespace perilune::nav {
namespace {

PositionEstimate MapRelativePosition(const State& state) {
  return {state.site_from_body.translation() + state.map_tie_m, state.MapRelativePositionCovariance()};
}

}  // namespace

ProtectionLevel ProtectState(const State& state, const ProtectionContext& context,
                             const ProtectionLevelOptions& options) {
  ProtectionLevel level;
  level.extrapolated = options.risk < options.least_verified_risk;
  if (!context.has_map) {
    level.reason = "no level of the map is in use";
    return level;
  }
  if (context.refused_fixes > 0) {
    level.reason = std::to_string(context.refused_fixes) + " fixes in a row were refused";
    return level;
  }
  std::vector<FaultHypothesis> faults;
  if (context.rival != nullptr) {
    faults.push_back({"the state without ranges", context.rival->Probability(),
                      MapRelativePosition(context.rival->state)});
  }
  return ComputeProtectionLevel(MapRelativePosition(state), faults, options);
}

}  // namespace perilune::nav
