#pragma once

#include <cstdint>

namespace perilune::vision {

/// The next multiple of a kernel's lanes.
constexpr std::int32_t PackedLength(std::int32_t length, std::int32_t lanes) {
  return (length + lanes - 1) / lanes * lanes;
}

}  // namespace perilune::vision
