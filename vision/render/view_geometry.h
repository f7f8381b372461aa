#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "dem/craters/crater.h"
#include "dem/terrain/terrain.h"
#include "vision/render/render.h"

namespace perilune::vision {

/// What lies under each pixel of a view. All images have the camera's size; NaN where no ray hits.
struct ViewGeometry {
  cv::Mat point_in_site_m;  ///< CV_64FC3
  cv::Mat latitude_rad;     ///< CV_64F, planetocentric
  cv::Mat longitude_rad;    ///< CV_64F, east, in (−π, π]
  cv::Mat height_m;         ///< CV_64F, above the sphere of 1 737 400 m
  cv::Mat normal_in_site;   ///< CV_64FC3, upward unit normal
  cv::Mat incidence_rad;    ///< CV_64F, from the normal to the direction of the Sun's centre; above π/2 the
                            ///< surface faces away
  cv::Mat emission_rad;     ///< CV_64F, from the normal to the direction of the camera
  cv::Mat phase_rad;        ///< CV_64F, from the Sun's direction to the camera's
  cv::Mat lit_fraction;     ///< CV_32F, the view's
};

/// The geometry of a view that was rendered from `terrain` with one pose (not by a rolling shutter). Points
/// are the view's ranges along its rays, normals Terrain::NormalAt, so that they are those that the shading
/// used except where levels blend. Angles are atan2(|a × b|, a · b): exact to 1e-15 also when small. Parallel
/// over rows; the same bytes with any number of threads. Throws std::invalid_argument when the view's images
/// do not have its camera's size.
ViewGeometry GeometryOf(const View& view, const dem::Terrain& terrain);

/// For each pixel the index into `craters` of the smallest crater (by area; the first of equals) that holds
/// its point, −1 where none does; CV_32S. A point is inside when its offset from the centre, measured along
/// the sphere (azimuthal equidistant about the centre), lies in the rim's ellipse, the rim included: height
/// plays no part. Parallel over tiles; the same bytes with any number of threads. Throws
/// std::invalid_argument when an axis is not positive, or longer than a quarter of the Moon's circumference.
cv::Mat CraterIndices(const ViewGeometry& geometry, const std::vector<dem::Crater>& craters);

}  // namespace perilune::vision
