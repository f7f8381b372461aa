#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/formats/sequence.h"
#include "nav/navigator/navigator.h"
#include "tools/perilune/navigation_setup.h"

namespace perilune::tools {

/// What decides a run besides its images and samples.
struct RunInputs {
  datasets::SequenceInfo info;
  int max_frames = 0;
  NavigationChoices choices;
};

/// inputs.json of a run: the program's version, the inputs and a hash of each level's heights, one key a
/// line. No paths, no dates.
std::string DescribeInputs(const RunInputs& inputs, const std::vector<nav::MapLevel>& levels);

/// FNV-1a of such a text: where the hashes of a run's images begin.
std::uint64_t HashOfInputs(const std::string& description);

/// Throws dem::DataError naming what changed between the inputs.json of a run that was begun and now; `run`
/// is what its user calls it.
void RequireSameInputs(const std::filesystem::path& inputs_json, const std::string& description,
                       const std::filesystem::path& run);

}  // namespace perilune::tools
