#include "tools/accuracy/trial_plan.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"

namespace perilune::tools {
namespace {

enum TrialDraw : std::uint64_t { kWorldDraws = 700, kViewDraws };

/// How a world's map compares with its images. Where the map is fine, so must be the truth: the view is then
/// kept small.
struct RatioClass {
  double map_pixel_px;
  double half_width;  ///< of the finest ground, in widths of the image on the ground
  int image_px;
  bool oblique;  ///< views that need the wide ground
};

constexpr RatioClass kRatioClasses[] = {
    {3, 1.6, 1024, true},  {1.5, 0.9, 1024, false}, {2.2, 1.6, 1024, true}, {0.6, 0.9, 512, false},
    {3, 1.6, 1024, true},  {6, 1.6, 1024, true},    {2.2, 1.6, 1024, true}, {1.5, 0.9, 1024, false},
    {10, 1.6, 1024, true}, {0.25, 0.9, 256, false}};

struct Look {
  double field_of_view_deg, tilt_deg;
};
constexpr Look kLooks[] = {{60, 0}, {60, 20}, {60, 0}, {60, 35}, {90, 10}, {30, 55}, {30, 0}, {60, 20}};
constexpr Look kSteepLooks[] = {{60, 0}, {60, 20}, {30, 0}, {60, 10}};
constexpr int kViewsPerWorld = 24;
constexpr double kFinestSample_m = 2, kCoarsestSample_m = 60;

double Between(double low, double high, double uniform) { return low + (high - low) * uniform; }

}  // namespace

const std::vector<double>& SunClassBounds_deg() {
  static const std::vector<double> bounds = {1.5, 5, 15, 45, 80};
  return bounds;
}

std::size_t SunClassOf(double elevation_deg) {
  const std::vector<double>& bounds = SunClassBounds_deg();
  const auto above = std::upper_bound(bounds.begin() + 1, bounds.end() - 1, elevation_deg);
  return static_cast<std::size_t>(above - bounds.begin()) - 1;
}

std::string SunClassName(std::size_t sun_class) {
  const std::vector<double>& bounds = SunClassBounds_deg();
  char text[32];
  std::snprintf(text, sizeof text, "%g–%g°", bounds[sun_class], bounds[sun_class + 1]);
  return text;
}

const std::vector<TrialSite>& TrialSites() {
  static const std::vector<TrialSite> sites = {
      {"hadley", "dem/gld100_256ppd_apollo15_hadley.tif", "mare", 2000, 0.10},
      {"copernicus", "dem/gld100_256ppd_copernicus.tif", "ejecta", 2000, 0.13},
      {"aristarchus", "dem/gld100_256ppd_aristarchus.tif", "mare", 2000, 0.10},
      {"atlas", "dem/gld100_256ppd_atlas.tif", "highland", 2000, 0.14},
      {"apollo basin", "dem/gld100_256ppd_apollo_basin.tif", "highland", 2000, 0.14},
      {"south polar", "dem/gld100_64ppd_south_polar.tif", "polar", 2000, 0.14}};
  return sites;
}

TrialWorld PlanWorld(std::uint64_t seed) {
  const auto u = [seed](std::uint64_t k) { return dem::RandomUniform(seed, kWorldDraws, k); };
  TrialWorld world;
  world.seed = seed;
  world.site = TrialSites()[static_cast<std::size_t>(u(0) * static_cast<double>(TrialSites().size()))];
  const RatioClass& ratio = kRatioClasses[static_cast<std::size_t>(u(1) * std::size(kRatioClasses))];
  world.ground_sample_m = kFinestSample_m * std::pow(kCoarsestSample_m / kFinestSample_m, u(2));
  world.map_pixel_m = ratio.map_pixel_px * world.ground_sample_m;
  world.truth_spacing_m = std::min(world.ground_sample_m, world.map_pixel_m / 4);
  world.image_px = ratio.image_px;
  world.half_width_m = ratio.half_width * ratio.image_px * world.ground_sample_m;
  world.reference_sun = {dem::DegToRad(Between(20, 45, u(3))), 2 * dem::kPi * u(4)};

  const std::vector<double>& bounds = SunClassBounds_deg();
  for (int i = 0; i < kViewsPerWorld; ++i) {
    const auto v = [seed, i](std::uint64_t k) {
      return dem::RandomUniform(seed, kViewDraws, static_cast<std::uint64_t>(i) * 16 + k);
    };
    TrialView view;
    const auto n = static_cast<std::size_t>(i);
    const Look& look =
        ratio.oblique ? kLooks[n % std::size(kLooks)] : kSteepLooks[n % std::size(kSteepLooks)];
    view.field_of_view_rad = dem::DegToRad(look.field_of_view_deg);
    view.tilt_rad = dem::DegToRad(look.tilt_deg);
    view.heading_rad = 2 * dem::kPi * v(0);
    view.roll_rad = 2 * dem::kPi * v(1);
    const std::size_t sun_class =
        (n + n / std::size(kLooks)) % (bounds.size() - 1);  // all looks under all Suns
    view.sun.elevation_rad = dem::DegToRad(Between(bounds[sun_class], bounds[sun_class + 1], v(2)));
    view.sun.azimuth_rad = 2 * dem::kPi * v(3);
    view.bits = v(4) < 0.5 ? 8 : 12;
    view.exposure = std::exp2(Between(-2, 2, v(5)));
    world.views.push_back(view);
  }
  return world;
}

}  // namespace perilune::tools
