#include "dem/terrain/sun_sweep_kernel_body.h"

namespace perilune::dem {
extern const SunSweepKernel kSunSweepKernelAvx2 = {Step};
}  // namespace perilune::dem
