#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "dem/frames/moon.h"
#include "dem/synthesis/plane_window.h"

namespace perilune::tools {

/// `perilune terrain --synth TYPE` and `--refine DEM --site-type TYPE`: ground of a site type, streamed to a
/// GeoTIFF in bounded memory, with its albedo and the truth of its craters and rocks on request. The plane of
/// the ground is that of the file's orthographic projection.
struct GroundRequest {
  std::string site_type;
  std::string refined_dem;  ///< empty: all of the ground is synthetic
  std::uint64_t seed = 1;
  dem::LatLon centre;
  dem::PlaneWindow window;
  /// Of the DEM; absent: from its sidecar, else measured from its spectrum.
  std::optional<double> effective_resolution_m;
  std::string output;
  std::string albedo;   ///< GeoTIFF; empty: none
  std::string craters;  ///< CSV; empty: none
  std::string rocks;    ///< CSV; empty: none
};

/// Cells of `spacing_m` that fill west, south, east, north, m from the centre. Throws std::invalid_argument
/// for an empty window or more than 2^34 cells.
dem::PlaneWindow CellsOf(const std::array<double, 4>& west_south_east_north_m, double spacing_m);

int WriteGround(const GroundRequest& request);

}  // namespace perilune::tools
