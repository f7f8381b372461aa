#pragma once

#include <vector>

#include "dem/terrain/height_pyramid.h"
#include "dem/terrain/ray_bundle.h"
#include "dem/terrain/ray_kernel.h"
#include "dem/terrain/terrain.h"

namespace perilune::dem {

/// What the kernels found for each ray of a bundle. Ranges and levels are set where the state is kRayHits.
struct TracedBundle {
  std::vector<std::uint8_t> state;  ///< RayState
  std::vector<double> range_m;      ///< empty when only occlusion was asked for
  std::vector<int> level;
};

enum class BundleQuery { kFirstHits, kOccluded };

/// Sends a bundle through nested levels (finest first) as Terrain's scalar walk does: a ray that crosses the
/// rectangle of a finer level is traced before, in and behind it.
TracedBundle TraceBundle(const std::vector<LevelView>& levels, const RayKernel& kernel,
                         const RayBundle& bundle, BundleQuery query);

/// What the kernels see of a level; it points into both arguments.
LevelView ViewOf(const TerrainLevel& level, const HeightPyramid& pyramid);

/// Whether the kernels' 32-bit indices reach all of a level.
bool IndexFits(const LevelView& level);

const RayKernel& KernelFor(SimdLevel level);

}  // namespace perilune::dem
