#include "tools/hazard_scenes/hazard_scene.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "dem/hazard/hazard_map.h"
#include "dem/io/write_raster.h"
#include "dem/synthesis/lunar_ground.h"
#include "dem/synthesis/random.h"
#include "nav/landing/dispersion.h"
#include "nav/landing/landing_sites.h"

namespace perilune::tools {
namespace {

constexpr double kSafe = 0.999;
constexpr double kApart_m = 6;
enum Stream : std::uint64_t { kNoise = 9101, kGap, kRegistration, kSensor, kOrder };

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

/// The true ground with noise and gaps.
dem::Raster<float> Scanned(const dem::Raster<float>& truth, double height_sigma_m, double gap_share,
                           std::uint64_t seed, const HazardSceneOptions& options) {
  const int size = options.cells;
  dem::Raster<float> map = truth;
  for (std::size_t i = 0; i < map.grid.data.size(); ++i)
    map.grid.data[i] += static_cast<float>(height_sigma_m * dem::RandomNormal(seed, kNoise, i));
  const double gap_area_m2 = dem::kPi * 7;  // mean of π r², r from 1 to 4 m
  const double area_m2 = size * size * options.spacing_m * options.spacing_m;
  const int gaps = static_cast<int>(gap_share * area_m2 / gap_area_m2);
  for (int gap = 0; gap < gaps; ++gap) {
    const auto draw = [&](int k) {
      return dem::RandomUniform(seed, kGap, static_cast<std::uint64_t>(3 * gap + k));
    };
    const double radius = (1 + 3 * draw(0)) / options.spacing_m, x = draw(1) * size, y = draw(2) * size;
    for (int row = 0; row < size; ++row) {
      for (int col = 0; col < size; ++col) {
        if (std::hypot(col - x, row - y) <= radius)
          map.grid.At(col, row) = std::numeric_limits<float>::quiet_NaN();
      }
    }
  }
  return map;
}

/// A scene: the map, and the truth in the map's cells.
struct Scene {
  dem::Raster<float> dem;
  dem::HazardMap map;
  dem::Grid<std::uint16_t> truth;  ///< HazardReason bits of the true ground
  Eigen::Vector2d shift_px;        ///< the cell of the ground that the lander takes for (0, 0) of the map

