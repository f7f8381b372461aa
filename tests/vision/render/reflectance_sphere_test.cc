// A sphere seen from far away: each pixel against the law worked out in angles, and the light of the whole
// disc against the closed forms of the phase curves.
#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/frames/site.h"
#include "dem/terrain/terrain.h"
#include "tests/support/height_field.h"
#include "vision/render/hapke.h"
#include "vision/render/reflectance.h"
#include "vision/render/render.h"

namespace perilune::vision {
namespace {

/// Σ I/F over the pixels of an orthographic picture of the unit sphere, as a share of the disc of a white
/// Lambert plate that faces the Sun: the geometric albedo times the phase function.
template <typename Law>
double DiscBrightness(const Law& law, double phase_rad) {
  constexpr int kPixels = 1600;
  const Eigen::Vector3d sun(std::sin(phase_rad), 0, std::cos(phase_rad));
  double sum = 0;
  for (int row = 0; row < kPixels; ++row) {
    for (int col = 0; col < kPixels; ++col) {
      const double x = (2 * col + 1.0) / kPixels - 1, y = (2 * row + 1.0) / kPixels - 1;
      const double z2 = 1 - x * x - y * y;
      if (z2 <= 0) continue;
      const Eigen::Vector3d normal(x, y, std::sqrt(z2));
      sum += law(Photometry{normal.dot(sun), normal.z(), phase_rad});
    }
  }
  return sum * 4 / (dem::kPi * kPixels * kPixels);
}

// Lambert: 2/3 · ((π − g) cos g + sin g)/π.
double LambertSphere(double g) { return 2.0 / 3 * ((dem::kPi - g) * std::cos(g) + std::sin(g)) / dem::kPi; }

// Lommel-Seeliger μ0/(μ0 + μ): ½ (1 + sin(g/2) tan(g/2) ln tan(g/4)).
double LommelSeeligerSphere(double g) {
  return 0.5 * (1 + std::sin(g / 2) * std::tan(g / 2) * std::log(std::tan(g / 4)));
}

constexpr double kPhases_deg[] = {1, 20, 60, 100, 140};

TEST(ReflectanceSphere, LambertPhaseCurve) {
  const auto law = [](const Photometry& p) { return RadianceFactor(Reflectance::kLambert, p, 1); };
  for (const double g_deg : kPhases_deg) {
    const double g = dem::DegToRad(g_deg);
    EXPECT_NEAR(DiscBrightness(law, g) / LambertSphere(g), 1, 1e-3) << g_deg;
  }
}

TEST(ReflectanceSphere, LunarLambertPhaseCurve) {
  const auto law = [](const Photometry& p) { return RadianceFactor(Reflectance::kLunarLambert, p, 1); };
  for (const double g_deg : kPhases_deg) {
    const double g = dem::DegToRad(g_deg);
    const double share =
        std::clamp(1 - 0.019 * g_deg + 2.42e-4 * g_deg * g_deg - 1.46e-6 * std::pow(g_deg, 3), 0.0, 1.0);
    const double expected = 2 * share * LommelSeeligerSphere(g) + (1 - share) * LambertSphere(g);
    EXPECT_NEAR(DiscBrightness(law, g) / expected, 1, 1e-3) << g_deg;
  }
}

// Dark soil (w → 0): Lommel-Seeliger with the grains' phase function and the surge in front.
TEST(ReflectanceSphere, DarkHapkePhaseCurve) {
  HapkeParameters soil;
  soil.single_scattering_albedo = 1e-9;
  const HapkeLaw law(soil);
  for (const double g_deg : kPhases_deg) {
    const double g = dem::DegToRad(g_deg), b = soil.lobe_width;
    const double grains = (1 - b * b) / std::pow(1 - 2 * b * std::cos(g) + b * b, 1.5);
    const double surge = 1 + soil.opposition_amplitude / (1 + std::tan(g / 2) / soil.opposition_width);
    const double expected = 1e-9 / 4 * surge * grains * LommelSeeligerSphere(g);
    EXPECT_NEAR(DiscBrightness([&](const Photometry& p) { return law.RadianceFactor(p); }, g) / expected, 1,
                1e-3)
        << g_deg;
  }
}

/// Hapke's equations written in angles, one after another, as the book has them (i ≤ e or e ≤ i).
double HapkeInAngles(const HapkeParameters& soil, double i, double e, double g) {
  const double t = std::tan(soil.roughness_rad), w = soil.single_scattering_albedo, b = soil.lobe_width;
  const auto e1 = [&](double x) { return std::exp(-2 / dem::kPi / (t * std::tan(x))); };
  const auto e2 = [&](double x) { return std::exp(-1 / dem::kPi / std::pow(t * std::tan(x), 2)); };
  const double chi = 1 / std::sqrt(1 + dem::kPi * t * t);
  const double psi = std::acos(
      std::clamp((std::cos(g) - std::cos(i) * std::cos(e)) / (std::sin(i) * std::sin(e)), -1.0, 1.0));
  const double f = std::exp(-2 * std::tan(psi / 2)), half = std::pow(std::sin(psi / 2), 2);
  const auto eta = [&](double x) { return chi * (std::cos(x) + std::sin(x) * t * e2(x) / (2 - e1(x))); };
  double mu0e, mue, shadow;
  if (i <= e) {
    const double d = 2 - e1(e) - psi / dem::kPi * e1(i);
    mu0e = chi * (std::cos(i) + std::sin(i) * t * (std::cos(psi) * e2(e) + half * e2(i)) / d);
    mue = chi * (std::cos(e) + std::sin(e) * t * (e2(e) - half * e2(i)) / d);
    shadow = mue / eta(e) * std::cos(i) / eta(i) * chi / (1 - f + f * chi * std::cos(i) / eta(i));
  } else {
    const double d = 2 - e1(i) - psi / dem::kPi * e1(e);
    mu0e = chi * (std::cos(i) + std::sin(i) * t * (e2(i) - half * e2(e)) / d);
    mue = chi * (std::cos(e) + std::sin(e) * t * (std::cos(psi) * e2(i) + half * e2(e)) / d);
    shadow = mue / eta(e) * std::cos(i) / eta(i) * chi / (1 - f + f * chi * std::cos(e) / eta(e));
  }
  const auto h = [&](double x) {
    const double gamma = std::sqrt(1 - w), r0 = (1 - gamma) / (1 + gamma);
    return 1 / (1 - w * x * (r0 + (1 - 2 * r0 * x) / 2 * std::log((1 + x) / x)));
  };
  const double c = soil.backward_asymmetry;
  const double p = (1 + c) / 2 * (1 - b * b) / std::pow(1 - 2 * b * std::cos(g) + b * b, 1.5) +
                   (1 - c) / 2 * (1 - b * b) / std::pow(1 + 2 * b * std::cos(g) + b * b, 1.5);
  const double surge = 1 + soil.opposition_amplitude / (1 + std::tan(g / 2) / soil.opposition_width);
  return w / 4 * mu0e / (mu0e + mue) * (p * surge + h(mu0e) * h(mue) - 1) * shadow;
}

TEST(ReflectanceSphere, RoughHapkeInEveryPixel) {
  for (const HapkeParameters& soil : {MareSoil(), HighlandSoil()}) {
    const HapkeLaw law(soil);
    for (const double g_deg : kPhases_deg) {
      const double g = dem::DegToRad(g_deg);
      const Eigen::Vector3d sun(std::sin(g), 0, std::cos(g));
      for (double y = -0.975; y < 1; y += 0.05) {
        for (double x = -0.975; x < 1; x += 0.05) {
          if (x * x + y * y > 0.999) continue;
          const Eigen::Vector3d normal(x, y, std::sqrt(1 - x * x - y * y));
          const double cos_i = normal.dot(sun);
          if (cos_i < 0.01) continue;
          const double expected = HapkeInAngles(soil, std::acos(cos_i), std::acos(normal.z()), g);
          EXPECT_NEAR(law.RadianceFactor({cos_i, normal.z(), g}) / expected, 1, 1e-6)
              << g_deg << " " << x << " " << y;
        }
      }
    }
  }
}

// A cap of a 10 m sphere as a height field of 1 cm cells, whose slopes are off by at most half a cell over
// the radius = 5e-4 rad: 4e-4 of the brightness with the Sun 40° away.
TEST(ReflectanceSphere, RenderedCap) {
  constexpr double kBall_m = 10;
  dem::TerrainLevel level = test::LevelOf(
      [](double x, double y) { return std::sqrt(kBall_m * kBall_m - x * x - y * y) - kBall_m; }, 2.5, 0.01);
  level.albedo = 0.12;
  std::vector<dem::TerrainLevel> levels;
  levels.push_back(std::move(level));
  const dem::Terrain terrain(dem::MakeSite({}), std::move(levels));

  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  site_from_cam.linear() = Eigen::AngleAxisd(dem::kPi, Eigen::Vector3d::UnitX()).toRotationMatrix();
  site_from_cam.translation().z() = 10;
  dem::Sun sun;
  sun.direction_to_sun_in_site = {std::sin(dem::DegToRad(40)), 0, std::cos(dem::DegToRad(40))};
  for (const Reflectance law : {Reflectance::kLambert, Reflectance::kLunarLambert, Reflectance::kHapke,
                                Reflectance::kHapkeMare, Reflectance::kHapkeHighland}) {
    RenderOptions options;
    options.reflectance = law;
    options.cast_shadows = false;
    const View view = RenderView(terrain, PinholeCamera(41, dem::DegToRad(25)), site_from_cam, sun, options);
    for (int row = 0; row < 41; ++row) {
      for (int col = 0; col < 41; ++col) {
        const Eigen::Vector3d point = view.PointInSite(col, row);
        const Eigen::Vector3d normal = (point + Eigen::Vector3d(0, 0, kBall_m)).normalized();
        const Eigen::Vector3d to_viewer = (site_from_cam.translation() - point).normalized();
        const Photometry photometry{normal.dot(sun.direction_to_sun_in_site), normal.dot(to_viewer),
                                    std::acos(to_viewer.dot(sun.direction_to_sun_in_site))};
        const double expected = RadianceFactor(law, photometry, 0.12);
        EXPECT_NEAR(view.radiance.at<float>(row, col) / expected, 1, 1e-3) << col << " " << row;
      }
    }
  }
}

}  // namespace
}  // namespace perilune::vision
