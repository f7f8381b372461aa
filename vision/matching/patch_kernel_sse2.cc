#define PERILUNE_VECTOR_BYTES 16
#include "vision/matching/patch_kernel_body.h"

namespace perilune::vision {
extern const PatchKernel kPatchKernelSse2 = {Prepare, Compare, Residuals, Lags, Spread, Correlate, Slide};
}  // namespace perilune::vision
