#pragma once

#include <Eigen/Geometry>

#include "dem/terrain/ray_bundle.h"
#include "vision/camera/camera.h"
#include "vision/render/lit_points.h"

namespace perilune::vision {

/// Side of a square tile of pixels: its rays are traced together.
inline constexpr int kTileSide_px = 16;

/// The pixels of a tile in the order of their rays: 4 × 4 blocks, so that packets are compact.
struct TilePixels {
  int count = 0;
  Row col_px, row_px;
};

/// Of an image of the given size, from (first_col, first_row) on.
TilePixels PixelsOf(int width_px, int height_px, int first_col, int first_row);

/// The same pixels, seen beside their centres.
TilePixels Shifted(TilePixels pixels, const Eigen::Vector2d& offset_px);

/// A camera as the kernels need it.
CameraView ViewOf(const Camera& camera, const Eigen::Matrix3d& site_from_cam);

/// The rays through the pixels of a tile.
class TileRays {
 public:
  TileRays(const CameraView& view, const Camera& camera, const Eigen::Isometry3d& site_from_cam,
           const TilePixels& pixels);
  /// The rays; they point into this object.
  dem::RayBundle Bundle() const;

 private:
  int count_;
  Eigen::Vector3d eye_;
  Rows3 direction_;
};

}  // namespace perilune::vision
