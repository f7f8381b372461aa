#include "vision/matching/prepared_pair.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "vision/matching/gaussian_blur.h"
#include "vision/matching/whitening.h"

namespace perilune::vision {
namespace {

// Grey value that a share of the image (every fourth pixel of every fourth row) lies below.
double Quantile(const cv::Mat& image, double share) {
  std::vector<float> values;
  for (int row = 0; row < image.rows; row += 4) {
    for (int col = 0; col < image.cols; col += 4) values.push_back(image.at<float>(row, col));
  }
  const auto k = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), k, values.end());
  return static_cast<double>(*k);
}

// Grey level below which a pixel lies in shadow: a fifth of the way from the darkest to the median.
double ShadowLevel(const cv::Mat& image) {
  const double darkest = Quantile(image, 0.005);
  return darkest + 0.2 * (Quantile(image, 0.5) - darkest);
}

// Grey level of no light (stray light, black level), where the expected view has shadows to read it from.
// Only the darkest quarter of their share is asked for: the image may show less of them.
double DarkLevel(const cv::Mat& image, const cv::Mat& shadow_expected) {
  constexpr double kLeastShare = 0.01;
  const double share = static_cast<double>(cv::countNonZero(shadow_expected)) / shadow_expected.total();
  return share < kLeastShare ? 0 : Quantile(image, share / 4);
}

// 1 where `shadow` (8-bit mask) is further than `margin_px` away, else 0.
cv::Mat AwayFrom(const cv::Mat& shadow, int margin_px) {
  const cv::Mat disc =
      cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(2 * margin_px + 1, 2 * margin_px + 1));
  cv::Mat wide, lit;
  cv::dilate(shadow, wide, disc);
  cv::Mat(~wide).convertTo(lit, CV_32F, 1.0 / 255);
  return lit;
}

// Relative contrast of ground half as bright as its surroundings. What is darker lies in shadow or nearly:
// there map and image differ most, and the shadows of relief that the map lacks pull a match away from the
// Sun.
constexpr float kDarkContrast = -2.0F / 3;

// CV_8U, 255 where the relative contrast over what is good so far says dark.
cv::Mat DarkGround(const cv::Mat& image, const cv::Mat& good, double surroundings_sigma_px) {
  cv::Mat weight;
  good.convertTo(weight, CV_32F, 1.0 / 255);
  return (RelativeContrast(image, weight, surroundings_sigma_px) < kDarkContrast) & good;
}

// Image and view as whitened relative contrast.
PreparedPair PrepareWhitened(const cv::Mat& image, const View& view, const MatchOptions& options) {
  constexpr int kBands = 5, kMargin_px = 1;
  constexpr double kNoiseSigma_px = 0.8;  // single dark pixels are noise
  const double surroundings_px = options.surroundings_sigma_px;
  PreparedPair prepared;
  const cv::Mat known = view.radiance == view.radiance;  // false for NaN
  cv::integral(known / 255, prepared.covered, CV_32S);
  cv::Mat expected = view.radiance.clone();
  expected.setTo(0, ~known);
  const cv::Mat smooth = GaussianBlurred(image, kNoiseSigma_px);
  const double dark = DarkLevel(smooth, view.lit_fraction < 0.5);
  const cv::Mat smooth_light = cv::max(smooth - dark, 0), light = cv::max(image - dark, 0);
  cv::Mat shadow_expected = (view.lit_fraction < 0.5) | ~known, shadow_seen = smooth < ShadowLevel(smooth);
  shadow_expected |= DarkGround(GaussianBlurred(expected, kNoiseSigma_px), ~shadow_expected, surroundings_px);
  shadow_seen |= DarkGround(smooth_light, ~shadow_seen, surroundings_px);
  prepared.expected_lit = AwayFrom(shadow_expected, kMargin_px);
  prepared.image_lit = AwayFrom(shadow_seen, kMargin_px);
  if (options.aligned) {
    prepared.expected_lit = prepared.expected_lit.mul(prepared.image_lit);
    prepared.image_lit = prepared.expected_lit;
  }
  const auto octaves = [&](const cv::Mat& lit) {
    return std::make_shared<const LitOctaves>(lit, options.blur_sigma_px, kBands);
  };
  const std::shared_ptr<const LitOctaves> lit_seen = octaves(prepared.image_lit);
  const std::shared_ptr<const LitOctaves> lit_expected =
      options.aligned ? lit_seen : octaves(prepared.expected_lit);
  const Bands seen(RelativeContrast(light, lit_seen->lit, surroundings_px), lit_seen);
  const Bands modelled(RelativeContrast(expected, lit_expected->lit, surroundings_px), lit_expected);
  const BandModel model = options.aligned ? CompareBands(seen, modelled) : AllNoise(seen);
  prepared.image = Whitened(seen, model);
  prepared.expected = WhitenedExpectation(modelled, model);
  return prepared;
}

}  // namespace

PreparedPair PreparePair(const cv::Mat& image, const View& view, const MatchOptions& options) {
  if (options.whiten) return PrepareWhitened(image, view, options);
  PreparedPair prepared;
  const cv::Mat known = view.radiance == view.radiance;  // false for NaN
  cv::Mat expected = view.radiance.clone();
  expected.setTo(cv::mean(view.radiance, known)[0], ~known);
  cv::integral(known / 255, prepared.covered, CV_32S);
  if (options.blur_sigma_px > 0) {
    const double sigma = options.blur_sigma_px;
    prepared.image = GaussianBlurred(image, sigma);
    prepared.expected = GaussianBlurred(expected, sigma);
  } else {
    prepared.image = image;
    prepared.expected = expected;
  }
  // The low-pass carries a shadow's darkness two sigma across its edge.
  const int margin_px = std::max(1, static_cast<int>(std::ceil(2 * options.blur_sigma_px)));
  prepared.expected_lit = AwayFrom((view.lit_fraction < 0.5) | ~known, margin_px);
  prepared.image_lit = AwayFrom(prepared.image < ShadowLevel(prepared.image), margin_px);
  return prepared;
}

}  // namespace perilune::vision
