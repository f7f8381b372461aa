#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "vision/craters/detect.h"
#include "vision/craters/identify.h"

namespace perilune::tools {

/// The image (8 bit) with rims drawn thin, green, surer ones brighter.
cv::Mat DrawDetections(const cv::Mat& image, const vision::CraterDetections& found);

/// The image (8 bit; black where it is empty) with what was found: recognised ellipses green with the
/// catalogue's id, others red, the catalogue's rims as the pose puts them yellow.
cv::Mat DrawIdentification(const cv::Mat& image, const vision::Camera& camera,
                           const std::vector<vision::CraterDetection>& detections,
                           const vision::Identification& found, const std::vector<dem::Crater>& catalogue);

}  // namespace perilune::tools
