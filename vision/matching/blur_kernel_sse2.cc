#define PERILUNE_VECTOR_BYTES 16
#include "vision/matching/blur_kernel_body.h"

namespace perilune::vision {
extern const BlurKernel kBlurKernelSse2 = {Along, Across};
}  // namespace perilune::vision
