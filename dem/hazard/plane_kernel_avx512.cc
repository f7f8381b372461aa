#define PERILUNE_VECTOR_BYTES 64
#include "dem/hazard/plane_kernel_body.h"

namespace perilune::dem {
extern const PlaneKernel kPlaneKernelAvx512 = {Step, Start, Slide, Fit, Deviate, RaiseRow, Relief};
}  // namespace perilune::dem
