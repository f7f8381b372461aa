#pragma once

#include <algorithm>
#include <optional>

namespace perilune::nav {

/// What is declared of the map (its uncertainty sidecar, flags): nothing that is not said is assumed.
struct MapDeclaration {
  double map_pixel_m = 0;           ///< ground distance of one pixel
  double height_sigma_m = 0;        ///< 1 sigma of the heights
  double height_correlation_m = 0;  ///< where their correlation is 1/e (dem/terrain/height_error.h)
  std::optional<double> tie_sigma_horizontal_m;  ///< each axis; absent = no absolute covariance
  std::optional<double> tie_sigma_vertical_m;
  /// 1 sigma, each horizontal axis, of the place of the map's albedo against its heights: where the image
  /// shows albedo more than relief, that is what is found. 0 = the map has no albedo, or one that fits.
  double albedo_tie_sigma_m = 0;
  /// Ground distance of the pixel that its relief is worth, where that is coarser
  /// (dem/statistics/detail_pixel.h): images are matched, and errors declared, in it. 0 = its own.
  double detail_pixel_m = 0;

  double DetailPixel_m() const { return std::max(map_pixel_m, detail_pixel_m); }
  bool IsBlurred() const { return detail_pixel_m > map_pixel_m; }
};

}  // namespace perilune::nav
