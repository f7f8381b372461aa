#define PERILUNE_VECTOR_BYTES 64
#include "vision/matching/patch_kernel_body.h"

namespace perilune::vision {
extern const PatchKernel kPatchKernelAvx512 = {Prepare, Compare, Residuals, Lags, Spread, Correlate, Slide};
}  // namespace perilune::vision
