#pragma once

#include <Eigen/Core>

#include "dem/hazard/footprint_test.h"
#include "dem/hazard/hazard_map.h"
#include "dem/raster/grid.h"

namespace perilune::dem {

/// What is not known of the ground under a lander.
struct GroundDoubt {
  double height_sigma_m = 0;  ///< 1 sigma of the heights
  double height_correlation_m =
      0;  ///< of those errors (dem/terrain/height_error.h); 0: cells are independent
  double unresolved_slope_rad = 0;  ///< of relief that the DEM does not show (EstimateUnresolvedRelief)
  double unresolved_roughness_m = 0;
  int draws = 64;

  /// Whether anything is in doubt: otherwise the probability is 0 or 1.
  bool Any() const { return height_sigma_m > 0 || unresolved_slope_rad > 0 || unresolved_roughness_m > 0; }
};

/// What the options of a map leave in doubt.
GroundDoubt DoubtOf(const HazardOptions& options);

/// How much farther than the footprint test the probability looks.
int ReachOfDoubt(const GroundDoubt& doubt);

/// Probability that the footprint test passes at every heading and in every resting plane, for a tile of at
/// most kFootprintTile each way: the share of `doubt.draws` grounds that may have been there on which it
/// does. Each ground is tested exactly (TestFootprintTile), so that the tilt has the covariance of its own
/// pads, the highest of many noisy cells its own law, and headings and planes of a place are as dependent as
/// they are.
///
/// Grounds: of independent errors, GroundPosterior; of correlated errors, the heights less errors of that
/// correlation (a sum of plane waves with random wavenumbers, the flat prior on the truth). Unresolved relief
/// adds a plane whose slope is Gaussian, and its largest deviation U, by a Rayleigh law of that mean, takes
/// the ground's room under the belly in quadrature: √(room² − U²), as in MapHazards' p_site.
///
/// A share of n draws errs by at most 0.5/√n (1 sigma; 0.06 of 64), and is 1 where all passed. Writes as many
/// cells of `probability`, from column and row `at` on; 0 where the test does not know. A pure function of
/// what it looks at and of `seed`, on the calling thread.
void FootprintProbabilityOfTile(const Grid<float>& heights, const FootprintTile& tile,
                                const Eigen::Matrix2d& metric, const Lander& lander,
                                const FootprintTestOptions& options, const GroundDoubt& doubt,
                                std::uint64_t seed, const Eigen::Vector2i& at, Grid<float>& probability);

}  // namespace perilune::dem
