#include "vision/matching/whitening.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace perilune::vision {
namespace {

constexpr double kDirectSigma_px = 3;  // wider Gaussians are taken on a smaller grid

cv::Mat Average(const cv::Mat& image, double sigma_px) {
  cv::Mat out;
  if (sigma_px <= kDirectSigma_px) {
    cv::GaussianBlur(image, out, cv::Size(0, 0), sigma_px, 0, cv::BORDER_REFLECT_101);
    return out;
  }
  const double scale = kDirectSigma_px / (1.5 * sigma_px);
  cv::Mat small;
  cv::resize(image, small, cv::Size(), scale, scale, cv::INTER_AREA);
  // The box of the reduction and the triangle of the enlargement blur by about a third of a coarse pixel
  // each.
  cv::GaussianBlur(small, small, cv::Size(0, 0), sigma_px * scale, 0, cv::BORDER_REFLECT_101);
  cv::resize(small, out, image.size(), 0, 0, cv::INTER_LINEAR);
  return out;
}

// ∫ (g1 − g2)² of two Gaussians of unit sum.
double DifferenceEnergy(double s1, double s2) {
  return 1 / (4 * CV_PI * s1 * s1) + 1 / (4 * CV_PI * s2 * s2) - 1 / (CV_PI * (s1 * s1 + s2 * s2));
}

cv::Mat Combine(const Bands& bands, const std::vector<double>& factor) {
  cv::Mat sum = cv::Mat::zeros(bands.values.front().size(), CV_32F);
  for (std::size_t b = 0; b < bands.values.size(); ++b) {
    if (factor[b] != 0) cv::scaleAdd(bands.values[b], factor[b], sum, sum);
  }
  return sum;
}

}  // namespace

cv::Mat RelativeContrast(const cv::Mat& image, const cv::Mat& lit, double surroundings_sigma_px) {
  constexpr double kFewest = 0.02;  // share of lit ground around a pixel: below it there is no mean
  const cv::Mat share = Average(lit, surroundings_sigma_px) + kFewest;
  const cv::Mat mean = Average(image.mul(lit), surroundings_sigma_px) / share;
  const cv::Mat contrast = 2 * (image - mean) / cv::max(cv::Mat(image + mean), 1e-9);
  return contrast.mul(lit);
}

Bands SplitIntoBands(const cv::Mat& contrast, const cv::Mat& lit, double finest_sigma_px, int count) {
  constexpr double kFewest = 0.02;
  const cv::Mat values = contrast.mul(lit);
  const auto average = [&](double sigma_px) {
    return cv::Mat(Average(values, sigma_px) / cv::max(Average(lit, sigma_px), kFewest));
  };
  Bands bands;
  double sigma = finest_sigma_px;
  cv::Mat finer = average(sigma);
  for (int b = 0; b < count; ++b) {
    const cv::Mat coarser = average(2 * sigma);
    bands.values.push_back(finer - coarser);
    bands.energy_px.push_back(DifferenceEnergy(sigma, 2 * sigma));
    finer = coarser;
    sigma *= 2;
  }
  return bands;
}

BandModel CompareBands(const Bands& image, const Bands& expected, const cv::Mat& lit) {
  BandModel model;
  const double count = std::max(1.0, cv::sum(lit)[0]);
  for (std::size_t b = 0; b < image.values.size(); ++b) {
    const cv::Mat i = image.values[b].mul(lit), e = expected.values[b].mul(lit);
    const double ii = i.dot(i), ee = e.dot(e), ie = i.dot(e);
    const double gain = ee > 0 ? std::max(0.0, ie / ee) : 0;
    model.gain.push_back(gain);
    model.noise.push_back(std::sqrt(std::max(1e-12, (ii - gain * ie) / count / image.energy_px[b])));
  }
  return model;
}

BandModel AllNoise(const Bands& image, const cv::Mat& lit) {
  BandModel model;
  const double count = std::max(1.0, cv::sum(lit)[0]);
  for (std::size_t b = 0; b < image.values.size(); ++b) {
    const cv::Mat i = image.values[b].mul(lit);
    model.gain.push_back(1);
    model.noise.push_back(std::sqrt(std::max(1e-12, i.dot(i) / count / image.energy_px[b])));
  }
  return model;
}

cv::Mat Whitened(const Bands& bands, const BandModel& model) {
  std::vector<double> factor;
  for (const double noise : model.noise) factor.push_back(1 / noise);
  return Combine(bands, factor);
}

cv::Mat WhitenedExpectation(const Bands& bands, const BandModel& model) {
  std::vector<double> factor;
  for (std::size_t b = 0; b < model.noise.size(); ++b) factor.push_back(model.gain[b] / model.noise[b]);
  return Combine(bands, factor);
}

}  // namespace perilune::vision
