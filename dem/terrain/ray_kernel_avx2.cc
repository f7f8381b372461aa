#define PERILUNE_VECTOR_BYTES 32
#define PERILUNE_LANES 8
#include "dem/terrain/ray_kernel_body.h"

namespace perilune::dem {
extern const RayKernel kRayKernelAvx2 = {Bounds, Clip, FirstHits, Occluded, Gradients};
}  // namespace perilune::dem
