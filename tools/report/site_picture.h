#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>

#include "dem/ephemeris/sun.h"
#include "dem/frames/site.h"
#include "dem/raster/grid.h"
#include "dem/terrain/resample.h"

namespace perilune::tools {

/// Lambert shading of heights on a grid of `spacing_m` (row 0 is north) for the given Sun, stretched between
/// the 1 and 99 percentiles; CV_8UC3. Cells without data are light grey.
cv::Mat Hillshade(const dem::Grid<float>& heights_m, double spacing_m,
                  const Eigen::Vector3d& direction_to_sun_in_site);

/// A north-up picture of a part of the site's plane, with the mapping from metres to its pixels. Drawn with
/// SvgFrame around overlays.
struct SitePicture {
  dem::SiteExtent extent;
  int width_px = 0;
  int height_px = 0;
  std::string image_uri;  ///< empty: plain background
  double mean_height_m = 0;

  Eigen::Vector2d Pixel(const Eigen::Vector2d& xy_in_site_m) const;
  double PixelsPerMetre() const { return width_px / (extent.max_x_m - extent.min_x_m); }
};

/// Shaded relief of `map` over `extent` as a picture `width_px` wide. Throws dem::DataError.
SitePicture ShadeMap(const std::filesystem::path& map, const dem::Site& site, const dem::SiteExtent& extent,
                     int width_px, const dem::Sun& sun);

/// The picture without a map.
SitePicture PlainPicture(const dem::SiteExtent& extent, int width_px);

/// <svg> with the picture, what is drawn over it, a scale bar, and a compass with north and, when known, the
/// Sun.
std::string SvgFrame(const SitePicture& picture, const std::string& overlay, const dem::Sun* sun);

/// A polyline through points of the site's plane.
std::string SvgPath(const SitePicture& picture, const std::vector<Eigen::Vector2d>& points_m,
                    const std::string& css_class);

/// The ellipse of `sigmas` · √covariance around a point, magnified.
std::string SvgEllipse(const SitePicture& picture, const Eigen::Vector2d& centre_m,
                       const Eigen::Matrix2d& covariance_m2, double sigmas, const std::string& css_class);

/// 1, 2 or 5 · 10ⁿ, the largest that is not above `value`.
double RoundDown(double value);

}  // namespace perilune::tools
