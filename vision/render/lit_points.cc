#include "vision/render/lit_points.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "vision/render/earthshine.h"
#include "vision/render/sun_maps.h"

namespace perilune::vision {
namespace {

/// Shadow rays start above the surface by this share of the ground spacing: well above the rounding of a hit,
/// and low enough that only shadows of steps below a thousandth of a cell are lost.
constexpr double kShadowBiasCells = 1e-3;

std::array<const double*, 3> Data(const std::array<std::span<const double>, 3>& spans) {
  return {spans[0].data(), spans[1].data(), spans[2].data()};
}

/// Where the rays hit; returns whether any does.
bool FillPoints(const dem::RayBundle& rays, const dem::BundleHits& hits, Rows3& point_in_site_m) {
  double* const point[3] = {point_in_site_m[0].data(), point_in_site_m[1].data(), point_in_site_m[2].data()};
  ChosenShadeKernel().points(rays.Count(), Data(rays.origin_in_site_m).data(),
                             rays.origin_in_site_m[0].size() > 1 ? 1 : 0, Data(rays.direction).data(),
                             hits.range_m.data(), point);
  std::int8_t highest = -1;
  for (const std::int8_t level : hits.level) highest = std::max(highest, level);
  return highest >= 0;
}

void FillLight(const LightSource& source, const LitPoints& points, TileLight& light) {
  ChosenShadeKernel().light(source.direction_in_site.data(), points.count, Data(points.rays.direction).data(),
                            points.surface.dz_dx.data(), points.surface.dz_dy.data(), &light);
}

/// Share of the source that each point sees; 0 where the surface faces away from its centre.
void FillLit(const LitGround& ground, const LightSource& source, const LitPoints& points,
             const TileLight& light, Row& lit) {
  if (!ground.options.cast_shadows) {
    for (int i = 0; i < points.count; ++i) lit[i] = light.cos_incidence[i] > 0 ? 1 : 0;
    return;
  }
  std::array<int, kTilePixels> facing;
  Rows3 origin;
  int count = 0;
  for (int i = 0; i < points.count; ++i) {
    lit[i] = 0;
    if (!(light.cos_incidence[i] > 0)) continue;
    if (source.maps) {
      const int lowest = source.maps->LowestFree(points.hits.level[i], points.point_in_site_m[0][i],
                                                 points.point_in_site_m[1][i]);
      if (lowest != SunMaps::kUndecided) {
        lit[i] = source.strips.ShareAbove(lowest);
        continue;
      }
    }
    const double bias_m = ground.bias_m[points.hits.level[i]];
    for (int axis = 0; axis < 3; ++axis) {
      origin[axis][count] = points.point_in_site_m[axis][i] + bias_m * light.normal[axis][i];
    }
    facing[count++] = i;
  }
  const std::vector<double> shares = LitFractions(ground.terrain, source.strips, Spans(origin, count));
  for (int i = 0; i < count; ++i) lit[facing[i]] = shares[i];
}

void FillRadianceFactors(Reflectance law, const LitPoints& points, const TileLight& light, Row& factor) {
  const double* albedo = points.surface.albedo.data();
  switch (law) {
    case Reflectance::kLambert:
      ChosenShadeKernel().lambert(points.count, light, albedo, factor.data());
      return;
    case Reflectance::kLunarLambert:
      ChosenShadeKernel().lunar_lambert(points.count, light, albedo, factor.data());
      return;
    default:
      break;
  }
  for (int i = 0; i < points.count; ++i) {
    const double phase_rad = std::acos(std::clamp(light.cos_phase[i], -1.0, 1.0));
    factor[i] = RadianceFactor(law, {light.cos_incidence[i], light.cos_emission[i], phase_rad}, albedo[i]);
  }
}

void AddSource(const LitGround& ground, const LightSource& source, LitPoints& points) {
  TileLight light;
  Row lit, factor;
  FillLight(source, points, light);
  FillLit(ground, source, points, light, lit);
  FillRadianceFactors(ground.options.reflectance, points, light, factor);
  for (int i = 0; i < points.count; ++i) {
    if (lit[i] > 0) points.radiance[i] += source.share * lit[i] * factor[i];
  }
}

}  // namespace

int Padded(int count) { return (count + kTilePacket - 1) / kTilePacket * kTilePacket; }

LitGround MakeLitGround(const dem::Terrain& terrain, const dem::Sun& sun, const RenderOptions& options) {
  LitGround ground{terrain,
                   options,
                   {{sun.direction_to_sun_in_site, CutSun(sun, options.sun_samples), 1, options.sun_maps}},
                   {}};
  for (int i = 0; i < terrain.LevelCount(); ++i) {
    ground.bias_m.push_back(kShadowBiasCells * terrain.Level(i).spacing_m);
  }
  if (options.sun_maps && !options.sun_maps->Fit(terrain, ground.sources.front().strips)) {
    throw std::invalid_argument("render: sun_maps are of other ground, another Sun or other sun_samples");
  }
  if (options.earthshine) {
    const dem::Sun earth{options.earthshine->direction_to_earth_in_site, 0};
    ground.sources.push_back(
        {earth.direction_to_sun_in_site, CutSun(earth, 1), options.earthshine->share_of_sun, nullptr});
  }
  return ground;
}

LitPoints LightAlong(const LitGround& ground, const dem::RayBundle& rays) {
  LitPoints points;
  points.count = rays.Count();
  points.rays = rays;
  points.hits = ground.terrain.FirstHits(rays);
  points.any = FillPoints(rays, points.hits, points.point_in_site_m);
  if (!points.any) return points;
  const auto places = Spans(points.point_in_site_m, points.count);
  points.surface = ground.terrain.SampleSurface(places[0], places[1], points.hits.level);
  if (ground.options.constant_albedo > 0) {
    std::fill(points.surface.albedo.begin(), points.surface.albedo.end(), ground.options.constant_albedo);
  }
  const LightSource& sun = ground.sources.front();
  FillLight(sun, points, points.light);
  FillLit(ground, sun, points, points.light, points.lit);
  Row factor;
  FillRadianceFactors(ground.options.reflectance, points, points.light, factor);
  ChosenShadeKernel().reflect(points.count, points.lit.data(), factor.data(), points.light.normal[2],
                              points.radiance.data(), points.hits.range_m.data());
  for (std::size_t i = 1; i < ground.sources.size(); ++i) AddSource(ground, ground.sources[i], points);
  return points;
}

Eigen::Vector3d AboveSurface(const LitGround& ground, const LitPoints& points, int index) {
  Eigen::Vector3d place;
  const double bias_m = ground.bias_m[points.hits.level[index]];
  for (int axis = 0; axis < 3; ++axis) {
    place[axis] = points.point_in_site_m[axis][index] + bias_m * points.light.normal[axis][index];
  }
  return place;
}

const ShadeKernel& ChosenShadeKernel() {
  return dem::ForLevel(dem::ChosenSimdLevel(), kShadeKernelSse2, kShadeKernelAvx2, kShadeKernelAvx512);
}

}  // namespace perilune::vision
