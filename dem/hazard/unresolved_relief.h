#pragma once

#include <optional>
#include <vector>

#include "dem/raster/raster.h"

namespace perilune::dem {

/// What a DEM says of itself, and the footprint that is asked about.
struct UnresolvedReliefOptions {
  /// The DEM shows the ground under a Gaussian of this full width at half maximum, m.
  double effective_resolution_m = 0;
  double footprint_m = 10;    ///< diameter of the lander's circle
  double height_sigma_m = 0;  ///< 1 sigma of the DEM's heights; what is not declared counts as ground
  double height_correlation_m =
      0;  ///< of those errors (dem/terrain/height_error.h); 0: cells are independent

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// RMS second difference h(x + lag) − 2 h(x) + h(x − lag) of the DEM, both axes together.
struct StructurePoint {
  double lag_m = 0;
  double observed_m = 0;
  double noise_m = 0;  ///< of the declared height error alone
};

/// Relief that a DEM does not show, extrapolated from what it shows.
struct UnresolvedRelief {
  double hurst = 0;            ///< H of ν(L) ~ L^H
  double slope_rad = 0;        ///< 1 sigma of each axis, of the footprint's plane against the DEM's
  double roughness_rms_m = 0;  ///< of the unresolved ground from its plane over the footprint
  /// Largest from that plane within a footprint: mean of the Rayleigh law whose mean square is 2.6² times
  /// roughness_rms_m², as Gaussian ground has it.
  double largest_deviation_m = 0;
  /// False where the declared noise explains more than half of what is seen at too many lags: then nothing
  /// was subtracted, and the relief is an upper bound.
  bool noise_subtracted = true;
  std::vector<StructurePoint> points;  ///< all that were measured
};

/// Self-affine ground (Shepard et al. 2001; for the Moon from 17 m to 2.7 km Rosenburg et al. 2011): RMS
/// deviation ν(L) ~ L^H, isotropic, power spectrum k^(−2−2H). Measured by second differences, which a plane
/// does not move, at lags from the effective resolution r to 8 r along both axes with the local metric scale;
/// less the variance of the declared noise; fitted in the logarithm, with weights 1/lag², for H in [0.5,
/// 0.95] and the amplitude, the loss by the DEM's own smoothing G(k) = exp(−k²s²/2), s = r/2.355, being part
/// of the model. What the DEM lacks is then, per wave, (1 − G): with a disc's plane fit A(z) = 8 J2(z)/z² of
/// the slope, and E(z) = 1 − (2 J1(z)/z)² − (4 J2(z)/z)² of the variance about the plane, over radius a = d/2
/// (and a' of the wider footprint that MapHazards takes on coarse cells),
///   slope variance, each axis   = ½ ∫ k² [A(ka) − G A(ka')]² S dk,
///   deviation from the plane    = ∫ (1 − G)² E(ka) S dk.
///
/// One figure for the whole raster, which should be some 160 r across: over 60 r few large craters tilt the
/// law (slopes up to half too large were seen, none too small). Small craters are not self-affine Gaussian
/// relief: slopes and deviations have heavier tails than the rms tells, and a law measured above r need not
/// hold below (boulders; a crater population whose slope changes). Cells' sampling (aliasing) is not in the
/// model.
///
/// Nothing when fewer than 3 lags fit into the data, or the data are flat. Throws std::invalid_argument for
/// bad options or a CRS that is not understood.
std::optional<UnresolvedRelief> EstimateUnresolvedRelief(const Raster<float>& dem,
                                                         const UnresolvedReliefOptions& options);

}  // namespace perilune::dem
