#define PERILUNE_VECTOR_BYTES 32
#include "dem/hazard/footprint_kernel_body.h"

namespace perilune::dem {
extern const FootprintKernel kFootprintKernelAvx2 = {Test};
}  // namespace perilune::dem
