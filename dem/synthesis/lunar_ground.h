#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "dem/raster/grid.h"
#include "dem/synthesis/impacts.h"
#include "dem/synthesis/lattice_noise.h"
#include "dem/synthesis/plane_window.h"
#include "dem/synthesis/rock_field.h"
#include "dem/synthesis/site_type.h"

namespace perilune::dem {

/// What of a ground is to be made: all of it, or what lies below a real DEM's resolution.
struct GroundLimits {
  double max_diameter_m = kLargestImpact_m;
  double longest_wave_m = 65'536;
  /// Mean of (h(x + L) − h(x))², m², to be had by craters and noise together; empty: the site type's.
  std::function<double(double)> deviation2_m2;
};

/// Synthetic lunar ground of a site type on the site plane: height, albedo, and the craters and rocks that
/// are in it. Everything is a pure function of (site type, seed, x, y, spacing): a window gets bit for bit
/// what a larger one on the same lattice gets there, with any number of threads. The spacing only says what
/// is left out: craters, waves and rocks of fewer than kCellsPerFeature cells.
///
/// Craters are made in the order of their ages. A crater wipes out what is older, smaller than itself and
/// inside its rim, and rides on what is larger; the regolith's waves of about its size are lower in it while
/// it is fresh. Waves fill what the craters lack of the site type's slopes at every baseline (NoiseBeside).
class LunarGround {
 public:
  LunarGround(const SiteType& type, std::uint64_t seed, const GroundLimits& limits = {});
  LunarGround(const LunarGround&) = delete;
  LunarGround& operator=(const LunarGround&) = delete;

  const SiteType& type() const { return type_; }
  const CraterPopulation& population() const { return population_; }
  const RockField& rocks() const { return rocks_; }

  /// Heights, m.
  Grid<float> Heights(const PlaneWindow& window) const;
  /// Heights without rocks, m.
  Grid<float> HeightsWithoutRocks(const PlaneWindow& window) const;
  /// Normal albedo: correlated variation (10 m – 2.4 km), bright blankets and rays of fresh craters.
  Grid<float> Albedo(const PlaneWindow& window) const;

  /// The truth: craters and rocks whose centre lies in `rect` (half open) from a diameter up, oldest first.
  std::vector<Impact> CratersIn(const PlaneRect& rect, double min_diameter_m) const;
  std::vector<Rock> RocksIn(const PlaneRect& rect, double min_diameter_m) const;

 private:
  Grid<float> Made(const PlaneWindow& window, bool with_rocks) const;

  SiteType type_;
  std::uint64_t seed_ = 0;
  GroundLimits limits_;
  CraterPopulation population_;
  RockField rocks_;
  std::vector<NoiseOctave> octaves_;  ///< from long to short
};

}  // namespace perilune::dem
