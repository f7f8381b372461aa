#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <map>
#include <opencv2/core.hpp>
#include <vector>

#include "vision/tracking/feature_tracker.h"

namespace perilune::tools {

/// The last places of the features that are still followed, to be drawn.
class TrackTrails {
 public:
  void Add(const vision::TrackedFrame& frame);

  /// The image with a trail a feature: a circle where it is, a line to where it was up to ten images before;
  /// blue for one image old, through green and yellow to red for ten. Features without a past are grey dots.
  /// Throws dem::WriteError.
  void Write(const std::filesystem::path& path, const cv::Mat& image) const;

 private:
  std::map<std::int64_t, std::vector<Eigen::Vector2d>> places_;  ///< by id, oldest first
};

}  // namespace perilune::tools
