#pragma once

#include <filesystem>
#include <vector>

#include "datasets/formats/sequence.h"
#include "nav/navigator/navigator.h"

namespace perilune::tools {

/// A level of the map a file, finest first, resampled into the sequence's site as far as its camera can come
/// to see. Throws dem::DataError.
std::vector<nav::MapLevel> LoadMapLevels(const std::vector<std::filesystem::path>& maps_finest_first,
                                         const datasets::SequenceInfo& info);

/// The navigator that the sequence's sensors and prior ask for. Throws dem::DataError when there is no prior.
/// `track` says how motion is predicted where there is no inertial sample. Without a sensor of attitude the
/// fixes give it.
nav::Navigator MakeNavigator(const datasets::SequenceInfo& info, std::vector<nav::MapLevel> levels,
                             const nav::ImuTrackOptions& track = {});

}  // namespace perilune::tools
