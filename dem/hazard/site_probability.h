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

/// What the plane has to say to MapHazards' p_site, shadow aside, for cells that share the noise of their
/// fits.
class SiteProbability {
 public:
  SiteProbability(const HazardOptions& options, const FitNoise& noise);
  /// Of all the limits.
  double Of(const CellHazard& cell) const;
  /// Of the limit of relief alone; 1 without one.
  double OfRelief(const CellHazard& cell) const;

 private:
  const HazardOptions& options_;
  FitNoise noise_;
  double tan_limit_ = 0, gradient_sigma_ = 0;
};

}  // namespace perilune::dem
