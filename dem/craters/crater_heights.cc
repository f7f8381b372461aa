#include "dem/craters/crater_heights.h"

#include <algorithm>
#include <cmath>

#include "dem/frames/site.h"

namespace perilune::dem {
namespace {

std::vector<LatLon> PlacesOnRim(const Crater& crater) {
  constexpr int kPlaces = 16;
  const Site site = MakeSite(crater.centre);
  const double c = std::cos(crater.azimuth_rad), s = std::sin(crater.azimuth_rad);
  std::vector<LatLon> places;
  for (int i = 0; i < kPlaces; ++i) {
    const double t = 2 * kPi * i / kPlaces;
    const double along_m = crater.semi_major_m * std::cos(t), across_m = crater.semi_minor_m * std::sin(t);
    const double east_m = s * along_m + c * across_m, north_m = c * along_m - s * across_m;
    places.push_back(GeodeticFromSite(site, {east_m, north_m, ZInSite(east_m, north_m, 0)}).place);
  }
  return places;
}

}  // namespace

int SetHeightsFromDem(std::vector<Crater>& craters, const RasterFile& dem) {
  int count = 0;
  for (Crater& crater : craters) {
    double sum_m = 0;
    int found = 0;
    for (const Eigen::Vector2d& pixel : dem.PixelsFromPlaces(PlacesOnRim(crater))) {
      if (!pixel.allFinite() || pixel.cwiseAbs().maxCoeff() > 1e8) continue;
      const Raster<float> window = dem.ReadWindow(static_cast<int>(std::lround(pixel.x())),
                                                  static_cast<int>(std::lround(pixel.y())), 1, 1);
      const auto height_m = static_cast<double>(window.grid.data.front());
      if (std::isnan(height_m)) continue;
      sum_m += height_m;
      ++found;
    }
    if (found == 0) continue;
    crater.height_m = sum_m / found;
    ++count;
  }
  return count;
}

}  // namespace perilune::dem
