#include "dem/synthesis/slope_budget.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "dem/frames/moon.h"
#include "dem/synthesis/crater_shapes.h"
#include "dem/synthesis/impacts.h"
#include "dem/synthesis/wiping.h"

namespace perilune::dem {
namespace {

constexpr std::uint64_t kRegolithStream = 0x7265676f6c697468ULL;

// Table of G(l, K) = ∫ (p(x + l) − p(x))² dA of the mean simple crater, everything in radii.
constexpr int kLags = 30, kWears = 22;
constexpr double kFirstLag = 0.02;
constexpr double kLagRatio = 1.25;
constexpr double kFirstWear = 1e-3;

double WearAt(int i) {
  return i == 0 ? 0 : kFirstWear * std::pow(kLifetimeDiffusion / kFirstWear, (i - 1.0) / (kWears - 2));
}

double SquaredChange(const CraterSection& section, double lag) {
  constexpr double kCell = 0.06;
  constexpr double kEnd2 = kImpactReach * kImpactReach;
  const auto height = [&section](double x, double y) {
    const double rho2 = x * x + y * y;
    return rho2 < kEnd2 ? static_cast<double>(section.HeightAt(static_cast<float>(rho2))) : 0.0;
  };
  double sum = 0;
  const int rows = static_cast<int>(std::ceil(kImpactReach / kCell - 0.5));
  const int columns = static_cast<int>(std::ceil((2 * kImpactReach + lag) / kCell - 0.5));
  for (int j = 0; j < rows; ++j) {
    const double y = (j + 0.5) * kCell;
    for (int i = 0; i < columns; ++i) {
      const double x = -kImpactReach - lag + (i + 0.5) * kCell;
      const double change = height(x + lag, y) - height(x, y);
      sum += change * change;
    }
  }
  return 2 * sum * kCell * kCell;  // both halves of y
}

using WearTable = std::array<std::array<double, kWears>, kLags>;

const WearTable& SquaredChanges() {
  static const WearTable table = [] {
    WearTable t{};
    for (int k = 0; k < kWears; ++k) {
      CraterSection section = SectionOf(1000, WearAt(k), Bowl::kRound);
      section.scale_m = static_cast<float>(section.scale_m / 500);  // radii
      for (int i = 0; i < kLags; ++i) {
        t[static_cast<std::size_t>(i)][static_cast<std::size_t>(k)] =
            SquaredChange(section, kFirstLag * std::pow(kLagRatio, i));
      }
    }
    return t;
  }();
  return table;
}

double AtWear(const std::array<double, kWears>& row, double wear) {
  const double place = wear <= kFirstWear ? wear / kFirstWear
                                          : 1 + (kWears - 2) * std::log(wear / kFirstWear) /
                                                    std::log(kLifetimeDiffusion / kFirstWear);
  const auto i = static_cast<std::size_t>(std::clamp(place, 0.0, kWears - 1.001));
  return row[i] + (place - static_cast<double>(i)) * (row[i + 1] - row[i]);
}

/// G at a lag and a wear.
double SquaredChangeAt(double lag, double wear) {
  const WearTable& table = SquaredChanges();
  const double place = std::log(lag / kFirstLag) / std::log(kLagRatio);
  const double inside = std::clamp(place, 0.0, kLags - 1.001);
  const auto i = static_cast<std::size_t>(inside);
  const double low = AtWear(table[i], wear), high = AtWear(table[i + 1], wear);
  const double between = low * std::pow(high / low, inside - static_cast<double>(i));
  // Short lags see slopes: G goes with their square.
  return place < 0 ? between * std::pow(lag / kFirstLag, 2) : between;
}

/// What lies between two sizes, as quarters of octaves.
struct SizeRange {
  double low_m, high_m;
};

std::vector<SizeRange> SizeRanges(double from_m, double to_m) {
  constexpr double kClasses = 4;  // an octave
  const int count = static_cast<int>(std::ceil(kClasses * std::log2(to_m / from_m) - 1e-9));
  std::vector<SizeRange> ranges;
  for (int i = 0; i < count; ++i)
    ranges.push_back(
        {from_m * std::exp2(i / kClasses), std::min(to_m, from_m * std::exp2((i + 1) / kClasses))});
  return ranges;
}

/// Area, in squares of the younger crater's radius, in which it takes older heights away, and their squares.
constexpr double kWipedArea = kPi * SumOverWiping([](double kept) { return 1 - kept; });
constexpr double kWipedArea2 = kPi * SumOverWiping([](double kept) { return 1 - kept * kept; });

}  // namespace

double OverlainArea(double diameter_m, double exposure, double max_diameter_m,
                    const CraterPopulation& population) {
  double area = 0;
  for (const auto& [low_m, high_m] :
       SizeRanges(std::exp2(std::floor(std::log2(diameter_m))), max_diameter_m)) {
    const double lifetime = population.Lifetime(std::sqrt(low_m * high_m));
    const double younger = std::min(1.0, exposure / std::min(1.0, lifetime));
    area += (population.Density(low_m) - population.Density(high_m)) * younger * low_m * high_m / 4;
  }
  return area;
}

CraterRelief::CraterRelief(double min_diameter_m, double max_diameter_m, const CraterPopulation& population) {
  AddPrimaries(min_diameter_m, max_diameter_m, population);
  AddSecondaries(min_diameter_m, max_diameter_m, population);
}

void CraterRelief::Add(double density_pm2, double diameter_m, double oldest, double relative_depth,
                       double max_diameter_m, const CraterPopulation& population) {
  const double radius_m = diameter_m / 2;
  const double shallower = relative_depth * FreshDepthRatio(diameter_m) / FreshDepthRatio(1000);
  AgedClass c;
  c.radius_m = radius_m;
  c.weight_m2 = density_pm2 * std::pow(radius_m, 4) * shallower * shallower / kAges;
  for (int k = 0; k < kAges; ++k) {
    const double exposure = oldest * (k + 0.5) / kAges;
    const auto i = static_cast<std::size_t>(k);
    c.wear[i] = population.Diffusion(diameter_m, exposure);
    c.left[i] = std::exp(-kWipedArea2 * OverlainArea(diameter_m, exposure, max_diameter_m, population));
  }
  classes_.push_back(c);
}

void CraterRelief::AddPrimaries(double min_diameter_m, double max_diameter_m,
                                const CraterPopulation& population) {
  for (const auto& [low_m, high_m] : SizeRanges(min_diameter_m, max_diameter_m)) {
    const double diameter_m = std::sqrt(low_m * high_m);
    Add(population.Density(low_m) - population.Density(high_m), diameter_m,
        std::min(1.0, population.Lifetime(diameter_m)), 1, max_diameter_m, population);
  }
}

void CraterRelief::AddSecondaries(double min_diameter_m, double max_diameter_m,
                                  const CraterPopulation& population) {
  const double steep = std::pow(kLargestSecondary / kSmallestSecondary, -4.0);
  const auto larger = [steep](double share) {
    return (std::pow(share / kSmallestSecondary, -4.0) - steep) / (1 - steep);
  };
  // Secondaries are as old as their primary, and only those are there that diffusion has left.
  for (const auto& [low_m, high_m] : SizeRanges(kSmallestParent_m, kLargestImpact_m)) {
    const double parent_m = std::sqrt(low_m * high_m);
    const double parents_pm2 = population.Density(low_m) - population.Density(high_m);
    const double oldest_parent = std::min(1.0, population.Lifetime(parent_m));
    for (const auto& [smallest_m, largest_m] :
         SizeRanges(kSmallestSecondary * parent_m, kLargestSecondary * parent_m)) {
      const double diameter_m = std::sqrt(smallest_m * largest_m);
      if (diameter_m < min_diameter_m || diameter_m >= max_diameter_m) continue;
      const double oldest = std::min(oldest_parent, population.Lifetime(diameter_m));
      Add(parents_pm2 * kSecondaryClusters * kPerSecondaryCluster *
              (larger(smallest_m / parent_m) - larger(largest_m / parent_m)) * oldest / oldest_parent,
          diameter_m, oldest, kSecondaryDepth, max_diameter_m, population);
    }
  }
}

double CraterRelief::Deviation2_m2(double baseline_m) const {
  double sum = 0;
  for (const AgedClass& c : classes_) {
    for (std::size_t k = 0; k < c.wear.size(); ++k)
      sum += c.weight_m2 * c.left[k] * SquaredChangeAt(baseline_m / c.radius_m, c.wear[k]);
  }
  return sum;
}

double ExpectedHeight_m(double min_diameter_m, double max_diameter_m, const CraterPopulation& population) {
  constexpr int kAges = 12;
  const auto volume = [](const CraterSection& section) {  // over R²
    double sum = 0;
    constexpr double kRing = 1.0 / CraterSection::kPerUnit;
    for (int i = 0; (i + 0.5) * kRing < kImpactReach * kImpactReach; ++i)
      sum += section.HeightAt(static_cast<float>((i + 0.5) * kRing)) * kPi * kRing;
    return sum;
  };
  double height_m = 0;
  for (const auto& [low_m, high_m] : SizeRanges(min_diameter_m, max_diameter_m)) {
    const double density = population.Density(low_m) - population.Density(high_m);
    const double diameter_m = std::sqrt(low_m * high_m);
    const double oldest = std::min(1.0, population.Lifetime(diameter_m));
    for (int k = 0; k < kAges; ++k) {
      const double exposure = oldest * (k + 0.5) / kAges;
      const double wear = population.Diffusion(diameter_m, exposure);
      const double left =
          std::exp(-kWipedArea * OverlainArea(diameter_m, exposure, max_diameter_m, population));
      const double round = volume(SectionOf(diameter_m, wear, Bowl::kRound));
      const double flat = volume(SectionOf(diameter_m, wear, Bowl::kFlat));
      height_m += density / kAges * left * diameter_m * diameter_m / 4 *
                  ((1 - kFlatShare) * round + kFlatShare * flat);
    }
  }
  return height_m;
}

double NoiseDeviation2(double baseline_per_wavelength) {
  // Spectrum on the lattice: the discrete Laplacian's gain (lattice_noise.cc) times that of the cubic
  // B-spline, sinc⁴ on each axis.
  constexpr int kSteps = 60;
  constexpr double kEnd = 1.2;
  static const std::array<double, kSteps> spectrum_along_x = [] {
    constexpr double kScale = 1.24939010;
    std::array<double, kSteps> spectrum{};
    const auto spline2 = [](double f) { return std::pow(std::sin(kPi * f) / (kPi * f), 8); };
    for (int i = 0; i < kSteps; ++i) {
      const double fx = (i + 0.5) * kEnd / kSteps, cx = std::cos(2 * kPi * fx);
      for (int j = 0; j < kSteps; ++j) {
        const double fy = (j + 0.5) * kEnd / kSteps, cy = std::cos(2 * kPi * fy);
        const double gain = kScale * (0.75 - 0.25 * (cx + cy) - 0.25 * cx * cy);
        spectrum[static_cast<std::size_t>(i)] +=
            4 * gain * gain * spline2(fx) * spline2(fy) * (kEnd / kSteps) * (kEnd / kSteps);
      }
    }
    return spectrum;
  }();
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double f = (i + 0.5) * kEnd / kSteps;
    sum += spectrum_along_x[static_cast<std::size_t>(i)] *
           (1 - std::cos(2 * kPi * f * kLatticePerWavelength * baseline_per_wavelength));
  }
  return 2 * sum;
}

