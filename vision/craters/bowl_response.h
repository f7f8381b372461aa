#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>
#include <vector>

namespace perilune::vision {

/// An image at half the size of the one before, and so on.
struct PyramidLevel {
  cv::Mat image;        ///< CV_32F, 0 where there are no data
  cv::Mat valid;        ///< CV_32F, 1 where there are
  double scale_px = 1;  ///< pixels of the first level in one of this
  /// The level's coordinates of a place of the first level, and back (pixel centres are integers in both).
  Eigen::Vector2d FromFirst(const Eigen::Vector2d& px) const { return (px.array() + 0.5) / scale_px - 0.5; }
  Eigen::Vector2d ToFirst(const Eigen::Vector2d& px) const { return (px.array() + 0.5) * scale_px - 0.5; }
};

/// Level 0 is the image (CV_32F, NaN without data); each further one averages 2 × 2 pixels. As many as
/// craters up to the diameter need.
std::vector<PyramidLevel> MakePyramid(const cv::Mat& image, double max_diameter_px);

/// A place that looks like a crater.
struct BowlCandidate {
  Eigen::Vector2d centre_px = Eigen::Vector2d::Zero();  ///< of the first level
  double diameter_px = 0;                               ///< of the first level
  double likeness = 0;                                  ///< normalised correlation with a shaded bowl
};

/// Local maxima, in place and size, of the correlation with shaded bowls under several Suns; sizes in steps
/// of 2^¼ on the pyramid, so that each octave costs a quarter of the one before. Parts without data count
/// neither for nor against.
std::vector<BowlCandidate> FindBowls(const std::vector<PyramidLevel>& pyramid, double sun_direction_rad,
                                     double min_diameter_px, double max_diameter_px, double min_likeness);

/// The direction (from +x towards +y, rad) towards the Sun that explains most of what looks like craters: a
/// shallow bowl's picture is the slope along the Sun's direction, so two correlations, with the Sun along +x
/// and +y, give for each place the direction under which it looks most like a crater.
double EstimateSunDirection(const std::vector<PyramidLevel>& pyramid);

}  // namespace perilune::vision
