#pragma once

// Plain data only, for the reason in dem/terrain/ray_kernel.h.
#include <cstdint>

namespace perilune::vision {

/// Pixels of one tile at most, and the packet that array lengths are padded to.
inline constexpr int kTilePixels = 256;
inline constexpr int kTilePacket = 32;

/// A pinhole camera as the kernels need it: focal lengths and centre in pixels, rows of site_from_cam, and
/// the lens: k1 k2 p1 p2 k3 and the squared radius up to which its polynomial is monotonic.
struct CameraView {
  double fx_px, fy_px, cx_px, cy_px;
  double site_from_cam[3][3];
  bool distorted;
  double distortion[5];
  double monotonic_to;
};

/// Light on the pixels of a tile.
struct TileLight {
  double normal[3][kTilePixels];
  double cos_incidence[kTilePixels];
  double cos_emission[kTilePixels];
  double cos_phase[kTilePixels];
};

/// The kernels for one instruction set. `count` is a multiple of kTilePacket, at most kTilePixels.
struct ShadeKernel {
  /// Unit rays in `site` through pixels; NaN where Newton's method does not arrive inside the lens' range.
  void (*unproject)(const CameraView& camera, int count, const double* col_px, const double* row_px,
                    double* direction_x, double* direction_y, double* direction_z);
  /// Where rays hit: origin + range · direction; an origin_step of 0 means that all rays share the first
  /// origin.
  void (*points)(int count, const double* const origin[3], int origin_step, const double* const direction[3],
                 const double* range_m, double* const point[3]);
  /// Normals from slopes, and cosines for rays that look along `direction`.
  void (*light)(const double to_sun[3], int count, const double* const direction[3], const double* dz_dx,
                const double* dz_dy, TileLight* light);
  /// RadianceFactor of kLambert and kLunarLambert.
  void (*lambert)(int count, const TileLight& light, const double* albedo, double* radiance_factor);
  void (*lunar_lambert)(int count, const TileLight& light, const double* albedo, double* radiance_factor);
  /// Radiance lit · factor, 0 where nothing is lit; ranges become NaN where the normal is.
  void (*reflect)(int count, const double* lit, const double* factor, const double* normal_z,
                  double* radiance, double* range_m);
  /// Radiance and lit share in single precision; NaN where the range is.
  void (*pictures)(int count, const double* range_m, const double* radiance, const double* lit,
                   float* radiances, float* lits);
};

extern const ShadeKernel kShadeKernelSse2;
extern const ShadeKernel kShadeKernelAvx2;
extern const ShadeKernel kShadeKernelAvx512;

}  // namespace perilune::vision
