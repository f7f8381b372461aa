#pragma once

#include <limits>

namespace perilune::dem {

/// Where there is no height, no picture and no ground: NaN, in single precision too.
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace perilune::dem
