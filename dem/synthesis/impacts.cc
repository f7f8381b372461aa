#include "dem/synthesis/impacts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include "dem/frames/moon.h"
#include "dem/synthesis/patches.h"
#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

constexpr std::uint64_t kPrimaryStream = 0x7072696d617279ULL;
constexpr double kCellPerDiameter = 8;
/// Small craters lie denser here and sparser there: the equilibrium differs with what the ground is made of.
constexpr double kCrowdedBelow_m = 16;
constexpr std::array<double, 3> kCrowdedPatches_m = {1024, 256, 64};
constexpr Patches kCrowding{.sigma = 0.4, .wavelengths_m = kCrowdedPatches_m, .stream = 0x63726f7764ULL};

/// Draws of one crater, by what they are for.
enum Draw : std::uint64_t {
  kX,
  kY,
  kDiameter,
  kExposure,
  kBowl,
  kOutline2,
  kOutline2Turn,
  kOutline3,
  kOutline3Turn
};

bool Touches(const PlaneRect& rect, double x_m, double y_m, double reach_m) {
  return x_m + reach_m >= rect.min_x_m && x_m - reach_m <= rect.max_x_m && y_m + reach_m >= rect.min_y_m &&
         y_m - reach_m <= rect.max_y_m;
}

/// Outlines: radii vary by some per cent, mostly as ellipses and rounded triangles.
void DrawOutline(Impact& impact, double ellipticity, double triangularity) {
  const double turn2 = 2 * kPi * RandomUniform(impact.key, 0, kOutline2Turn);
  const double turn3 = 2 * kPi * RandomUniform(impact.key, 0, kOutline3Turn);
  const double e2 = ellipticity * RandomUniform(impact.key, 0, kOutline2);
  const double e3 = triangularity * RandomUniform(impact.key, 0, kOutline3);
  impact.c2 = static_cast<float>(e2 * std::cos(turn2));
  impact.s2 = static_cast<float>(e2 * std::sin(turn2));
  impact.c3 = static_cast<float>(e3 * std::cos(turn3));
  impact.s3 = static_cast<float>(e3 * std::sin(turn3));
}

struct SizeClass {
  int exponent = 0;
  double dense = 0, sparse = 0;  ///< densities at its two ends
  double min_diameter_m = 0, max_diameter_m = 0;

  double Low_m() const { return std::ldexp(1.0, exponent); }
  double Cell_m() const { return kCellPerDiameter * Low_m(); }
};

struct Cell {
  std::int64_t column = 0, row = 0;
  double crowding = 1;  ///< relative density of craters
};

void VisitCell(const SizeClass& octave, const Cell& cell, double reach, std::uint64_t seed,
               const CraterPopulation& population, const PlaneRect& rect,
               const std::function<void(const Impact&)>& visit) {
  const double cell_m = octave.Cell_m();
  const auto stream = kPrimaryStream + static_cast<std::uint64_t>(octave.exponent + 64);
  const std::uint64_t key = RandomBits(seed, stream, CellKey(cell.column, cell.row));
  const int count =
      RandomPoisson(cell.crowding * (octave.dense - octave.sparse) * cell_m * cell_m, key, 0, 0);
  for (int k = 1; k <= count; ++k) {
    Impact impact;
    impact.key = RandomBits(key, 1, static_cast<std::uint64_t>(k));
    impact.x_m = (static_cast<double>(cell.column) + RandomUniform(impact.key, 0, kX)) * cell_m;
    impact.y_m = (static_cast<double>(cell.row) + RandomUniform(impact.key, 0, kY)) * cell_m;
    if (!Touches(rect, impact.x_m, impact.y_m, reach * std::ldexp(1.0, octave.exponent))) continue;
    impact.diameter_m = population.DiameterAt(octave.dense - RandomUniform(impact.key, 0, kDiameter) *
                                                                 (octave.dense - octave.sparse));
    if (impact.diameter_m < octave.min_diameter_m || impact.diameter_m >= octave.max_diameter_m) continue;
    if (!Touches(rect, impact.x_m, impact.y_m, reach * impact.diameter_m / 2)) continue;
    impact.exposure =
        RandomUniform(impact.key, 0, kExposure) * std::min(1.0, population.Lifetime(impact.diameter_m));
    impact.diffusion = population.Diffusion(impact.diameter_m, impact.exposure);
    impact.bowl = RandomUniform(impact.key, 0, kBowl) < kFlatShare ? Bowl::kFlat : Bowl::kRound;
    DrawOutline(impact, 0.16, 0.10);
    visit(impact);
  }
}

/// Relative densities of the cells `first` to `last` of a row.
std::vector<float> CrowdingOf(const SizeClass& octave, std::int64_t row, std::int64_t first,
                              std::int64_t last, std::uint64_t seed) {
  const auto count = static_cast<std::size_t>(last - first + 1);
  if (octave.Low_m() >= kCrowdedBelow_m) return std::vector<float>(count, 1.0F);
  std::vector<double> centres_m(count);
  for (std::size_t i = 0; i < count; ++i)
    centres_m[i] = (static_cast<double>(first) + static_cast<double>(i) + 0.5) * octave.Cell_m();
  return kCrowding.FactorsAt(centres_m, {(static_cast<double>(row) + 0.5) * octave.Cell_m()}, seed);
}

