#pragma once

#include <Eigen/Geometry>
#include <string>

#include "datasets/scenarios/scenario.h"
#include "dem/frames/site.h"

namespace perilune::datasets {

/// The pixel grid of a map level that the simulator makes: its projection, and the way between its pixels and
/// directions from the Moon's centre.
class MapGrid {
 public:
  /// Covers the level's extent. An orthographic grid is centred off the site (by `centre_offset_m` east and
  /// north), so that no pixel lattice of map and ground coincide.
  MapGrid(const dem::Site& site, const MapLevel& level, const Eigen::Vector2d& centre_offset_m);

  int width() const { return width_; }
  int height() const { return height_; }
  /// Ground distance √(dx·dy) of a pixel at the site, m.
  double PixelOnGround_m() const;
  std::string CrsWkt() const;
  Eigen::Affine2d CrsFromPixel() const;
  /// Unit vector in `site` from the Moon's centre through the pixel.
  Eigen::Vector3d DirectionInSite(int col, int row) const;

 private:
  Eigen::Vector3d DirectionInSite(const Eigen::Vector2d& crs_m) const;
  Eigen::Vector2d CrsOf(const Eigen::Vector3d& direction_in_site) const;

  dem::Site site_;
  MapProjection projection_;
  dem::Site centre_;
  Eigen::Matrix3d site_from_centre_;
  double spacing_m_;
  Eigen::Vector2d first_m_ = Eigen::Vector2d::Zero();  // CRS coordinates of pixel (0, 0)
  int width_ = 0;
  int height_ = 0;
};

}  // namespace perilune::datasets
