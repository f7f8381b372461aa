#define PERILUNE_VECTOR_BYTES 16
#include "dem/hazard/footprint_kernel_body.h"

namespace perilune::dem {
extern const FootprintKernel kFootprintKernelSse2 = {Test};
}  // namespace perilune::dem
