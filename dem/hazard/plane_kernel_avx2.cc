#define PERILUNE_VECTOR_BYTES 32
#include "dem/hazard/plane_kernel_body.h"

namespace perilune::dem {
extern const PlaneKernel kPlaneKernelAvx2 = {Step, Start, Slide, Fit, Deviate, RaiseRow, Relief};
}  // namespace perilune::dem
