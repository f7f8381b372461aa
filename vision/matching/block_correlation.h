#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "vision/matching/local_contrast.h"

namespace perilune::vision {

/// A picture that blocks are sought in: its spectrum, taken once.
class CorrelationField {
 public:
  /// `picture` is the local contrast of the whole field.
  explicit CorrelationField(const LocalContrast& picture);

  /// Correlation of a block (the picture `pattern`, whose place without a shift is `place` in the field) for
  /// all shifts up to `radius_px` along each axis: CV_32F, 2·radius + 1 square, the middle is no shift.
  /// Normalised by the texture (root sum of squares) of the block and of each place, both taken as at least a
  /// share of a textured block's. Blocks must lie `radius_px` inside the field.
  cv::Mat Correlate(const cv::Mat& pattern, const cv::Rect& place, int radius_px) const;

 private:
  cv::Size size_;  // of the transform
  cv::Mat spectrum_;
  cv::Mat squares_;  // integral image of the field's squares
};

/// Blocks of a template that are sought each for itself and agree on a shift within `slack_px`.
struct BlockTemplate {
  LocalContrast picture;         ///< of the template
  cv::Point corner;              ///< of the template in the field, without a shift
  std::vector<cv::Rect> blocks;  ///< in the template
};

/// A grid of `blocks_across` squares over the template's known part; those less than `least_known` of which
/// is known are left out.
std::vector<cv::Rect> DivideIntoBlocks(const cv::Mat& known, int blocks_across, double least_known);

/// Mean over the blocks of the best correlation within `slack_px` (a square) of each shift, each block
/// weighted by the texture that it has: CV_32F as CorrelationField::Correlate. Distortions that move blocks
/// against each other by up to the slack cost nothing; they are what attitude, height and relief do.
cv::Mat AgreementOfBlocks(const CorrelationField& field, const BlockTemplate& sought, int radius_px,
                          int slack_px);

}  // namespace perilune::vision
