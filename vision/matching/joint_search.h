#pragma once

#include <Eigen/Geometry>
#include <opencv2/core.hpp>
#include <optional>

#include "dem/frames/pose.h"
#include "vision/matching/match_map.h"
#include "vision/render/render.h"

namespace perilune::vision {

struct JointPlace {
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  /// Of the sum of scores there, in the sigmas that it would have in an image of white noise. A wrong place
  /// on real ground, where contrasts have shape, can reach twenty.
  double significance = 0;
};

/// Where the camera would have to be for the patches together to fit best: none of them needs to stand out.
/// The scores that MatchMap's correlation gives each patch are summed along the moves that a move of the
/// camera makes of them, over the positions within `gate_sigma` of the pose that the view was rendered from;
/// an error of the attitude counts as the move that looks like it. Places lie about a pixel apart: the result
/// is where a search over a few pixels can begin, and not yet a pose. Nothing without patches or room to
/// move. `covariance` as dem/frames/pose.h; image and options as MatchMap's. Deterministic, parallel over
/// places.
std::optional<JointPlace> SearchJointly(const cv::Mat& image, const View& expected,
                                        const dem::Matrix6d& covariance, double gate_sigma,
                                        const MatchOptions& options);

}  // namespace perilune::vision
