#pragma once

// Plain data only: this header is compiled for several instruction sets, and an inline function of a library
// that came along could leak wide instructions into baseline code by link order.
#include <cstdint>

namespace perilune::dem {

/// Rays are traced in packets of this many; arrays are padded to a multiple of it.
inline constexpr int kPacketRays = 32;
/// Rays that share one height slab at most: a tile of 16 × 16 pixels.
inline constexpr int kChunkRays = 256;

/// Lowest and highest heights over blocks of 4·2^mip × 4·2^mip cells; +∞ and −∞ where all is missing.
struct MipView {
  const float* min_m;
  const float* max_m;
  std::int32_t width;
  std::int32_t height;
};

inline constexpr int kMaxMips = 20;

/// One level of the height field, as TerrainLevel has it.
struct LevelView {
  const float* z_m;
  std::int32_t width;
  std::int32_t height;
  double x0_m, y0_m, per_m;  ///< upper left grid point, 1 / spacing
  double max_x_m, min_y_m;   ///< lower right grid point
  float lowest_m, highest_m;
  std::int32_t mip_count;
  MipView mips[kMaxMips];
};

/// Rays as arrays; a step of 0 means that all rays share what the first kPacketRays elements repeat.
struct RaysView {
  const double* origin_m[3];
  const double* direction[3];
  std::int32_t origin_step;
  std::int32_t direction_step;
};

/// The stretches of rays that are traced, with a step as RaysView has them; empty where begin > end.
struct StretchesView {
  const double* begin_m;
  const double* end_m;
  std::int32_t step;
};

/// Packets that have slots in RayBounds: those of a chunk, or as many as there are lanes.
inline constexpr int kBoundSlots = 16;
static_assert(kBoundSlots >= kChunkRays / kPacketRays);

/// Bounds of the origins of some packets' rays and of their slopes dx/dz, dy/dz; a slot a packet.
struct RayBounds {
  double origin_low_m[3][kBoundSlots], origin_high_m[3][kBoundSlots];
  double slope_low[2][kBoundSlots], slope_high[2][kBoundSlots];
  double all_fall[kBoundSlots], all_rise[kBoundSlots];  ///< 1 or 0
};

/// What tracing needs of a chunk on any level.
struct ChunkRays {
  RayBounds packets;
  RayBounds all;  ///< in its first slot
  /// Of rays that leave one eye in directions of their own: the direction of each packet's middle ray, those
  /// of the others beside it, 1 / dz, and its range. A level ray counts as one that falls by next to nothing.
  double middle[3][kBoundSlots];
  float aside[3][kChunkRays];
  float per_dz[kChunkRays];
  float per_dz_low[kBoundSlots], per_dz_high[kBoundSlots];
};

/// kDoubtful: single precision cannot tell; the scalar path decides.
enum RayState : std::uint8_t { kRayPasses = 0, kRayHits = 1, kRayDoubtful = 2 };

/// What rays came to. Rays that hit take the number `level_index`.
struct HitsView {
  std::uint8_t* state;
  double* range_m;
  std::int8_t* level;
  std::int8_t level_index;
};

/// The kernels for one instruction set. `count` is a multiple of kPacketRays and at most kChunkRays.
struct RayKernel {
  void (*bounds)(const RaysView& rays, int count, ChunkRays* chunk);
  /// Parts of the stretches that lie over the level's rectangle; begin > end where there is none. Returns
  /// whether there is any.
  bool (*clip)(const LevelView& level, const RaysView& rays, int count, const StretchesView& stretches,
               double* clipped_begin_m, double* clipped_end_m);
  /// Traces the stretches: what of them is under the level's highest point must lie over its rectangle.
  /// Writes the state and, for hits, level and range_m (to double precision) of the rays whose stretch is not
  /// empty; leaves the others alone.
  void (*first_hits)(const LevelView& level, const RaysView& rays, const ChunkRays& chunk, int count,
                     const StretchesView& stretches, const HitsView& hits);
  /// The same without range_m and level.
  void (*occluded)(const LevelView& level, const RaysView& rays, const ChunkRays& chunk, int count,
                   const StretchesView& stretches, std::uint8_t* state);
  /// Slopes of the surface at places: differences over two cells, interpolated. NaN beside missing data, the
  /// border and outside. `count` is any multiple of kPacketRays.
  void (*gradients)(const LevelView& level, int count, const double* x_m, const double* y_m, double* dz_dx,
                    double* dz_dy);
};

extern const RayKernel kRayKernelSse2;
extern const RayKernel kRayKernelAvx2;
extern const RayKernel kRayKernelAvx512;

}  // namespace perilune::dem
