#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "vision/craters/ellipse.h"
#include "vision/craters/relief_rim.h"

namespace perilune::vision {

/// A crater found on heights.
struct ReliefCrater {
  RimFit rim;  ///< px
  ReliefMeasure measure;
  double confidence = 0;  ///< ConfidenceOf its evidence
};

/// Craters of min_diameter_px to twice that on heights (CV_32F, m, NaN = no data; pixels `spacing_m` apart,
/// curvature removed) that are at least so sure, in no particular order and as often as they were found.
/// Where the ground lies lower than around it, by differences of Gaussians in steps of 2^¼, rims are fitted
/// (FitReliefRim, from three sizes) and measured; half of a crater's ground must have data. `dem_pixel_m`: of
/// the DEM that the heights come from. The same with any number of threads.
std::vector<ReliefCrater> FindReliefCraters(const cv::Mat& heights_m, double spacing_m, double dem_pixel_m,
                                            double min_diameter_px, double min_confidence);

}  // namespace perilune::vision
