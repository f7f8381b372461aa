#pragma once

#include <optional>

#include "vision/render/render.h"
#include "vision/render/shade_kernel.h"
#include "vision/render/sun_strips.h"

namespace perilune::vision {

/// Side of a square tile of pixels: its rays are traced together.
inline constexpr int kTileSide_px = 16;

/// What all tiles of an image share.
struct Scene {
  const dem::Terrain& terrain;
  const RenderOptions& options;
  CameraView camera;
  SunStrips sun;
};

Scene MakeScene(const dem::Terrain& terrain, const Camera& camera, const Eigen::Isometry3d& site_from_cam,
                const dem::Sun& sun, const RenderOptions& options);

/// Renders the tile whose upper left pixel is (col, row) into the images of `view`; pixels without a hit are
/// left alone.
void RenderTile(const Scene& scene, int col, int row, View& view);

const ShadeKernel& ChosenShadeKernel();

}  // namespace perilune::vision
