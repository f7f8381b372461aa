#pragma once

#include <Eigen/Core>
#include <memory>
#include <opencv2/core.hpp>
#include <vector>

#include "vision/matching/gaussian_average.h"

namespace perilune::vision {

/// Which pixels count (CV_32F, 1 or 0), and its averages in octaves from `finest_sigma_px` up.
struct LitOctaves {
  LitOctaves(const cv::Mat& lit_pixels, double finest_px, int bands);
  cv::Mat lit;
  double finest_sigma_px;
  std::vector<GaussianAverage> averages;  ///< one more than there are bands
};

/// Room for a row of bands.
struct BandRows {
  Eigen::ArrayXXf bands;
  Eigen::ArrayXf values, lit, finer, coarser;
};

/// An image in band-passes, differences of Gaussians whose sigma doubles from one to the next: together they
/// are the image low-passed by the finest, less its average over the coarsest. Averages are over the lit
/// pixels: an edge of the dark that both pictures have at the same pixels would hold them there. Rows are
/// made when they are asked for.
class Bands {
 public:
  Bands(const cv::Mat& contrast, std::shared_ptr<const LitOctaves> lit);

  int count() const { return static_cast<int>(averages_.size()) - 1; }
  const cv::Mat& lit() const { return lit_->lit; }
  /// Of a band's filter: variance that white noise of unit density leaves in it.
  double energy_px(int band) const;
  /// A row of all bands: a column of the result each.
  const Eigen::ArrayXXf& Row(int row, BandRows& rows) const;
  /// A whole band, CV_32F.
  cv::Mat Band(int band) const;

 private:
  std::shared_ptr<const LitOctaves> lit_;
  std::vector<GaussianAverage> averages_;
};

/// Contrast against the surroundings, 2 (image − mean) / (image + mean), where `lit` (CV_32F, 0 or 1) says so
/// and 0 elsewhere: albedo, exposure, vignetting and slow shading that multiply a neighbourhood are gone, and
/// near the terminator, where a slope can be many times as bright as its surroundings, it stays below 2. The
/// mean is over the lit pixels under a Gaussian of `surroundings_sigma_px`.
cv::Mat RelativeContrast(const cv::Mat& image, const cv::Mat& lit, double surroundings_sigma_px);

/// What map and image have in common in each band.
struct BandModel {
  std::vector<double>
      gain;  ///< of the image's band over the expected one; 0 where they have nothing in common
  std::vector<double> noise;  ///< density of what the image has beside it: root mean square over √energy
};

/// From bands of an expected view that lies on the image within a fraction of the finest sigma: regression
/// over the pixels that count in both.
BandModel CompareBands(const Bands& image, const Bands& expected);

/// Before image and expected view lie on each other nothing is known of what they share: all of the image
/// counts as noise, which is what it is where they match poorly.
BandModel AllNoise(const Bands& image);

/// Image and expected view such that the difference between them, given the model, is white noise of unit
/// density: least squares on these are the maximum-likelihood estimate (Knapp & Carter 1976). Above Suns of
/// 15 degrees the ground's albedo makes noise whose density grows as its wavelength, and the plain sum of
/// squares is a sum over the few longest ones.
cv::Mat Whitened(const Bands& bands, const BandModel& model);
cv::Mat WhitenedExpectation(const Bands& bands, const BandModel& model);

}  // namespace perilune::vision
