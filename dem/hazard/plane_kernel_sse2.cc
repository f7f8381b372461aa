#define PERILUNE_VECTOR_BYTES 16
#include "dem/hazard/plane_kernel_body.h"

namespace perilune::dem {
extern const PlaneKernel kPlaneKernelSse2 = {Step, Start, Slide, Fit, Deviate, RaiseRow, Relief};
}  // namespace perilune::dem
