#pragma once

#include <Eigen/Core>
#include <vector>

#include "dem/craters/crater.h"
#include "dem/craters/crater_index.h"
#include "vision/camera/camera.h"
#include "vision/craters/crater_rim.h"

namespace perilune::vision {

/// A catalogue made ready for looking at: rims as vectors, sizes, and where they are.
class CraterMap {
 public:
  explicit CraterMap(const std::vector<dem::Crater>& craters);

  int size() const { return static_cast<int>(rims_.size()); }
  const std::vector<CraterRim>& rims() const { return rims_; }
  const CraterRim& rim(int crater) const { return rims_[static_cast<std::size_t>(crater)]; }
  /// √(ab), m.
  double MeanRadius_m(int crater) const { return mean_radius_m_[static_cast<std::size_t>(crater)]; }
  const dem::CraterIndex& index() const { return index_; }

 private:
  std::vector<CraterRim> rims_;
  std::vector<double> mean_radius_m_;
  dem::CraterIndex index_;
};

/// Where a ray from `origin` first meets the sphere of 1 737 400 m; where it misses, the horizon below or
/// above it. `moon`, m.
Eigen::Vector3d GroundOrHorizon(const Eigen::Vector3d& origin_in_moon, const Eigen::Vector3d& ray_in_moon);

/// The craters whose centres may lie in the image of a camera, ascending: those within the smallest cap about
/// the middle of the footprint that holds its corners and edges, with a margin for relief and lens.
std::vector<int> CratersInFootprint(const dem::CraterIndex& index, const Camera& camera,
                                    const Eigen::Isometry3d& moon_from_cam);

}  // namespace perilune::vision
