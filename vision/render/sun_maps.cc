#include "vision/render/sun_maps.h"

#include <cmath>

namespace perilune::vision {

SunMaps::SunMaps(const dem::Terrain& terrain, const dem::Sun& sun, int sun_samples)
    : strips_(CutSun(sun, sun_samples)) {
  for (int i = 0; i < terrain.LevelCount(); ++i) {
    const dem::TerrainLevel& level = terrain.Level(i);
    levels_.push_back({dem::MakeSunMap(terrain, i, strips_.directions_in_site), level.x0_m, level.y0_m,
                       1 / level.spacing_m});
  }
}

int SunMaps::LowestFree(int level, double x_m, double y_m) const {
  const Level& on = levels_[level];
  const dem::Grid<std::uint8_t>& codes = on.map.lowest_free;
  const double u = (x_m - on.x0_m) * on.per_m, v = (on.y0_m - y_m) * on.per_m;
  if (!(u >= 0 && v >= 0 && u < codes.width - 1 && v < codes.height - 1)) return kUndecided;
  const std::uint8_t* above = &codes.At(static_cast<int>(u), static_cast<int>(v));
  const std::uint8_t* below = above + codes.width;
  const std::uint8_t code = above[0];
  const bool agree = above[1] == code && below[0] == code && below[1] == code;
  return agree && code != dem::SunMap::kNoData ? code : kUndecided;
}

bool SunMaps::Fit(const dem::Terrain& terrain, const SunStrips& strips) const {
  if (strips.directions_in_site != strips_.directions_in_site) return false;
  if (terrain.LevelCount() != static_cast<int>(levels_.size())) return false;
  for (int i = 0; i < terrain.LevelCount(); ++i) {
    const dem::TerrainLevel& level = terrain.Level(i);
    const Level& mine = levels_[i];
    if (level.z_m.width != mine.map.lowest_free.width || level.z_m.height != mine.map.lowest_free.height ||
        level.x0_m != mine.x0_m || level.y0_m != mine.y0_m || 1 / level.spacing_m != mine.per_m) {
      return false;
    }
  }
  return true;
}

}  // namespace perilune::vision
