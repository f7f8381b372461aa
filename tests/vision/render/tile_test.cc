#include "vision/render/tile.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"

namespace perilune::vision {
namespace {

// What RenderView did before rays were traced in packets: one pixel after the other in double precision.
struct ScalarPixel {
  double range_m = std::nan(""), radiance = 0, lit_fraction = 0;
};

ScalarPixel RenderScalar(const dem::Terrain& terrain, const View& view, const RenderOptions& options, int col,
                         int row) {
  ScalarPixel pixel;
  const Eigen::Vector3d direction =
      view.site_from_cam.linear() * view.camera.Unproject(Eigen::Vector2d(col, row));
  if (!direction.allFinite()) return pixel;
  const auto hit = terrain.FirstHit({view.site_from_cam.translation(), direction});
  if (!hit) return pixel;
  const auto normal = terrain.NormalAt(hit->point_in_site.x(), hit->point_in_site.y());
  if (!normal) return pixel;
  pixel.range_m = hit->range_m;
  const Eigen::Vector3d& to_sun = view.sun.direction_to_sun_in_site;
  if (normal->dot(to_sun) <= 0) return pixel;
  const Eigen::Vector3d start = hit->point_in_site + 1e-3 * terrain.Level(hit->level).spacing_m * *normal;
  pixel.lit_fraction = 1;
  const SunStrips strips = CutSun(view.sun, options.sun_samples);
  const int count = options.sun_samples;
  int lowest_free = 0;
  while (lowest_free < count && terrain.Occluded(dem::Ray{start, strips.directions_in_site[lowest_free]})) {
    ++lowest_free;
  }
  pixel.lit_fraction = lowest_free < count ? strips.area_above[lowest_free] : 0;
  const Photometry photometry{normal->dot(to_sun), -normal->dot(direction),
                              std::acos(std::clamp(-to_sun.dot(direction), -1.0, 1.0))};
  pixel.radiance =
      pixel.lit_fraction * RadianceFactor(options.reflectance, photometry,
                                          terrain.Albedo(hit->point_in_site.x(), hit->point_in_site.y()));
  return pixel;
}

dem::TerrainLevel RoughLevel(std::uint64_t seed, int points, double spacing_m, double hole_share) {
  dem::TerrainLevel level;
  level.z_m = dem::Grid<float>(points, points);
  level.albedo_grid = dem::Grid<float>(points, points);
  level.spacing_m = spacing_m;
  level.x0_m = -0.5 * (points - 1) * spacing_m;
  level.y0_m = -level.x0_m;
  for (int row = 0; row < points; ++row) {
    for (int col = 0; col < points; ++col) {
      const double x = level.x0_m + col * spacing_m, y = level.y0_m - row * spacing_m;
      const auto cell = static_cast<std::uint64_t>(row) * points + col;
      const double z = 15 * std::sin(x / 60) * std::cos(y / 45) + dem::RandomUniform(seed, 1, cell);
      level.z_m.At(col, row) = static_cast<float>(dem::ZInSite(x, y, z));
      level.albedo_grid.At(col, row) = static_cast<float>(0.08 + 0.05 * dem::RandomUniform(seed, 2, cell));
      if (dem::RandomUniform(seed, 3, cell / 9) < hole_share) level.z_m.At(col, row) = std::nanf("");
    }
  }
  return level;
}

Eigen::Isometry3d LookAtSite(double azimuth_rad, double off_nadir_rad, double distance_m) {
  const Eigen::Vector3d from(std::sin(off_nadir_rad) * std::sin(azimuth_rad),
                             std::sin(off_nadir_rad) * std::cos(azimuth_rad), std::cos(off_nadir_rad));
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  const Eigen::Vector3d ahead = -from, right = ahead.unitOrthogonal();
  pose.linear() << right, ahead.cross(right), ahead;
  pose.translation() = distance_m * from;
  return pose;
}

// Every pixel, over random ground of two levels with holes, poses, lenses, laws and Suns.
TEST(Tile, PicturesAreThoseOfTheScalarPath) {
  int pixels = 0, edge_differs = 0, shadow_differs = 0, lit = 0, shaded = 0, sky = 0;
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    const auto u = [&](std::uint64_t k) { return dem::RandomUniform(seed, 11, k); };
    std::vector<dem::TerrainLevel> levels;
    levels.push_back(RoughLevel(seed, 151, 1.5, 0));
    levels.push_back(RoughLevel(seed + 100, 161, 6, seed % 3 == 0 ? 0.1 : 0));
    const dem::Terrain terrain(dem::MakeSite({}), std::move(levels));
    Camera camera = PinholeCamera(77, 0.3 + 0.8 * u(1));
    camera.height_px = 58;  // no multiple of a tile
    if (seed % 2) camera.distortion = {-0.3 * u(2), 0.1 * u(3), 2e-3 * (u(4) - 0.5), 2e-3 * (u(5) - 0.5), 0};
    dem::Sun sun;
    const double elevation = 0.02 + 0.8 * u(6), azimuth = 2 * dem::kPi * u(7);
    sun.direction_to_sun_in_site = {std::cos(elevation) * std::sin(azimuth),
                                    std::cos(elevation) * std::cos(azimuth), std::sin(elevation)};
    RenderOptions options;
    options.reflectance = seed % 3 == 0   ? Reflectance::kLambert
                          : seed % 3 == 1 ? Reflectance::kLunarLambert
                                          : Reflectance::kHapke;
    options.sun_samples = seed % 4 == 0 ? 7 : 1;
    const View view =
        RenderView(terrain, camera, LookAtSite(6 * u(8), 1.4 * u(9), 200 + 500 * u(10)), sun, options);
    for (int row = 0; row < camera.height_px; ++row) {
      for (int col = 0; col < camera.width_px; ++col) {
        const ScalarPixel expected = RenderScalar(terrain, view, options, col, row);
        const double range_m = view.range_m.at<double>(row, col);
        ++pixels;
        if (std::isnan(range_m) != std::isnan(expected.range_m)) {
          ++edge_differs;  // a hit within rounding of a seam, beyond which data are missing
          continue;
        }
        if (std::isnan(range_m)) {
          ++sky;
          EXPECT_TRUE(std::isnan(view.radiance.at<float>(row, col)));
          continue;
        }
        EXPECT_NEAR(range_m, expected.range_m, 1e-3);
        if (std::abs(view.lit_fraction.at<float>(row, col) - expected.lit_fraction) > 1e-6) {
          ++shadow_differs;
          continue;
        }
        (expected.lit_fraction > 0 ? lit : shaded) += 1;
        EXPECT_NEAR(view.radiance.at<float>(row, col), expected.radiance, 1e-5 * expected.radiance + 1e-9);
      }
    }
  }
  EXPECT_GT(lit, 20'000);
  EXPECT_GT(shaded, 5'000);
  EXPECT_GT(sky, 1'000);
  EXPECT_LT(edge_differs, 1e-4 * pixels);
  EXPECT_LT(shadow_differs, 1e-4 * pixels);
}

TEST(Tile, VectorLawsAgreeWithRadianceFactor) {
  constexpr double kGroundAlbedo = 0.13;
  TileLight light;
  double albedo[kTilePixels], factor[kTilePixels];
  for (std::uint64_t batch = 0; batch < 100; ++batch) {
    for (int i = 0; i < kTilePixels; ++i) {
      const auto u = [&](std::uint64_t k) { return 2 * dem::RandomUniform(batch, k, i) - 1; };
      light.cos_incidence[i] = u(1);
      light.cos_emission[i] = u(2);
      light.cos_phase[i] = i == 0 ? 1 : (i == 1 ? -1 : u(3));
      albedo[i] = kGroundAlbedo;
    }
    for (const Reflectance law : {Reflectance::kLambert, Reflectance::kLunarLambert}) {
      const ShadeKernel& kernel = ChosenShadeKernel();
      (law == Reflectance::kLambert ? kernel.lambert : kernel.lunar_lambert)(kTilePixels, light, albedo,
                                                                             factor);
      for (int i = 0; i < kTilePixels; ++i) {
        const Photometry photometry{light.cos_incidence[i], light.cos_emission[i],
                                    std::acos(light.cos_phase[i])};
        const double expected = RadianceFactor(law, photometry, kGroundAlbedo);
        EXPECT_NEAR(factor[i], expected, 1e-5 * expected);
      }
    }
  }
}

}  // namespace
}  // namespace perilune::vision
