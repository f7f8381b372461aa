#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dem/ephemeris/sub_solar.h"

namespace perilune::tools {

/// A real DEM to stand on, and what lies below its effective resolution.
struct TrialSite {
  const char* name;
  const char* dem;  ///< below the data folder
  const char* site_type;
  double resolution_m;  ///< what the DEM resolves
  double albedo;        ///< mean normal albedo of the truth
};

/// One image of a world: the camera looks at the world's middle.
struct TrialView {
  double field_of_view_rad = 0;
  double tilt_rad = 0;     ///< of the boresight from nadir
  double heading_rad = 0;  ///< direction of the tilt from north, eastward
  double roll_rad = 0;     ///< about the boresight
  dem::SunAngles sun;
  int bits = 8;
  double exposure = 1;  ///< over what auto-exposure gives
};

/// A piece of ground and its map, and the images taken of it. A function of the seed alone.
struct TrialWorld {
  std::uint64_t seed = 0;
  TrialSite site;
  double ground_sample_m = 0;  ///< of an image pixel at the boresight, across it
  double map_pixel_m = 0;
  double truth_spacing_m = 0;  ///< at least 4 × finer than the map, no coarser than the image
  double half_width_m = 0;     ///< of the finest ground and of the map
  int image_px = 1024;
  dem::SunAngles reference_sun;  ///< of the ortho-image that baseline (a) has
  std::vector<TrialView> views;

  /// Map pixel in image pixels.
  double MapPixel_px() const { return map_pixel_m / ground_sample_m; }
};

/// Bounds of the classes of Sun elevation, degrees: 1.5, 5, 15, 45, 80.
const std::vector<double>& SunClassBounds_deg();
/// Number of the class that an elevation lies in; the outer ones have no end.
std::size_t SunClassOf(double elevation_deg);
/// "5–15°".
std::string SunClassName(std::size_t sun_class);

const std::vector<TrialSite>& TrialSites();

/// Draws a world: the site, the ratio of map pixel to image pixel (0.2 to 10), the ground sample (2 to 60 m),
/// and views over tilts of 0 to 55 degrees, fields of view of 30 to 90 degrees, Suns 1.5 to 80 degrees high
/// in any azimuth, exposures of ± 2 stops, 8 and 12 bits. Nothing depends on another seed.
TrialWorld PlanWorld(std::uint64_t seed);

}  // namespace perilune::tools
