#pragma once

#include <vector>

#include "dem/ephemeris/sun.h"
#include "dem/terrain/sun_map.h"
#include "dem/terrain/terrain.h"
#include "vision/render/sun_strips.h"

namespace perilune::vision {

/// What every grid point of a terrain sees of one Sun, for many pictures under it: dem::MakeSunMap of all
/// levels, a byte a grid point.
class SunMaps {
 public:
  static constexpr int kUndecided = -1;

  /// Of the disc cut into `sun_samples` strips, 127 at most. Throws std::invalid_argument.
  SunMaps(const dem::Terrain& terrain, const dem::Sun& sun, int sun_samples);

  /// The lowest strip that is free above (x, y) on a level, their number where none is, when the four grid
  /// points around agree; else kUndecided: a ray has to be asked.
  int LowestFree(int level, double x_m, double y_m) const;
  const SunStrips& strips() const { return strips_; }
  /// Whether these are maps of that ground (as many levels of the same size) under that Sun.
  bool Fit(const dem::Terrain& terrain, const SunStrips& strips) const;

 private:
  /// A map, and where its grid lies.
  struct Level {
    dem::SunMap map;
    double x0_m, y0_m, per_m;
  };
  SunStrips strips_;
  std::vector<Level> levels_;
};

}  // namespace perilune::vision
