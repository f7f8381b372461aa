#pragma once

#include <filesystem>

#include "datasets/formats/sequence.h"

namespace perilune::datasets {

/// Reads sequence.yaml and every sensor.yaml; the altimeter and the star tracker may be absent (no folder).
/// Throws dem::DataError with file, line and key.
SequenceInfo ReadSequenceInfo(const std::filesystem::path& root);

}  // namespace perilune::datasets
