#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>
#include <vector>

namespace perilune::vision {

/// A row of a CV_32F picture.
using PictureRow = Eigen::Map<Eigen::ArrayXf>;
using ConstPictureRow = Eigen::Map<const Eigen::ArrayXf>;

/// A picture's average under a Gaussian around each pixel. Wide ones are kept on a smaller grid, at which a
/// coarse pixel is half a sigma, and their rows interpolated when they are asked for: most of the time of
/// averages at full size goes into writing them down.
class GaussianAverage {
 public:
  /// `picture` is CV_32F; beyond its border it is mirrored.
  GaussianAverage(const cv::Mat& picture, double sigma_px);

  /// Averages with `finest_sigma_px`, twice, four times … as much.
  static std::vector<GaussianAverage> Octaves(const cv::Mat& picture, double finest_sigma_px, int count);

  /// A row at the picture's resolution; valid as long as this and `scratch`, which has room for it.
  const float* Row(int row, float* scratch) const;

 private:
  // `source` is the picture, or a reduction of it to somewhat more than this sigma needs; it is replaced by
  // the one that this average is taken on.
  GaussianAverage(cv::Mat& source, const cv::Size& picture, double sigma_px);

  cv::Size size_;
  cv::Mat average_;  // the picture's width; its height, or fewer rows
};

}  // namespace perilune::vision
