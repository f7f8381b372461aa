#include "dem/synthesis/rock_field.h"

#include <algorithm>
#include <cmath>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

constexpr std::uint64_t kRockStream = 0x726f636b73ULL;
constexpr double kRockCellPerDiameter = 32;
/// Craters below it do not reach through the regolith of some metres.
constexpr double kSmallestSource_m = 32;
constexpr double kRockLife_ga = 0.07;  // e-folding: half are gone after 50 Ma
constexpr double kFreshCover = 0.3;    // at the rim of a crater just made
constexpr int kFirstClass = -4, kLastClass = 4;

enum RockDraw : std::uint64_t { kKeep, kRockX, kRockY, kSize, kHeight, kAspect, kTurn, kFacet };

/// Share of the rim's cover at a distance of ρ radii.
double StrewnShare(double rho) {
  if (rho >= kImpactReach) return 0;
  return rho < 1 ? 0.35 + 0.65 * rho * rho : std::pow(rho, -3.5) * std::min(1.0, (kImpactReach - rho) / 0.5);
}

/// The diameter in [low, high] whose density is the share `uniform` of the way from dense to sparse.
double DrawDiameter(double low_m, double high_m, double cover, double uniform) {
  const double dense = RockDensity_pm2(low_m, cover), sparse = RockDensity_pm2(high_m, cover);
  const double wanted = dense - uniform * (dense - sparse);
  for (int i = 0; i < 24; ++i) {
    const double middle_m = (low_m + high_m) / 2;
    (RockDensity_pm2(middle_m, cover) > wanted ? low_m : high_m) = middle_m;
  }
  return (low_m + high_m) / 2;
}

}  // namespace

double RockDensity_pm2(double diameter_m, double cover) {
  if (cover <= 0) return 0;
  const double q = 1.79 + 0.152 / cover, x = q * diameter_m;
  if (x > 600) return 0;
  // ∫ e^(−q x)/x² dx from D, with the exponential integral E1(x) = −Ei(−x).
  const double integral = std::exp(-x) / diameter_m + q * std::expint(-x);
  return std::max(0.0, 4 * cover * q / kPi * integral);
}

double RockField::MeanSquaredChange(double lag) {
  // ∫ (f(x + l) − f(x))² dA of rocks of diameter 1, mean over shapes, at lags of whole steps.
  constexpr int kRocks = 48, kHalf = 20, kSide = 2 * kHalf + 1, kLags = 40;
  constexpr double kStep = 0.04;
  static const std::array<double, kLags + 1> table = [] {
    std::array<double, kLags + 1> sums{};
    for (std::uint64_t k = 0; k < kRocks; ++k) {
      Rock rock;
      rock.diameter_m = 1;
      rock.Shape(RandomBits(0, kRockStream, k));
      std::array<float, static_cast<std::size_t>(kSide) * kSide> heights{};
      for (int i = 0; i < kSide * kSide; ++i) {
        const int row = i / kSide, col = i % kSide;
        heights[static_cast<std::size_t>(i)] =
            std::max(0.0F, rock.HeightAt((col - kHalf) * kStep, (row - kHalf) * kStep));
      }
      for (int lag_steps = 1; lag_steps <= kLags; ++lag_steps) {
        double sum = 0;
        for (int r = 0; r < kSide; ++r) {
          for (int c = -lag_steps; c < kSide; ++c) {
            const auto at = [&](int column) {
              return column >= 0 && column < kSide ? heights[static_cast<std::size_t>(r * kSide + column)]
                                                   : 0.0F;
            };
            const double change = at(c + lag_steps) - at(c);
            sum += change * change;
          }
        }
        sums[static_cast<std::size_t>(lag_steps)] += sum * kStep * kStep / kRocks;
      }
    }
    return sums;
  }();
  const double place = std::min(lag / kStep, kLags - 1e-6);
  const auto i = static_cast<std::size_t>(place);
  return table[i] + (place - static_cast<double>(i)) * (table[i + 1] - table[i]);
}