/// A clump of a primary's ejecta that makes secondary craters where it falls.
struct Cluster {
  std::uint64_t key = 0;
  double x_m = 0, y_m = 0;
  double along_x = 0, along_y = 0;  ///< unit vector away from the primary
  double length_m = 0, width_m = 0;
};

constexpr double kNearest = 2.5, kFarthest = 16;  // primary's radii
constexpr int kChains = 7;

Cluster MakeCluster(const Impact& parent, int index) {
  Cluster cluster;
  cluster.key = RandomBits(parent.key, 2, static_cast<std::uint64_t>(index));
  // Half of the clusters lie on rays, the others anywhere around.
  const auto ray = static_cast<std::uint64_t>(index % kChains);
  const double ray_azimuth = 2 * kPi * RandomUniform(parent.key, 3, ray);
  const double azimuth = index % 2 == 0 ? ray_azimuth + 0.06 * RandomNormal(cluster.key, 0, 0)
                                        : 2 * kPi * RandomUniform(cluster.key, 0, 2);
  const double radius_m = parent.diameter_m / 2;
  const double distance_m =
      radius_m * kNearest * std::pow(kFarthest / kNearest, RandomUniform(cluster.key, 0, 3));
  cluster.along_x = std::cos(azimuth);
  cluster.along_y = std::sin(azimuth);
  cluster.x_m = parent.x_m + distance_m * cluster.along_x;
  cluster.y_m = parent.y_m + distance_m * cluster.along_y;
  cluster.length_m = radius_m * (0.2 + 0.5 * RandomUniform(cluster.key, 0, 4));
  cluster.width_m = cluster.length_m * (0.15 + 0.25 * RandomUniform(cluster.key, 0, 5));
  return cluster;
}

Impact MakeSecondary(const Impact& parent, const Cluster& cluster, int index,
                     const CraterPopulation& population) {
  Impact impact;
  impact.key = RandomBits(cluster.key, 1, static_cast<std::uint64_t>(index));
  const double along_m = cluster.length_m * RandomNormal(impact.key, 1, 0) / 2;
  const double across_m = cluster.width_m * RandomNormal(impact.key, 1, 1) / 2;
  impact.x_m = cluster.x_m + along_m * cluster.along_x - across_m * cluster.along_y;
  impact.y_m = cluster.y_m + along_m * cluster.along_y + across_m * cluster.along_x;
  // Cumulative slope −4 (Bierhaus 2018: −4 and steeper) between the two limits.
  const double steep = std::pow(kLargestSecondary / kSmallestSecondary, -4.0);
  impact.diameter_m = parent.diameter_m * kSmallestSecondary *
                      std::pow(1 - RandomUniform(impact.key, 0, kDiameter) * (1 - steep), -0.25);
  impact.exposure = parent.exposure;
  impact.diffusion = population.Diffusion(impact.diameter_m, impact.exposure);
  impact.secondary = true;
  DrawOutline(impact, 0.1, 0.1);
  // Drawn out along the way of flight: ρ² is smaller there.
  const double stretch = 0.2 + 0.2 * RandomUniform(impact.key, 0, kBowl);
  impact.c2 -= static_cast<float>(stretch * (2 * cluster.along_x * cluster.along_x - 1));
  impact.s2 -= static_cast<float>(stretch * 2 * cluster.along_x * cluster.along_y);
  return impact;
}

void VisitSecondariesOf(const Impact& parent, const PlaneRect& rect, double min_diameter_m,
                        double max_diameter_m, const CraterPopulation& population,
                        const std::function<void(const Impact&)>& visit) {
  const double largest_m = kLargestSecondary * parent.diameter_m;
  if (parent.exposure >= population.Lifetime(largest_m)) return;  // all of them are gone
  for (int i = 0; i < kSecondaryClusters; ++i) {
    const Cluster cluster = MakeCluster(parent, i);
    const double spread_m = 3 * (cluster.length_m + cluster.width_m) + 2 * largest_m;
    if (!Touches(rect, cluster.x_m, cluster.y_m, spread_m)) continue;
    const int count = RandomPoisson(kPerSecondaryCluster, cluster.key, 2, 0);
    for (int k = 0; k < count; ++k) {
      const Impact impact = MakeSecondary(parent, cluster, k, population);
      if (impact.diameter_m < min_diameter_m || impact.diameter_m >= max_diameter_m) continue;
      if (impact.diffusion >= kLifetimeDiffusion) continue;
      if (Touches(rect, impact.x_m, impact.y_m, kImpactReach * impact.diameter_m)) visit(impact);
    }
  }
}

}  // namespace

CraterSection Impact::Section() const {
  CraterSection section = SectionOf(diameter_m, diffusion, bowl);
  if (secondary) {
    section.scale_m *= static_cast<float>(kSecondaryDepth);
    section.depth_m *= kSecondaryDepth;
    section.rim_height_m *= kSecondaryDepth;
  }
  return section;
}

