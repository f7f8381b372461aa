#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "dem/terrain/height_pyramid.h"
#include "dem/terrain/ray_bundle.h"
#include "dem/terrain/ray_kernel.h"
#include "dem/terrain/terrain.h"

namespace perilune::dem {

/// The scalar path's answer for one ray of a bundle.
using ScalarHit = std::function<std::optional<SurfaceHit>(int ray)>;

/// Sends a bundle through nested levels (finest first) as Terrain's scalar walk does: a ray that crosses the
/// rectangle of a finer level is traced before, in and behind it. Rays that the kernels do not decide are
/// given to `scalar`. Throws std::invalid_argument when the bundle's arrays differ in size.
BundleHits TraceFirstHits(const std::vector<LevelView>& levels, const RayKernel& kernel,
                          const RayBundle& bundle, const ScalarHit& scalar);
/// The same without the hits: 1 where a ray hits.
std::vector<std::uint8_t> TraceOccluded(const std::vector<LevelView>& levels, const RayKernel& kernel,
                                        const RayBundle& bundle, const ScalarHit& scalar);

/// What the kernels see of a level; it points into both arguments.
LevelView ViewOf(const TerrainLevel& level, const HeightPyramid& pyramid);

/// Whether the kernels' 32-bit indices reach all of a level.
bool IndexFits(const LevelView& level);

const RayKernel& KernelFor(SimdLevel level);

}  // namespace perilune::dem