double RockField::Deviation2_m2(double baseline_m) const {
  constexpr double kPerOctave = 4;
  double sum = 0;
  for (int band = 0;; ++band) {
    const double low_m = kSmallest_m * std::exp2(band / kPerOctave);
    if (!(low_m < kLargest_m)) break;
    const double high_m = low_m * std::exp2(1 / kPerOctave), diameter_m = std::sqrt(low_m * high_m);
    const double density = RockDensity_pm2(low_m, site_cover_) - RockDensity_pm2(high_m, site_cover_);
    sum += density * std::pow(diameter_m, 4) * MeanSquaredChange(baseline_m / diameter_m);
  }
  return sum;
}

void Rock::Shape(std::uint64_t own) {
  key = own;
  // Heights of 0.25–0.75 of the diameter, 0.5 on average: half or more of most rocks is in the ground.
  height_m = diameter_m * (0.25 + 0.25 * (RandomUniform(own, 0, kHeight) + RandomUniform(own, 1, kHeight)));
  aspect = 0.55 + 0.45 * RandomUniform(own, 0, kAspect);
  azimuth_rad = kPi * RandomUniform(own, 0, kTurn);
  cos_ = static_cast<float>(std::cos(azimuth_rad));
  sin_ = static_cast<float>(std::sin(azimuth_rad));
  const double longer_m = diameter_m / 2 / std::sqrt(aspect);
  per_long_ = static_cast<float>(1 / longer_m);
  per_short_ = static_cast<float>(1 / (longer_m * aspect));
  for (std::size_t i = 0; i < facets.size(); ++i) {
    const double turn = 2 * kPi * RandomUniform(own, 2 + i, kFacet);
    const double steep = (i == 0 ? 0.25 : 1.2) * RandomUniform(own, 6 + i, kFacet);
    facets[i] = {static_cast<float>(steep * std::cos(turn)), static_cast<float>(steep * std::sin(turn)),
                 static_cast<float>(0.8 + 0.25 * steep)};
  }
  // What is broken off the top is made up for: height_m is that of the rock as it lies there.
  constexpr int kSteps = 24;
  float top = 0;
  for (int i = 0; i < kSteps * kSteps; ++i) {
    const int row = i / kSteps, col = i % kSteps;
    const float u = static_cast<float>(col * 2 + 1) / kSteps - 1;
    const float v = static_cast<float>(row * 2 + 1) / kSteps - 1;
    top = std::max(top, Unscaled(u, v));
  }
  scale_m_ = static_cast<float>(height_m) / top;
}

float Rock::Unscaled(float u, float v) const {
  const float w2 = 1 - u * u - v * v;
  if (w2 <= 0) return -1;
  float height = std::sqrt(w2);
  for (const Facet& facet : facets)
    height = std::min(height, facet.level + facet.slope_x * u + facet.slope_y * v);
  return height;
}

float Rock::HeightAt(double dx_m, double dy_m) const {
  const auto dx = static_cast<float>(dx_m), dy = static_cast<float>(dy_m);
  return scale_m_ * Unscaled((cos_ * dx + sin_ * dy) * per_long_, (cos_ * dy - sin_ * dx) * per_short_);
}

RockField::RockField(std::uint64_t seed, const CraterPopulation& population, double site_cover)
    : seed_(seed), population_(population), site_cover_(site_cover) {}

std::vector<RockField::Source> RockField::Sources(const PlaneRect& rect) const {
  std::vector<Source> sources;
  VisitPrimaries(rect, kSmallestSource_m, kLargestImpact_m, kImpactReach, seed_, population_,
                 [&](const Impact& impact) {
                   const double age_ga = population_.Age_ga(impact.exposure);
                   if (age_ga > 6 * kRockLife_ga) return;
                   sources.push_back({impact.x_m, impact.y_m, impact.diameter_m / 2,
                                      kFreshCover * std::exp(-age_ga / kRockLife_ga),
                                      0.29 * std::pow(impact.diameter_m, 2.0 / 3)});
                 });
  return sources;
}

