#define PERILUNE_VECTOR_BYTES 32
#include "dem/synthesis/normals_kernel_body.h"

namespace perilune::dem {
extern const NormalsKernel kNormalsKernelAvx2 = {Normals};
}  // namespace perilune::dem
