#define PERILUNE_VECTOR_BYTES 16
#include "vision/render/shade_kernel_body.h"

namespace perilune::vision {
extern const ShadeKernel kShadeKernelSse2 = {Unproject, Light, Lambert, LunarLambert};
}  // namespace perilune::vision
