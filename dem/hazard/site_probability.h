#pragma once

#include "dem/hazard/hazard_map.h"
#include "dem/hazard/plane_fit.h"

namespace perilune::dem {

/// What the plane through one footprint says about a cell.
struct CellHazard {
  double gradient = 0;
  double roughness_m = 0;
  double relief_m = 0;
};

/// MapHazards' p_site of a cell, shadow aside.
double SafeProbability(const CellHazard& cell, const FitNoise& noise, const HazardOptions& options);

}  // namespace perilune::dem
