#pragma once

#include <string>

#include "dem/frames/moon.h"

namespace perilune::dem {

/// A lander as the footprint test (footprint_test.h) sees it: equal legs at equal angles, all pads in one
/// plane, the centre of mass over the middle, and a flat belly over the whole leg circle. The defaults are
/// the test lander of the 2015 NASA JPL Space Design Competition.
struct Lander {
  std::string name = "test-3.4m";
  int legs = 4;                        ///< 3 to 6
  double leg_circle_diameter_m = 3.4;  ///< of the circle through the pads' centres
  double pad_diameter_m = 0.5;
  double body_clearance_m = 0.39;      ///< from the pads' plane up to the belly
  double max_tilt_rad = DegToRad(10);  ///< of the pads' plane, against the local vertical
  double max_roughness_m = 0.39;       ///< highest ground above the pads' plane; at most the clearance

  /// The part of body_clearance_m that ground may take.
  double HighestGround_m() const;
  /// Over the pads' outer edges.
  double Footprint_m() const { return leg_circle_diameter_m + pad_diameter_m; }

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

}  // namespace perilune::dem
