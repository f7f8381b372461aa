#pragma once

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "vision/craters/bowl_response.h"

namespace perilune::vision {

/// A small fully convolutional network that sees craters' centres and diameters, trained on renders alone
/// (tools/train/crater_network.py states its input and output); OpenCV runs it. One octave of diameters is
/// found on each level of a pyramid of the image, which is turned so that the Sun is where the network
/// learned it to be.
class CraterNetwork {
 public:
  /// An ONNX file. Throws dem::DataError naming it: missing, or not such a network.
  explicit CraterNetwork(const std::filesystem::path& onnx);

  /// Places that look like craters of the diameters (px of the image: CV_32F, NaN without data), with the
  /// network's logit as `likeness`. The same with any number of threads; may be called by several at a time.
  std::vector<BowlCandidate> Find(const cv::Mat& image, double sun_direction_rad, double min_diameter_px,
                                  double max_diameter_px, double min_logit) const;

 private:
  std::string bytes_;
};

}  // namespace perilune::vision
