#include "dem/synthesis/lunar_ground.h"

#include <algorithm>

#include "dem/synthesis/detail.h"
#include "dem/synthesis/ground_tile.h"
#include "dem/synthesis/slope_budget.h"

namespace perilune::dem {
namespace {

/// Craters smaller than this are left to the noise in the budget of slopes.
constexpr double kSmallestBudgeted_m = 1.0 / 32;

}  // namespace

LunarGround::LunarGround(const SiteType& type, std::uint64_t seed, const GroundLimits& limits)
    : type_(type),
      seed_(seed),
      limits_(limits),
      population_(type.age_ga, type.equilibrium, type.equilibrium_excess_slope),
      rocks_(seed, population_, type.rock_cover) {
  const auto wanted = [this](double lag_m) {
    return limits_.deviation2_m2 ? limits_.deviation2_m2(lag_m) : type_.Deviation2_m2(lag_m);
  };
  const CraterRelief craters(kSmallestBudgeted_m, limits_.max_diameter_m, population_);
  const auto shapes = [this, &craters](double lag_m) {
    return type_.crater_excess * craters.Deviation2_m2(lag_m) + rocks_.Deviation2_m2(lag_m);
  };
  octaves_ = NoiseBeside(wanted, shapes, {1.0 / 16, limits_.longest_wave_m});
}

Grid<float> LunarGround::Made(const PlaneWindow& window, bool with_rocks) const {
  ValidateWindow(window);
  const double smallest_m = kCellsPerFeature * window.spacing_m;
  std::vector<NoiseOctave> shown;
  for (const NoiseOctave& octave : octaves_) {
    if (octave.wavelength_m >= smallest_m && octave.amplitude > 0) shown.push_back(octave);
  }
  Grid<float> height_m(window.width, window.height);
  ForEachTile(
      height_m, window,
      [&](SynthesisTile& tile) {
        const PlaneRect rect = tile.Rect();
        const std::vector<Impact> impacts =
            ImpactsOn(rect, smallest_m, limits_.max_diameter_m, seed_, population_);
        GroundTile ground(tile);
        ground.Lay(shown, seed_, impacts);
        for (const Impact& impact : impacts) ground.Make(impact);
        if (with_rocks) {
          for (const Rock& rock : rocks_.RocksOn(rect, smallest_m)) ground.Place(rock);
        }
        ground.SumInto(tile.values);
      },
      [](float& cell, float value) { cell = value; });
  return height_m;
}

Grid<float> LunarGround::Heights(const PlaneWindow& window) const { return Made(window, true); }

Grid<float> LunarGround::HeightsWithoutRocks(const PlaneWindow& window) const { return Made(window, false); }

std::vector<Impact> LunarGround::CratersIn(const PlaneRect& rect, double min_diameter_m) const {
  std::vector<Impact> craters = ImpactsOn(rect, min_diameter_m, limits_.max_diameter_m, seed_, population_);
  MarkWipedOut(craters);
  std::erase_if(craters, [&rect](const Impact& c) {
    return c.x_m < rect.min_x_m || c.x_m >= rect.max_x_m || c.y_m < rect.min_y_m || c.y_m >= rect.max_y_m;
  });
  return craters;
}

std::vector<Rock> LunarGround::RocksIn(const PlaneRect& rect, double min_diameter_m) const {
  std::vector<Rock> rocks = rocks_.RocksOn(rect, min_diameter_m);
  std::erase_if(rocks, [&rect](const Rock& r) {
    return r.x_m < rect.min_x_m || r.x_m >= rect.max_x_m || r.y_m < rect.min_y_m || r.y_m >= rect.max_y_m;
  });
  return rocks;
}

}  // namespace perilune::dem
