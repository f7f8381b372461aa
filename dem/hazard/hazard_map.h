#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dem/ephemeris/sun.h"
#include "dem/frames/moon.h"
#include "dem/frames/site.h"
#include "dem/hazard/footprint_test.h"
#include "dem/raster/raster.h"

namespace perilune::dem {

/// What makes the slope of a cell.
enum class SlopeEstimator {
  kPlane,  ///< the least-squares plane over a circle
  kHorn    ///< the eight neighbours, weighted (Horn 1981, Proc. IEEE 69): what most GIS tools call slope
};

/// What the lander can take, and how well the heights are known.
struct HazardOptions {
  double footprint_m = 10.0;  ///< diameter of the circle over the pads
  double slope_limit_rad =
      10.0 * kPi / 180.0;                ///< of the plane through the footprint, against the local vertical
  double roughness_limit_m = 0.5;        ///< largest distance of the ground from that plane
  std::optional<double> relief_limit_m;  ///< highest − lowest ground in the footprint; no limit by default
  SlopeEstimator slope_estimator = SlopeEstimator::kPlane;
  double slope_baseline_m = 0;  ///< diameter of the circle for the slope; 0: the footprint
  /// Diameters of more circles whose slope becomes a band of its own, m; no limit looks at them.
  std::vector<double> more_slope_baselines_m;
  double min_lit_fraction = 0.5;  ///< of the Sun's disc, where a Sun is given; less counts as shadow
  double height_sigma_m = 0;      ///< 1 sigma of the DEM's heights; 0: limits are sharp
  double height_correlation_m =
      0;  ///< of those errors (dem/terrain/height_error.h); 0: cells are independent
  /// Relief that the DEM does not resolve (EstimateUnresolvedRelief); 0: the DEM shows all there is.
  double unresolved_slope_rad = 0;    ///< 1 sigma of each axis, over the footprint
  double unresolved_roughness_m = 0;  ///< largest deviation from the plane within a footprint, expected
  /// Size below which the DEM shows nothing, m, where it is declared (0: it is not). Coarser than the
  /// footprint, it is a reason (kReasonUnresolved) at every cell: the class speaks of the DEM alone.
  double effective_resolution_m = 0;
  /// Cells whose detail ratio (detail_ratio.h) is below get kReasonInterpolated; 0: it is not measured.
  double least_detail_ratio = 0;
  /// Its footprint test decides the class in place of the limits of slope and roughness, which stay layers.
  std::optional<Lander> lander;
  FootprintTestOptions footprint_test;
  /// Grounds that p_site with a lander is counted over, as far as heights are in doubt
  /// (footprint_probability.h).
  int probability_draws = 64;

  /// With the lander: its test, its pads' outer edges as the footprint, its limits for slope and roughness.
  HazardOptions With(const Lander& tested) const;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

enum class HazardClass : std::uint8_t { kSafe = 0, kHazardous = 1, kUnknown = 2, kShadow = 3 };

/// Bits of `reasons`: all that speaks against a cell. The last two are about the DEM and leave the class as
/// it is; without them a safe cell has 0.
enum HazardReason : std::uint16_t {
  kReasonSlope = 1,           ///< slope over its limit
  kReasonRoughness = 2,       ///< roughness over its limit
  kReasonRelief = 4,          ///< relief over its limit
  kReasonShadow = 8,          ///< lit fraction under its minimum
  kReasonUnknown = 16,        ///< a cell of the footprint has no data
  kReasonEdge = 32,           ///< the footprint leaves the map (kReasonUnknown is set too)
  kReasonTilt = 64,           ///< the lander would rest at more than its tilt limit
  kReasonClearance = 128,     ///< ground would come too near to its belly
  kReasonInterpolated = 256,  ///< the DEM is interpolated or smoothed here: no relief at its own spacing
  kReasonUnresolved = 512,    ///< the DEM's effective resolution is coarser than the footprint
};

/// Hazards on the DEM's own raster: every band has its size, CRS and affine. Cells whose footprint is not
/// wholly known are NaN in the float bands but p_site, which is 0 there.
struct HazardMap {
  Raster<float> p_site;  ///< probability that the lander, or slope and roughness, and relief are within
                         ///< limits; 0 in shadow and unknown
  Raster<float> slope_rad;
  Raster<float> roughness_m;
  Raster<float> rms_roughness_m;  ///< root mean square distance of the footprint's ground from its plane
  Raster<float> relief_m;
  /// Largest height difference between a cell and one of its eight neighbours, along their diagonals too:
  /// what a wheel or a pad's edge meets at once. The step hazard of rover maps (Goldberg, Maimone & Matthies
  /// 2002, IEEE Aerospace: the height difference of adjacent cells) at the cells of the DEM, slope included.
  Raster<float> step_m;
  std::vector<Raster<float>> more_slopes_rad;  ///< by more_slope_baselines_m
  Raster<float> tilt_rad;             ///< steepest rest of the lander (footprint_test.h); empty without one
  Raster<float> clearance_m;          ///< least distance of ground from its belly; empty likewise
  Raster<float> detail_ratio;         ///< of relief at one cell to that at four; empty unless asked for
  Raster<float> lit_fraction;         ///< of the Sun's disc; NaN everywhere when no Sun was given
  Raster<std::uint8_t> hazard_class;  ///< HazardClass; unknown before hazardous before shadow before safe
  Raster<std::uint16_t> reasons;      ///< HazardReason bits
  HazardOptions options;
  bool has_sun = false;
  bool HasFootprintTest() const { return options.lander.has_value(); }
  /// Diameter that was used: the footprint, or 3 cells where the DEM is coarser (the largest over the map).
  /// Hazards smaller than a cell are not in the DEM, and no probability here speaks of them.
  double footprint_used_m = 0;
  std::uint64_t options_hash = 0;  ///< FNV-1a of options and Sun: equal inputs, equal hash

