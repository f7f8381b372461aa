#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <optional>

#include "vision/craters/edge_fit.h"

namespace perilune::vision {

/// The rim of a crater about `start` on heights (CV_32F, m, NaN = no data). In 72 directions the ground
/// breaks where it rises to the rim and does not go on rising: where twice the height exceeds those at a
/// quarter radius inside and outside by most. That does not see a slope under the crater. Then FitEdges.
std::optional<RimFit> FitReliefRim(const cv::Mat& heights_m, const Ellipse& start);

/// What speaks for a crater, all without unit. In order: likeness to a bowl with a rim (correlation, plane
/// removed); share of the relief's variance that depends on the distance from the centre alone; support of
/// the rim; logarithm of depth / diameter; how high the rim's lowest fifth stands above the floor, in depths;
/// share of the directions in which the wall rises; how far the rim stands above the ground at 1.4 radii, in
/// depths; logarithm of depth against the relief around; logarithm of the axis ratio.
inline constexpr int kReliefEvidences = 9;
using ReliefEvidence = std::array<double, kReliefEvidences>;

/// A crater's measures on an ellipse.
struct ReliefMeasure {
  double rim_height_m = 0;  ///< of the plane through the rim (least squares), at the centre
  /// Median of the rim above that plane less the lowest twentieth of the ground within 0.8 radii.
  double depth_m = 0;
  double seen = 0;  ///< share of the ellipse that has data
  ReliefEvidence evidence{};
};

/// Of an ellipse on heights whose pixels are `spacing_m` apart; `support` is RimFit's. Nothing when less than
/// half of the rim has data.
std::optional<ReliefMeasure> MeasureRelief(const cv::Mat& heights_m, const Ellipse& ellipse, double spacing_m,
                                           double support);

/// Probability that the catalogue LU1319381 has it: logistic regression, fitted to one region
/// (docs/craters.md).
double ConfidenceOf(const ReliefEvidence& evidence);

}  // namespace perilune::vision
