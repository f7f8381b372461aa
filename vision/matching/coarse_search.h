#pragma once

#include <Eigen/Geometry>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "dem/ephemeris/sun.h"
#include "dem/terrain/terrain.h"
#include "vision/camera/camera.h"
#include "vision/matching/match.h"
#include "vision/matching/wide_view.h"

namespace perilune::vision {

struct CoarseSearchOptions {
  double search_sigma = 3.7;  ///< how far from the prior: 0.1 % of a plane's normal lie beyond
  int image_px = 144;         ///< side of the image as it is sought: a few hundred independent details
  int least_image_px = 72;    ///< … and at least this where the uncertainty is many times the image …
  int largest_view_px = 520;  ///< … to keep the map's view below this side
  int ring_px = 8;            ///< searched beyond the uncertainty …
  int least_radius_px = 56;   ///< … and at least so far: wrong places, to judge the best by
  double distance_sigma = 3;  ///< hypotheses of the distance to the ground reach this far
  int blocks_across = 4;      ///< of the image; 3 where it is small
  int slack_px = 3;           ///< by which blocks may move against each other
  int contrast_px = 21;       ///< window of the local contrast: larger shading is no evidence
  double contrast_floor = 0.25;
  double blur_px = 0.8;  ///< low-pass of image and view
  int hypotheses = 4;    ///< kept at most
  /// A place has to stand this many sigmas (of the wrong places' agreement) above their median to become a
  /// hypothesis. On maps of other ground the best reaches 3 to 4.3 at the median and up to 16 % pass
  /// (docs/coarse.md): this is what a fix refines, not yet what it believes.
  double min_significance = 4.5;
  int min_blocks = 5;            ///< that one pose explains …
  double min_block_share = 0.5;  ///< … and this share of all
  double block_gate_px = 2.5;    ///< distance at which a pose explains a block, pixels of the view
  void Validate() const;
};

enum class CoarseStatus { kFound, kNoMap, kNoTexture, kNoMatch };

/// A pose that several blocks of the image agree on.
struct CoarseHypothesis {
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  double significance = 0;    ///< agreement above the wrong places' median, in their sigmas
  std::vector<Match> blocks;  ///< that agree; pixels of the image
  int attempted = 0;
};

struct CoarseResult {
  CoarseStatus status = CoarseStatus::kNoMap;
  std::string reason;                        ///< one line, why nothing was found
  std::vector<CoarseHypothesis> hypotheses;  ///< best first, each at another place
  double best_significance = 0;              ///< of the best place, also when that is too little
  /// Significance of the second-best place over that of the best; 0 without a second.
  double ambiguity_ratio = 0;
  double view_pixel_px = 0;  ///< a pixel of the view in pixels of the image: what remains uncertain
};

/// Where in the whole uncertainty of its prior an image fits the map.
///
/// The map is rendered once under the epoch's Sun, shadows included, over all the ground that the prior
/// allows (WideView). The image is brought into that view, once for each hypothesis of the distance to the
/// ground, and cut into blocks. Each block is correlated with the whole view in the frequency domain on local
/// contrast; blocks may move against each other by a few pixels, which is what errors of attitude, height and
/// relief do, and their mean agreement over all shifts decides (a rigid constellation of parts with slack;
/// Fischler & Elschlager 1973). The best few places each give a pose by the blocks' own best shifts under the
/// prior (FindConsensus). `image` is CV_32F of the camera's size. Deterministic.
CoarseResult SearchMap(const cv::Mat& image, const Camera& camera, const dem::Terrain& map,
                       const dem::Sun& sun, const UncertainPose& prior, double map_pixel_m,
                       const RenderOptions& render = {}, const CoarseSearchOptions& options = {});

}  // namespace perilune::vision
