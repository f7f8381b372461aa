#include "dem/statistics/ground_laws.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>

#include "dem/frames/moon.h"
#include "dem/statistics/crater_measures.h"
#include "dem/statistics/line_fit.h"
#include "dem/statistics/roughness.h"
#include "dem/synthesis/lunar_ground.h"
#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

constexpr std::uint64_t kPlaceStream = 0x6c617773ULL;
constexpr double kSide_m = 4e5;
constexpr std::array<int, 6> kSlopeLags = {4, 6, 8, 12, 16, 24};
constexpr int kPatch = 96, kStatedLag = 8;

using Grounds = std::vector<std::unique_ptr<LunarGround>>;

std::string Named(const char* format, double a, double b = 0) {
  char text[64];
  std::snprintf(text, sizeof text, format, a, b);
  return text;
}

/// Deviations around one baseline L: patches of spacing L/8, so that all that matters at L is shown.
void MeasureSlopes(const SiteType& type, const Grounds& grounds, double baseline_m, int patches,
                   GroundLaws& laws) {
  const double spacing_m = baseline_m / kStatedLag;
  std::array<SquaredChanges, kSlopeLags.size()> changes;
  for (int i = 0; i < patches; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    const PlaneWindow window{kSide_m * (RandomUniform(0, kPlaceStream, 2 * index) - 0.5),
                             kSide_m * (RandomUniform(0, kPlaceStream, 2 * index + 1) - 0.5), kPatch, kPatch,
                             spacing_m};
    const Grid<float> heights = grounds[index % grounds.size()]->Heights(window);
    for (std::size_t k = 0; k < kSlopeLags.size(); ++k) changes[k] += ChangesOver(heights, kSlopeLags[k]);
  }
  for (std::size_t k = 0; k < kSlopeLags.size(); ++k) {
    const double lag_m = kSlopeLags[k] * spacing_m;
    laws.deviations.push_back(
        {lag_m, std::sqrt(type.Deviation2_m2(lag_m)), std::sqrt(changes[k].sum_m2 / changes[k].count)});
    if (kSlopeLags[k] != kStatedLag) continue;
    const double stated = RadToDeg(type.Slope_rad(lag_m));
    laws.checks.push_back({"slope", Named("%g m, deg", lag_m), stated,
                           RadToDeg(changes[k].RmsSlope_rad(lag_m)), 0.1 * stated,
                           static_cast<double>(patches)});
  }
}

void MeasureHurst(double from_m, double to_m, double stated, GroundLaws& laws) {
  std::vector<double> x, y;
  for (const DeviationPoint& point : laws.deviations) {
    if (point.baseline_m < from_m || point.baseline_m > to_m) continue;
    x.push_back(std::log(point.baseline_m));
    y.push_back(std::log(point.measured_m));
  }
  laws.checks.push_back({"hurst", Named("%g-%g m", from_m, to_m), stated, FitLine(x, y).slope, 0.05,
                         static_cast<double>(x.size())});
}

