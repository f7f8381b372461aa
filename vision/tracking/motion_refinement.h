#pragma once

#include <optional>
#include <vector>

#include "vision/tracking/two_view.h"

namespace perilune::vision {

struct MotionRefinementOptions {
  double huber_sigma = 2.5;  ///< on the whitened residual
  int max_iterations = 30;   ///< of each fit
};

/// A motion with the tracks that agree on it.
struct RefinedMotion {
  bool usable = false;
  TwoViewFit fit;
  TranslationFreedom freedom = TranslationFreedom::kDirectionOverGround;
  std::vector<int> inliers;             ///< ascending
  std::vector<TwoViewTrack> tracks;     ///< with what the fit knew of their inverse ranges
  std::vector<TrackResidual> residual;  ///< of each track at its best inverse range
  std::vector<double> deviation;        ///< of pixel and range together, in sigmas
  double scale = 0;                     ///< RMS over the inliers of what should be standard normal
  double cost = 0;                      ///< Σ deviation² of all tracks, each cut off at the final gate
};

/// Fits, gates all tracks by the residuals' own robust scale (from 1 to 10), fits again until the inliers
/// stay. For kDirectionOverGround the relief about the plane is estimated from the tracks, too: what their
/// inverse ranges scatter more than their pixels explain. Ranges that err alike among neighbours
/// (relief, the map) count as fewer (relief_scatter.h). For kMetres every track must bring its range; for
/// kNone ranges are infinite. Not for kDirection.
RefinedMotion RefineMotion(const std::vector<TwoViewTrack>& tracks, const std::vector<int>& start_inliers,
                           const Eigen::Isometry3d& start, TranslationFreedom freedom, const Camera& camera,
                           const std::optional<RotationPrior>& prior, const MotionRefinementOptions& options);

/// Times the residuals' own scale: further off, a track disagrees, and its cost is cut off.
inline constexpr double kFinalGate_sigma = 4;

/// The tracks in metres: those without a known range are held by the median of the known ones.
std::vector<TwoViewTrack> HeldByRanges(std::vector<TwoViewTrack> tracks, double spread);

/// The middle value; the upper one of an even number. Not of nothing.
double Median(std::vector<double> values);

}  // namespace perilune::vision
