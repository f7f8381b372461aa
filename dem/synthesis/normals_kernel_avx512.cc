#define PERILUNE_VECTOR_BYTES 64
#include "dem/synthesis/normals_kernel_body.h"

namespace perilune::dem {
extern const NormalsKernel kNormalsKernelAvx512 = {Normals};
}  // namespace perilune::dem
