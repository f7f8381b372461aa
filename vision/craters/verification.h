#pragma once

#include <optional>
#include <vector>

#include "vision/craters/identify.h"
#include "vision/craters/identity_probability.h"

namespace perilune::vision {

// The common end of the identifications.

/// Detections that can be used, in the normalised image plane.
struct UsableDetections {
  std::vector<MeasuredEllipse> measured;
  std::vector<int> index;     ///< of each in the caller's list
  std::vector<double> score;  ///< of each: more is surer
};
UsableDetections UseDetections(const Camera& camera, const std::vector<CraterDetection>& detections,
                               const DetectionNoise& noise);

/// What a pose explains.
struct Explained {
  ConicPose pose;
  std::vector<Pairing> pairings;  ///< one to one
  double log10_tail = 0;          ///< of so many accidental matches, less those that made the hypothesis
};

/// log10 of the expected accidents as good as a place, or as none, among so many hypotheses.
double Log10Accidents(const std::optional<Explained>& place, double hypotheses);

/// Verifies hypotheses for one image.
class Verifier {
 public:
  Verifier(const CraterMap& map, const Camera& camera, const UsableDetections& detections,
           const IdentifyOptions& options, const std::optional<PosePriorFactor>& prior);

  /// The pose refined on the seed and on what it then explains, nearest and surest first; `seed_size` are the
  /// detections that the hypothesis used up. Nothing when the pose does not hold.
  std::optional<Explained> Grow(const std::vector<Pairing>& seed, const Eigen::Isometry3d& start,
                                int seed_size) const;

  /// Whether a place is no accident among so many hypotheses.
  bool IsAccepted(const std::optional<Explained>& best, double hypotheses) const;

  /// Whether looking further is idle: far beyond the bound, and a fair share of the detections explained (a
  /// start that is nearly right may explain but a corner of the image).
  bool IsCertain(const std::optional<Explained>& best, double hypotheses) const;

  /// The answer to the caller: refined by Ceres, with residuals, and accepted or not.
  Identification Conclude(const std::optional<Explained>& best, double hypotheses) const;

  ConicMatch MatchOf(const Pairing& pairing) const;

 private:
  /// A crater that shows from a pose.
  struct Seen {
    int crater;
    Ellipse ellipse;
  };
  std::vector<Seen> SeenFrom(const ConicPose& pose) const;
  /// Pairs within the gate, of the craters that the pose places to within `most_sigma`.
  std::vector<FittingPair> Fitting(const ConicPose& pose, double most_sigma) const;
  /// Of pairings that a pose rests on, the probability that each is right.
  std::vector<double> Probabilities(const ConicPose& pose, const std::vector<Pairing>& pairings) const;
  /// The pose that pairings give, refined by Ceres.
  std::optional<ConicPose> Refine(const std::vector<Pairing>& pairings, const Eigen::Isometry3d& start) const;
  /// The largest 1 sigma of the detections' centres, both axes together, in the normalised image plane.
  double CentreSigmaOf(const std::vector<Pairing>& pairings) const;
  double ImageArea() const;  ///< normalised image plane
  std::vector<double> ChanceOfMatch(const ConicPose& pose) const;

  const CraterMap& map_;
  const Camera& camera_;
  const UsableDetections& detections_;
  const IdentifyOptions& options_;
  std::optional<PosePriorFactor> prior_;
};

/// log10 P(at least `count` of independent events with these chances).
double Log10Tail(const std::vector<double>& chances, int count);

}  // namespace perilune::vision
