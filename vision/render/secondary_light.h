#pragma once

#include <Eigen/Geometry>
#include <vector>

#include "vision/camera/camera.h"
#include "vision/render/lit_points.h"
#include "vision/render/tile_rays.h"

namespace perilune::vision {

/// Light that the ground throws on what a camera sees: one bounce, gathered by rays.
///
/// At every step_px-th pixel of every step_px-th row (a node) the point there sends `rays` rays over the half
/// space above its tangent plane, a Hammersley set that is denser towards the plane, where lit slopes stand
/// (the sine of a ray's elevation is s^1.5, s uniform). What such a ray sees it sees as a camera would: under
/// Sun and Earth, in cast shadow, by the law of reflection, from there. The sum is kept as a vector
/// irradiance (its product with the normal is the irradiance: exact for the point's own normal, first order
/// for others near it). The rays of 5 × 5 neighbouring nodes interleave (Keller & Heidrich 2001), and each
/// takes the mean over the square around it; pixels between nodes interpolate, bilinear in the image. Weights
/// fall with the square of the distance between the points, so that light does not leak over a crest. Ground
/// that none of the four nodes around it sees gets none; structure smaller than five steps is blurred.
///
/// The mean of f over cosine-weighted directions is the irradiance as a share of the Sun's: a surface of
/// radiance factor f has the radiance f F/π.
class SecondaryLight {
 public:
  /// `ground.options.secondary_light` must be set. Parallel; the same bytes with any number of threads.
  SecondaryLight(const LitGround& ground, const Camera& camera, const Eigen::Isometry3d& site_from_cam);

  /// Irradiance at a point that the camera sees at a pixel, as a share of the Sun's at normal incidence.
  double IrradianceAt(const Eigen::Vector2d& pixel, const Eigen::Vector3d& point_in_site_m,
                      const Eigen::Vector3d& normal_in_site) const;

 private:
  struct Node {
    Eigen::Vector3d point_in_site_m = Eigen::Vector3d::Zero();
    Eigen::Vector3d irradiance = Eigen::Vector3d::Zero();
    double nearness_m2 = 0;  ///< square of the ground's sample: within it points count as one; 0 = no ground
  };
  /// Replaces each node's irradiance by the mean over the nodes that share their rays.
  void Share();
  Eigen::Vector3d SharedAt(int col, int row) const;
  /// Fills the nodes that lie at `pixels`.
  void Gather(const LitGround& ground, const TileRays& rays, double focal_length_px,
              const TilePixels& pixels);

  int step_px_, width_, height_;
  std::vector<Node> nodes_;
};

}  // namespace perilune::vision