void MeasureSizes(const Grounds& grounds, double low_m, double high_m, GroundLaws& laws) {
  const CraterPopulation& population = grounds.front()->population();
  // The law's own exponent over the range: quantiles of it through the same fit.
  std::vector<double> quantiles, diameters;
  const double dense = population.Density(low_m), sparse = population.Density(high_m);
  constexpr int kQuantiles = 4000;
  for (int i = 0; i < kQuantiles; ++i)
    quantiles.push_back(population.DiameterAt(dense - (i + 0.5) / kQuantiles * (dense - sparse)));
  // 30 000 craters in all, so that the fit's own scatter is below the tolerance.
  const double side_m =
      std::min(std::sqrt(30'000 / (dense - sparse) / static_cast<double>(grounds.size())), 8 * kSide_m);
  for (const auto& ground : grounds) {
    for (const Impact& crater : ground->CratersIn({0, side_m, 0, side_m}, low_m)) {
      if (!crater.secondary) diameters.push_back(crater.diameter_m);
    }
  }
  const double area_km2 = side_m * side_m * 1e-6 * static_cast<double>(grounds.size());
  for (int half_octave = 0;; ++half_octave) {
    const double d_m = low_m * std::exp2(0.5 * half_octave);
    if (!(d_m < 0.9 * high_m)) break;
    const auto larger =
        std::count_if(diameters.begin(), diameters.end(), [d_m](double d) { return d >= d_m; });
    laws.densities.push_back({d_m, 1e6 * population.Density(d_m), static_cast<double>(larger) / area_km2});
  }
  const double stated = FitSizeFrequency(quantiles, low_m, high_m).exponent;
  const PowerLaw law = FitSizeFrequency(diameters, low_m, high_m);
  laws.checks.push_back({"size-frequency", Named("%.0f-%.0f m", low_m, high_m), stated, law.exponent,
                         0.05 * std::abs(stated), static_cast<double>(law.count)});
}

/// Depths of craters in a range of wear, as shares of the depth/diameter that the law gives them.
void MeasureDepths(const Grounds& grounds, double from_wear, double to_wear, const char* what, int wanted,
                   GroundLaws& laws) {
  double measured = 0, stated = 0;
  int count = 0;
  for (const auto& ground : grounds) {
    const int most = wanted / static_cast<int>(grounds.size()) + 1;
    int here = 0;
    for (const Impact& crater : ground->CratersIn({-2500, 2500, -2500, 2500}, 40)) {
      if (here >= most) break;
      if (crater.diffusion < from_wear || crater.diffusion >= to_wear || crater.diameter_m > 800) continue;
      if (crater.secondary || crater.wiped_out || crater.bowl == Bowl::kFlat) continue;
      const double spacing_m = crater.diameter_m / 40;
      const PlaneWindow window{crater.x_m - 36 * spacing_m, crater.y_m + 36 * spacing_m, 73, 73, spacing_m};
      const auto depth_m = MeasuredDepth_m(ground->HeightsWithoutRocks(window), window, crater.x_m,
                                           crater.y_m, crater.diameter_m / 2);
      measured += *depth_m / crater.diameter_m;
      stated += SectionOf(crater.diameter_m, crater.diffusion, Bowl::kRound).depth_m / crater.diameter_m;
      ++here;
      ++count;
    }
  }
  laws.checks.push_back({"depth/diameter", what, stated / count, measured / count, 0.1 * stated / count,
                         static_cast<double>(count)});
}

void MeasureRocks(const Grounds& grounds, double low_m, GroundLaws& laws) {
  constexpr double kHalf_m = 200, kStep_m = 4;
  constexpr int kSteps = 100;  // 2 kHalf_m / kStep_m
  const PlaneRect rect{-kHalf_m, kHalf_m, -kHalf_m, kHalf_m};
  double expected = 0, counted = 0;
  for (const auto& ground : grounds) {
    const auto sources = ground->rocks().Sources(rect);
    for (int i = 0; i < kSteps; ++i) {
      for (int j = 0; j < kSteps; ++j) {
        const double x = (i + 0.5) * kStep_m - kHalf_m, y = (j + 0.5) * kStep_m - kHalf_m;
        const double cover = ground->rocks().Cover(x, y, low_m, sources);
        expected += (RockDensity_pm2(low_m, cover) - RockDensity_pm2(2 * low_m, cover)) * kStep_m * kStep_m;
      }
    }
    for (const Rock& rock : ground->RocksIn(rect, low_m)) counted += rock.diameter_m < 2 * low_m;
  }
  laws.checks.push_back(
      {"rocks", Named("%g-%g m", low_m, 2 * low_m), expected, counted, 4 * std::sqrt(expected) + 1, counted});
}

}  // namespace

bool LawCheck::Holds() const { return std::abs(measured - stated) <= tolerance; }

GroundLaws MeasureGroundLaws(const SiteType& type, const GroundLawsOptions& options) {
  GroundLaws laws;
  Grounds grounds;
  for (int i = 0; i < options.seeds; ++i) {
    grounds.push_back(
        std::make_unique<LunarGround>(type, options.first_seed + static_cast<std::uint64_t>(i)));
  }
  for (double baseline_m : {1.0, 10.0, 100.0, 400.0})
    MeasureSlopes(type, grounds, baseline_m, options.patches, laws);
  MeasureHurst(0.5, kFineUpTo_m, type.fine_hurst, laws);
  MeasureHurst(kFineUpTo_m, 1200, type.hurst, laws);
  const double equilibrium_m = grounds.front()->population().EquilibriumDiameter_m();
  MeasureSizes(grounds, std::min(equilibrium_m, 500.0) / 16, std::min(equilibrium_m, 500.0) / 2, laws);
  MeasureSizes(grounds, 2 * std::min(equilibrium_m, 1500.0), 16 * std::min(equilibrium_m, 1500.0), laws);
  MeasureDepths(grounds, 0, 0.005, "fresh (wear below 0.005)", options.fresh_craters, laws);
  MeasureDepths(grounds, 0.03, 0.1, "worn (0.03-0.1)", options.fresh_craters, laws);
  for (double low_m : {0.25, 0.5, 1.0, 2.0}) MeasureRocks(grounds, low_m, laws);
  return laws;
}

}  // namespace perilune::dem
