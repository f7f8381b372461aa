#define PERILUNE_VECTOR_BYTES 16
#define PERILUNE_LANES 4
#include "vision/render/shade_kernel_body.h"

namespace perilune::vision {
extern const ShadeKernel kShadeKernelSse2 = {Unproject,    Points,  Light,   Lambert,
                                             LunarLambert, Reflect, Pictures};
}  // namespace perilune::vision
