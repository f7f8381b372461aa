#include "tools/report/fix_overlay.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace perilune::tools {
namespace {

const cv::Scalar kInlier(80, 220, 60), kOutlier(30, 120, 255);  // BGR
constexpr double kResidualScale = 10;

// Grey values between the 1st and 99th percentile to 8 bits; NaN is black.
cv::Mat Stretched(const cv::Mat& grey) {
  cv::Mat values;
  grey.convertTo(values, CV_32F);
  std::vector<float> known;
  for (int row = 0; row < values.rows; ++row) {
    for (const float v : cv::Mat_<float>(values.row(row))) {
      if (v == v) known.push_back(v);
    }
  }
  cv::Mat out(grey.size(), CV_8U, cv::Scalar(0));
  if (known.empty()) return out;
  const auto at = [&](double share) {
    const auto k = known.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(known.size() - 1));
    std::nth_element(known.begin(), k, known.end());
    return *k;
  };
  const float low = at(0.01), high = at(0.99);
  const double gain = high > low ? 255.0 / (high - low) : 0;
  cv::patchNaNs(values, low);
  values.convertTo(out, CV_8U, gain, -gain * low);
  return out;
}

cv::Mat InColour(const cv::Mat& grey) {
  cv::Mat colour;
  cv::cvtColor(Stretched(grey), colour, cv::COLOR_GRAY2BGR);
  return colour;
}

cv::Point2d ToPoint(const Eigen::Vector2d& v) { return {v.x(), v.y()}; }

void Caption(cv::Mat& panel, const std::string& text) {
  const cv::Point place(10, panel.rows - 12);
  cv::putText(panel, text, place, cv::FONT_HERSHEY_SIMPLEX, 0.6, cv::Scalar(0, 0, 0), 4, cv::LINE_AA);
  cv::putText(panel, text, place, cv::FONT_HERSHEY_SIMPLEX, 0.6, cv::Scalar(255, 255, 255), 1, cv::LINE_AA);
}

}  // namespace

cv::Mat DrawFixOverlay(const cv::Mat& image, const cv::Mat& rendered_radiance, const nav::Fix& fix) {
  cv::Mat left = InColour(image), right = InColour(rendered_radiance);
  for (const nav::FixMatch& row : fix.matches) {
    const cv::Scalar colour = row.inlier ? kInlier : kOutlier;
    const Eigen::Vector2d expected = row.match.pixel_px - row.residual_px;
    cv::circle(left, ToPoint(row.match.pixel_px), 3, colour, 1, cv::LINE_AA);
    cv::line(left, ToPoint(row.match.pixel_px),
             ToPoint(row.match.pixel_px - kResidualScale * row.residual_px), colour, 1, cv::LINE_AA);
    cv::circle(right, ToPoint(expected), 3, colour, 1, cv::LINE_AA);
  }
  Caption(left, "image: " + std::to_string(fix.inliers) + " inliers of " + std::to_string(fix.attempted) +
                    ", residuals x 10");
  Caption(right, fix.HasPose() ? "map rendered at the fix" : "map rendered at the prior (no fix)");
  cv::Mat both;
  cv::hconcat(left, right, both);
  return both;
}

}  // namespace perilune::tools
