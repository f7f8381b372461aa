#pragma once

#include <opencv2/core.hpp>

#include "vision/matching/match_map.h"
#include "vision/render/render.h"

namespace perilune::vision {

/// An image and an expected view made comparable.
struct PreparedPair {
  cv::Mat image;                    ///< CV_32F, low-passed, or whitened relative contrast
  cv::Mat expected;                 ///< likewise; holes of the map filled
  cv::Mat covered;                  ///< integral image (CV_32S) of the mask "the map is here"
  cv::Mat expected_lit, image_lit;  ///< CV_32F, 1 outside cast shadows and holes of the map, else 0
};

/// `image` is CV_32F (any scale of grey) and has the size of the view.
PreparedPair PreparePair(const cv::Mat& image, const View& view, const MatchOptions& options);

}  // namespace perilune::vision
