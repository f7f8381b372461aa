#include "vision/render/lit_points.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vision/render/earthshine.h"

namespace perilune::vision {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Shadow rays start above the surface by this share of the ground spacing: well above the rounding of a hit,
/// and low enough that only shadows of steps below a thousandth of a cell are lost.
constexpr double kShadowBiasCells = 1e-3;

void KeepHits(const dem::RayBundle& rays, const dem::BundleHits& hits, LitPoints& points) {
  const std::size_t origin_step = rays.origin_in_site_m[0].size() > 1 ? 1 : 0;
  const std::size_t direction_step = rays.direction[0].size() > 1 ? 1 : 0;
  points.level.reserve(hits.level.size());
  for (std::size_t i = 0; i < hits.range_m.size(); ++i) {
    if (std::isnan(hits.range_m[i])) continue;
    const int to = points.count++;
    points.ray[to] = static_cast<int>(i);
    points.range_m[to] = hits.range_m[i];
    points.level.push_back(hits.level[i]);
    for (int axis = 0; axis < 3; ++axis) {
      points.direction[axis][to] = rays.direction[axis][direction_step * i];
      points.point_in_site_m[axis][to] = rays.origin_in_site_m[axis][origin_step * i] +
                                         hits.range_m[i] * rays.direction[axis][direction_step * i];
    }
  }
}

void FillAlbedo(const RenderOptions& options, LitPoints& points) {
  if (options.constant_albedo > 0) {
    points.albedo.fill(options.constant_albedo);
    return;
  }
  std::copy(points.surface.albedo.begin(), points.surface.albedo.end(), points.albedo.begin());
  std::fill(points.albedo.begin() + points.count, points.albedo.end(), kNaN);
}

void FillLight(const LightSource& source, const LitPoints& points, TileLight& light) {
  Row dz_dx{}, dz_dy{};
  std::copy(points.surface.dz_dx.begin(), points.surface.dz_dx.end(), dz_dx.begin());
  std::copy(points.surface.dz_dy.begin(), points.surface.dz_dy.end(), dz_dy.begin());
  const double* const direction[3] = {points.direction[0].data(), points.direction[1].data(),
                                      points.direction[2].data()};
  ChosenShadeKernel().light(source.direction_in_site.data(), Padded(points.count), direction, dz_dx.data(),
                            dz_dy.data(), &light);
}

double Bias_m(const LitGround& ground, int level) {
  return kShadowBiasCells * ground.terrain.Level(level).spacing_m;
}

/// Share of the source that each point sees; 0 where the surface faces away from its centre.
Row LitBy(const LitGround& ground, const LightSource& source, const LitPoints& points,
          const TileLight& light) {
  Row lit{};
  std::array<int, kTilePixels> facing;
  Rows3 origin;
  int count = 0;
  for (int i = 0; i < points.count; ++i) {
    if (!(light.cos_incidence[i] > 0)) continue;
    lit[i] = 1;
    const double bias_m = Bias_m(ground, points.level[i]);
    for (int axis = 0; axis < 3; ++axis) {
      origin[axis][count] = points.point_in_site_m[axis][i] + bias_m * light.normal[axis][i];
    }
    facing[count++] = i;
  }
  if (!ground.options.cast_shadows) return lit;
  const std::vector<double> shares = LitFractions(ground.terrain, source.strips, Spans(origin, count));
  for (int i = 0; i < count; ++i) lit[facing[i]] = shares[i];
  return lit;
}

Row RadianceFactors(Reflectance law, const LitPoints& points, const TileLight& light) {
  Row factor;
  switch (law) {
    case Reflectance::kLambert:
      ChosenShadeKernel().lambert(Padded(points.count), light, points.albedo.data(), factor.data());
      return factor;
    case Reflectance::kLunarLambert:
      ChosenShadeKernel().lunar_lambert(Padded(points.count), light, points.albedo.data(), factor.data());
      return factor;
    default:
      break;
  }
  for (int i = 0; i < points.count; ++i) {
    const double phase_rad = std::acos(std::clamp(light.cos_phase[i], -1.0, 1.0));
    factor[i] =
        RadianceFactor(law, {light.cos_incidence[i], light.cos_emission[i], phase_rad}, points.albedo[i]);
  }
  return factor;
}

void AddSource(const LitGround& ground, const LightSource& source, LitPoints& points) {
  TileLight light;
  FillLight(source, points, light);
  const Row lit = LitBy(ground, source, points, light);
  const Row factor = RadianceFactors(ground.options.reflectance, points, light);
  for (int i = 0; i < points.count; ++i) {
    if (lit[i] > 0) points.radiance[i] += source.share * lit[i] * factor[i];
  }
}

}  // namespace

int Padded(int count) { return (count + kTilePacket - 1) / kTilePacket * kTilePacket; }

LitGround MakeLitGround(const dem::Terrain& terrain, const dem::Sun& sun, const RenderOptions& options) {
  LitGround ground{terrain, options, {{sun.direction_to_sun_in_site, CutSun(sun, options.sun_samples), 1}}};
  if (options.earthshine) {
    const dem::Sun earth{options.earthshine->direction_to_earth_in_site, 0};
    ground.sources.push_back(
        {earth.direction_to_sun_in_site, CutSun(earth, 1), options.earthshine->share_of_sun});
  }
  return ground;
}

LitPoints LightAlong(const LitGround& ground, const dem::RayBundle& rays) {
  LitPoints points;
  KeepHits(rays, ground.terrain.FirstHits(rays), points);
  if (points.count == 0) return points;
  const auto places = Spans(points.point_in_site_m, points.count);
  points.surface = ground.terrain.SampleSurface(places[0], places[1], points.level);
  FillAlbedo(ground.options, points);
  const LightSource& sun = ground.sources.front();
  FillLight(sun, points, points.light);
  points.lit = LitBy(ground, sun, points, points.light);
  const Row factor = RadianceFactors(ground.options.reflectance, points, points.light);
  for (int i = 0; i < points.count; ++i) {
    points.radiance[i] = points.lit[i] > 0 ? points.lit[i] * factor[i] : 0;
    points.has_normal[i] = !std::isnan(points.light.normal[2][i]);
  }
  for (std::size_t i = 1; i < ground.sources.size(); ++i) AddSource(ground, ground.sources[i], points);
  return points;
}

Eigen::Vector3d AboveSurface(const LitGround& ground, const LitPoints& points, int index) {
  Eigen::Vector3d place;
  const double bias_m = Bias_m(ground, points.level[index]);
  for (int axis = 0; axis < 3; ++axis) {
    place[axis] = points.point_in_site_m[axis][index] + bias_m * points.light.normal[axis][index];
  }
  return place;
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
