#define PERILUNE_VECTOR_BYTES 16
#include "dem/synthesis/normals_kernel_body.h"

namespace perilune::dem {
extern const NormalsKernel kNormalsKernelSse2 = {Normals};
}  // namespace perilune::dem
