#define PERILUNE_VECTOR_BYTES 32
#include "vision/matching/blur_kernel_body.h"

namespace perilune::vision {
extern const BlurKernel kBlurKernelAvx2 = {Along, Across};
}  // namespace perilune::vision
