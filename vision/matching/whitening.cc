#include "vision/matching/whitening.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <utility>

namespace perilune::vision {
namespace {

constexpr float kLeastShare = 0.02F;  // share of lit ground around a pixel: below it there is no mean
constexpr int kRowsAtOnce = 32;

ConstPictureRow RowOf(const cv::Mat& picture, int row) { return {picture.ptr<float>(row), picture.cols}; }

// ∫ (g1 − g2)² of two Gaussians of unit sum.
double DifferenceEnergy(double s1, double s2) {
  return 1 / (4 * CV_PI * s1 * s1) + 1 / (4 * CV_PI * s2 * s2) - 1 / (CV_PI * (s1 * s1 + s2 * s2));
}

// Calls with the first row and the one after the last of each block.
void ForRowBlocks(int rows, const std::function<void(int, int)>& of_block) {
  tbb::parallel_for(0, (rows + kRowsAtOnce - 1) / kRowsAtOnce, [&](int block) {
    of_block(block * kRowsAtOnce, std::min(rows, (block + 1) * kRowsAtOnce));
  });
}

// The sum of blocks' sums, in their order.
Eigen::ArrayXXd SumOverRows(int rows, Eigen::Index sums_down, Eigen::Index sums_across,
                            const std::function<void(int, int, Eigen::ArrayXXd&)>& of_block) {
  const Eigen::ArrayXXd none = Eigen::ArrayXXd::Zero(sums_down, sums_across);
  std::vector<Eigen::ArrayXXd> sums(static_cast<std::size_t>((rows + kRowsAtOnce - 1) / kRowsAtOnce), none);
  ForRowBlocks(rows, [&](int begin, int end) {
    of_block(begin, end, sums[static_cast<std::size_t>(begin / kRowsAtOnce)]);
  });
  Eigen::ArrayXXd sum = none;
  for (const Eigen::ArrayXXd& block : sums) sum += block;
  return sum;
}

cv::Mat Combine(const Bands& bands, const std::vector<double>& factor) {
  const Eigen::VectorXf factors =
      Eigen::Map<const Eigen::VectorXd>(factor.data(), bands.count()).cast<float>();
  cv::Mat sum(bands.lit().size(), CV_32F);
  ForRowBlocks(sum.rows, [&](int begin, int end) {
    BandRows rows;
    for (int row = begin; row < end; ++row)
      PictureRow(sum.ptr<float>(row), sum.cols) = (bands.Row(row, rows).matrix() * factors).array();
  });
  return sum;
}

double NoiseDensity(double sum_of_squares, double count, double energy_px) {
  return std::sqrt(std::max(1e-12, sum_of_squares / count / energy_px));
}

double LitCount(const Bands& bands) { return std::max(1.0, cv::sum(bands.lit())[0]); }

}  // namespace

cv::Mat RelativeContrast(const cv::Mat& image, const cv::Mat& lit, double surroundings_sigma_px) {
  const GaussianAverage share(lit, surroundings_sigma_px), sum(image.mul(lit), surroundings_sigma_px);
  cv::Mat contrast(image.size(), CV_32F);
  ForRowBlocks(image.rows, [&](int begin, int end) {
    Eigen::ArrayXf share_row(image.cols), sum_row(image.cols), mean(image.cols);
    for (int row = begin; row < end; ++row) {
      const ConstPictureRow lit_around(share.Row(row, share_row.data()), image.cols);
      const ConstPictureRow around(sum.Row(row, sum_row.data()), image.cols), here = RowOf(image, row);
      mean = around / (lit_around + kLeastShare);
      PictureRow(contrast.ptr<float>(row), image.cols) =
          2 * (here - mean) / (here + mean).max(1e-9F) * RowOf(lit, row);
    }
  });
  return contrast;
}

LitOctaves::LitOctaves(const cv::Mat& lit_pixels, double finest_px, int bands)
    : lit(lit_pixels),
      finest_sigma_px(finest_px),
      averages(GaussianAverage::Octaves(lit_pixels, finest_px, bands + 1)) {}

Bands::Bands(const cv::Mat& contrast, std::shared_ptr<const LitOctaves> lit)
    : lit_(std::move(lit)),
      averages_(GaussianAverage::Octaves(contrast.mul(lit_->lit), lit_->finest_sigma_px,
                                         static_cast<int>(lit_->averages.size()))) {}

double Bands::energy_px(int band) const {
  const double sigma_px = lit_->finest_sigma_px * std::exp2(band);
  return DifferenceEnergy(sigma_px, 2 * sigma_px);
}

const Eigen::ArrayXXf& Bands::Row(int row, BandRows& rows) const {
  const int width = lit_->lit.cols;
  rows.bands.resize(width, count());
  for (Eigen::ArrayXf* buffer : {&rows.values, &rows.lit, &rows.finer, &rows.coarser}) buffer->resize(width);
  for (int i = 0; i <= count(); ++i) {
    const auto k = static_cast<std::size_t>(i);
    const ConstPictureRow values(averages_[k].Row(row, rows.values.data()), width);
    const ConstPictureRow around(lit_->averages[k].Row(row, rows.lit.data()), width);
    rows.coarser = values / around.max(kLeastShare);
    if (i > 0) rows.bands.col(i - 1) = rows.finer - rows.coarser;
    rows.finer.swap(rows.coarser);
  }
  return rows.bands;
}

cv::Mat Bands::Band(int band) const {
  cv::Mat whole(lit_->lit.size(), CV_32F);
  BandRows rows;
  for (int row = 0; row < whole.rows; ++row)
    PictureRow(whole.ptr<float>(row), whole.cols) = Row(row, rows).col(band);
  return whole;
}

BandModel CompareBands(const Bands& image, const Bands& expected) {
  enum { kSeen, kModelled, kBoth, kSums };
  const Eigen::ArrayXXd sums =
      SumOverRows(image.lit().rows, kSums, image.count(), [&](int begin, int end, Eigen::ArrayXXd& sum) {
        BandRows seen_rows, modelled_rows;
        Eigen::ArrayXf seen, modelled;
        for (int row = begin; row < end; ++row) {
          const ConstPictureRow lit = RowOf(image.lit(), row), lit_too = RowOf(expected.lit(), row);
          const Eigen::ArrayXXf& i = image.Row(row, seen_rows);
          const Eigen::ArrayXXf& e = expected.Row(row, modelled_rows);
          for (int band = 0; band < image.count(); ++band) {
            seen = i.col(band) * lit;
            modelled = e.col(band) * lit_too;
            sum(kSeen, band) += seen.square().sum();
            sum(kModelled, band) += modelled.square().sum();
            sum(kBoth, band) += (seen * modelled).sum();
          }
        }
      });
  BandModel model;
  const double count = LitCount(image);
  for (int band = 0; band < image.count(); ++band) {
    const double ii = sums(kSeen, band), ee = sums(kModelled, band), ie = sums(kBoth, band);
    const double gain = ee > 0 ? std::max(0.0, ie / ee) : 0;
    model.gain.push_back(gain);
    model.noise.push_back(NoiseDensity(ii - gain * ie, count, image.energy_px(band)));
  }
  return model;
}

BandModel AllNoise(const Bands& image) {
  const Eigen::ArrayXXd sums =
      SumOverRows(image.lit().rows, 1, image.count(), [&](int begin, int end, Eigen::ArrayXXd& sum) {
        BandRows rows;
        for (int row = begin; row < end; ++row) {
          const Eigen::ArrayXXf& bands = image.Row(row, rows);
          for (int band = 0; band < image.count(); ++band)
            sum(0, band) += (bands.col(band) * RowOf(image.lit(), row)).square().sum();
        }
      });
  BandModel model;
  const double count = LitCount(image);
  for (int band = 0; band < image.count(); ++band) {
    model.gain.push_back(1);
    model.noise.push_back(NoiseDensity(sums(0, band), count, image.energy_px(band)));
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
