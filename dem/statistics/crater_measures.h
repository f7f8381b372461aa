#pragma once

#include <optional>
#include <vector>

#include "dem/raster/grid.h"
#include "dem/synthesis/plane_window.h"

namespace perilune::dem {

/// Exponent b of N(>D) ∝ D^b (negative) of diameters in [low, high), by maximum likelihood of the truncated
/// power law (Clauset 2009, solved for the upper limit too); its 1 sigma from the likelihood's curvature.
struct PowerLaw {
  double exponent = 0;
  double sigma = 0;
  int count = 0;
};

/// Throws std::invalid_argument for fewer than ten diameters inside.
PowerLaw FitSizeFrequency(const std::vector<double>& diameters_m, double low_m, double high_m);

/// Depth of a hollow as one measures it in a DEM, m: the highest mean of a ring within 0.8–1.6 radii around
/// the place less the mean of the innermost tenth. Empty where the grid does not hold 1.6 radii or has fewer
/// than 8 cells to a radius.
std::optional<double> MeasuredDepth_m(const Grid<float>& height_m, const PlaneWindow& window, double x_m,
                                      double y_m, double radius_m);

}  // namespace perilune::dem
