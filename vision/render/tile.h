#pragma once

#include <optional>

#include "vision/render/lit_points.h"
#include "vision/render/render.h"
#include "vision/render/secondary_light.h"
#include "vision/render/tile_rays.h"

namespace perilune::vision {

/// What all tiles of an image share.
struct Scene {
  LitGround ground;
  CameraView camera;
  std::optional<SecondaryLight> secondary;
};

Scene MakeScene(const dem::Terrain& terrain, const Camera& camera, const Eigen::Isometry3d& site_from_cam,
                const dem::Sun& sun, const RenderOptions& options);

/// Renders the tile whose upper left pixel is (col, row) into the images of `view`; pixels without a hit are
/// NaN.
void RenderTile(const Scene& scene, int col, int row, View& view);

}  // namespace perilune::vision
