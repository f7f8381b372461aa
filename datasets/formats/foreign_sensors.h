#pragma once

#include <filesystem>

#include "datasets/formats/foreign_sequence.h"

namespace perilune::datasets {

// Sensors of a foreign folder: each looks for its file below `root`, opens its stream, sets what the sensor's
// sensor.yaml says, and tells what it found, assumed and missed.

void OpenForeignImu(const std::filesystem::path& root, const ForeignRequest& request,
                    ForeignSequence& sequence);
void OpenForeignRanges(const std::filesystem::path& root, const ForeignRequest& request,
                       ForeignSequence& sequence);
void OpenForeignAttitudes(const std::filesystem::path& root, const ForeignRequest& request,
                          ForeignSequence& sequence);

}  // namespace perilune::datasets
