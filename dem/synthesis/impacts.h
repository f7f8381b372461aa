#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "dem/synthesis/crater_population.h"
#include "dem/synthesis/crater_shapes.h"
#include "dem/synthesis/craters.h"

namespace perilune::dem {

/// One crater of a lunar ground. Positions are site (x, y).
struct Impact {
  std::uint64_t key = 0;  ///< its own; orders what has the same age
  double x_m = 0;
  double y_m = 0;
  double diameter_m = 0;  ///< rim to rim when it was made
  double exposure = 0;    ///< its age: share of the impacts on this surface that came after it
  double diffusion = 0;   ///< κt/R²: 0 = fresh, kLifetimeDiffusion = gone
  Bowl bowl = Bowl::kRound;
  bool secondary = false;
  /// A younger crater of its size or larger has its rim around the centre (set by MarkWipedOut).
  bool wiped_out = false;
  /// Outline: at the rim ρ² is multiplied by 1 + c2 cos 2θ + s2 sin 2θ + c3 cos 3θ + s3 sin 3θ.
  float c2 = 0, s2 = 0, c3 = 0, s3 = 0;

  /// Its section; secondaries hit slowly and are half as deep.
  CraterSection Section() const;
};

/// Craters of this plane are at most so large, m.
inline constexpr double kLargestImpact_m = 65'536;

/// Calls `visit` for the primary craters with min ≤ D < max whose `reach` radii may touch `rect`, in an order
/// that depends on the plane alone. A pure function of (seed, population): rectangles and ranges are cuts of
/// one plane (octaves of diameter in cells of 8·2^b m with a Poisson count each). Below 16 m the mean count
/// differs by patches, by factors whose mean is 1; the population's density is that of many of them.
void VisitPrimaries(const PlaneRect& rect, double min_diameter_m, double max_diameter_m, double reach,
                    std::uint64_t seed, const CraterPopulation& population,
                    const std::function<void(const Impact&)>& visit);

/// The same for secondary craters (at most 0.05 of their primary, in clusters drawn out along rays, from 2.5
/// to 16 of its radii; of primaries from kSmallestParent_m up).
void VisitSecondaries(const PlaneRect& rect, double min_diameter_m, double max_diameter_m, std::uint64_t seed,
                      const CraterPopulation& population, const std::function<void(const Impact&)>& visit);

inline constexpr double kSmallestParent_m = 256;
/// Secondaries of one primary, on average; their diameters in its own, N ∝ D⁻⁴ between the two; and their
/// depth relative to a primary crater of that size.
inline constexpr int kSecondaryClusters = 28, kPerSecondaryCluster = 14;
inline constexpr double kLargestSecondary = 0.05, kSmallestSecondary = 0.0125;
inline constexpr double kSecondaryDepth = 0.5;

/// All craters with min ≤ D < max that may touch `rect`, oldest first.
std::vector<Impact> ImpactsOn(const PlaneRect& rect, double min_diameter_m, double max_diameter_m,
                              std::uint64_t seed, const CraterPopulation& population);

/// Sets `wiped_out` of craters that are oldest first.
void MarkWipedOut(std::vector<Impact>& oldest_first);

}  // namespace perilune::dem
