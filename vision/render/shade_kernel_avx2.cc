#define PERILUNE_VECTOR_BYTES 32
#define PERILUNE_LANES 8
#include "vision/render/shade_kernel_body.h"

namespace perilune::vision {
extern const ShadeKernel kShadeKernelAvx2 = {Unproject,    Points,  Light,   Lambert,
                                             LunarLambert, Reflect, Pictures};
}  // namespace perilune::vision