  /// The bands of numbers that the map has, in the order of its files.
  std::vector<Raster<float>*> FloatBands();
  std::vector<const Raster<float>*> FloatBands() const;

  int width() const { return p_site.grid.width; }
  int height() const { return p_site.grid.height; }
};

/// A Sun and the site whose axes it is given in. For the map it is a direction in `moon`: elevation and
/// azimuth change from cell to cell.
struct PlacedSun {
  Sun sun;
  Site site;
};

/// Hazards of a DEM (m above the sphere; NaN = no data), by windows if the caller wants: a cell depends on
/// the cells within its footprint and, for shadow, on those towards the Sun inside the raster.
///
/// Slope and roughness: least-squares plane through the cells whose centres lie within the footprint's circle
/// (a circle on the ground: an ellipse of cells), heights being above the sphere, so that the slope is
/// against the local vertical; roughness is the largest perpendicular distance |cell − plane|, bumps and
/// holes alike. The Moon's curvature over a footprint d (d²/8R: 7 µm for 10 m) is neglected. Needs at least 3
/// × 3 cells: a finer footprint is widened to that.
///
/// With a lander, cells are classed by its footprint test at the scale of each tile, ground lengths grown by
/// the height of the tile's middle; a cell that the test does not know is unknown, and p_site is that of the
/// test (footprint_probability.h), times that of the relief where it has a limit. The DEM's cells have to
/// show the footprint (ShowsFootprint): tiles where they do not are unknown.
///
/// Shadow: the lit fraction is the part of the Sun's disc above the horizon that the raster's cells make in
/// the Sun's azimuth, by a march along grid lines (linear between the cells), the drop of the sphere
/// included. Ground outside the raster or without data casts no shadow: give a margin.
///
/// p_site without a lander: heights = truth + zero-mean Gaussian error of `height_sigma_m`, flat prior on the
/// truth. The fitted gradient then errs by an isotropic Gaussian whose sigma follows from the fit's weights
/// and the correlation, so that P(slope ≤ s) = 1 − Q1(|g|/σ_g, tan s/σ_g) (Rice 1945, Marcum 1950); the worst
/// cell's residual errs by σ_ρ (the mean residual sigma of the fit), P(roughness ≤ r) = Φ((r − ρ)/σ_ρ),
/// relief likewise with √2·σ_h·√(1 − correlation). The product of the three. Where σ is comparable with the
/// roughness limit, the measured largest deviation is itself inflated by the noise, and p_site is
/// pessimistic.
///
/// Unresolved relief changes p_site alone, not the class, which is by what the DEM shows. Its slope joins the
/// gradient's error as an independent isotropic Gaussian. Its largest deviation U joins the roughness in
/// quadrature (independent ground: the mean squares add) with a Rayleigh law of mean
/// `unresolved_roughness_m`: a wider law than that of the largest of a Gaussian field's deviations, because
/// craters make some footprints much rougher than others; with twice as much it joins the relief. Boulders
/// are in it only as far as the extrapolation has them.
///
/// Parallel by tiles; the result does not depend on the number of threads. Throws std::invalid_argument for
/// bad options, an empty raster, infinite heights, a CRS that is not understood, or
/// a lander too small for the cells in the middle of the map.
HazardMap MapHazards(const Raster<float>& dem, const HazardOptions& options,
                     const std::optional<PlacedSun>& sun = std::nullopt);

/// The part of a map inside a window of its cells, for maps that were made with a margin. Throws
/// std::invalid_argument when the window is not inside the map.
HazardMap CropHazards(const HazardMap& map, int col, int row, int width, int height);

}  // namespace perilune::dem
