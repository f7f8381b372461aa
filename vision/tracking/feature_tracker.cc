#include "vision/tracking/feature_tracker.h"

#include <tbb/parallel_for.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>
#include <stdexcept>
#include <string>

#include "vision/tracking/feature_cells.h"
#include "vision/tracking/image_warp.h"
#include "vision/tracking/warped_patch.h"

namespace perilune::vision {

struct FeatureTracker::Step {
  std::size_t feature = 0;  ///< index into features_
  Eigen::Vector2d before_px = Eigen::Vector2d::Zero();
  Eigen::Vector2d after_px = Eigen::Vector2d::Zero();
  Eigen::Matrix2d after_from_before = Eigen::Matrix2d::Identity();  ///< local scale and turn
  Eigen::Matrix2d covariance_px2 = Eigen::Matrix2d::Identity();
  bool aligned = false;
};

namespace {

constexpr int kBorder_px = 4;  // what interpolation and gradients need around a patch, and one to move

cv::Point2f ToPoint(const Eigen::Vector2d& pixel) {
  return {static_cast<float>(pixel.x()), static_cast<float>(pixel.y())};
}

double FullScaleOf(const cv::Mat& image, double stated) {
  if (stated > 0) return stated;
  if (image.depth() == CV_8U) return 255;
  return image.depth() == CV_16U ? 65535 : std::numeric_limits<double>::infinity();
}

double LargestSigma_px(const Eigen::Matrix2d& covariance) {
  const double half_trace = 0.5 * covariance.trace();
  const double root = std::sqrt(std::max(0.0, half_trace * half_trace - covariance.determinant()));
  return std::sqrt(std::max(0.0, half_trace + root));
}

}  // namespace

void FeatureTrackerOptions::Validate() const {
  const auto refuse = [](const char* field, double value, const char* need) {
    throw std::invalid_argument(std::string(field) + " is " + std::to_string(value) + ", must be " + need);
  };
  if (cells_across < 1 || cells_across > 200) refuse("cells_across", cells_across, "from 1 to 200");
  if (!(full_scale >= 0)) refuse("full_scale", full_scale, "not negative");
  if (pyramid_levels < 0 || pyramid_levels > 8) refuse("pyramid_levels", pyramid_levels, "from 0 to 8");
  if (flow_window_px < 5 || flow_window_px % 2 == 0)
    refuse("flow_window_px", flow_window_px, "odd and at least 5");
  if (!(forward_backward_px > 0)) refuse("forward_backward_px", forward_backward_px, "positive");
  if (patch_size_px < 7 || patch_size_px % 2 == 0)
    refuse("patch_size_px", patch_size_px, "odd and at least 7");
  if (!(min_score > 0 && min_score < 1)) refuse("min_score", min_score, "in (0, 1)");
  if (!(max_sigma_px > 0)) refuse("max_sigma_px", max_sigma_px, "positive");
  if (!(min_unclipped_share > 0 && min_unclipped_share <= 1))
    refuse("min_unclipped_share", min_unclipped_share, "in (0, 1]");
  if (!(min_distance_px >= 1)) refuse("min_distance_px", min_distance_px, "at least 1");
  light.Validate();
  refinement.Validate();
  motion.Validate();
}

FeatureTracker::FeatureTracker(const Camera& camera, const FeatureTrackerOptions& options)
    : camera_(camera), options_(options) {
  camera_.Validate();
  options_.Validate();
}

void FeatureTracker::Reset() {
  before_.reset();
  features_.clear();
}

FeatureTracker::Frame FeatureTracker::Prepare(const cv::Mat& image) const {
  if (image.cols != camera_.width_px || image.rows != camera_.height_px) {
    throw std::invalid_argument("tracking: the image is " + std::to_string(image.cols) + " x " +
                                std::to_string(image.rows) + " px, the camera " +
                                std::to_string(camera_.width_px) + " x " + std::to_string(camera_.height_px));
  }
  Frame frame;
  frame.light = EvenLight(image, FullScaleOf(image, options_.full_scale), options_.light);
  cv::buildOpticalFlowPyramid(frame.light.even, frame.pyramid,
                              cv::Size(options_.flow_window_px, options_.flow_window_px),
                              options_.pyramid_levels);
  return frame;
}

std::vector<FeatureTracker::Step> FeatureTracker::Flow(const Frame& next,
                                                       const std::optional<RotationPrior>& rotation) const {
  std::vector<cv::Point2f> before, after;
  std::vector<std::size_t> feature;
  for (std::size_t i = 0; i < features_.size(); ++i) {
    Eigen::Vector2d expected_px = features_[i].pixel_px;
    if (rotation) {
      const auto turned =
          camera_.Project(rotation->cam0_from_cam1.conjugate() * camera_.Unproject(features_[i].pixel_px));
      if (!turned || !camera_.Contains(*turned)) continue;
      expected_px = *turned;
    }
    feature.push_back(i);
    before.push_back(ToPoint(features_[i].pixel_px));
    after.push_back(ToPoint(expected_px));
  }
  std::vector<Step> steps;
  if (before.empty()) return steps;
  const cv::Size window(options_.flow_window_px, options_.flow_window_px);
  const cv::TermCriteria stop(cv::TermCriteria::COUNT + cv::TermCriteria::EPS, 20, 0.03);
  std::vector<cv::Point2f> back = before;
  std::vector<unsigned char> found, returned;
  cv::calcOpticalFlowPyrLK(before_->pyramid, next.pyramid, before, after, found, cv::noArray(), window,
                           options_.pyramid_levels, stop, cv::OPTFLOW_USE_INITIAL_FLOW);
  cv::calcOpticalFlowPyrLK(next.pyramid, before_->pyramid, after, back, returned, cv::noArray(), window,
                           options_.pyramid_levels, stop, cv::OPTFLOW_USE_INITIAL_FLOW);
  for (std::size_t k = 0; k < before.size(); ++k) {
    if (found[k] == 0 || returned[k] == 0) continue;
    if (!(cv::norm(back[k] - before[k]) < options_.forward_backward_px)) continue;
    Step step;
    step.feature = feature[k];
    step.before_px = features_[feature[k]].pixel_px;
    step.after_px = Eigen::Vector2d(after[k].x, after[k].y);
    steps.push_back(step);
  }
  return steps;
}

void FeatureTracker::Align(const Frame& next, std::vector<Step>& steps) const {
  std::vector<Eigen::Vector2d> before, after;
  for (const Step& step : steps) {
    before.push_back(step.before_px);
    after.push_back(step.after_px);
  }
  const ImageWarp warp(camera_, before, after);
  tbb::parallel_for(std::size_t{0}, steps.size(), [&](std::size_t i) {
    Step& step = steps[i];
    step.after_from_before = warp.LocalAt(step.before_px);
    const auto aligned =
        AlignWarpedPatch(before_->light, next.light, step.before_px, step.after_px, step.after_from_before,
                         options_.patch_size_px, options_.min_unclipped_share, options_.refinement);
    if (!aligned || aligned->score < options_.min_score ||
        !(LargestSigma_px(aligned->covariance_px2) < options_.max_sigma_px)) {
      return;
    }
    step.after_px = aligned->pixel_px;
    step.covariance_px2 = aligned->covariance_px2;
    step.aligned = true;
  });
}

void FeatureTracker::KeepConsistent(const std::vector<Step>& steps,
                                    const std::optional<RotationPrior>& rotation,
                                    TrackedFrame& result) const {
  std::vector<TrackPair> pairs;
  std::vector<const Step*> of_pair;
  for (const Step& step : steps) {
    if (!step.aligned) continue;
    pairs.push_back({features_[step.feature].id, step.before_px, step.after_px, step.covariance_px2, {}});
    of_pair.push_back(&step);
  }
  result.motion = EstimateRelativeMotion(pairs, camera_, rotation, std::nullopt, options_.motion);
  const int aligned = static_cast<int>(pairs.size());
  for (const int i : result.motion.inliers) {
    const Step& step = *of_pair[i];
    TrackedFeature feature = features_[step.feature];
    feature.age += 1;
    feature.pixel_px = step.after_px;
    feature.step_covariance_px2 = step.covariance_px2;
    feature.drift_covariance_px2 =
        step.after_from_before * feature.drift_covariance_px2 * step.after_from_before.transpose() +
        step.covariance_px2;
    result.features.push_back(feature);
    result.pairs.push_back(pairs[i]);
  }
  result.counts.kept = static_cast<int>(result.features.size());
  result.counts.inconsistent = aligned - result.counts.kept;
  result.counts.lost = static_cast<int>(features_.size()) - aligned;
}

void FeatureTracker::Refresh(const Frame& frame, TrackedFrame& result) {
  FeatureCells cells(frame.light, options_.cells_across, options_.patch_size_px / 2 + kBorder_px,
                     options_.min_distance_px);
  for (const TrackedFeature& feature : result.features) cells.Occupy(feature.pixel_px);
  for (const Eigen::Vector2d& corner : cells.NewCorners()) {
    TrackedFeature feature;
    feature.id = next_id_++;
    feature.pixel_px = corner;
    result.features.push_back(feature);
    ++result.counts.born;
  }
}

TrackedFrame FeatureTracker::Track(const cv::Mat& image, const std::optional<RotationPrior>& rotation) {
  if (rotation) rotation->Validate();
  Frame frame = Prepare(image);
  TrackedFrame result;
  if (before_) {
    std::vector<Step> steps = Flow(frame, rotation);
    Align(frame, steps);
    KeepConsistent(steps, rotation, result);
  }
  Refresh(frame, result);
  before_ = std::move(frame);
  features_ = result.features;
  return result;
}

}  // namespace perilune::vision
