#include "vision/tracking/relative_motion.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "vision/tracking/motion_refinement.h"
#include "vision/tracking/plane_twins.h"

namespace perilune::vision {
namespace {

constexpr double kParallaxChi2 = 50;  // 6 sigma above that, with room for tails
constexpr double kSameDirection_rad = 1e-3;
constexpr double kSamePicture_px = 0.01;  // frames that differ by less are one picture twice

void CheckPositive(const char* field, double value) {
  if (!(value > 0) || !std::isfinite(value))
    throw std::invalid_argument(std::string(field) + " must be positive, is " + std::to_string(value));
}

/// The pairs as the solver wants them, and which pair each one is.
struct PreparedTracks {
  std::vector<TwoViewTrack> tracks;
  std::vector<int> pair;
  std::vector<double> displacement_px;
  bool knows_range = false;  ///< any of them
};

PreparedTracks PrepareTracks(const std::vector<TrackPair>& pairs, const Camera& camera,
                             const std::optional<RangeKnowledge>& ranges, double floor_px) {
  PreparedTracks prepared;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    TwoViewTrack track;
    track.ray0_in_cam0 = camera.Unproject(pairs[i].pixel0_px);
    track.ray1_in_cam1 = camera.Unproject(pairs[i].pixel1_px);
    track.pixel1_px = pairs[i].pixel1_px;
    const Eigen::LLT<Eigen::Matrix2d> root(pairs[i].covariance_px2 +
                                           floor_px * floor_px * Eigen::Matrix2d::Identity());
    if (root.info() != Eigen::Success)
      throw std::invalid_argument("covariance_px2 of track " + std::to_string(pairs[i].track_id) +
                                  " must be positive definite");
    track.whitening = root.matrixL().solve(Eigen::Matrix2d::Identity());
    if (ranges && pairs[i].range0_m) {
      CheckPositive("range0_m", *pairs[i].range0_m);
      track.inverse_range = 1 / *pairs[i].range0_m;
      track.inverse_range_sigma = ranges->own_relative_sigma * track.inverse_range;
      prepared.knows_range = true;
    }
    if (!track.ray0_in_cam0.allFinite() || !track.ray1_in_cam1.allFinite()) continue;
    prepared.tracks.push_back(track);
    prepared.pair.push_back(static_cast<int>(i));
    prepared.displacement_px.push_back((pairs[i].pixel1_px - pairs[i].pixel0_px).norm());
  }
  return prepared;
}

struct Candidates {
  std::optional<RefinedMotion> best, second;
};

MotionRefinementOptions RefinementOf(const RelativeMotionOptions& options) {
  return {options.huber_sigma, options.max_iterations};
}

std::vector<int> AllOf(const std::vector<TwoViewTrack>& tracks) {
  std::vector<int> all(tracks.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i);
  return all;
}

/// A unit-vector hypothesis in metres: by the median of known range × inverse range in baselines.
Eigen::Isometry3d Scaled(const std::vector<TwoViewTrack>& tracks, const std::vector<int>& use,
                         Eigen::Isometry3d pose) {
  std::vector<double> baselines_m;
  for (const int i : use) {
    if (const auto inverse_range = InverseRange(tracks[i], pose))
      baselines_m.push_back(*inverse_range / tracks[i].inverse_range);
  }
  pose.translation() *= baselines_m.empty() ? 0 : std::max(0.0, Median(baselines_m));
  return pose;
}

/// Hypotheses of the consensus and the twins of their best, refined: the best one, and the best other.
Candidates RefineHypotheses(const std::vector<TwoViewTrack>& tracks, const Camera& camera,
                            const std::optional<RotationPrior>& prior, TranslationFreedom freedom,
                            const RelativeMotionOptions& options) {
  std::vector<RefinedMotion> refined;
  const auto refine = [&](const std::vector<int>& agree, const Eigen::Isometry3d& start) {
    RefinedMotion motion = RefineMotion(tracks, agree, start, freedom, camera, prior, RefinementOf(options));
    if (motion.usable) refined.push_back(std::move(motion));
  };
  for (const MotionHypothesis& hypothesis : FindMotionHypotheses(tracks, camera, prior, options.consensus)) {
    const std::vector<int> agree =
        TracksWithin(tracks, camera, hypothesis.cam0_from_cam1, options.consensus.gate_px);
    refine(agree, freedom == TranslationFreedom::kMetres ? Scaled(tracks, agree, hypothesis.cam0_from_cam1)
                                                         : hypothesis.cam0_from_cam1);
  }
  const auto cheaper = [](const RefinedMotion& a, const RefinedMotion& b) { return a.cost < b.cost; };
  std::stable_sort(refined.begin(), refined.end(), cheaper);
  if (!refined.empty() && freedom == TranslationFreedom::kDirectionOverGround) {
    const RefinedMotion best = refined.front();
    for (const Eigen::Isometry3d& twin :
         PlaneTwins(best.fit.cam0_from_cam1, best.fit.plane_normal_in_cam0, tracks)) {
      refine(best.inliers, twin);
    }
    std::stable_sort(refined.begin(), refined.end(), cheaper);
  }
  Candidates candidates;
  if (!refined.empty()) candidates.best = refined.front();
  for (const RefinedMotion& other : refined) {
    if (AngleBetween_rad(other.fit.cam0_from_cam1.translation(),
                         refined.front().fit.cam0_from_cam1.translation()) < kSameDirection_rad) {
      continue;
    }
    candidates.second = other;
    break;
  }
  return candidates;
}

/// Whether a translation explains more than noise would let it. On noise, direction and plane take 5 from
/// chi².
bool ShowsParallax(const RefinedMotion& moving, const RefinedMotion& turning) {
  const double scale = std::max(1.0, moving.scale);
  return turning.cost - moving.cost > kParallaxChi2 * scale * scale;
}

/// Inverse of the information in the free directions, scaled up to the residuals.
dem::Matrix6d CovarianceOf(const RefinedMotion& motion) {
  const double scale = std::max(1.0, motion.scale);
  const Eigen::MatrixXd columns = FreeColumns(motion.fit.cam0_from_cam1, motion.freedom);
  const Eigen::MatrixXd information = columns.transpose() * motion.fit.information * columns;
  const Eigen::MatrixXd inverse =
      information.ldlt().solve(Eigen::MatrixXd::Identity(information.rows(), information.cols()));
  return scale * scale * columns * inverse * columns.transpose();
}

void FillDirection(RelativeMotion& result) {
  const Eigen::Vector3d translation = result.cam0_from_cam1.translation();
  const Eigen::Vector3d direction = translation.normalized();
  const Eigen::Matrix3d across =
      (Eigen::Matrix3d::Identity() - direction * direction.transpose()) / translation.norm();
  result.direction_covariance_rad2 = across * result.covariance.bottomRightCorner<3, 3>() * across;
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> eigen(result.direction_covariance_rad2);
  result.direction_sigma_rad = std::sqrt(std::max(0.0, eigen.eigenvalues()(2)));
  result.weak_axis_in_cam0 = eigen.eigenvectors().col(2);
}

double MedianParallax_px(const std::vector<TwoViewTrack>& tracks, const std::vector<int>& use,
                         const Camera& camera, const Eigen::Matrix3d& cam0_from_cam1) {
  std::vector<double> parallax_px;
  for (const int i : use) {
    const auto turned = camera.Project(cam0_from_cam1.transpose() * tracks[i].ray0_in_cam0);
    if (turned) parallax_px.push_back((tracks[i].pixel1_px - *turned).norm());
  }
  return parallax_px.empty() ? 0 : Median(parallax_px);
}

void FillMotion(const RefinedMotion& motion, const PreparedTracks& prepared, const Camera& camera,
                RelativeMotion& result) {
  result.cam0_from_cam1 = motion.fit.cam0_from_cam1;
  result.covariance = CovarianceOf(motion);
  result.residual_scale = motion.scale;
  result.parallax_px =
      MedianParallax_px(motion.tracks, motion.inliers, camera, motion.fit.cam0_from_cam1.linear());
  result.inliers.clear();
  for (const int i : motion.inliers) result.inliers.push_back(prepared.pair[i]);
}

/// Without parallax: the rotation, and where ranges are known the translation that is hardly one.
void FillStill(const RefinedMotion& turning, const PreparedTracks& prepared, const Camera& camera,
               const std::optional<RotationPrior>& prior, const RelativeMotionOptions& options,
               RelativeMotion& result) {
  FillMotion(turning, prepared, camera, result);
  if (!result.scaled) return;
  const RefinedMotion motion =
      RefineMotion(prepared.tracks, turning.inliers, turning.fit.cam0_from_cam1, TranslationFreedom::kMetres,
                   camera, prior, RefinementOf(options));
  if (motion.usable) {
    FillMotion(motion, prepared, camera, result);
  } else {
    result.scaled = false;
  }
}

bool EnoughAgree(const RefinedMotion& motion, const RelativeMotionOptions& options) {
  const double count = static_cast<double>(motion.inliers.size());
  return motion.usable && count >= options.min_tracks &&
         count >= options.min_inlier_share * static_cast<double>(motion.tracks.size());
}

/// The second answer: named where it is distinct, otherwise part of the covariance by its likelihood.
void AddSecondAnswer(const Candidates& candidates, const RelativeMotionOptions& options,
                     RelativeMotion& result) {
  if (!candidates.second) return;
  const double scale = std::max(1.0, candidates.best->scale);
  const double worse = (candidates.second->cost - candidates.best->cost) / (scale * scale);
  if (worse > options.ambiguity_chi2) return;
  const Eigen::Isometry3d& best = candidates.best->fit.cam0_from_cam1;
  const Eigen::Isometry3d& second = candidates.second->fit.cam0_from_cam1;
  if (AngleBetween_rad(best.translation(), second.translation()) > options.consensus.distinct_rad) {
    result.second_direction_in_cam0 = second.translation().normalized();
    return;
  }
  const double likelihood = std::exp(-0.5 * worse);
  const dem::Vector6d apart = dem::PoseDifference(best, second);
  result.covariance += likelihood / (1 + likelihood) * apart * apart.transpose();
}

}  // namespace

