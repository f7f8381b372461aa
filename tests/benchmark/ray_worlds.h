#pragma once

#include <array>
#include <vector>

#include "dem/terrain/terrain.h"

namespace perilune::benchmarks {

inline constexpr int kImage_px = 1024;

/// Synthetic lunar ground of `points`² grid points and the given spacing around the site, curvature baked in.
dem::Terrain SyntheticTerrain(int points, double spacing_m);

/// The same 1024² points around the site, mirrored outwards: large ground at the price of small, whose middle
/// does not depend on its size.
dem::Terrain MirroredTerrain(int points, double spacing_m);

/// Rays as arrays in the order of 16 × 16 tiles of 4 × 4 blocks; an array of one element is shared by all.
struct Rays {
  std::array<std::vector<double>, 3> origin, direction;

  int Count() const { return static_cast<int>(std::max(origin[0].size(), direction[0].size())); }
  dem::RayBundle Bundle() const;
  dem::Ray At(int index) const;
};

/// 1024² rays of a 60° camera, tilted off nadir to the north, that looks at the site.
Rays CameraRays(double height_m, double off_nadir_deg);

/// From where the rays hit, 5 cm above the ground, to a Sun in the east.
Rays SunRays(const dem::Terrain& terrain, const Rays& camera, double elevation_deg);

}  // namespace perilune::benchmarks
