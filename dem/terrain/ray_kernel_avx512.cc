#define PERILUNE_VECTOR_BYTES 64
#define PERILUNE_LANES 16
#include "dem/terrain/ray_kernel_body.h"

namespace perilune::dem {
extern const RayKernel kRayKernelAvx512 = {Bounds, Clip, FirstHits, Occluded, Gradients};
}  // namespace perilune::dem
