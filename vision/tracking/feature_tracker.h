#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "vision/camera/camera.h"
#include "vision/matching/patch_refinement.h"
#include "vision/tracking/even_light.h"
#include "vision/tracking/relative_motion.h"

namespace perilune::vision {

struct FeatureTrackerOptions {
  /// The image is cut into so many cells along its longer side; each holds one feature: at most this squared.
  int cells_across = 20;
  /// Value of clipped pixels: 2^bits − 1; 0 = 255 for CV_8U, 65 535 for CV_16U, never for CV_32F.
  double full_scale = 0;
  int pyramid_levels = 4;            ///< above the image: displacements up to about 100 px
  int flow_window_px = 21;           ///< odd, of the pyramidal flow
  double forward_backward_px = 1;    ///< a feature must come back to where it was by so much
  int patch_size_px = 31;            ///< odd, of the final alignment, the only one that counts for accuracy
  double min_score = 0.5;            ///< correlation of the aligned patches
  double max_sigma_px = 0.3;         ///< 1 sigma of a step along its worst axis
  double min_unclipped_share = 0.5;  ///< of a patch, in both frames
  double min_distance_px = 12;       ///< between features: closer ones share their patches' noise
  EvenLightOptions light;
  RefinementOptions refinement;
  RelativeMotionOptions motion;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// A surface feature in the latest frame.
struct TrackedFeature {
  std::int64_t id = 0;
  int age = 0;  ///< frames since the first one that shows it
  Eigen::Vector2d pixel_px = Eigen::Vector2d::Zero();
  /// Of the step from the frame before; of all steps since the first frame together (drift).
  Eigen::Matrix2d step_covariance_px2 = Eigen::Matrix2d::Zero();
  Eigen::Matrix2d drift_covariance_px2 = Eigen::Matrix2d::Zero();
};

/// What became of the features of the frame before.
struct TrackCounts {
  int kept = 0;
  int lost = 0;          ///< left the image, not found again, or not found precisely
  int inconsistent = 0;  ///< found, but not where the camera's motion could have put them
  int born = 0;
};

struct TrackedFrame {
  std::vector<TrackedFeature> features;  ///< by id: the kept ones, then the new ones
  std::vector<TrackPair> pairs;          ///< of the kept ones: frame before → this frame, without ranges
  RelativeMotion motion;                 ///< up to scale, that the kept ones agree on
  TrackCounts counts;
};

/// Follows surface features from image to image: light evened out (even_light.h), pyramidal Lucas-Kanade flow
/// forward and backward (Bouguet 2000, by OpenCV), then each patch, warped as the image as a whole was (local
/// scale and turn of a homography), aligned by least squares with gain, offset and covariance
/// (patch_refinement.h); what does not agree with one camera motion is dropped. Cells without a feature get
/// the best corner (Shi & Tomasi 1994) as a new one. Memory is bounded by the image and cells_across²; the
/// same images give the same bytes with any number of threads.
class FeatureTracker {
 public:
  /// Throws std::invalid_argument for a bad camera or options.
  FeatureTracker(const Camera& camera, const FeatureTrackerOptions& options = {});

  /// The next image, of the camera's size. `rotation` is that from the image before to this one, where known.
  /// Throws std::invalid_argument for another size or type.
  TrackedFrame Track(const cv::Mat& image, const std::optional<RotationPrior>& rotation = std::nullopt);

  /// Forgets all features: the next image is a first one.
  void Reset();

 private:
  struct Frame {
    EvenImage light;
    std::vector<cv::Mat> pyramid;
  };
  struct Step;  ///< one feature on its way into the next frame

  Frame Prepare(const cv::Mat& image) const;
  std::vector<Step> Flow(const Frame& next, const std::optional<RotationPrior>& rotation) const;
  void Align(const Frame& next, std::vector<Step>& steps) const;
  void KeepConsistent(const std::vector<Step>& steps, const std::optional<RotationPrior>& rotation,
                      TrackedFrame& result) const;
  void Refresh(const Frame& frame, TrackedFrame& result);

  Camera camera_;
  FeatureTrackerOptions options_;
  std::optional<Frame> before_;
  std::vector<TrackedFeature> features_;
  std::int64_t next_id_ = 0;
};

}  // namespace perilune::vision
