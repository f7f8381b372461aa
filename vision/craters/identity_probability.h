#pragma once

#include <vector>

#include "vision/craters/crater_detection.h"

namespace perilune::vision {

/// A usable detection taken for a crater of the map.
struct Pairing {
  int detection = 0;  ///< among the usable ones
  int crater = 0;
};

/// A pairing within the gate of a pose.
struct FittingPair {
  Pairing pairing;
  double chi2 = 0;         ///< of centre and shape, 5 degrees of freedom
  double log_density = 0;  ///< ln of the residual's density (centre: normalised image plane; ShapeDifference)
};

/// What else a detection may be.
struct IdentityOdds {
  /// ln of the density, in the same units, of detections that look like each one and are of no crater of the
  /// map.
  std::vector<double> log_false_density;
  double detected_share = 0.5;  ///< of the map's craters in view: P(a crater is detected)
};

/// ln of the density of detections that are no craters of the map at each detection: `share_false` of them,
/// uniform over the image's area (normalised image plane), with the shapes that all have (a Gaussian kernel
/// by Scott's rule in the logarithm of the shape).
std::vector<double> LogFalseDensity(const std::vector<MeasuredEllipse>& detections, double share_false,
                                    double image_area);

/// The probability that each of the chosen pairings, one to one, is right and neither chance nor a neighbour
/// taken for another: its odds against the detection being false and the crater missed, beside those of the
/// other craters that the detection could be and of the other detections that could be the crater, where
/// what is taken from another chosen pairing costs that one's odds.
std::vector<double> IdentityProbabilities(const std::vector<Pairing>& chosen,
                                          const std::vector<FittingPair>& fitting, const IdentityOdds& odds);

}  // namespace perilune::vision
