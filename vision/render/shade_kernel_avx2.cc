#define PERILUNE_VECTOR_BYTES 32
#include "vision/render/shade_kernel_body.h"

namespace perilune::vision {
extern const ShadeKernel kShadeKernelAvx2 = {Unproject, Light, Lambert, LunarLambert};
}  // namespace perilune::vision
