#pragma once

#include <opencv2/core.hpp>

#include "datasets/formats/shot.h"
#include "tools/perilune/commands.h"
#include "vision/craters/detect.h"

namespace perilune::tools {

/// The craters in a shot's image. `use_prior`: the Sun's direction is what time and prior pose say (where the
/// shot has one); else it is estimated from the image.
vision::CraterDetections DetectInShot(const datasets::Shot& shot, const cv::Mat& image, bool use_prior,
                                      vision::DetectCratersOptions options = {});

/// `perilune craters detect`.
void AddDetect(CLI::App& craters, Command& selected);

}  // namespace perilune::tools
