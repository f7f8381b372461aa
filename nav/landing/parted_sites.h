#pragma once

#include <functional>
#include <string>

#include "dem/hazard/hazard_map.h"
#include "dem/raster/cell_window.h"
#include "nav/landing/landing_sites.h"

namespace perilune::nav {

/// A hazard map that is larger than memory, and its DEM.
class PartedMap {
 public:
  virtual ~PartedMap() = default;
  virtual int width() const = 0;
  virtual int height() const = 0;
  virtual const std::string& crs_wkt() const = 0;
  virtual const Eigen::Affine2d& crs_from_pixel() const = 0;
  virtual dem::Grid<float> Probability(const dem::CellWindow& window) const = 0;  ///< p_site
  virtual dem::Grid<std::uint8_t> Classes(const dem::CellWindow& window) const = 0;
  virtual dem::HazardMap Map(const dem::CellWindow& window) const = 0;
  virtual dem::Grid<float> Heights(const dem::CellWindow& window) const = 0;
};

/// SelectLandingSites, to the bit, of a map that is read by parts: rows to the nearest unsafe cell from
/// summaries of strips, the best cell of each bin, and those bins again in which a site was chosen. Memory:
/// some strips of rows and 8 bytes for each 256 cells. `step` is told how many strips of how many are done
/// (more of more where none is safe); it may throw. Throws std::invalid_argument for a divert or a reach,
/// which need the ground in memory.
LandingChoice SelectLandingSitesByParts(const PartedMap& map, const dem::Site& site,
                                        const LandingOptions& options,
                                        const std::function<void(int done, int all)>& step);

}  // namespace perilune::nav
