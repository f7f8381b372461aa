#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace perilune::datasets {

/// No chunk may say that it is larger: what a writer makes is a thousandth of it.
inline constexpr std::uint64_t kMcapMaxChunkBytes = std::uint64_t{1} << 30;

/// One zstd frame.
std::string CompressZstd(std::string_view bytes);

/// A chunk's records: `compression` is "", "zstd" or "lz4" (frames). Memory grows with what really comes out,
/// not with what `size` promises. Throws std::invalid_argument: another compression, damaged data, another
/// size than `size`, more than kMcapMaxChunkBytes.
std::string DecompressMcap(std::string_view compression, std::string_view compressed, std::uint64_t size);

/// CRC-32 as zlib's, going on from `crc` (0 at the start).
std::uint32_t McapCrc(std::string_view bytes, std::uint32_t crc = 0);

}  // namespace perilune::datasets
