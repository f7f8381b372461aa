#pragma once

#include <cstdint>
#include <span>

namespace perilune::datasets {

/// The CRC-32 of ISO 3309 (PNG, zlib; polynomial 0xedb88320 reflected).
std::uint32_t IsoCrc32(std::span<const std::uint8_t> bytes);

}  // namespace perilune::datasets
