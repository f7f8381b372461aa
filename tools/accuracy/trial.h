#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "dem/frames/moon.h"
#include "tools/accuracy/trial_row.h"

namespace perilune::tools {

struct TrialOptions {
  bool baselines = true;  ///< ortho-image and SIFT on the same images, every `baseline_step`-th
  int baseline_step = 3;  ///< coprime to the cycle of looks
  double attitude_sigma_rad = dem::DegToRad(0.01);      ///< of a star tracker
  double free_attitude_sigma_rad = dem::DegToRad(0.3);  ///< where the attitude is to be found
};

/// Methods: "attitude" (ours, star tracker's attitude used), "free" (ours, attitude found), "albedo" (as
/// "attitude" with an albedo map; Suns of 45 degrees and more), "ortho" and "sift" (OrthoBaseline,
/// FindBySift). A row for each method and image. `step` is called before each image and may throw to stop.
std::vector<TrialRow> RunTrialWorld(std::uint64_t seed, const std::filesystem::path& scratch,
                                    const TrialOptions& options,
                                    const std::function<void(int view, int views)>& step);

}  // namespace perilune::tools
