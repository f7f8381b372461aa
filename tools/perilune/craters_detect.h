#pragma once

#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/shot.h"
#include "tools/perilune/commands.h"
#include "vision/craters/detect.h"

namespace CLI {
class Option;
}  // namespace CLI

namespace perilune::tools {

/// What the caller may say of the detection.
struct DetectionArguments {
  vision::DetectCratersOptions options;
  std::optional<double> sun_direction_deg;
  std::string detector = "network";
  std::string network = "crater_centres";

  /// With the network read. Throws std::invalid_argument naming option and value, dem::DataError naming the
  /// network's file.
  vision::DetectCratersOptions Validated() const;
};

/// Adds them to a sub-command; gives them back, for what excludes them.
std::vector<CLI::Option*> AddDetectionOptions(CLI::App& sub, DetectionArguments& arguments);

/// The craters in a shot's image. The Sun's direction, where it is not given, is what time and prior pose
/// say; without a prior it is estimated from the image.
vision::CraterDetections DetectInShot(const datasets::Shot& shot, const cv::Mat& image,
                                      vision::DetectCratersOptions options);

/// `perilune craters detect`.
void AddDetect(CLI::App& craters, Command& selected);

}  // namespace perilune::tools
