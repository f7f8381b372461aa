#pragma once

#include <Eigen/Geometry>
#include <optional>
#include <string>
#include <vector>

#include "vision/camera/camera.h"
#include "vision/craters/crater_detection.h"
#include "vision/craters/crater_map.h"
#include "vision/craters/crater_neighbours.h"
#include "vision/pose/conic_pose.h"

namespace perilune::vision {

struct IdentifyOptions {
  DetectionNoise noise;          ///< of detections without a covariance
  RimIrregularity irregularity;  ///< of real rims against the catalogue's ellipses
  /// A detection is a crater when χ² of its five numbers is at most this: 99 % of true ones are.
  double gate_chi2 = 15;
  /// Accepted when the expected number of accidental answers as good as this is at most 10 to this.
  double log10_false_alarms = -6;
  /// Of an accepted answer, identities that are less probable are left out, and have no say in the pose.
  double min_probability = 0.9;
  double min_height_m = 10'000;         ///< above the sphere; lower places are not searched
  double max_height_m = 400'000;        ///< likewise
  double attitude_sigma_rad = 1.75e-4;  ///< of a known attitude, each axis: 0.01°
  /// Displacement of the catalogue as a whole, 1 sigma, m; both 0: it declares none.
  double tie_horizontal_sigma_m = 0;  ///< each axis
  double tie_vertical_sigma_m = 0;    ///< also where rims are higher than the DEM of their heights shows
  void Validate() const;
};

/// A detection that was recognised.
struct CraterMatch {
  int detection = 0;       ///< position in the detections
  int crater = 0;          ///< position in the catalogue
  double residual_px = 0;  ///< of the centre, in the image
  double chi2 = 0;         ///< of centre and shape, 5 degrees of freedom
  double probability = 0;  ///< that it is this crater (identity_probability.h)
  double score =
      0;  ///< likeness: cosine of the Gaussian angle between measured and projected ellipse, 0 to 1
};

enum class IdentifyStatus {
  kIdentified,
  kTooFewEllipses,  ///< fewer than four usable ones: nothing could be told from chance
  kNoHypothesis,    ///< no place on the map looks like it
  kNotSignificant,  ///< the best place could be chance
};

struct Identification {
  IdentifyStatus status = IdentifyStatus::kNoHypothesis;
  std::string reason;                ///< in words, empty when identified
  std::vector<CraterMatch> matches;  ///< by detection; of the best place also when it is not significant
  ConicPose pose;                    ///< meaningful when identified; against the catalogue
  std::optional<dem::Matrix6d> covariance_absolute;  ///< with its tie; absent without a declared one
  double log10_false_alarms =
      0;                  ///< of the best place: hypotheses tried times the chance that one is as good
  double hypotheses = 0;  ///< that were, or could have been, tried
};

// Which craters of the map the ellipses are. All three end alike: the pose of the best hypotheses is refined
// on what it explains until that no longer changes; and it is accepted by an a-contrario bound (Desolneux,
// Moisan & Morel 2000): M hypotheses, each from s detections; were the other n − s detections independent and
// uniform over the image, with the sizes and shapes that they have, the chance that k − s of them fall into
// the gates of craters that look like them is a Poisson-binomial tail; M times that tail is the expected
// number of accidents. None throws for what it sees; all throw std::invalid_argument for bad options.

/// The attitude is known (star tracker), the position is not. A detection with each crater of the map that it
/// could be by shape and distance votes for the place where the camera would be, found from its direction and
/// size; places where votes of several detections meet are refined and verified. The 24 largest vote: of the
/// 50 surest (CraterDetection::score), then of the 30 surest, then of all, until a place is certain.
Identification IdentifyWithAttitude(const CraterMap& map, const Camera& camera,
                                    const std::vector<CraterDetection>& detections,
                                    const Eigen::Matrix3d& moon_from_cam, const IdentifyOptions& options);

/// The pose is known by a Gaussian (`moon` for `site`): pairs of detection and crater that fit within it give
/// hypotheses, nearest to the prior.
Identification IdentifyWithPrior(const CraterMap& map, const Camera& camera,
                                 const std::vector<CraterDetection>& detections, const PosePriorFactor& prior,
                                 const IdentifyOptions& options);

/// Nothing is known but the camera's intrinsics. The foreshortening of all ellipses together says where down
/// is; the largest are laid out on the ground up to a scale, and vote for headings (PlacesByBearing): of the
/// 50 surest, then of the 30 surest, then of all, until a place is accepted.
Identification IdentifyLost(const CraterMap& map, const CraterNeighbours& neighbours, const Camera& camera,
                            const std::vector<CraterDetection>& detections, const IdentifyOptions& options);

struct LostReading {
  Identification identification;
  std::size_t reading = 0;  ///< which of them
};

/// The same of an image that can be read in more than one way (DetectCratersEitherWay), not empty: the
/// reading that is least likely an accident, with the hypotheses of all.
LostReading IdentifyLostReading(const CraterMap& map, const CraterNeighbours& neighbours,
                                const Camera& camera,
                                const std::vector<std::vector<CraterDetection>>& readings,
                                const IdentifyOptions& options);

}  // namespace perilune::vision
