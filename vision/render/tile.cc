#include "vision/render/tile.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "vision/render/sub_samples.h"

namespace perilune::vision {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Shadow rays start above the surface by this share of the ground spacing: well above the rounding of a hit,
/// and low enough that only shadows of steps below a thousandth of a cell are lost.
constexpr double kShadowBiasCells = 1e-3;

using Row = std::array<double, kTilePixels>;
using Rows3 = std::array<Row, 3>;

std::array<std::span<const double>, 3> Spans(const Rows3& rows, int count) {
  const auto size = static_cast<std::size_t>(count);
  return {std::span(rows[0].data(), size), std::span(rows[1].data(), size), std::span(rows[2].data(), size)};
}

int Padded(int count) { return (count + kTilePacket - 1) / kTilePacket * kTilePacket; }

/// The pixels of a tile in the order of their rays: 4 × 4 blocks, so that packets are compact.
struct TilePixels {
  int count = 0;
  Row col_px, row_px;
};

TilePixels PixelsOf(const Camera& camera, int first_col, int first_row) {
  constexpr int kBlock = 4;
  TilePixels pixels;
  const int end_col = std::min(first_col + kTileSide_px, camera.width_px);
  const int end_row = std::min(first_row + kTileSide_px, camera.height_px);
  for (int block_row = first_row; block_row < end_row; block_row += kBlock) {
    for (int block_col = first_col; block_col < end_col; block_col += kBlock) {
      for (int row = block_row; row < std::min(block_row + kBlock, end_row); ++row) {
        for (int col = block_col; col < std::min(block_col + kBlock, end_col); ++col) {
          pixels.col_px[pixels.count] = col;
          pixels.row_px[pixels.count] = row;
          ++pixels.count;
        }
      }
    }
  }
  std::fill(pixels.col_px.begin() + pixels.count, pixels.col_px.end(), first_col);
  std::fill(pixels.row_px.begin() + pixels.count, pixels.row_px.end(), first_row);
  return pixels;
}

/// The same pixels, seen beside their centres.
TilePixels Shifted(TilePixels pixels, const Eigen::Vector2d& offset_px) {
  for (double& col : pixels.col_px) col += offset_px.x();
  for (double& row : pixels.row_px) row += offset_px.y();
  return pixels;
}

/// The points that a tile sees, without the pixels that see none.
struct TilePoints {
  int count = 0;
  std::array<int, kTilePixels> pixel;  ///< of each point
  Row range_m;
  Rows3 direction, point_in_site_m;
  std::vector<int> level;
};

Rows3 RaysOf(const Scene& scene, const Camera& camera, const Eigen::Matrix3d& rotation,
             const TilePixels& pixels) {
  Rows3 direction;
  const auto fill_one = [&](int i) {
    const Eigen::Vector3d ray = rotation * camera.Unproject({pixels.col_px[i], pixels.row_px[i]});
    for (int axis = 0; axis < 3; ++axis) direction[axis][i] = ray[axis];
  };
  if (camera.IsFisheye()) {  // the kernel knows the pinhole's lenses only
    for (int i = 0; i < Padded(pixels.count); ++i) fill_one(i);
    return direction;
  }
  ChosenShadeKernel().unproject(scene.camera, Padded(pixels.count), pixels.col_px.data(),
                                pixels.row_px.data(), direction[0].data(), direction[1].data(),
                                direction[2].data());
  if (!scene.camera.distorted) return direction;
  for (int i = 0; i < pixels.count; ++i) {
    if (std::isnan(direction[0][i])) fill_one(i);
  }
  return direction;
}

TilePoints PointsOf(const Scene& scene, const View& view, const TilePixels& pixels, const Rows3& direction) {
  const Eigen::Vector3d eye = view.site_from_cam.translation();
  dem::RayBundle bundle;
  bundle.direction = Spans(direction, pixels.count);
  for (int axis = 0; axis < 3; ++axis) bundle.origin_in_site_m[axis] = {&eye[axis], 1};
  const dem::BundleHits hits = scene.terrain.FirstHits(bundle);
  TilePoints points;
  points.level.reserve(hits.level.size());
  for (int i = 0; i < pixels.count; ++i) {
    if (std::isnan(hits.range_m[i])) continue;
    const int to = points.count++;
    points.pixel[to] = i;
    points.range_m[to] = hits.range_m[i];
    points.level.push_back(hits.level[i]);
    for (int axis = 0; axis < 3; ++axis) {
      points.direction[axis][to] = direction[axis][i];
      points.point_in_site_m[axis][to] = eye[axis] + hits.range_m[i] * direction[axis][i];
    }
  }
  return points;
}

/// Share of the Sun that each point sees; 0 where the surface faces away from the Sun's centre.
Row LitOf(const Scene& scene, const TilePoints& points, const TileLight& light) {
  Row lit{};
  std::array<int, kTilePixels> facing;
  Rows3 origin;
  int count = 0;
  for (int i = 0; i < points.count; ++i) {
    if (!(light.cos_incidence[i] > 0)) continue;
    lit[i] = 1;
    const double bias_m = kShadowBiasCells * scene.terrain.Level(points.level[i]).spacing_m;
    for (int axis = 0; axis < 3; ++axis) {
      origin[axis][count] = points.point_in_site_m[axis][i] + bias_m * light.normal[axis][i];
    }
    facing[count++] = i;
  }
  if (!scene.options.cast_shadows) return lit;
  const std::vector<double> shares = LitFractions(scene.terrain, scene.sun, Spans(origin, count));
  for (int i = 0; i < count; ++i) lit[facing[i]] = shares[i];
  return lit;
}

Row RadianceFactors(const Scene& scene, const TilePoints& points, const TileLight& light, const Row& albedo) {
  Row factor;
  switch (scene.options.reflectance) {
    case Reflectance::kLambert:
      ChosenShadeKernel().lambert(Padded(points.count), light, albedo.data(), factor.data());
      return factor;
    case Reflectance::kLunarLambert:
      ChosenShadeKernel().lunar_lambert(Padded(points.count), light, albedo.data(), factor.data());
      return factor;
    default:
      break;
  }
  for (int i = 0; i < points.count; ++i) {
    const double phase_rad = std::acos(std::clamp(light.cos_phase[i], -1.0, 1.0));
    factor[i] = RadianceFactor(scene.options.reflectance,
                               {light.cos_incidence[i], light.cos_emission[i], phase_rad}, albedo[i]);
  }
  return factor;
}

Row AlbedoOf(const Scene& scene, const dem::SurfaceSamples& surface) {
  Row albedo;
  if (scene.options.constant_albedo > 0) {
    albedo.fill(scene.options.constant_albedo);
  } else {
    std::copy(surface.albedo.begin(), surface.albedo.end(), albedo.begin());
    std::fill(albedo.begin() + static_cast<std::ptrdiff_t>(surface.albedo.size()), albedo.end(), kNaN);
  }
  return albedo;
}

TileLight LightOf(const View& view, const TilePoints& points, const dem::SurfaceSamples& surface) {
  Row dz_dx{}, dz_dy{};
  std::copy(surface.dz_dx.begin(), surface.dz_dx.end(), dz_dx.begin());
  std::copy(surface.dz_dy.begin(), surface.dz_dy.end(), dz_dy.begin());
  const double* const direction[3] = {points.direction[0].data(), points.direction[1].data(),
                                      points.direction[2].data()};
  TileLight light;
  ChosenShadeKernel().light(view.sun.direction_to_sun_in_site.data(), Padded(points.count), direction,
                            dz_dx.data(), dz_dy.data(), &light);
  return light;
}

/// What the rays of a tile see: the points, and under each its light.
struct SeenTile {
  TilePoints points;
  dem::SurfaceSamples surface;
  Row lit, factor;
  std::array<bool, kTilePixels> has_normal;  ///< where it has none, nothing is seen
};

SeenTile See(const Scene& scene, const View& view, const TilePixels& pixels) {
  SeenTile seen;
  seen.points =
      PointsOf(scene, view, pixels, RaysOf(scene, view.camera, view.site_from_cam.linear(), pixels));
  const TilePoints& points = seen.points;
  if (points.count == 0) return seen;
  const auto places = Spans(points.point_in_site_m, points.count);
  seen.surface = scene.terrain.SampleSurface(places[0], places[1], points.level);
  const TileLight light = LightOf(view, points, seen.surface);
  seen.lit = LitOf(scene, points, light);
  seen.factor = RadianceFactors(scene, points, light, AlbedoOf(scene, seen.surface));
  for (int i = 0; i < points.count; ++i) {
    seen.has_normal[i] = !std::isnan(light.normal[2][i]);
  }
  return seen;
}

/// Radiance factor and lit fraction of each pixel of a tile.
struct TileImage {
  Row radiance{}, lit{};
};

TileImage ImageOf(const SeenTile& seen) {
  TileImage image;
  for (int i = 0; i < seen.points.count; ++i) {
    const int pixel = seen.points.pixel[i];
    image.radiance[pixel] = seen.lit[i] > 0 ? seen.lit[i] * seen.factor[i] : 0;
    image.lit[pixel] = seen.lit[i];
  }
  return image;
}

/// Mean over the sub-samples of each pixel: of the radiance over all of them, of the lit fraction over those
/// that see ground.
TileImage MeanImage(const Scene& scene, const View& view, const TilePixels& pixels, const SampleGrid& grid) {
  TileImage mean;
  Row on_ground{};
  for (int sample = 0; sample < grid.Count(); ++sample) {
    const SeenTile seen = See(scene, view, Shifted(pixels, grid.Offset_px(sample)));
    for (int i = 0; i < seen.points.count; ++i) {
      if (!seen.has_normal[i]) continue;
      const int pixel = seen.points.pixel[i];
      mean.radiance[pixel] += seen.lit[i] > 0 ? seen.lit[i] * seen.factor[i] : 0;
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
SampleGrid SamplesFor(const Scene& scene, const View& view, const TilePixels& pixels, const SeenTile& seen) {
  const TilePoints& points = seen.points;
  Row spacing_m;
  Eigen::Vector3d normal = Eigen::Vector3d::Zero();
  for (int i = 0; i < points.count; ++i) {
    spacing_m[i] = scene.terrain.Level(points.level[i]).spacing_m;
    if (seen.has_normal[i]) normal += Eigen::Vector3d(-seen.surface.dz_dx[i], -seen.surface.dz_dy[i], 1);
  }
  if (normal.z() == 0) return {};
  const int middle = pixels.count / 2;
  const PixelSteps steps =
      PixelStepsAt(view.camera, view.site_from_cam.linear(), {pixels.col_px[middle], pixels.row_px[middle]});
  const auto size = static_cast<std::size_t>(points.count);
  return ChooseSamples({std::span(points.range_m.data(), size), Spans(points.direction, points.count),
                        std::span(spacing_m.data(), size), normal.normalized()},
                       steps, scene.options.max_samples_across);
}

/// Squared radius up to which r·(1 + k1 r² + k2 r⁴ + k3 r⁶) grows: the first root of its derivative, sought
/// in steps far smaller than the lens' own scale and taken a step too small.
double MonotonicTo(const std::array<double, 5>& k, double farthest) {
  constexpr int kSteps = 1000;
  for (int i = 1; i <= kSteps; ++i) {
    const double s = farthest * i / kSteps;
    if (!(1 + s * (3 * k[0] + s * (5 * k[1] + s * 7 * k[4])) > 0)) return farthest * (i - 1) / kSteps;
  }
  return farthest;
}

}  // namespace

Scene MakeScene(const dem::Terrain& terrain, const Camera& camera, const Eigen::Isometry3d& site_from_cam,
                const dem::Sun& sun, const RenderOptions& options) {
  constexpr double kFarthest = 4;  // r² of the rays for which Newton's method is trusted: 63° off the axis
  CameraView view{};
  view.fx_px = camera.fx_px;
  view.fy_px = camera.fy_px;
  view.cx_px = camera.cx_px;
  view.cy_px = camera.cy_px;
  for (int row = 0; row < 3; ++row) {
    for (int col = 0; col < 3; ++col) view.site_from_cam[row][col] = site_from_cam.linear()(row, col);
  }
  const auto& k = camera.distortion;
  view.distorted = std::any_of(k.begin(), k.end(), [](double value) { return value != 0; });
  std::copy(k.begin(), k.end(), view.distortion);
  view.monotonic_to = MonotonicTo(k, kFarthest);
  return {terrain, options, view, CutSun(sun, options.sun_samples)};
}

void RenderTile(const Scene& scene, int col, int row, View& view) {
  const TilePixels pixels = PixelsOf(view.camera, col, row);
  const SeenTile centres = See(scene, view, pixels);
  if (centres.points.count == 0) return;
  const SampleGrid grid = scene.options.anti_alias ? SamplesFor(scene, view, pixels, centres) : SampleGrid{};
  const TileImage image = grid.Count() > 1 ? MeanImage(scene, view, pixels, grid) : ImageOf(centres);
  for (int i = 0; i < centres.points.count; ++i) {
    if (!centres.has_normal[i]) continue;
    const int pixel = centres.points.pixel[i];
    const int u = static_cast<int>(pixels.col_px[pixel]), v = static_cast<int>(pixels.row_px[pixel]);
    view.range_m.at<double>(v, u) = centres.points.range_m[i];
    view.radiance.at<float>(v, u) = static_cast<float>(image.radiance[pixel]);
    view.lit_fraction.at<float>(v, u) = static_cast<float>(image.lit[pixel]);
  }
}

const ShadeKernel& ChosenShadeKernel() {
  switch (dem::ChosenSimdLevel()) {
    case dem::SimdLevel::kAvx512:
      return kShadeKernelAvx512;
    case dem::SimdLevel::kAvx2:
      return kShadeKernelAvx2;
    case dem::SimdLevel::kSse2:
      break;
  }
  return kShadeKernelSse2;
}

}  // namespace perilune::vision
