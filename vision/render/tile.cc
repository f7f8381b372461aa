#include "vision/render/tile.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>

#include "vision/render/sub_samples.h"

namespace perilune::vision {
namespace {

/// What the ground sends back of the light that other ground throws on it, added to what the points have.
void AddSecondary(const Scene& scene, const TilePixels& pixels, LitPoints& points) {
  const double share = DiffuseAlbedo(scene.ground.options.reflectance, 1);
  const auto& place = points.point_in_site_m;
  const auto& normal = points.light.normal;
  for (int i = 0; i < pixels.count; ++i) {
    if (!points.Sees(i) || !(points.light.cos_emission[i] > 0)) continue;
    points.radiance[i] += share * points.surface.albedo[i] *
                          scene.secondary->IrradianceAt({pixels.col_px[i], pixels.row_px[i]},
                                                        {place[0][i], place[1][i], place[2][i]},
                                                        {normal[0][i], normal[1][i], normal[2][i]});
  }
}

LitPoints See(const Scene& scene, const TileRays& rays, const TilePixels& pixels) {
  LitPoints points = LightAlong(scene.ground, rays.Bundle());
  if (scene.secondary && points.any) AddSecondary(scene, pixels, points);
  return points;
}

/// Radiance factor and lit fraction of each pixel of a tile.
struct TileImage {
  Row radiance, lit;
};

/// Mean over the sub-samples of each pixel: of the radiance over all of them, of the lit fraction over those
/// that see ground.
TileImage MeanImage(const Scene& scene, const View& view, const TilePixels& pixels, const SampleGrid& grid) {
  TileImage mean{};
  Row on_ground{};
  for (int sample = 0; sample < grid.Count(); ++sample) {
    const TilePixels places = Shifted(pixels, grid.Offset_px(sample));
    const TileRays rays(scene.camera, view.camera, view.site_from_cam, places);
    const LitPoints seen = See(scene, rays, places);
    for (int i = 0; i < pixels.count && seen.any; ++i) {
      if (!seen.Sees(i)) continue;
      mean.radiance[i] += seen.radiance[i];
      mean.lit[i] += seen.lit[i];
      on_ground[i] += 1;
    }
  }
  for (int i = 0; i < pixels.count; ++i) {
    mean.radiance[i] /= grid.Count();
    if (on_ground[i] > 0) mean.lit[i] /= on_ground[i];
  }
  return mean;
}

/// Sub-samples for a tile. Slopes vary from cell to cell; how pixels stretch follows from their mean.
SampleGrid SamplesFor(const Scene& scene, const View& view, const TilePixels& pixels, const LitPoints& seen) {
  Row range_m, spacing_m;
  Rows3 direction;
  Eigen::Vector3d normal = Eigen::Vector3d::Zero();
  int count = 0;
  for (int i = 0; i < pixels.count; ++i) {
    if (!seen.Sees(i)) continue;
    range_m[count] = seen.hits.range_m[i];
    spacing_m[count] = scene.ground.terrain.Level(seen.hits.level[i]).spacing_m;
    for (int axis = 0; axis < 3; ++axis) direction[axis][count] = seen.rays.direction[axis][i];
    normal += Eigen::Vector3d(-seen.surface.dz_dx[i], -seen.surface.dz_dy[i], 1);
    ++count;
  }
  if (count == 0) return {};
  const int middle = pixels.count / 2;
  const PixelSteps steps =
      PixelStepsAt(view.camera, view.site_from_cam.linear(), {pixels.col_px[middle], pixels.row_px[middle]});
  const auto size = static_cast<std::size_t>(count);
  return ChooseSamples({std::span(range_m.data(), size), Spans(direction, count),
                        std::span(spacing_m.data(), size), normal.normalized()},
                       steps, scene.ground.options.max_samples_across);
}

/// What of a tile goes into the images, in the order of its rays.
struct TileStore {
  const double* range_m;
  std::array<float, kTilePixels> radiance, lit;
};

/// Copies runs of pixels into the images. A whole tile's have a length that the compiler knows.
template <typename Length>
void StoreRuns(const TileRect& tile, const TileStore& from, View& view, Length length) {
  ForEachRun(tile, [&](int first, int col, int row, int count) {
    const auto copy = [&](const auto* pixels, auto* to) {
      std::memcpy(to + col, pixels + first, length(count) * sizeof *pixels);
    };
    copy(from.range_m, view.range_m.ptr<double>(row));
    copy(from.radiance.data(), view.radiance.ptr<float>(row));
    copy(from.lit.data(), view.lit_fraction.ptr<float>(row));
  });
}

/// Writes a tile; without hits it is empty.
void Store(const TileRect& tile, const LitPoints& centres, const Row& radiance, const Row& lit, View& view) {
  TileStore store;
  Row nowhere;
  store.range_m = centres.hits.range_m.data();
  if (centres.any) {
    ChosenShadeKernel().pictures(centres.count, store.range_m, radiance.data(), lit.data(),
                                 store.radiance.data(), store.lit.data());
  } else {
    nowhere.fill(std::numeric_limits<double>::quiet_NaN());
    store.range_m = nowhere.data();
    store.radiance.fill(std::numeric_limits<float>::quiet_NaN());
    store.lit = store.radiance;
  }
  const bool whole = tile.end_col - tile.first_col == kTileSide_px;
  if (whole) {
    StoreRuns(tile, store, view, [](int) { return std::size_t{kRunPixels}; });
  } else {
    StoreRuns(tile, store, view, [](int count) { return static_cast<std::size_t>(count); });
  }
}

}  // namespace

Scene MakeScene(const dem::Terrain& terrain, const Camera& camera, const Eigen::Isometry3d& site_from_cam,
                const dem::Sun& sun, const RenderOptions& options) {
  Scene scene{MakeLitGround(terrain, sun, options), ViewOf(camera, site_from_cam.linear()), std::nullopt};
  if (options.secondary_light) scene.secondary.emplace(scene.ground, camera, site_from_cam);
  return scene;
}

void RenderTile(const Scene& scene, int col, int row, View& view) {
  const TileRect tile = TileAt(view.camera.width_px, view.camera.height_px, col, row);
  const TilePixels pixels = PixelsOf(tile);
  const TileRays rays(scene.camera, view.camera, view.site_from_cam, pixels);
  const LitPoints centres = See(scene, rays, pixels);
  if (scene.ground.options.anti_alias && centres.any) {
    const SampleGrid grid = SamplesFor(scene, view, pixels, centres);
    if (grid.Count() > 1) {
      const TileImage mean = MeanImage(scene, view, pixels, grid);
      Store(tile, centres, mean.radiance, mean.lit, view);
      return;
    }
  }
  Store(tile, centres, centres.radiance, centres.lit, view);
}

}  // namespace perilune::vision
