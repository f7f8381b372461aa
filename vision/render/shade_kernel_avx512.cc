#define PERILUNE_VECTOR_BYTES 64
#define PERILUNE_LANES 16
#include "vision/render/shade_kernel_body.h"

namespace perilune::vision {
extern const ShadeKernel kShadeKernelAvx512 = {Unproject,    Points,  Light,   Lambert,
                                               LunarLambert, Reflect, Pictures};
}  // namespace perilune::vision
