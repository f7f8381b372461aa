#include "tools/hazard_scenes/hazard_scene.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dem/io/write_raster.h"
#include "dem/synthesis/lunar_ground.h"
#include "dem/synthesis/random.h"
#include "nav/landing/dispersion.h"
#include "nav/landing/landing_sites.h"

namespace perilune::tools {
namespace {

constexpr double kSafe = 0.999;
enum Stream : std::uint64_t { kPlace = 9100, kNoise, kGap, kRegistration };

dem::Raster<float> TrueGround(std::uint64_t seed, const HazardSceneOptions& options) {
  const auto& types = dem::SiteTypes();
  const dem::LunarGround ground(types[seed % types.size()], seed);
  dem::PlaneWindow window;
  window.x0_m = -0.5 * (options.cells - 1) * options.spacing_m;
  window.y0_m = -window.x0_m;
  window.width = window.height = options.cells;
  window.spacing_m = options.spacing_m;
  dem::Raster<float> raster;
  raster.grid = ground.Heights(window);
  raster.crs_wkt = dem::OrthographicCrs(0, 0);
  raster.crs_from_pixel.linear() << options.spacing_m, 0, 0, -options.spacing_m;
  raster.crs_from_pixel.translation() << window.x0_m, window.y0_m;
  return raster;
}

/// The true ground moved by the registration error (linear between cells, missing beyond), with noise and
/// gaps.
dem::Raster<float> Scanned(const dem::Raster<float>& truth, const Eigen::Vector2d& shift_px,
                           std::uint64_t seed, const HazardSceneOptions& options) {
  const float missing = std::numeric_limits<float>::quiet_NaN();
  const int size = options.cells;
  dem::Raster<float> map = truth;
  for (int row = 0; row < size; ++row) {
    for (int col = 0; col < size; ++col) {
      const Eigen::Vector2d at = Eigen::Vector2d(col, row) - shift_px;
      const int c = static_cast<int>(std::floor(at.x())), r = static_cast<int>(std::floor(at.y()));
      float& height = map.grid.At(col, row);
      if (c < 0 || r < 0 || c + 1 >= size || r + 1 >= size) {
        height = missing;
        continue;
      }
      const double u = at.x() - c, v = at.y() - r;
      const double ground = (1 - v) * ((1 - u) * truth.grid.At(c, r) + u * truth.grid.At(c + 1, r)) +
                            v * ((1 - u) * truth.grid.At(c, r + 1) + u * truth.grid.At(c + 1, r + 1));
      const auto index = static_cast<std::uint64_t>(row) * static_cast<std::uint64_t>(size) +
                         static_cast<std::uint64_t>(col);
      height = static_cast<float>(ground + options.height_sigma_m * dem::RandomNormal(seed, kNoise, index));
    }
  }
  const double gap_area_m2 = dem::kPi * 7;  // mean of π r², r from 1 to 4 m
  const double area_m2 = size * size * options.spacing_m * options.spacing_m;
  const int gaps = static_cast<int>(options.gap_share * area_m2 / gap_area_m2);
  for (int gap = 0; gap < gaps; ++gap) {
    const auto draw = [&](int k) {
      return dem::RandomUniform(seed, kGap, static_cast<std::uint64_t>(3 * gap + k));
    };
    const double radius = (1 + 3 * draw(0)) / options.spacing_m, x = draw(1) * size, y = draw(2) * size;
    for (int row = 0; row < size; ++row) {
      for (int col = 0; col < size; ++col) {
        if (std::hypot(col - x, row - y) <= radius) map.grid.At(col, row) = missing;
      }
    }
  }
  return map;
}

dem::Grid<float> AsProbability(const dem::Grid<std::uint8_t>& safe) {
  dem::Grid<float> p(safe.width, safe.height);
  for (std::size_t i = 0; i < safe.data.size(); ++i) p.data[i] = safe.data[i] ? 1.0F : 0.0F;
  return p;
}

SceneClaim Claim(double sigma_nav_m, const dem::HazardMap& map, const dem::Raster<float>& dem,
                 const dem::Grid<float>& truly_safe, const Eigen::Vector2d& shift_px,
                 const HazardSceneOptions& options) {
  const double sigma_px = sigma_nav_m / options.spacing_m;
  // The truth disperses by navigation alone: the registration error of this scene is one draw.
  const dem::Grid<float> true_p_land =
      nav::Disperse(truly_safe, Eigen::Matrix2d::Identity() * sigma_px * sigma_px);
  SceneClaim claim;
  claim.sigma_nav_m = sigma_nav_m;
  claim.holds_site = *std::max_element(true_p_land.data.begin(), true_p_land.data.end()) >= kSafe;
  nav::LandingOptions landing;
  landing.count = 1;
  const double variance_m2 =
      sigma_nav_m * sigma_nav_m + options.registration_sigma_m * options.registration_sigma_m;
  landing.dispersion_m2 = Eigen::Matrix2d::Identity() * variance_m2;
  const nav::LandingChoice choice = nav::SelectLandingSites(map, dem, dem::MakeSite({0, 0}), landing);
  if (choice.sites.empty()) return claim;
  const nav::LandingSite& best = choice.sites.front();
  claim.claimed_p_land = best.p_land;
  claim.claims_site = best.p_land >= kSafe;
  // Where the map shows the aim is not where it is.
  const Eigen::Vector2d cell =
      map.p_site.crs_from_pixel.inverse() * best.point_in_site_m.head<2>() - shift_px;
  const int col = std::clamp(static_cast<int>(std::lround(cell.x())), 0, map.width() - 1);
  const int row = std::clamp(static_cast<int>(std::lround(cell.y())), 0, map.height() - 1);
  claim.true_p_land = true_p_land.At(col, row);
  return claim;
}

}  // namespace

dem::Grid<std::uint8_t> PlaneFitTruth(const dem::Raster<float>& truth, const dem::HazardOptions& options) {
  dem::HazardOptions exact = options;
  exact.height_sigma_m = 0;
  const dem::HazardMap map = dem::MapHazards(truth, exact);
  dem::Grid<std::uint8_t> safe(map.width(), map.height());
  for (std::size_t i = 0; i < safe.data.size(); ++i)
    safe.data[i] = map.hazard_class.grid.data[i] == static_cast<std::uint8_t>(dem::HazardClass::kSafe);
  return safe;
}

SceneResult RunHazardScene(std::uint64_t seed, const HazardSceneOptions& options,
                           const TruthTest& truth_test) {
  dem::HazardOptions hazards;
  hazards.footprint_m = options.footprint_m;
  hazards.roughness_limit_m = 0.39;
  hazards.height_sigma_m = options.height_sigma_m;
  const dem::Raster<float> truth = TrueGround(seed, options);
  const Eigen::Vector2d shift_px =
      options.registration_sigma_m / options.spacing_m *
      Eigen::Vector2d(dem::RandomNormal(seed, kRegistration, 0), dem::RandomNormal(seed, kRegistration, 1));
  const dem::Raster<float> dem = Scanned(truth, shift_px, seed, options);
  const dem::HazardMap map = dem::MapHazards(dem, hazards);
  const dem::Grid<float> truly_safe = AsProbability(truth_test(truth, hazards));

  SceneResult result;
  for (const double sigma_m : {1.0, 3.0, 10.0})
    result.claims.push_back(Claim(sigma_m, map, dem, truly_safe, shift_px, options));
  result.deciles.resize(10);
  const int stride = static_cast<int>(std::ceil(12 / options.spacing_m));
  for (int row = stride / 2; row < map.height(); row += stride) {
    for (int col = stride / 2; col < map.width(); col += stride) {
      if (map.hazard_class.grid.At(col, row) == static_cast<std::uint8_t>(dem::HazardClass::kUnknown))
        continue;
      const Eigen::Vector2d cell = Eigen::Vector2d(col, row) - shift_px;
      const int c = static_cast<int>(std::lround(cell.x())), r = static_cast<int>(std::lround(cell.y()));
      if (!truly_safe.Contains(c, r)) continue;
      const double p = map.p_site.grid.At(col, row);
      Reliability& decile = result.deciles[static_cast<std::size_t>(std::min(9, static_cast<int>(10 * p)))];
      ++decile.cells;
      decile.safe += truly_safe.At(c, r) > 0 ? 1 : 0;
    }
  }
  return result;
}

}  // namespace perilune::tools
