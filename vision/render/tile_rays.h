#pragma once

#include <Eigen/Geometry>
#include <algorithm>

#include "dem/terrain/ray_bundle.h"
#include "vision/camera/camera.h"
#include "vision/render/lit_points.h"

namespace perilune::vision {

/// Side of a square tile of pixels: its rays are traced together.
inline constexpr int kTileSide_px = 16;

/// Pixels of a tile: columns first_col up to and without end_col, rows likewise.
struct TileRect {
  int first_col = 0, first_row = 0, end_col = 0, end_row = 0;
};

/// Of an image of the given size, from (first_col, first_row) on.
inline TileRect TileAt(int width_px, int height_px, int first_col, int first_row) {
  return {first_col, first_row, std::min(first_col + kTileSide_px, width_px),
          std::min(first_row + kTileSide_px, height_px)};
}

/// Pixels of a run at most: all runs of a tile that is a multiple of it wide have as many.
inline constexpr int kRunPixels = 4;

/// The order of a tile's rays: 4 × 4 blocks of pixels, so that packets are compact. Calls run(first, col,
/// row, count) for each run of pixels in a row, whose rays are `first` and those after it.
template <typename Run>
void ForEachRun(const TileRect& tile, Run run) {
  constexpr int kBlock = kRunPixels;
  int first = 0;
  for (int block_row = tile.first_row; block_row < tile.end_row; block_row += kBlock) {
    for (int col = tile.first_col; col < tile.end_col; col += kBlock) {
      const int count = std::min(kBlock, tile.end_col - col);
      for (int row = block_row; row < std::min(block_row + kBlock, tile.end_row); ++row) {
        run(first, col, row, count);
        first += count;
      }
    }
  }
}

/// The pixels of a tile in the order of their rays, padded to whole packets by its first one.
struct TilePixels {
  int count = 0;
  Row col_px, row_px;
};

TilePixels PixelsOf(const TileRect& tile);

/// The same pixels, seen beside their centres.
TilePixels Shifted(TilePixels pixels, const Eigen::Vector2d& offset_px);

/// A camera as the kernels need it.
CameraView ViewOf(const Camera& camera, const Eigen::Matrix3d& site_from_cam);

/// The rays through the pixels of a tile.
class TileRays {
 public:
  TileRays(const CameraView& view, const Camera& camera, const Eigen::Isometry3d& site_from_cam,
           const TilePixels& pixels);
  /// The rays, whole packets of them; they point into this object.
  dem::RayBundle Bundle() const;

 private:
  int count_;
  Eigen::Vector3d eye_;
  Rows3 direction_;
};

}  // namespace perilune::vision
