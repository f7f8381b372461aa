#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <optional>

#include "vision/craters/edge_fit.h"

namespace perilune::vision {

/// The rim of a crater about `start` on heights (CV_32F, m, NaN = no data). The rim is where
/// the ground breaks: in each of 72 directions, where twice the height exceeds the sum of those a quarter
/// radius inside and outside by most. A slope under the crater does not change that. Then FitEdges.
std::optional<RimFit> FitReliefRim(const cv::Mat& heights_m, const Ellipse& start);

/// What speaks for or against a crater, all without unit; heights above the plane through the rim, in depths
/// unless said otherwise. In order: likeness to a bowl with a rim (correlation, plane removed); share of the
/// relief's variance that depends on the distance from the centre alone; support of the rim; logarithm of
/// depth / diameter + 3, at most 0.4, and its square; how high the rim's lowest fifth stands above the floor;
/// logarithm of depth against the relief around; logarithm of the axis ratio; logarithm of the diameter in
/// pixels of the DEM / 20; the mean below the rim at 0.25, 0.5, 0.75, 1, 1.25, 1.5 and 1.9 radii; logarithm
/// of the spread at 0.5, 1 and 1.5 radii; how much the ground breaks at 0.85, 1 and 1.15 radii (median);
/// logarithm of the plane's tilt; logarithm of depth against the hollows of this size within 8 radii (root of
/// the mean square).
inline constexpr int kReliefEvidences = 24;
using ReliefEvidence = std::array<double, kReliefEvidences>;

/// A crater's measures on an ellipse.
struct ReliefMeasure {
  double rim_height_m = 0;  ///< of the plane through the rim (least squares), at the centre
  /// Median of the rim above that plane less the lowest twentieth of the ground within 0.8 radii. Where a
  /// radius has ten pixels, a crest comes out lower than it is by up to a sixth of the depth; on rough ground
  /// without a crater the lowest twentieth is a depth too.
  double depth_m = 0;
  double seen = 0;  ///< share of the ellipse that has data
  ReliefEvidence evidence{};
};

/// What the ellipse alone does not say.
struct ReliefContext {
  double spacing_m = 1;      ///< between the pixels of the heights
  double dem_pixel_m = 1;    ///< of the DEM that they come from
  double support = 0;        ///< RimFit's
  double hollows_rms_m = 1;  ///< of the hollows of this size around
};

/// Of an ellipse on heights (as for FitReliefRim). Nothing when less than half of the rim has data, or its
/// middle is no lower than the rim.
std::optional<ReliefMeasure> MeasureRelief(const cv::Mat& heights_m, const Ellipse& ellipse,
                                           const ReliefContext& context);

/// Probability that the catalogue LU1319381 has it, by its rim's place and size: logistic regression, fitted
/// to one region (docs/craters.md, Catalogues from DEMs).
double ConfidenceOf(const ReliefEvidence& evidence);

}  // namespace perilune::vision