std::vector<NoiseOctave> NoiseBeside(const std::function<double(double)>& deviation2_m2,
                                     const std::function<double(double)>& shapes_deviation2_m2,
                                     const NoiseBand& band) {
  constexpr int kSweeps = 400;
  constexpr double kSurelyWanted_m = 0.5;
  /// Weight of the squared differences between neighbouring octaves: without it single octaves would carry
  /// several, and the ground's spectrum would have gaps.
  constexpr double kEvenness = 0.3;
  std::vector<NoiseOctave> octaves;
  for (int k = static_cast<int>(std::ceil(std::log2(band.longest_m))) - 1;
       std::ldexp(1.0, k) >= band.shortest_m; --k) {
    octaves.push_back({std::ldexp(1.0, k), 0, kRegolithStream + static_cast<std::uint64_t>(k + 64)});
  }
  // Rows: baselines; columns: octaves; all relative to what is wanted there, an octave's power to what is
  // wanted at half its wavelength. `missing` is the residual.
  std::vector<std::vector<double>> columns(octaves.size());
  std::vector<double> missing, power(octaves.size()), unit_m2;
  for (const NoiseOctave& octave : octaves) unit_m2.push_back(deviation2_m2(octave.wavelength_m / 2));
  for (const auto& [lag_m, next_m] : SizeRanges(band.shortest_m, band.longest_m / 2)) {
    const double wanted_m2 = deviation2_m2(lag_m);
    // Below half a metre rocks alone may have more than is wanted; waves of other sizes must not make up for
    // it.
    // What they have too much at one baseline is no reason to leave another without.
    const double lacking = std::max(0.0, 1 - shapes_deviation2_m2(lag_m) / wanted_m2);
    const double weight = lag_m < kSurelyWanted_m ? 0.1 : 1.0;
    missing.push_back(weight * lacking);
    for (std::size_t k = 0; k < octaves.size(); ++k) {
      columns[k].push_back(weight * NoiseDeviation2(std::min(lag_m / octaves[k].wavelength_m, 5.0)) *
                           unit_m2[k] / wanted_m2);
    }
  }
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (std::size_t k = 0; k < octaves.size(); ++k) {
      double along = 0, norm = 0;
      for (std::size_t i = 0; i < missing.size(); ++i) {
        along += columns[k][i] * missing[i];
        norm += columns[k][i] * columns[k][i];
      }
      for (const std::size_t beside : {k - 1, k + 1}) {
        if (beside >= octaves.size()) continue;
        along += kEvenness * (power[beside] - power[k]);
        norm += kEvenness;
      }
      const double step = std::max(-power[k], along / norm);
      power[k] += step;
      for (std::size_t i = 0; i < missing.size(); ++i) missing[i] -= step * columns[k][i];
    }
  }
  for (std::size_t k = 0; k < octaves.size(); ++k) octaves[k].amplitude = std::sqrt(power[k] * unit_m2[k]);
  return octaves;
}

}  // namespace perilune::dem
