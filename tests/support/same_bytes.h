#pragma once

#include <cstring>
#include <opencv2/core.hpp>

namespace perilune::test {

/// Of two continuous images.
inline bool SameBytes(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() &&
         std::memcmp(a.data, b.data, a.total() * a.elemSize()) == 0;
}

}  // namespace perilune::test
