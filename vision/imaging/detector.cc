#include "vision/imaging/detector.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "dem/synthesis/random.h"
#include "dem/synthesis/single_normals.h"
#include "vision/imaging/camera_streams.h"
#include "vision/imaging/option_check.h"

namespace perilune::vision {
namespace {

using Row = Eigen::ArrayXf;

/// The fixed pattern of one camera, row by row.
class FixedPattern {
 public:
  FixedPattern(const DetectorOptions& options, double exposure_s, std::uint64_t camera_seed, int cols)
      : options_(options), exposure_s_(exposure_s), seed_(camera_seed) {
    if (options.column_offset_e == 0) return;
    column_offsets_e_.resize(cols);
    Normals(CameraStream::kColumnOffset, 0, column_offsets_e_);
    column_offsets_e_ *= static_cast<float>(options.column_offset_e);
  }

  /// 1 + PRNU of each pixel.
  void Gains(std::uint64_t first_pixel, Row& gains) const {
    Normals(CameraStream::kPixelGain, first_pixel, gains);
    gains = 1 + static_cast<float>(options_.prnu) * gains;
  }

  /// Electrons that a row's pixels hold without light: what they collect, apart from what read-out adds.
  void Collected(std::uint64_t first_pixel, Row& electrons) const {
    electrons.setConstant(static_cast<float>(options_.dark_current_eps * exposure_s_));
    if (options_.hot_pixel_share == 0) return;
    for (Eigen::Index col = 0; col < electrons.size(); ++col) {
      const std::uint64_t pixel = first_pixel + static_cast<std::uint64_t>(col);
      if (Uniform(CameraStream::kHotPixel, pixel) >= options_.hot_pixel_share) continue;
      electrons[col] -= static_cast<float>(options_.hot_pixel_rate_eps * exposure_s_ *
                                           std::log(1 - Uniform(CameraStream::kHotPixelRate, pixel)));
    }
  }

  /// Offsets of a row's pixels, electrons.
  void Offsets(int row, std::uint64_t first_pixel, Row& scratch, Row& electrons) const {
    electrons.setZero();
    if (options_.row_offset_e > 0) {
      electrons += static_cast<float>(
          options_.row_offset_e *
          dem::RandomNormal(seed_, StreamNumber(CameraStream::kRowOffset), static_cast<std::uint64_t>(row)));
    }
    if (options_.dsnu_e > 0) {
      Normals(CameraStream::kPixelOffset, first_pixel, scratch);
      electrons += static_cast<float>(options_.dsnu_e) * scratch;
    }
    if (options_.column_offset_e > 0) electrons += column_offsets_e_;
  }

 private:
  void Normals(CameraStream stream, std::uint64_t first, Row& row) const {
    dem::SingleNormals(seed_, StreamNumber(stream), first,
                       {row.data(), static_cast<std::size_t>(row.size())});
  }
  double Uniform(CameraStream stream, std::uint64_t pixel) const {
    return dem::RandomUniform(seed_, StreamNumber(stream), pixel);
  }

  DetectorOptions options_;
  double exposure_s_;
  std::uint64_t seed_;
  Row column_offsets_e_;
};

/// Shares of full scale, without the black level, of one row after another.
class RowReader {
 public:
  RowReader(const Exposure& exposure, const DetectorOptions& detector, const ReadOutOptions& options,
            const NoiseSource& noise, int cols)
      : gain_(static_cast<float>(exposure.gain)),
        detector_(detector),
        read_variance_e2_(static_cast<float>(options.read_noise_e * options.read_noise_e)),
        noise_(noise),
        pattern_(detector, exposure.exposure_s, noise.camera_seed, cols),
        full_scale_e_(static_cast<float>(options.full_well_e / exposure.amplifier)),
        share_(cols),
        electrons_(cols),
        normals_(cols),
        scratch_(cols) {}

  const Row& Read(const cv::Mat& light, int row) {
    const std::uint64_t first_pixel =
        static_cast<std::uint64_t>(row) * static_cast<std::uint64_t>(light.cols);
    share_ = gain_ * Eigen::Map<const Row>(light.ptr<float>(row), light.cols);
    if (detector_.prnu > 0) {
      pattern_.Gains(first_pixel, scratch_);
      share_ *= scratch_;
    }
    if (full_scale_e_ > 0) AddElectrons(row, first_pixel);
    return share_;
  }

 private:
  void AddElectrons(int row, std::uint64_t first_pixel) {
    electrons_ = share_.max(0.0F) * full_scale_e_;
    if (detector_.HasOffsets()) {
      pattern_.Collected(first_pixel, scratch_);
      electrons_ += scratch_;
      share_ += scratch_ / full_scale_e_;
      pattern_.Offsets(row, first_pixel, normals_, scratch_);
      share_ += scratch_ / full_scale_e_;
    }
    dem::SingleNormals(noise_.seed, noise_.stream, first_pixel,
                       {normals_.data(), static_cast<std::size_t>(normals_.size())});
    share_ += (electrons_ + read_variance_e2_).sqrt() * (1 / full_scale_e_) * normals_;
  }

  float gain_;
  DetectorOptions detector_;
  float read_variance_e2_;
  NoiseSource noise_;
  FixedPattern pattern_;
  float full_scale_e_;
  Row share_, electrons_, normals_, scratch_;
};

/// Rounds shares of full scale, clipped at both ends.
template <typename Pixel>
void Quantise(const Row& share, float black_level, int full_scale, Pixel* out) {
  const float scale = static_cast<float>(full_scale);
  for (Eigen::Index col = 0; col < share.size(); ++col) {
    const float level = std::min(std::max(share[col] + black_level, 0.0F), 1.0F);
    const float half_up = level * scale + 0.5F;  // not negative: cutting it off rounds
    out[col] = static_cast<Pixel>(static_cast<int>(half_up));
  }
}

}  // namespace

void DetectorOptions::Validate() const {
  RequireNonNegative("detector.dark_current_eps", dark_current_eps);
  RequireWithin("detector.prnu", prnu, 0, 1);
  RequireNonNegative("detector.dsnu_e", dsnu_e);
  RequireNonNegative("detector.row_offset_e", row_offset_e);
  RequireNonNegative("detector.column_offset_e", column_offset_e);
  RequireShare("detector.hot_pixel_share", hot_pixel_share);
  RequireNonNegative("detector.hot_pixel_rate_eps", hot_pixel_rate_eps);
}

cv::Mat ReadOut(const cv::Mat& light, const Exposure& exposure, const DetectorOptions& detector,
                const ReadOutOptions& options, const NoiseSource& noise) {
  const int full_scale = (1 << options.bits) - 1;
  const float black_level = static_cast<float>(options.black_level);
  cv::Mat image(light.size(), options.bits == 0 ? CV_32F : options.bits == 8 ? CV_8U : CV_16U);
  tbb::parallel_for(tbb::blocked_range<int>(0, light.rows, 16), [&](const tbb::blocked_range<int>& rows) {
    RowReader reader(exposure, detector, options, noise, light.cols);
    for (int row = rows.begin(); row < rows.end(); ++row) {
      const Row& share = reader.Read(light, row);
      if (options.bits == 0) {
        Eigen::Map<Row>(image.ptr<float>(row), light.cols) = share + black_level;
      } else if (options.bits == 8) {
        Quantise(share, black_level, full_scale, image.ptr<std::uint8_t>(row));
      } else {
        Quantise(share, black_level, full_scale, image.ptr<std::uint16_t>(row));
      }
    }
  });
  return image;
}

}  // namespace perilune::vision