void RangeKnowledge::Validate() const {
  CheckPositive("own_relative_sigma", own_relative_sigma);
  if (!(common_relative_sigma >= 0) || !std::isfinite(common_relative_sigma))
    throw std::invalid_argument("common_relative_sigma must not be negative, is " +
                                std::to_string(common_relative_sigma));
}

void RelativeMotionOptions::Validate() const {
  consensus.Validate();
  CheckPositive("huber_sigma", huber_sigma);
  CheckPositive("pixel_floor_px", pixel_floor_px);
  CheckPositive("inverse_range_spread", inverse_range_spread);
  CheckPositive("weak_direction_rad", weak_direction_rad);
  if (max_iterations < 1) throw std::invalid_argument("max_iterations must be at least 1");
  if (min_tracks < 6) throw std::invalid_argument("min_tracks must be at least 6");
  if (!(min_inlier_share > 0 && min_inlier_share <= 1))
    throw std::invalid_argument("min_inlier_share must lie in (0, 1]");
  if (!(ambiguity_chi2 >= 0)) throw std::invalid_argument("ambiguity_chi2 must not be negative");
}

RelativeMotion EstimateRelativeMotion(const std::vector<TrackPair>& pairs, const Camera& camera,
                                      const std::optional<RotationPrior>& prior,
                                      const std::optional<RangeKnowledge>& ranges,
                                      const RelativeMotionOptions& options) {
  camera.Validate();
  options.Validate();
  if (prior) prior->Validate();
  if (ranges) ranges->Validate();
  RelativeMotion result;
  PreparedTracks prepared = PrepareTracks(pairs, camera, ranges, options.pixel_floor_px);
  if (static_cast<int>(prepared.tracks.size()) < options.min_tracks) return result;
  result.scaled = prepared.knows_range;
  if (result.scaled) prepared.tracks = HeldByRanges(prepared.tracks, options.inverse_range_spread);
  const TranslationFreedom freedom =
      result.scaled ? TranslationFreedom::kMetres : TranslationFreedom::kDirectionOverGround;

  Eigen::Isometry3d still = Eigen::Isometry3d::Identity();
  if (prior) still.linear() = prior->cam0_from_cam1.toRotationMatrix();
  const RefinedMotion turning = RefineMotion(prepared.tracks, AllOf(prepared.tracks), still,
                                             TranslationFreedom::kNone, camera, prior, RefinementOf(options));
  const bool same_picture = Median(prepared.displacement_px) < kSamePicture_px;
  const Candidates moving =
      same_picture ? Candidates{} : RefineHypotheses(prepared.tracks, camera, prior, freedom, options);
  if (moving.best && EnoughAgree(*moving.best, options) && ShowsParallax(*moving.best, turning)) {
    FillMotion(*moving.best, prepared, camera, result);
    AddSecondAnswer(moving, options, result);
    FillDirection(result);
    result.status = result.second_direction_in_cam0 || result.direction_sigma_rad > options.weak_direction_rad
                        ? MotionStatus::kWeak
                        : MotionStatus::kOk;
  } else if (EnoughAgree(turning, options)) {
    result.status = MotionStatus::kNoParallax;
    FillStill(turning, prepared, camera, prior, options, result);
  } else {
    result.status = MotionStatus::kInconsistent;
    return result;
  }
  if (result.scaled && ranges) {
    const Eigen::Vector3d common = ranges->common_relative_sigma * result.cam0_from_cam1.translation();
    result.covariance.bottomRightCorner<3, 3>() += common * common.transpose();
  }
  return result;
}

}  // namespace perilune::vision