double RockField::Cover(double x_m, double y_m, double diameter_m, const std::vector<Source>& sources) const {
  double cover = site_cover_;
  for (const Source& source : sources) {
    if (diameter_m > source.largest_m) continue;
    cover += source.cover * StrewnShare(std::hypot(x_m - source.x_m, y_m - source.y_m) / source.radius_m);
  }
  return std::min(cover, kMostCover);
}

void RockField::VisitClass(int exponent, const PlaneRect& rect, double min_diameter_m,
                           const std::vector<Source>& sources, std::vector<Rock>& rocks) const {
  const double low_m = std::ldexp(1.0, exponent), high_m = 2 * low_m, cell_m = kRockCellPerDiameter * low_m;
  const double most = RockDensity_pm2(low_m, kMostCover) - RockDensity_pm2(high_m, kMostCover);
  const double at_site = RockDensity_pm2(low_m, site_cover_) - RockDensity_pm2(high_m, site_cover_);
  const double reach_m = high_m;  // the longer axis of a long rock is less than twice the mean
  const auto cell_of = [cell_m](double v) { return static_cast<std::int64_t>(std::floor(v / cell_m)); };
  for (std::int64_t row = cell_of(rect.min_y_m - reach_m); row <= cell_of(rect.max_y_m + reach_m); ++row) {
    for (std::int64_t column = cell_of(rect.min_x_m - reach_m); column <= cell_of(rect.max_x_m + reach_m);
         ++column) {
      const std::uint64_t key =
          RandomBits(seed_, kRockStream + static_cast<std::uint64_t>(exponent + 64), CellKey(column, row));
      const int count = RandomPoisson(most * cell_m * cell_m, key, 0, 0);
      for (int k = 1; k <= count; ++k) {
        const std::uint64_t own = RandomBits(key, 1, static_cast<std::uint64_t>(k));
        const double keep = RandomUniform(own, 0, kKeep);
        if (sources.empty() && keep * most >= at_site) continue;
        const double x_m = (static_cast<double>(column) + RandomUniform(own, 0, kRockX)) * cell_m;
        const double y_m = (static_cast<double>(row) + RandomUniform(own, 0, kRockY)) * cell_m;
        const double cover = sources.empty() ? site_cover_ : Cover(x_m, y_m, low_m, sources);
        const double here =
            cover == site_cover_ ? at_site : RockDensity_pm2(low_m, cover) - RockDensity_pm2(high_m, cover);
        if (keep * most >= here) continue;
        Rock rock;
        rock.diameter_m = DrawDiameter(low_m, high_m, cover, RandomUniform(own, 0, kSize));
        if (rock.diameter_m < min_diameter_m || x_m + reach_m < rect.min_x_m ||
            x_m - reach_m > rect.max_x_m || y_m + reach_m < rect.min_y_m || y_m - reach_m > rect.max_y_m) {
          continue;
        }
        rock.x_m = x_m;
        rock.y_m = y_m;
        rock.Shape(own);
        rocks.push_back(rock);
      }
    }
  }
}

std::vector<Rock> RockField::RocksOn(const PlaneRect& rect, double min_diameter_m) const {
  std::vector<Rock> rocks;
  if (min_diameter_m >= kLargest_m) return rocks;
  const PlaneRect around{rect.min_x_m - 2 * kLargest_m, rect.max_x_m + 2 * kLargest_m,
                         rect.min_y_m - 2 * kLargest_m, rect.max_y_m + 2 * kLargest_m};
  const std::vector<Source> sources = Sources(around);
  const int bottom = std::max(kFirstClass, static_cast<int>(std::floor(std::log2(min_diameter_m))));
  for (int exponent = kLastClass; exponent >= bottom; --exponent)
    VisitClass(exponent, rect, min_diameter_m, sources, rocks);
  return rocks;
}

}  // namespace perilune::dem
