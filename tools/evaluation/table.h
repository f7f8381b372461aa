#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/evaluation/metrics.h"

namespace perilune::tools {

/// Plain text for a terminal: a row a number, a column a run; "-" where a run has no such number.
std::string MetricsTable(const std::vector<std::pair<std::string, Metrics>>& runs);

}  // namespace perilune::tools
