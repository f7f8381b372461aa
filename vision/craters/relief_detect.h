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
/// curvature removed), in no particular order and as often as they were found. Where the ground lies lower
/// than around it, by differences of Gaussians in steps of 2^¼, rims are fitted (FitReliefRim) and measured.
/// min_diameter_px: 8 to 64; 12 is enough to see a rim by. The same with any number of threads.
std::vector<ReliefCrater> FindReliefCraters(const cv::Mat& heights_m, double spacing_m,
                                            double min_diameter_px);

}  // namespace perilune::vision
