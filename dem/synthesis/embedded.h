#pragma once

#include <cstdint>

#include "dem/raster/grid.h"
#include "dem/synthesis/detail.h"
#include "dem/synthesis/plane_window.h"

namespace perilune::dem {

/// The largest craters and waves of the embedded ground, m.
inline constexpr double kEmbeddedLargestCrater_m = 12'000;
inline constexpr double kEmbeddedLongestWave_m = 100'000;

/// The options of the embedded default ground: upland-like, for DetailBetween of its finer levels.
DetailOptions EmbeddedWorld(std::uint64_t seed);

/// A mare: the equilibrium ends at 200 m (7e-3 craters of 1 km and more per km²), the relief is gentler and
/// rougher towards small scales (RMS bidirectional slope at a baseline of 25 m of 3–5°; Hurst exponent 0.76,
/// Rosenburg 2011).
DetailOptions MareWorld(std::uint64_t seed);

/// The ground of a world as a grid shows it: everything from kCellsPerFeature cells up to the largest craters
/// and waves.
Grid<float> SyntheticGround(const DetailOptions& world, const PlaneWindow& window);

/// The embedded default ground: height above the sphere as a function of site (x, y), m: power-law craters
/// with rims up to 12 km on a fractal base of some hundred metres of relief over tens of kilometres. Holds
/// everything that the spacing shows (kCellsPerFeature cells and more); finer levels are RefineGrid of it
/// with DetailBetween(EmbeddedWorld(seed), kCellsPerFeature · coarse spacing, fine spacing).
Grid<float> SyntheticBase(std::uint64_t seed, const PlaneWindow& window);

}  // namespace perilune::dem
