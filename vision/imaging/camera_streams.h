#pragma once

#include <cstdint>

namespace perilune::vision {

/// Streams of random numbers that belong to a camera and not to an image; far from the streams of images,
/// which count up from 0.
enum class CameraStream : std::uint64_t {
  kDustColumn = std::uint64_t{1} << 40,
  kDustRow,
  kDustRadius,
  kDustDepth,
  kPixelGain,
  kPixelOffset,
  kRowOffset,
  kColumnOffset,
  kHotPixel,
  kHotPixelRate,
};

constexpr std::uint64_t StreamNumber(CameraStream stream) { return static_cast<std::uint64_t>(stream); }

}  // namespace perilune::vision
