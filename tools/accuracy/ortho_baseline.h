#pragma once

#include <opencv2/core.hpp>

#include "tools/accuracy/trial_image.h"
#include "vision/render/render.h"

namespace perilune::tools {

/// Baseline (a): the classical landmark way. The map carries an ortho-image that was taken once, under
/// another Sun, at the map's resolution; the expected view is that picture draped over the map's heights.
class OrthoBaseline {
 public:
  /// Takes the ortho-image: of the true ground, without noise, by a camera so far up that it is one.
  OrthoBaseline(const TrialWorld& world, const TrialGround& ground);

  /// Correlation of patches of that expectation with the image, then consensus and refinement as our own
  /// method has them: twice, the second time from the first answer.
  nav::Fix Find(const TrialImage& image, const TrialGround& ground, const nav::PosePrior& prior) const;

 private:
  vision::View Expect(const vision::Camera& camera, const dem::Terrain& map, const Eigen::Isometry3d& pose,
                      const dem::Sun& sun) const;

  vision::Camera camera_;
  Eigen::Isometry3d map_from_cam_;  ///< of the ortho-image, in the map's site
  cv::Mat picture_;
};

}  // namespace perilune::tools
