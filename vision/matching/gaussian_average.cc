#include "vision/matching/gaussian_average.h"

#include <algorithm>
#include <cmath>

#include "vision/matching/gaussian_blur.h"

namespace perilune::vision {
namespace {

constexpr double kDirectSigma_px = 3;  // wider Gaussians are taken on a smaller grid …
constexpr double kCoarseSigma_px = 2;  // … with this sigma

// What of `from` cells a cell of `to` over the same length takes: the first, and the shares of it and of
// those after it.
struct Cover {
  int first;
  std::vector<float> shares;
};

std::vector<Cover> CoversOf(int from, int to) {
  std::vector<Cover> covers;
  const double length = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    const double begin = i * length, end = std::min<double>(from, begin + length);
    Cover cover{static_cast<int>(begin), {}};
    for (int cell = cover.first; cell < end; ++cell)
      cover.shares.push_back(
          static_cast<float>((std::min<double>(cell + 1, end) - std::max<double>(cell, begin)) / length));
    covers.push_back(std::move(cover));
  }
  return covers;
}

// Means over the cells of a smaller grid.
cv::Mat Reduced(const cv::Mat& picture, const cv::Size& size) {
  const std::vector<Cover> rows = CoversOf(picture.rows, size.height),
                           cols = CoversOf(picture.cols, size.width);
  cv::Mat reduced(size, CV_32F);
  Eigen::ArrayXf sum(picture.cols);
  for (int row = 0; row < size.height; ++row) {
    const Cover& from = rows[static_cast<std::size_t>(row)];
    sum.setZero();
    int at = from.first;
    for (const float share : from.shares)
      sum += share * ConstPictureRow(picture.ptr<float>(at++), picture.cols);
    float* to = reduced.ptr<float>(row);
    for (const Cover& cover : cols) {
      float mean = 0;
      int col = cover.first;
      for (const float share : cover.shares) mean += share * sum[col++];
      *to++ = mean;
    }
  }
  return reduced;
}

// Between which of `from` cells the middle of a cell of `to` lies, and how far from the first of them.
struct Between {
  int first, second;
  float share;
};

Between BetweenOf(int index, int from, int to) {
  const double place = (index + 0.5) * from / to - 0.5;
  const int first = std::clamp(static_cast<int>(std::floor(place)), 0, from - 1);
  return {first, std::min(first + 1, from - 1), static_cast<float>(std::clamp(place - first, 0.0, 1.0))};
}

cv::Mat Widened(const cv::Mat& picture, int width) {
  std::vector<Between> places;
  for (int col = 0; col < width; ++col) places.push_back(BetweenOf(col, picture.cols, width));
  cv::Mat wide(picture.rows, width, CV_32F);
  for (int row = 0; row < picture.rows; ++row) {
    const float* from = picture.ptr<float>(row);
    float* to = wide.ptr<float>(row);
    for (const Between& at : places) *to++ = from[at.first] + at.share * (from[at.second] - from[at.first]);
  }
  return wide;
}

}  // namespace

GaussianAverage::GaussianAverage(cv::Mat& source, const cv::Size& picture, double sigma_px) : size_(picture) {
  double sigma = sigma_px;
  if (sigma_px > kDirectSigma_px) {
    // The box of the reduction and the triangle of the enlargement blur too: 1/12 and 1/6 of a squared coarse
    // pixel.
    sigma = std::sqrt(kCoarseSigma_px * kCoarseSigma_px - 0.25);
    const auto reduced = [&](int length) {
      return std::max(1, static_cast<int>(std::lround(length * kCoarseSigma_px / sigma_px)));
    };
    source = Reduced(source, {reduced(picture.width), reduced(picture.height)});
  }
  average_ = GaussianBlurred(source, sigma);
  if (average_.cols != picture.width) average_ = Widened(average_, picture.width);
}

GaussianAverage::GaussianAverage(const cv::Mat& picture, double sigma_px) {
  cv::Mat source = picture;
  *this = GaussianAverage(source, picture.size(), sigma_px);
}

std::vector<GaussianAverage> GaussianAverage::Octaves(const cv::Mat& picture, double finest_sigma_px,
                                                      int count) {
  std::vector<GaussianAverage> averages;
  cv::Mat source = picture;
  for (int i = 0; i < count; ++i)
    averages.push_back(GaussianAverage(source, picture.size(), finest_sigma_px * std::exp2(i)));
  return averages;
}

const float* GaussianAverage::Row(int row, float* scratch) const {
  if (average_.rows == size_.height) return average_.ptr<float>(row);
  const Between at = BetweenOf(row, average_.rows, size_.height);
  const ConstPictureRow first(average_.ptr<float>(at.first), size_.width);
  const ConstPictureRow second(average_.ptr<float>(at.second), size_.width);
  PictureRow(scratch, size_.width) = first + at.share * (second - first);
  return scratch;
}

}  // namespace perilune::vision
