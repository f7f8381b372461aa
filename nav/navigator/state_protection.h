#pragma once

#include "nav/estimation/protection_level.h"
#include "nav/estimation/state.h"
#include "nav/navigator/range_trust.h"

namespace perilune::nav {

/// What a navigator has besides its state when it says how far off it may be.
struct ProtectionContext {
  bool has_map = false;               ///< a level is in use
  int refused_fixes = 0;              ///< in a row, up to now
  const RivalState* rival = nullptr;  ///< the second state, while there is one
};

/// The protection level of the map-relative position. While a second state is flown beside the first (a
/// range sensor is doubted, and so is the state), it counts as a hypothesis with the probability that the
/// evidence so far gives it. Not given without a map, nor while fixes are refused: then the state and what it
/// sees contradict each other. Faults that no sensor contradicts are not in it.
ProtectionLevel ProtectState(const State& state, const ProtectionContext& context,
                             const ProtectionLevelOptions& options);

}  // namespace perilune::nav
