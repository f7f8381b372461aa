#include "vision/matching/block_correlation.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace perilune::vision {
namespace {

// Share of unit variance that a block is taken to have at least: one edge in the dark is not the whole of a
// block's agreement.
constexpr double kLeastVariance = 0.15;

// Sum of squares: what a block has of texture.
double Energy(const cv::Mat& block) { return block.dot(block); }

}  // namespace

CorrelationField::CorrelationField(const LocalContrast& picture) {
  size_ = {cv::getOptimalDFTSize(picture.value.cols), cv::getOptimalDFTSize(picture.value.rows)};
  cv::Mat padded(size_, CV_32F, cv::Scalar(0));
  picture.value.copyTo(padded(cv::Rect({0, 0}, picture.value.size())));
  cv::dft(padded, spectrum_);
  cv::integral(picture.value.mul(picture.value), squares_, CV_64F);
}

cv::Mat CorrelationField::Correlate(const cv::Mat& pattern, const cv::Rect& place, int radius_px) const {
  // The pattern stands at the field's corner, where most rows are zeros; its place is a shift.
  cv::Mat padded(size_, CV_32F, cv::Scalar(0)), product;
  pattern.copyTo(padded(cv::Rect({0, 0}, pattern.size())));
  cv::dft(padded, padded, 0, pattern.rows);
  cv::mulSpectrums(spectrum_, padded, product, 0, true);
  cv::dft(product, product, cv::DFT_INVERSE | cv::DFT_SCALE | cv::DFT_REAL_OUTPUT);
  const int side = 2 * radius_px + 1;
  const double least = kLeastVariance * static_cast<double>(pattern.total());
  const double own = std::max(least, Energy(pattern));
  cv::Mat scores(side, side, CV_32F);
  for (int row = 0; row < side; ++row) {
    const int y = place.y - radius_px + row, x = place.x - radius_px;
    const double* top = squares_.ptr<double>(y) + x;
    const double* bottom = squares_.ptr<double>(y + place.height) + x;
    const float* in = product.ptr<float>(y) + x;
    float* out = scores.ptr<float>(row);
    for (int col = 0; col < side; ++col) {
      const double there = bottom[col + place.width] - bottom[col] - top[col + place.width] + top[col];
      out[col] = in[col] / static_cast<float>(std::sqrt(own * std::max(least, there)));
    }
  }
  return scores;
}

std::vector<cv::Rect> DivideIntoBlocks(const cv::Mat& known, int blocks_across, double least_known) {
  std::vector<cv::Rect> blocks;
  cv::Mat mask = known > 0.5;
  const cv::Rect bounds = cv::boundingRect(mask);
  const int side = std::min(bounds.width, bounds.height) / blocks_across;
  if (side < 8) return blocks;
  const int across = bounds.width / side, down = bounds.height / side;
  const cv::Point first =
      bounds.tl() + cv::Point((bounds.width - across * side) / 2, (bounds.height - down * side) / 2);
  for (int j = 0; j < down; ++j) {
    for (int i = 0; i < across; ++i) {
      const cv::Rect block(first.x + i * side, first.y + j * side, side, side);
      if (cv::countNonZero(mask(block)) >= least_known * block.area()) blocks.push_back(block);
    }
  }
  return blocks;
}

cv::Mat AgreementOfBlocks(const CorrelationField& field, const BlockTemplate& sought, int radius_px,
                          int slack_px) {
  std::vector<cv::Mat> found(sought.blocks.size());
  std::vector<double> weight(sought.blocks.size());
  tbb::parallel_for(std::size_t{0}, sought.blocks.size(), [&](std::size_t i) {
    const cv::Mat pattern = sought.picture.value(sought.blocks[i]);
    const cv::Mat scores = field.Correlate(pattern, sought.blocks[i] + sought.corner, radius_px);
    const cv::Mat square = cv::Mat::ones(2 * slack_px + 1, 2 * slack_px + 1, CV_8U);
    cv::dilate(scores, found[i], square);
    weight[i] = std::sqrt(Energy(pattern));
  });
  cv::Mat sum(2 * radius_px + 1, 2 * radius_px + 1, CV_32F, cv::Scalar(0));
  double total = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    cv::scaleAdd(found[i], weight[i], sum, sum);
    total += weight[i];
  }
  return total > 0 ? cv::Mat(sum / total) : sum;
}

}  // namespace perilune::vision
