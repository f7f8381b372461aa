#pragma once

#include <opencv2/core.hpp>

namespace perilune::vision {

/// A crater whose picture is looked for.
struct BowlModel {
  double depth_per_diameter = 0.2;   ///< rim crest to floor; fresh simple craters: 0.2 (Pike 1977)
  double sun_elevation_rad = 0.436;  ///< over the ground around
};

/// Templates reach this many radii: the rim's outer flank is part of the picture.
inline constexpr double kBowlReach = 1.4;

/// Picture of a paraboloid bowl with a raised rim that falls off with the inverse cube of the distance, seen
/// from above: Lambert's law and the shadow that the rim casts. CV_32F, square with an odd side, zero beyond
/// kBowlReach radii, of zero mean and unit norm within. The Sun is towards sun_direction_rad from +x towards
/// +y. Throws std::invalid_argument for a diameter below 4 px.
cv::Mat ShadedBowl(const BowlModel& model, double diameter_px, double sun_direction_rad);

/// 1 within kBowlReach radii, 0 beyond; of the size of ShadedBowl.
cv::Mat BowlMask(double diameter_px);

}  // namespace perilune::vision
