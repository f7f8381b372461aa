#pragma once

#include <Eigen/Core>
#include <array>
#include <span>

#include "vision/camera/camera.h"

namespace perilune::vision {

/// Rays through one pixel. Sub-sample (i, j) lies in the i-th of `across` columns and the j-th of `down` rows
/// of the pixel, shifted in each by a share that the other index gives (the canonical arrangement of Chiu,
/// Shirley & Wang 1994, Graphics Gems IV): seen along either axis of the image all `Count()` of them are
/// equally spaced, so that an edge along the axis is averaged to 1/Count() and not to 1/across only. Their
/// mean is the pixel's centre.
struct SampleGrid {
  int across = 1;
  int down = 1;

  int Count() const { return across * down; }
  /// From the pixel's centre to sub-sample `index`, px.
  Eigen::Vector2d Offset_px(int index) const;
};

/// Change of the unit ray in `site` from one pixel to the next, to the right and down.
struct PixelSteps {
  Eigen::Vector3d across = Eigen::Vector3d::Zero();
  Eigen::Vector3d down = Eigen::Vector3d::Zero();
};

/// At `pixel`, by differences over one pixel; NaN where the lens has no rays.
PixelSteps PixelStepsAt(const Camera& camera, const Eigen::Matrix3d& site_from_cam,
                        const Eigen::Vector2d& pixel);

/// What neighbouring pixels see, one element a pixel.
struct SeenGround {
  std::span<const double> range_m;
  std::array<std::span<const double>, 3> direction;   ///< unit rays in `site`
  std::span<const double> spacing_m;                  ///< of the ground's grid points
  Eigen::Vector3d normal = Eigen::Vector3d::UnitZ();  ///< of the ground as a whole
};

/// The fewest sub-samples that lie no farther apart on the ground than its grid points, in every one of these
/// pixels and along both axes, up to `max_across` along each: then nothing that the grid holds is skipped.
/// One where the pixels are finer than the ground. Distances are measured over the plane with the given
/// normal: pixels stretch as the ground recedes.
SampleGrid ChooseSamples(const SeenGround& ground, const PixelSteps& steps, int max_across);

}  // namespace perilune::vision
