#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dem/synthesis/crater_population.h"
#include "dem/synthesis/impacts.h"

namespace perilune::dem {

/// N(>D) of rocks per m² where they cover the share `cover` of the ground in all: from the cumulative cover
/// F(D) = k exp(−q(k) D), q = 1.79 + 0.152/k (Golombek), dN = −dF / (π D²/4).
double RockDensity_pm2(double diameter_m, double cover);

/// A rock: an ellipsoid that is partly buried and broken along planes.
struct Rock {
  std::uint64_t key = 0;
  double x_m = 0;
  double y_m = 0;
  double diameter_m = 0;   ///< geometric mean of its two axes at the ground
  double height_m = 0;     ///< over the ground
  double aspect = 1;       ///< shorter over longer axis at the ground
  double azimuth_rad = 0;  ///< of the longer axis, from east towards north

  /// Height of its surface over the ground at an offset from its centre, m; negative beside it.
  float HeightAt(double dx_m, double dy_m) const;

 private:
  friend class RockField;
  struct Facet {
    float slope_x = 0, slope_y = 0, level = 1;
  };
  std::array<Facet, 3> facets{};

  /// Draws all but its place and diameter.
  void Shape(std::uint64_t own);
  /// In units of its axes, before the broken top is made up for.
  float Unscaled(float u, float v) const;

  float cos_ = 1, sin_ = 0, per_long_ = 1, per_short_ = 1, scale_m_ = 1;
};

/// The rocks of a ground: those of the site's mean cover, and more on and around craters that reached bedrock
/// and are young (half of the blocks are gone after some 50 Ma: Basilevsky 2013).
class RockField {
 public:
  RockField(std::uint64_t seed, const CraterPopulation& population, double site_cover);

  /// The largest cover anywhere.
  static constexpr double kMostCover = 0.35;
  static constexpr double kSmallest_m = 1.0 / 16, kLargest_m = 32;

  /// Mean of (h(x + L) − h(x))², m², of the site's mean cover of rocks on flat ground, apart from each other
  /// (Campbell's theorem).
  double Deviation2_m2(double baseline_m) const;

  /// A young crater that strews rocks.
  struct Source {
    double x_m = 0, y_m = 0, radius_m = 0;
    double cover = 0;      ///< at its rim
    double largest_m = 0;  ///< block
  };
  /// Those that may strew rocks on `rect`.
  std::vector<Source> Sources(const PlaneRect& rect) const;
  /// Cover at a place for rocks of this diameter: craters throw blocks of at most 0.29 D_crater^(2/3) m (Bart
  /// and Melosh 2007).
  double Cover(double x_m, double y_m, double diameter_m, const std::vector<Source>& sources) const;

  /// Rocks with min ≤ D that may touch `rect`; a pure function of the place (classes of diameter 2^b …
  /// 2^(b+1) m in cells of 32·2^b m, thinned from the largest cover).
  std::vector<Rock> RocksOn(const PlaneRect& rect, double min_diameter_m) const;

 private:
  static double MeanSquaredChange(double lag);
  void VisitClass(int exponent, const PlaneRect& rect, double min_diameter_m,
                  const std::vector<Source>& sources, std::vector<Rock>& rocks) const;

  std::uint64_t seed_ = 0;
  const CraterPopulation& population_;
  double site_cover_ = 0;
};

}  // namespace perilune::dem
