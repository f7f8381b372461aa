#include "nav/fix/footprint.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace perilune::nav {

Footprint MeasureFootprint(const dem::Terrain& map, const vision::Camera& camera,
                           const Eigen::Isometry3d& site_from_cam) {
  constexpr int kAcross = 16;
  std::vector<double> samples, ranges;
  for (int j = 0; j < kAcross; ++j) {
    for (int i = 0; i < kAcross; ++i) {
      const Eigen::Vector2d pixel((i + 0.5) * camera.width_px / kAcross - 0.5,
                                  (j + 0.5) * camera.height_px / kAcross - 0.5);
      dem::Ray ray;
      ray.origin_in_site = site_from_cam.translation();
      ray.direction = site_from_cam.linear() * camera.Unproject(pixel);
      const auto hit = map.FirstHit(ray);
      if (!hit) continue;
      // Against the sphere's local vertical, not the slope under one ray.
      const Eigen::Vector3d up = (hit->point_in_site - dem::MoonCentreInSite()).normalized();
      const double cos_emission = std::max(0.05, -up.dot(ray.direction));
      samples.push_back(hit->range_m / camera.FocalLength_px() / std::sqrt(cos_emission));
      ranges.push_back(hit->range_m);
    }
  }
  Footprint footprint;
  footprint.covered_share = static_cast<double>(samples.size()) / (kAcross * kAcross);
  if (samples.empty()) return footprint;
  const auto median = [](std::vector<double>& values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                     values.end());
    return values[values.size() / 2];
  };
  footprint.ground_sample_m = median(samples);
  footprint.median_range_m = median(ranges);
  return footprint;
}

}  // namespace perilune::nav
