#define PERILUNE_VECTOR_BYTES 64
#include "vision/render/shade_kernel_body.h"

namespace perilune::vision {
extern const ShadeKernel kShadeKernelAvx512 = {Unproject, Light, Lambert, LunarLambert};
}  // namespace perilune::vision
