#include "vision/tracking/motion_refinement.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "dem/linear/symmetric_solve.h"
#include "vision/tracking/relief_scatter.h"

namespace perilune::vision {
namespace {

constexpr int kRefineRounds = 5;
constexpr std::size_t kFewestTracks = 8;
constexpr double kLargestScale = 10;  // residuals so many times their sigma are another motion, not noise
// Relief as a share of the median inverse range: at the start, and the limits of its estimate.
constexpr double kFirstRelief = 0.3, kLeastRelief = 1e-3, kMostRelief = 1;
constexpr double kMedianOfTwo = 1.1774;  // median length of a 2-D standard normal

bool KnowsRange(const TwoViewTrack& track) { return track.inverse_range > 0; }

std::vector<double> InverseRangesOf(const std::vector<TwoViewTrack>& tracks, const std::vector<int>& use,
                                    const Eigen::Isometry3d& pose) {
  std::vector<double> inverse_ranges;
  for (const int i : use) {
    if (const auto inverse_range = InverseRange(tracks[i], pose)) inverse_ranges.push_back(*inverse_range);
  }
  return inverse_ranges;
}

/// The plane nearest the tracks' inverse ranges: least squares, weighted by how well the motion shows each
/// and by Huber's weights. A sigma of 0 when the ground lies behind the camera.
GroundPlane FirstPlane(const std::vector<TwoViewTrack>& tracks, const std::vector<int>& use,
                       const Eigen::Isometry3d& pose) {
  GroundPlane plane{Eigen::Vector3d::Zero(), 0};
  const std::vector<double> inverse_ranges = InverseRangesOf(tracks, use, pose);
  const double median = inverse_ranges.empty() ? 0 : Median(inverse_ranges);
  if (!(median > 0)) return plane;
  plane.sigma = kFirstRelief * median;
  for (int round = 0; round < 5; ++round) {
    Eigen::Matrix3d normal = 1e-9 * Eigen::Matrix3d::Identity();
    Eigen::Vector3d right = Eigen::Vector3d::Zero();
    for (const int i : use) {
      const auto inverse_range = InverseRange(tracks[i], pose);
      if (!inverse_range) continue;
      const Eigen::Vector3d& ray = tracks[i].ray0_in_cam0;
      const double shown = pose.translation().cross(ray).squaredNorm();
      const double off = round == 0 ? 0 : std::abs(*inverse_range - plane.normal_in_cam0.dot(ray));
      const double weight = shown * std::min(1.0, plane.sigma / std::max(off, 1e-12));
      normal += weight * ray * ray.transpose();
      right += weight * *inverse_range * ray;
    }
    plane.normal_in_cam0 = normal.ldlt().solve(right);
  }
  return plane;
}

std::vector<PlaneOffset> OffsetsOf(const RefinedMotion& motion, double scale) {
  std::vector<PlaneOffset> offsets;
  for (const int i : motion.inliers) {
    const TrackResidual& residual = motion.residual[i];
    if (!(residual.by_inverse_range > 0)) continue;
    // At the best inverse range, the pixel's pull and the prior's are in balance; the pixel alone gives:
    const double sigma = motion.tracks[i].inverse_range_sigma;
    const double offset =
        residual.along * (residual.by_inverse_range * sigma * sigma + 1 / residual.by_inverse_range);
    offsets.push_back({motion.tracks[i].ray0_in_cam0, offset, scale / residual.by_inverse_range});
  }
  return offsets;
}

/// Best inverse range, residual and deviation of every track at the fit.
void Measure(const std::vector<TwoViewTrack>& tracks, const Camera& camera, double plane_sigma,
             RefinedMotion& motion) {
  motion.tracks = tracks;
  motion.residual.assign(tracks.size(), {});
  motion.deviation.assign(tracks.size(), std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    TwoViewTrack& track = motion.tracks[i];
    if (motion.freedom == TranslationFreedom::kDirectionOverGround) {
      track.inverse_range = motion.fit.plane_normal_in_cam0.dot(track.ray0_in_cam0);
      track.inverse_range_sigma = plane_sigma;
    }
    const bool far_away = motion.freedom == TranslationFreedom::kNone;
    const double inverse_range = far_away ? 0 : BestInverseRange(track, camera, motion.fit.cam0_from_cam1);
    const auto residual = WhitenedResidual(track, camera, motion.fit.cam0_from_cam1, inverse_range);
    if (!residual) continue;
    motion.residual[i] = *residual;
    const double off = far_away ? 0 : (inverse_range - track.inverse_range) / track.inverse_range_sigma;
    motion.deviation[i] = std::hypot(residual->norm, off);
  }
}

std::vector<int> Agreeing(const RefinedMotion& motion) {
  std::vector<double> of_inliers;
  for (const int i : motion.inliers) of_inliers.push_back(motion.deviation[i]);
  const double scale = std::clamp(Median(of_inliers) / kMedianOfTwo, 1.0, kLargestScale);
  std::vector<int> agree;
  for (std::size_t i = 0; i < motion.deviation.size(); ++i) {
    if (motion.deviation[i] < kFinalGate_sigma * scale) agree.push_back(static_cast<int>(i));
  }
  return agree;
}

/// RMS over the inliers: across the epipolar lines, which no range can hide; where the ranges were known
/// beforehand, of everything, if that is larger.
double ScaleOf(const RefinedMotion& motion, bool rotation_known) {
  const double count = static_cast<double>(motion.inliers.size());
  const double rotation = rotation_known ? 0 : 3;
  double across = 0, all = 0;
  for (const int i : motion.inliers) {
    across += motion.residual[i].across * motion.residual[i].across;
    all += motion.deviation[i] * motion.deviation[i];
  }
  const double all_scale = std::sqrt(all / std::max(1.0, 2 * count - 3 - rotation));
  if (motion.freedom == TranslationFreedom::kNone) return all_scale;
  const double across_scale = std::sqrt(across / std::max(1.0, count - 2 - rotation));
  return motion.freedom == TranslationFreedom::kMetres ? std::max(across_scale, all_scale) : across_scale;
}

/// The tracks with their ranges' sigmas widened as if neighbours whose ranges err alike were one track.
std::vector<TwoViewTrack> WidenedByClusters(std::vector<TwoViewTrack> tracks, const RefinedMotion& motion) {
  std::vector<double> sigmas;
  for (const int i : motion.inliers) sigmas.push_back(tracks[i].inverse_range_sigma);
  const double scale = std::max(1.0, ScaleOf(motion, true));
  const double per_sample = TracksPerSample(OffsetsOf(motion, scale), Median(std::move(sigmas)));
  for (TwoViewTrack& track : tracks) track.inverse_range_sigma *= std::sqrt(per_sample);
  return tracks;
}

/// −2 log likelihood, the ranges integrated out, up to a constant.
double CostOf(const RefinedMotion& motion, const std::optional<RotationPrior>& prior) {
  double cost = 0;
  for (std::size_t i = 0; i < motion.tracks.size(); ++i) {
    double of_track = motion.deviation[i] * motion.deviation[i];
    if (motion.freedom != TranslationFreedom::kNone) {
      const double spread = motion.residual[i].by_inverse_range * motion.tracks[i].inverse_range_sigma;
      of_track += std::log1p(spread * spread);
    }
    cost += std::min(of_track, kFinalGate_sigma * kFinalGate_sigma);
  }
  if (prior) {
    const Eigen::Vector3d off = dem::LogSo3(prior->cam0_from_cam1.conjugate() *
                                            Eigen::Quaterniond(motion.fit.cam0_from_cam1.linear()));
    cost += dem::SquaredMahalanobis(off, prior->covariance_rad2);
  }
  return cost;
}

}  // namespace

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<TwoViewTrack> HeldByRanges(std::vector<TwoViewTrack> tracks, double spread) {
  std::vector<double> known;
  for (const TwoViewTrack& track : tracks) {
    if (KnowsRange(track)) known.push_back(track.inverse_range);
  }
  const double median = Median(known);
  for (TwoViewTrack& track : tracks) {
    if (KnowsRange(track)) continue;
    track.inverse_range = median;
    track.inverse_range_sigma = spread * median;
  }
  return tracks;
}

RefinedMotion RefineMotion(const std::vector<TwoViewTrack>& tracks, const std::vector<int>& start_inliers,
                           const Eigen::Isometry3d& start, TranslationFreedom freedom, const Camera& camera,
                           const std::optional<RotationPrior>& prior,
                           const MotionRefinementOptions& options) {
  RefinedMotion motion;
  motion.freedom = freedom;
  motion.inliers = start_inliers;
  if (motion.inliers.size() < kFewestTracks) return motion;
  const bool over_ground = freedom == TranslationFreedom::kDirectionOverGround;
  GroundPlane plane;
  if (over_ground) {
    plane = FirstPlane(tracks, motion.inliers, start);
    if (!(plane.sigma > 0)) return motion;
  }
  const double median = plane.sigma / kFirstRelief;
  double relief = plane.sigma;
  Eigen::Isometry3d pose = start;
  std::vector<TwoViewTrack> held = tracks;
  for (int round = 0; round < kRefineRounds && motion.inliers.size() >= kFewestTracks; ++round) {
    motion.fit = FitTwoViews(held, motion.inliers, camera, pose, plane, prior,
                             {freedom, options.huber_sigma, options.max_iterations});
    if (!motion.fit.usable) return motion;
    pose = motion.fit.cam0_from_cam1;
    Measure(held, camera, plane.sigma, motion);
    const double sigma_before = plane.sigma;
    if (freedom == TranslationFreedom::kMetres && round == 0) {
      held = WidenedByClusters(tracks, motion);
      continue;
    }
    if (over_ground) {
      plane.normal_in_cam0 = motion.fit.plane_normal_in_cam0;
      const auto offsets = OffsetsOf(motion, std::max(1.0, ScaleOf(motion, prior.has_value())));
      relief = ReliefSigma(offsets, kLeastRelief * median, kMostRelief * median);
      plane.sigma = relief * std::sqrt(TracksPerSample(offsets, relief));
      Measure(held, camera, plane.sigma, motion);
    }
    std::vector<int> agree = Agreeing(motion);
    const bool settled = agree == motion.inliers && std::abs(plane.sigma / sigma_before - 1) < 0.1;
    motion.inliers = std::move(agree);
    if (settled) break;
  }
  motion.usable = motion.inliers.size() >= kFewestTracks;
  motion.scale = ScaleOf(motion, prior.has_value());
  // Motions are compared by the relief that there is, not by what its clusters make of the prior.
  if (over_ground) Measure(held, camera, relief, motion);
  motion.cost = CostOf(motion, prior);
  return motion;
}

}  // namespace perilune::vision
