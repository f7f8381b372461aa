#include "vision/render/tile.h"

#include "vision/render/sub_samples.h"

namespace perilune::vision {
namespace {

/// What the ground sends back of the light that other ground throws on it, added to what the points have.
void AddSecondary(const Scene& scene, const TilePixels& pixels, LitPoints& points) {
  const double share = DiffuseAlbedo(scene.ground.options.reflectance, 1);
  for (int i = 0; i < points.count; ++i) {
    if (!points.has_normal[i] || !(points.light.cos_emission[i] > 0)) continue;
    const int pixel = points.ray[i];
    const auto& place = points.point_in_site_m;
    const auto& normal = points.light.normal;
    points.radiance[i] += share * points.albedo[i] *
                          scene.secondary->IrradianceAt({pixels.col_px[pixel], pixels.row_px[pixel]},
                                                        {place[0][i], place[1][i], place[2][i]},
                                                        {normal[0][i], normal[1][i], normal[2][i]});
  }
}

LitPoints See(const Scene& scene, const View& view, const TilePixels& pixels) {
  const TileRays rays(scene.camera, view.camera, view.site_from_cam, pixels);
  LitPoints points = LightAlong(scene.ground, rays.Bundle());
  if (scene.secondary) AddSecondary(scene, pixels, points);
  return points;
}

/// Radiance factor and lit fraction of each pixel of a tile.
struct TileImage {
  Row radiance{}, lit{};
};

TileImage ImageOf(const LitPoints& seen) {
  TileImage image;
  for (int i = 0; i < seen.count; ++i) {
    image.radiance[seen.ray[i]] = seen.radiance[i];
    image.lit[seen.ray[i]] = seen.lit[i];
  }
  return image;
}

/// Mean over the sub-samples of each pixel: of the radiance over all of them, of the lit fraction over those
/// that see ground.
TileImage MeanImage(const Scene& scene, const View& view, const TilePixels& pixels, const SampleGrid& grid) {
  TileImage mean;
  Row on_ground{};
  for (int sample = 0; sample < grid.Count(); ++sample) {
    const LitPoints seen = See(scene, view, Shifted(pixels, grid.Offset_px(sample)));
    for (int i = 0; i < seen.count; ++i) {
      if (!seen.has_normal[i]) continue;
      const int pixel = seen.ray[i];
      mean.radiance[pixel] += seen.radiance[i];
      mean.lit[pixel] += seen.lit[i];
      on_ground[pixel] += 1;
    }
  }
  for (int pixel = 0; pixel < pixels.count; ++pixel) {
    mean.radiance[pixel] /= grid.Count();
    if (on_ground[pixel] > 0) mean.lit[pixel] /= on_ground[pixel];
  }
  return mean;
}

/// Sub-samples for a tile. Slopes vary from cell to cell; how pixels stretch follows from their mean.
SampleGrid SamplesFor(const Scene& scene, const View& view, const TilePixels& pixels, const LitPoints& seen) {
  Row spacing_m;
  Eigen::Vector3d normal = Eigen::Vector3d::Zero();
  for (int i = 0; i < seen.count; ++i) {
    spacing_m[i] = scene.ground.terrain.Level(seen.level[i]).spacing_m;
    if (seen.has_normal[i]) normal += Eigen::Vector3d(-seen.surface.dz_dx[i], -seen.surface.dz_dy[i], 1);
  }
  if (normal.z() == 0) return {};
  const int middle = pixels.count / 2;
  const PixelSteps steps =
      PixelStepsAt(view.camera, view.site_from_cam.linear(), {pixels.col_px[middle], pixels.row_px[middle]});
  const auto size = static_cast<std::size_t>(seen.count);
  return ChooseSamples({std::span(seen.range_m.data(), size), Spans(seen.direction, seen.count),
                        std::span(spacing_m.data(), size), normal.normalized()},
                       steps, scene.ground.options.max_samples_across);
}

}  // namespace

Scene MakeScene(const dem::Terrain& terrain, const Camera& camera, const Eigen::Isometry3d& site_from_cam,
                const dem::Sun& sun, const RenderOptions& options) {
  Scene scene{MakeLitGround(terrain, sun, options), ViewOf(camera, site_from_cam.linear()), std::nullopt};
  if (options.secondary_light) scene.secondary.emplace(scene.ground, camera, site_from_cam);
  return scene;
}

void RenderTile(const Scene& scene, int col, int row, View& view) {
  const TilePixels pixels = PixelsOf(view.camera.width_px, view.camera.height_px, col, row);
  const LitPoints centres = See(scene, view, pixels);
  if (centres.count == 0) return;
  const SampleGrid grid =
      scene.ground.options.anti_alias ? SamplesFor(scene, view, pixels, centres) : SampleGrid{};
  const TileImage image = grid.Count() > 1 ? MeanImage(scene, view, pixels, grid) : ImageOf(centres);
  for (int i = 0; i < centres.count; ++i) {
    if (!centres.has_normal[i]) continue;
    const int pixel = centres.ray[i];
    const int u = static_cast<int>(pixels.col_px[pixel]), v = static_cast<int>(pixels.row_px[pixel]);
    view.range_m.at<double>(v, u) = centres.range_m[i];
    view.radiance.at<float>(v, u) = static_cast<float>(image.radiance[pixel]);
    view.lit_fraction.at<float>(v, u) = static_cast<float>(image.lit[pixel]);
  }
}

}  // namespace perilune::vision
