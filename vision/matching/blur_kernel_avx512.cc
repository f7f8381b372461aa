#define PERILUNE_VECTOR_BYTES 64
#include "vision/matching/blur_kernel_body.h"

namespace perilune::vision {
extern const BlurKernel kBlurKernelAvx512 = {Along, Across};
}  // namespace perilune::vision
