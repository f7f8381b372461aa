#pragma once

#include <cstdint>

#include "dem/raster/grid.h"
#include "dem/synthesis/lunar_ground.h"
#include "dem/synthesis/plane_window.h"
#include "dem/synthesis/site_type.h"

namespace perilune::dem {

struct RefineOptions {
  SiteType type;
  std::uint64_t seed = 1;
  /// Wavelength, m, at which the DEM shows 0.3 of the ground's power.
  double effective_resolution_m = 0;
  /// RMS deviation of the DEM over four times the effective resolution, relative to the site type's: the
  /// detail begins with it and is the site type's own from 17 m (or an eighth of the resolution) down.
  double roughness = 1;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// `roughness` of a DEM on a grid. Throws std::invalid_argument where it is too small for that lag.
double RoughnessOf(const Grid<float>& height_m, double spacing_m, const SiteType& type,
                   double effective_resolution_m);

/// A DEM with the detail below its effective resolution r put in: craters up to r/2, waves up to 3r/2, rocks.
/// Of the detail that is taken off which the DEM would show, its Gaussian mean of sigma r/5, so that the
/// DEM's own means over r stay; of the DEM, by LowPass, what it shows below r. Where the one ends the other
/// begins. Heights are a pure function of (DEM, options, x, y, spacing): windows agree bit for bit, as
/// LunarGround's.
class RefinedGround {
 public:
  /// `dem_m` on a lattice whose lines are whole multiples of its spacing from the plane's origin. Where
  /// cells are missing (NaN) and within two cells of them the ground is missing. Throws std::invalid_argument
  /// for another lattice or another shape.
  RefinedGround(const Grid<float>& dem_m, const PlaneWindow& lattice, const RefineOptions& options);

  /// Heights, m. Throws std::invalid_argument where the window and two cells around it are not on the
  /// lattice.
  Grid<float> Heights(const PlaneWindow& window) const;
  /// The DEM's part alone.
  Grid<float> Shown(const PlaneWindow& window) const;

  /// What was put in: its craters and rocks are the truth below the effective resolution.
  const LunarGround& detail() const { return detail_; }

 private:
  Grid<float> Unseen(const PlaneWindow& window) const;

  RefineOptions options_;
  Grid<float> dem_m_;
  PlaneWindow lattice_;
  LunarGround detail_;
};

}  // namespace perilune::dem
