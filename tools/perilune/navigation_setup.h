#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "datasets/formats/sequence.h"
#include "nav/navigator/navigator.h"
#include "tools/perilune/lost_start.h"

namespace perilune::tools {

/// A level of the map a file, finest first, resampled into the sequence's site as far as its camera can come
/// to see. Throws dem::DataError.
std::vector<nav::MapLevel> LoadMapLevels(const std::vector<std::filesystem::path>& maps_finest_first,
                                         const datasets::SequenceInfo& info);

/// What a user chooses of the navigator.
struct NavigationChoices {
  nav::ImuTrackOptions track;  ///< how motion is predicted where there is no inertial sample
  nav::RangePolicy range_policy = nav::RangePolicy::kReadmit;
  /// 1 sigma, m, of the ground's height about that at the site, for ranges that are predicted from a sphere
  /// as a lander without a map of the terrain does, each as if independent; nothing: from the map.
  std::optional<double> flat_ground_sigma_m;
  bool use_images = true;
  nav::ProtectionLevelOptions protection;
  /// A start that was found, with all its covariance, in the place of the sequence's prior.
  std::optional<LostStart> start;
};

/// What the inertial unit declares, as the estimators want it.
nav::ImuNoise NoiseOf(const datasets::ImuModel& imu);

/// The navigator that the sequence's sensors and prior ask for. Throws dem::DataError when there is no prior,
/// or no map at the site for a flat ground's height. Without a sensor of attitude the fixes give it.
nav::Navigator MakeNavigator(const datasets::SequenceInfo& info, std::vector<nav::MapLevel> levels,
                             const NavigationChoices& choices = {});

}  // namespace perilune::tools
