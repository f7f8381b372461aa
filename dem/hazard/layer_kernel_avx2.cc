#include "dem/hazard/layer_kernel_body.h"

namespace perilune::dem {
extern const LayerKernel kLayerKernelAvx2 = {StepOfRow, GradientOfRow, AngleOfRow};
}  // namespace perilune::dem
