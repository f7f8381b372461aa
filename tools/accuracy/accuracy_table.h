#pragma once

#include <string>
#include <vector>

#include "tools/accuracy/trial_row.h"

namespace perilune::tools {

/// The tables of docs/accuracy.md: accuracy by method and by how map and image compare, availability by Sun
/// elevation, false fixes with their one-sided 95 % bound, NEES over worlds, baselines on the same images.
std::string AccuracyMarkdown(const std::vector<TrialRow>& rows);

}  // namespace perilune::tools