void VisitPrimaries(const PlaneRect& rect, double min_diameter_m, double max_diameter_m, double reach,
                    std::uint64_t seed, const CraterPopulation& population,
                    const std::function<void(const Impact&)>& visit) {
  max_diameter_m = std::min(max_diameter_m, kLargestImpact_m);
  if (!(max_diameter_m > min_diameter_m)) return;
  const int top = static_cast<int>(std::ceil(std::log2(max_diameter_m))) - 1;
  const int bottom = static_cast<int>(std::floor(std::log2(min_diameter_m)));
  for (int exponent = top; exponent >= bottom; --exponent) {
    const double low_m = std::ldexp(1.0, exponent);
    const SizeClass octave{exponent, population.Density(low_m), population.Density(2 * low_m),
                           std::max(min_diameter_m, low_m), std::min(max_diameter_m, 2 * low_m)};
    const double reach_m = reach * octave.max_diameter_m / 2;
    const auto cell_of = [cell_m = octave.Cell_m()](double v) {
      return static_cast<std::int64_t>(std::floor(v / cell_m));
    };
    const std::int64_t first = cell_of(rect.min_x_m - reach_m), last = cell_of(rect.max_x_m + reach_m);
    for (std::int64_t row = cell_of(rect.min_y_m - reach_m); row <= cell_of(rect.max_y_m + reach_m); ++row) {
      const std::vector<float> crowding = CrowdingOf(octave, row, first, last, seed);
      for (std::int64_t column = first; column <= last; ++column) {
        const Cell cell{column, row, crowding[static_cast<std::size_t>(column - first)]};
        VisitCell(octave, cell, reach, seed, population, rect, visit);
      }
    }
  }
}

void VisitSecondaries(const PlaneRect& rect, double min_diameter_m, double max_diameter_m, std::uint64_t seed,
                      const CraterPopulation& population, const std::function<void(const Impact&)>& visit) {
  const double smallest_parent_m = std::max(kSmallestParent_m, min_diameter_m / kLargestSecondary);
  // Clusters are up to some radii long beyond the farthest distance.
  VisitPrimaries(rect, smallest_parent_m, kLargestImpact_m, kFarthest + 4, seed, population,
                 [&](const Impact& parent) {
                   VisitSecondariesOf(parent, rect, min_diameter_m, max_diameter_m, population, visit);
                 });
}

std::vector<Impact> ImpactsOn(const PlaneRect& rect, double min_diameter_m, double max_diameter_m,
                              std::uint64_t seed, const CraterPopulation& population) {
  std::vector<Impact> impacts;
  const auto keep = [&impacts](const Impact& impact) { impacts.push_back(impact); };
  // Outlines reach a little farther than their mean radius.
  VisitPrimaries(rect, min_diameter_m, max_diameter_m, 1.25 * kImpactReach, seed, population, keep);
  VisitSecondaries(rect, min_diameter_m, max_diameter_m, seed, population, keep);
  std::sort(impacts.begin(), impacts.end(), [](const Impact& a, const Impact& b) {
    return std::tie(b.exposure, a.key) < std::tie(a.exposure, b.key);
  });
  return impacts;
}

void MarkWipedOut(std::vector<Impact>& oldest_first) {
  // From the youngest down, each crater looks whether a younger one of its size or more lies over it; those
  // are filed by octave in cells as wide as its largest crater, so that four cells an octave hold all that
  // can.
  std::map<std::tuple<int, std::int64_t, std::int64_t>, std::vector<const Impact*>> filed;
  const auto cell = [](double v_m, double cell_m) {
    return static_cast<std::int64_t>(std::floor(v_m / cell_m));
  };
  int top = -64;
  for (auto it = oldest_first.rbegin(); it != oldest_first.rend(); ++it) {
    const int own = static_cast<int>(std::floor(std::log2(it->diameter_m)));
    it->wiped_out = false;
    for (int octave = own; octave <= top && !it->wiped_out; ++octave) {
      const double cell_m = std::ldexp(1.0, octave + 1), half_m = cell_m / 2;
      for (std::int64_t c = cell(it->x_m - half_m, cell_m); c <= cell(it->x_m + half_m, cell_m); ++c) {
        for (std::int64_t r = cell(it->y_m - half_m, cell_m); r <= cell(it->y_m + half_m, cell_m); ++r) {
          const auto found = filed.find({octave, c, r});
          if (found == filed.end()) continue;
          for (const Impact* younger : found->second) {
            it->wiped_out |=
                younger->diameter_m >= it->diameter_m &&
                std::hypot(younger->x_m - it->x_m, younger->y_m - it->y_m) < younger->diameter_m / 2;
          }
        }
      }
    }
    top = std::max(top, own);
    const double cell_m = std::ldexp(1.0, own + 1);
    filed[{own, cell(it->x_m, cell_m), cell(it->y_m, cell_m)}].push_back(&*it);
  }
}

}  // namespace perilune::dem
