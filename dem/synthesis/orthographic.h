#pragma once

#include "dem/raster/grid.h"
#include "dem/synthesis/plane_window.h"

namespace perilune::dem {

// A synthetic ground is a height h over the sphere at site (x, y); a file in the orthographic CRS centred at
// the site's origin has easting = x · R / (R + h), and so for the northing: up to some metres at 10 km for a
// height of 1 km.

/// Heights of a site-plane grid on an orthographic grid (window in easting and northing, m): at each cell the
/// h with h = height(E·(R + h)/R, N·(R + h)/R), by fixed point; bicubic (Catmull-Rom). NaN where the ground
/// is missing or outside.
Grid<float> OrthographicFromSite(const Grid<float>& height_m, const PlaneWindow& site_window,
                                 const PlaneWindow& orthographic);

/// Of the Moon's ground over or under its sphere, rounded up.
inline constexpr double kLargestHeight_m = 11'000;

/// The site-plane window of the same spacing, on a lattice through the orthographic window's cells, that
/// OrthographicFromSite needs when heights lie within ±`largest_height_m`.
PlaneWindow SiteWindowFor(const PlaneWindow& orthographic, double largest_height_m);

}  // namespace perilune::dem
