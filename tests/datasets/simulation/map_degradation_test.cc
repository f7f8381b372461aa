#include "datasets/simulation/map_degradation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/datasets/tiny_scenario.h"

namespace perilune::datasets {
namespace {

constexpr double kGroundSpacing_m = 5;
constexpr double kMapPixel_m = 20;

// Ground on a grid of 5 m over ± 3 km whose height above the sphere is a function of (x, y).
template <typename Height>
dem::Terrain Ground(const dem::Site& site, const Height& height) {
  dem::TerrainLevel level;
  level.spacing_m = kGroundSpacing_m;
  level.x0_m = -3000;
  level.y0_m = 3000;
  level.z_m = dem::Grid<float>(1201, 1201);
  for (int row = 0; row < level.z_m.height; ++row) {
    for (int col = 0; col < level.z_m.width; ++col) {
      const double x = -3000 + kGroundSpacing_m * col, y = 3000 - kGroundSpacing_m * row;
      level.z_m.At(col, row) = static_cast<float>(dem::ZInSite(x, y, height(x, y)));
    }
  }
  return dem::Terrain(site, {std::move(level)});
}

// One map level of 20 m over ± `half_width_m`, without any error but the blur.
Scenario OneLevel(double half_width_m) {
  Scenario scenario = test::TinyScenario();
  scenario.map = {};
  scenario.map.levels = {{"only",
                          kMapPixel_m,
                          {-half_width_m, half_width_m, -half_width_m, half_width_m},
                          MapProjection::kOrthographic}};
  scenario.map.height_sigma_px = scenario.map.tie_horizontal_px = scenario.map.tie_vertical_px = 0;
  return scenario;
}

// Place in `site` of a map pixel of an orthographic map, by way of its CRS alone.
Eigen::Vector2d SiteOf(const DegradedMap& map, const dem::Site& site, const dem::Site& centre, int col,
                       int row) {
  const Eigen::Vector2d crs_m = map.raster.crs_from_pixel * Eigen::Vector2d(col, row);
  const Eigen::Vector2d unit = crs_m / dem::kMoonRadius_m;
  const Eigen::Vector3d direction(unit.x(), unit.y(), std::sqrt(1 - unit.squaredNorm()));
  const Eigen::Vector3d in_moon =
      centre.moon_from_site.linear() * direction * (dem::kMoonRadius_m + map.raster.grid.At(col, row));
  return (site.moon_from_site.inverse() * in_moon).head<2>();
}

// The centre that the WKT of an orthographic CRS names.
dem::Site CentreOf(const std::string& wkt) {
  const auto number_after = [&wkt](const std::string& key) {
    return std::stod(wkt.substr(wkt.find(key) + key.size()));
  };
  return dem::MakeSite({dem::DegToRad(number_after("\"Latitude of natural origin\",")),
                        dem::DegToRad(number_after("\"Longitude of natural origin\","))});
}

TEST(DegradeMap, LowPassHasTheStatedWidth) {
  // A wave of 5 map pixels keeps exp(−2 π² σ² / λ²) of its amplitude, σ = 2.5 px / 2.3548.
  const Scenario scenario = OneLevel(1000);
  constexpr double kWave_m = 100;
  const dem::Terrain ground =
      Ground(scenario.site, [](double x, double) { return 10 * std::sin(2 * dem::kPi * x / kWave_m); });
  const DegradedMap map = DegradeMap(scenario, ground, 0);
  const dem::Site centre = CentreOf(map.raster.crs_wkt);
  double sine = 0, cosine = 0;
  int count = 0;
  for (int row = 5; row < map.raster.grid.height - 5; ++row) {
    for (int col = 5; col < map.raster.grid.width - 5; ++col) {
      const double phase = 2 * dem::kPi * SiteOf(map, scenario.site, centre, col, row).x() / kWave_m;
      sine += map.raster.grid.At(col, row) * std::sin(phase);
      cosine += map.raster.grid.At(col, row) * std::cos(phase);
      ++count;
    }
  }
  const double sigma_m = 2.5 * kMapPixel_m / 2.354820045;
  const double low_pass = std::exp(-2 * std::pow(dem::kPi * sigma_m / kWave_m, 2));
  // The ground is linear between its nodes: on the average over all phases that keeps sinc² of the node
  // spacing.
  const double angle = dem::kPi * kGroundSpacing_m / kWave_m;
  const double kept = low_pass * std::pow(std::sin(angle) / angle, 2);
  EXPECT_NEAR(2 * sine / count / 10, kept, 0.01 * kept);
  EXPECT_NEAR(2 * cosine / count / 10, 0, 0.002);
  EXPECT_EQ(map.uncertainty.effective_resolution_m, 50);
}

TEST(DegradeMap, HeightErrorHasTheDeclaredSigmaAndCorrelation) {
  Scenario scenario = OneLevel(2500);
  scenario.map.height_sigma_px = 0.1;
  const dem::Terrain ground = Ground(scenario.site, [](double, double) { return 0.0; });
  double square = 0, product = 0, count = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    scenario.seed = seed;
    const dem::Grid<float> error = DegradeMap(scenario, ground, 0).raster.grid;
    for (int row = 0; row < error.height; ++row) {
      for (int col = 10; col < error.width; ++col) {
        square += error.At(col, row) * error.At(col, row);
        product += error.At(col, row) * error.At(col - 10, row);
        ++count;
      }
    }
  }
  // Some 250² / (π 10²) · 8 ≈ 1 600 independent patches: the variance is known within 3.5 %.
  EXPECT_NEAR(std::sqrt(square / count), 0.1 * kMapPixel_m, 0.06 * 0.1 * kMapPixel_m);
  EXPECT_NEAR(product / square, std::exp(-1.0), 0.06);
  EXPECT_EQ(DegradeMap(scenario, ground, 0).uncertainty.height_sigma_m, 2);
}

TEST(DegradeMap, TieMovesTheWholeSurface) {
  // Rough ground, no noise: the map shows the low-passed point p at p + tie.
  Scenario scenario = OneLevel(1000);
  const auto bumps = [](double x, double y) { return 30 * std::sin(x / 130) * std::cos(y / 170); };
  const dem::Terrain ground = Ground(scenario.site, bumps);
  scenario.map.tie_horizontal_px = 1.5;
  scenario.map.tie_vertical_px = 0.5;
  const DegradedMap tied = DegradeMap(scenario, ground, 0);
  const dem::Site centre = CentreOf(tied.raster.crs_wkt);
  ASSERT_GT(tied.tie_in_site_m.norm(), 1);
  // What the same low pass leaves of the bumps: exp(−σ² k² / 2) of a wave of two wave numbers.
  const double sigma_m = 2.5 * kMapPixel_m / 2.354820045;
  const double kept = std::exp(-sigma_m * sigma_m * (1 / (130. * 130) + 1 / (170. * 170)) / 2);
  for (int row = 10; row < tied.raster.grid.height - 10; row += 7) {
    for (int col = 10; col < tied.raster.grid.width - 10; col += 7) {
      const Eigen::Vector2d shown = SiteOf(tied, scenario.site, centre, col, row);
      const Eigen::Vector2d true_place = shown - tied.tie_in_site_m.head<2>();
      EXPECT_NEAR(tied.raster.grid.At(col, row) - tied.tie_in_site_m.z(),
                  kept * bumps(true_place.x(), true_place.y()), 0.05);
    }
  }
}

TEST(DegradeMap, TieScattersAsDeclared) {
  Scenario scenario = OneLevel(100);
  scenario.map.tie_horizontal_px = 1.5;
  scenario.map.tie_vertical_px = 0.5;
  const dem::Terrain ground = Ground(scenario.site, [](double, double) { return 0.0; });
  constexpr int kSeeds = 120;
  Eigen::Vector3d sum = Eigen::Vector3d::Zero();
  for (int seed = 0; seed < kSeeds; ++seed) {
    scenario.seed = static_cast<std::uint64_t>(seed);
    sum += DegradeMap(scenario, ground, 0).tie_in_site_m.cwiseAbs2();
  }
  const Eigen::Vector3d sigma_px = (sum / kSeeds).cwiseSqrt() / kMapPixel_m;
  // Known within 6.5 % (1 sigma).
  EXPECT_NEAR(sigma_px.x(), 1.5, 0.3);
  EXPECT_NEAR(sigma_px.y(), 1.5, 0.3);
  EXPECT_NEAR(sigma_px.z(), 0.5, 0.1);
}

TEST(DegradeMap, GridsDoNotCoincide) {
  const Scenario scenario = OneLevel(1000);
  const dem::Terrain ground = Ground(scenario.site, [](double, double) { return 0.0; });
  const DegradedMap map = DegradeMap(scenario, ground, 0);
  const Eigen::Vector2d first =
      SiteOf(map, scenario.site, CentreOf(map.raster.crs_wkt), 0, 0) / kGroundSpacing_m;
  EXPECT_GT(std::abs(first.x() - std::round(first.x())), 0.02);
  EXPECT_GT(std::abs(first.y() - std::round(first.y())), 0.02);
}

TEST(DegradeMap, RefusesGroundThatIsNotFinerOrTooSmall) {
  Scenario scenario = OneLevel(1000);
  const dem::Terrain ground = Ground(scenario.site, [](double, double) { return 0.0; });
  scenario.map.levels[0].spacing_m = 16;  // 3.2 × the ground's
  EXPECT_THROW(DegradeMap(scenario, ground, 0), std::invalid_argument);
  EXPECT_THROW(DegradeMap(OneLevel(5000), ground, 0), std::invalid_argument);
}

TEST(SiteDem, IsTheGround) {
  const Scenario scenario = OneLevel(1000);
  const auto bumps = [](double x, double y) { return 30 * std::sin(x / 130) * std::cos(y / 170); };
  const dem::Terrain ground = Ground(scenario.site, bumps);
  const dem::Raster<float> dem = SiteDem(ground, 1, 50);
  ASSERT_GE(dem.grid.width, 101);
  for (int i = 0; i < 100; i += 9) {
    const Eigen::Vector2d crs_m = dem.crs_from_pixel * Eigen::Vector2d(i, 2 * i / 3);
    const double h = dem.grid.At(i, 2 * i / 3);
    const Eigen::Vector2d place = crs_m * (1 + h / dem::kMoonRadius_m);
    EXPECT_NEAR(h, bumps(place.x(), place.y()), 0.01);  // bilinear between nodes of 5 m
  }
}

}  // namespace
}  // namespace perilune::datasets
