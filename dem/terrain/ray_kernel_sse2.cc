#define PERILUNE_VECTOR_BYTES 16
#define PERILUNE_LANES 4
#include "dem/terrain/ray_kernel_body.h"

namespace perilune::dem {
extern const RayKernel kRayKernelSse2 = {Bounds, Clip, FirstHits, Occluded, Gradients};
}  // namespace perilune::dem