  bool TrulySafe(std::size_t i) const { return truth.data[i] == 0; }
  bool Known(std::size_t i) const {
    return map.hazard_class.grid.data[i] != static_cast<std::uint8_t>(dem::HazardClass::kUnknown);
  }
};

/// 1 where the ground is safe, and known if that counts.
dem::Grid<float> AsProbability(const Scene& scene, bool known_alone) {
  dem::Grid<float> p(scene.map.width(), scene.map.height());
  for (std::size_t i = 0; i < p.data.size(); ++i)
    p.data[i] = scene.TrulySafe(i) && (!known_alone || scene.Known(i)) ? 1.0F : 0.0F;
  return p;
}

SceneClaim Claim(double sigma_nav_m, const Scene& scene, const HazardSceneOptions& options) {
  const double sigma_px = sigma_nav_m / options.spacing_m;
  // The truth disperses by navigation alone: the registration error of this scene is one draw.
  const auto disperse = [&](bool known_alone) {
    return nav::Disperse(AsProbability(scene, known_alone),
                         Eigen::Matrix2d::Identity() * sigma_px * sigma_px);
  };
  const auto holds = [](const dem::Grid<float>& p) {
    return *std::max_element(p.data.begin(), p.data.end()) >= kSafe;
  };
  const dem::Grid<float> true_p_land = disperse(false);
  SceneClaim claim;
  claim.sigma_nav_m = sigma_nav_m;
  claim.holds_site = holds(true_p_land);
  claim.holds_known_site = holds(disperse(true));
  nav::LandingOptions landing;
  landing.count = 1;
  const double variance_m2 =
      sigma_nav_m * sigma_nav_m + options.registration_sigma_m * options.registration_sigma_m;
  landing.dispersion_m2 = Eigen::Matrix2d::Identity() * variance_m2;
  const nav::LandingChoice choice =
      nav::SelectLandingSites(scene.map, scene.dem, dem::MakeSite({0, 0}), landing);
  if (choice.sites.empty()) return claim;
  const nav::LandingSite& best = choice.sites.front();
  claim.claimed_p_land = best.p_land;
  claim.claims_site = best.p_land >= kSafe;
  // Where the map shows the aim is not where it is.
  const Eigen::Vector2d cell =
      scene.map.p_site.crs_from_pixel.inverse() * best.point_in_site_m.head<2>() + scene.shift_px;
  const int col = std::clamp(static_cast<int>(std::lround(cell.x())), 0, scene.map.width() - 1);
  const int row = std::clamp(static_cast<int>(std::lround(cell.y())), 0, scene.map.height() - 1);
  claim.true_p_land = true_p_land.At(col, row);
  return claim;
}

/// Takes cells in a random order, of each decile such as lie apart.
std::array<Reliability, 10> Deciles(const Scene& scene, std::uint64_t seed,
                                    const HazardSceneOptions& options) {
  const int width = scene.map.width();
  std::vector<std::size_t> order(scene.truth.data.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = order.size() - 1; i > 0; --i)
    std::swap(order[i], order[dem::RandomBits(seed, kOrder, i) % (i + 1)]);
  std::array<Reliability, 10> deciles;
  std::array<std::vector<Eigen::Vector2i>, 10> taken;
  const double apart2 = std::pow(kApart_m / options.spacing_m, 2);
  for (const std::size_t i : order) {
    if (!scene.Known(i)) continue;
    const auto decile = static_cast<std::size_t>(std::min(9.0F, 10 * scene.map.p_site.grid.data[i]));
    const Eigen::Vector2i cell(static_cast<int>(i) % width, static_cast<int>(i) / width);
    if (std::any_of(taken[decile].begin(), taken[decile].end(),
                    [&](const Eigen::Vector2i& other) { return (cell - other).squaredNorm() < apart2; }))
      continue;
    taken[decile].push_back(cell);
    ++deciles[decile].cells;
    deciles[decile].sum_p += scene.map.p_site.grid.data[i];
    deciles[decile].safe += scene.TrulySafe(i) ? 1 : 0;
  }
  return deciles;
}

void CountClasses(const Scene& scene, SceneResult& result) {
  const int width = scene.map.width(), height = scene.map.height();
  for (int row = 1; row + 1 < height; ++row) {
    for (int col = 1; col + 1 < width; ++col) {
      const std::size_t i = static_cast<std::size_t>(row) * width + col;
      if (!scene.Known(i)) continue;
      bool at_boundary = false;
      for (int r = -1; r <= 1; ++r) {
        for (int c = -1; c <= 1; ++c) at_boundary |= scene.truth.At(col + c, row + r) != scene.truth.data[i];
      }
      ClassCounts& counts = at_boundary ? result.boundary : result.inner;
      const bool called_safe =
          scene.map.hazard_class.grid.data[i] == static_cast<std::uint8_t>(dem::HazardClass::kSafe);
      counts.safe += scene.TrulySafe(i) ? 1 : 0;
      counts.false_alarm += scene.TrulySafe(i) && !called_safe ? 1 : 0;
      const bool tilt = scene.truth.data[i] & dem::kReasonTilt,
                 clearance = scene.truth.data[i] & dem::kReasonClearance;
      counts.tilt += tilt ? 1 : 0;
      counts.false_safe_tilt += tilt && called_safe ? 1 : 0;
      counts.clearance += clearance ? 1 : 0;
      counts.false_safe_clearance += clearance && called_safe ? 1 : 0;
    }
  }
}

}  // namespace

SceneResult RunHazardScene(std::uint64_t seed, const HazardSceneOptions& options) {
  SceneResult result;
  result.height_sigma_m =
      options.least_height_sigma_m +
      (options.most_height_sigma_m - options.least_height_sigma_m) * dem::RandomUniform(seed, kSensor, 0);
  constexpr std::array<double, 3> kGapShares{0, 0.25, 1};
  result.gap_share =
      options.most_gap_share * kGapShares[dem::RandomBits(seed, kSensor, 1) % kGapShares.size()];
  dem::HazardOptions hazards = dem::HazardOptions().With(options.lander);
  hazards.height_sigma_m = result.height_sigma_m;
  hazards.probability_draws = options.probability_draws;

  Scene scene;
  const dem::Raster<float> truth = TrueGround(seed, options);
  scene.dem = Scanned(truth, result.height_sigma_m, result.gap_share, seed, options);
  scene.map = dem::MapHazards(scene.dem, hazards);
  hazards.height_sigma_m = 0;
  scene.truth = dem::MapHazards(truth, hazards).reasons.grid;
  scene.shift_px =
      options.registration_sigma_m / options.spacing_m *
      Eigen::Vector2d(dem::RandomNormal(seed, kRegistration, 0), dem::RandomNormal(seed, kRegistration, 1));

  for (const double sigma_m : {1.0, 3.0, 10.0}) result.claims.push_back(Claim(sigma_m, scene, options));
  result.deciles = Deciles(scene, seed, options);
  CountClasses(scene, result);
  return result;
}

}  // namespace perilune::tools
