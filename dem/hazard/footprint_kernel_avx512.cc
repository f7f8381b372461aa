#define PERILUNE_VECTOR_BYTES 64
#include "dem/hazard/footprint_kernel_body.h"

namespace perilune::dem {
extern const FootprintKernel kFootprintKernelAvx512 = {Test};
}  // namespace perilune::dem
