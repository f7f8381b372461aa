#pragma once

#include <filesystem>
#include <vector>

#include "datasets/formats/matched_images.h"

namespace perilune::tools {

/// What the images of a finished run were matched to, against the truth of the sequence that it was made
/// from: one entry an image, time since the sequence's start. The truth is moved by the tie of the map that
/// was used, so that what is left is the matches' own error. Throws dem::DataError: an unfinished run,
/// missing truth, or frames that the run does not hold any more (a campaign removes them).
std::vector<datasets::MatchResiduals> MatchResidualsOf(const std::filesystem::path& run,
                                                       const std::filesystem::path& sequence);

}  // namespace perilune::tools
