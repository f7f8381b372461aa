#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

#include "dem/hazard/footprint_test.h"
#include "dem/hazard/plane_fit.h"

namespace perilune::dem {

/// A resting plane through three pads of a yaw. Height at the middle, rise a column and a row are linear in
/// the three pads' heights.
struct PadPlane {
  std::array<int, 3> pads{};
  std::array<double, 3> middle{}, per_col{}, per_row{};
  struct Other {
    int pad = 0;
    std::array<double, 3> plane{};  ///< weights of the plane's height at this pad
  };
  std::vector<Other> others;  ///< pads that must not dig in; empty where the rule does not ask
};

struct PadYaw {
  std::vector<Eigen::Vector2i> pads;  ///< cells (column, row) from the middle
  std::vector<PadPlane> planes;
};

/// A lander on the cells of one metric.
struct FootprintStencil {
  std::vector<PadYaw> yaws;
  Footprint pad, body;                 ///< cells under them
  int reach_cols = 0, reach_rows = 0;  ///< of all that the test looks at
  Eigen::Matrix2d inverse_metric;      ///< squared slope = gᵀ M⁻¹ g of the rise g a column, a row
};

/// Preconditions: valid lander and options, ShowsFootprint.
FootprintStencil MakeFootprintStencil(const Eigen::Matrix2d& metric, const Lander& lander,
                                      const FootprintTestOptions& options);

}  // namespace perilune::dem
