#include "vision/imaging/vignetting.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "vision/imaging/option_check.h"

namespace perilune::vision {
namespace {

double Power(double cosine, double exponent) {
  const double squared = cosine * cosine;
  return exponent == 4 ? squared * squared : std::pow(cosine, exponent);  // the natural one is the usual one
}

}  // namespace

void VignettingOptions::Validate() const {
  RequireWithin("vignetting.cos_power", cos_power, 0, 20);
  RequireWithin("vignetting.k2", k2, -10, 10);
  RequireWithin("vignetting.k4", k4, -10, 10);
  RequireWithin("vignetting.k6", k6, -10, 10);
}

cv::Mat VignettingMap(const VignettingOptions& options, const Camera& camera) {
  options.Validate();
  camera.Validate();
  cv::Mat map(camera.height_px, camera.width_px, CV_32F);
  const double half_diagonal_px = 0.5 * std::hypot(camera.width_px, camera.height_px);
  tbb::parallel_for(tbb::blocked_range<int>(0, map.rows, 16), [&](const tbb::blocked_range<int>& rows) {
    std::vector<Eigen::Vector3d> rays(static_cast<std::size_t>(map.cols));
    for (int row = rows.begin(); row < rows.end(); ++row) {
      camera.UnprojectRow(row, rays);
      for (int col = 0; col < map.cols; ++col) {
        const double cosine = rays[static_cast<std::size_t>(col)].z();
        const double x = (col - camera.cx_px) / half_diagonal_px, y = (row - camera.cy_px) / half_diagonal_px;
        const double s = x * x + y * y;
        const double measured = 1 + s * (options.k2 + s * (options.k4 + s * options.k6));
        map.at<float>(row, col) =
            cosine > 0 ? static_cast<float>(std::max(0.0, measured) * Power(cosine, options.cos_power)) : 0;
      }
    }
  });
  return map;
}

}  // namespace perilune::vision
