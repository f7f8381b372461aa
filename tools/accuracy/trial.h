#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "dem/frames/moon.h"
#include "nav/fix/estimate_fix.h"
#include "nav/fix/fix.h"
#include "tools/accuracy/trial_image.h"
#include "tools/accuracy/trial_row.h"

namespace perilune::tools {

/// An answer of ours with what it came from; it lives as long as the call that it is given to.
struct TrialAnswer {
  const TrialRow& row;
  const nav::Fix& fix;
  const nav::PosePrior& prior;
  const TrialImage& image;
  const nav::MapDeclaration& declaration;
};

struct TrialOptions {
  bool baselines = true;  ///< ortho-image and SIFT on the same images, every `baseline_step`-th
  int baseline_step = 3;  ///< coprime to the cycle of looks
  double attitude_sigma_rad = dem::DegToRad(0.01);      ///< of a star tracker
  double free_attitude_sigma_rad = dem::DegToRad(0.3);  ///< where the attitude is to be found
  bool with_albedo = true;                              ///< method "albedo" as well
  std::function<void(const TrialAnswer&)> seen;         ///< called for each answer of ours, where set
};

/// Methods: "attitude" (ours, star tracker's attitude used), "free" (ours, attitude found), "albedo" (as
/// "attitude" with an albedo map; Suns of 45 degrees and more), "ortho" and "sift" (OrthoBaseline,
/// FindBySift). A row for each method and image. `step` is called before each image and may throw to stop.
std::vector<TrialRow> RunTrialWorld(std::uint64_t seed, const std::filesystem::path& scratch,
                                    const TrialOptions& options,
                                    const std::function<void(int view, int views)>& step);

}  // namespace perilune::tools
