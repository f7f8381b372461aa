#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nav/fix/fix.h"

namespace perilune::datasets {

/// The word that fixes.csv and frames/*.json have for a status, and back.
std::string FixStatusName(nav::FixStatus status);
std::optional<nav::FixStatus> FixStatusFromName(std::string_view name);

}  // namespace perilune::datasets
