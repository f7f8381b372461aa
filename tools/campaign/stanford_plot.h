#pragma once

#include <string>
#include <vector>

#include "tools/campaign/aggregate.h"

namespace perilune::tools {

/// Stanford diagrams as one SVG: of the states of all runs the map-relative error against the protection
/// level that was stated for it, horizontal and vertical at each of kVerifiedRisks. What lies right of the
/// diagonal left its level. Of the others evenly thinned ones are drawn. Empty when no state has a level.
std::string StanfordSvg(const std::string& scenario, const std::vector<RunResult>& runs);

}  // namespace perilune::tools
