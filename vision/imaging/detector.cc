#include "vision/imaging/detector.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "dem/synthesis/random.h"
#include "vision/imaging/camera_streams.h"
#include "vision/imaging/option_check.h"

namespace perilune::vision {
namespace {

using Row = Eigen::ArrayXd;

/// The fixed pattern of one camera, row by row.
class FixedPattern {
 public:
  FixedPattern(const DetectorOptions& options, double exposure_s, std::uint64_t camera_seed, int cols)
      : options_(options), exposure_s_(exposure_s), seed_(camera_seed) {
    if (options.column_offset_e == 0) return;
    column_offsets_e_.resize(cols);
    Normals(CameraStream::kColumnOffset, 0, column_offsets_e_);
    column_offsets_e_ *= options.column_offset_e;
  }

  /// 1 + PRNU of each pixel.
  void Gains(std::uint64_t first_pixel, Row& gains) const {
    Normals(CameraStream::kPixelGain, first_pixel, gains);
    gains = 1 + options_.prnu * gains;
  }

  /// Electrons that a row's pixels hold without light: what they collect, apart from what read-out adds.
  void Collected(std::uint64_t first_pixel, Row& electrons) const {
    electrons.setConstant(options_.dark_current_eps * exposure_s_);
    if (options_.hot_pixel_share == 0) return;
    for (Eigen::Index col = 0; col < electrons.size(); ++col) {
      const std::uint64_t pixel = first_pixel + static_cast<std::uint64_t>(col);
      if (Uniform(CameraStream::kHotPixel, pixel) >= options_.hot_pixel_share) continue;
      electrons[col] -= options_.hot_pixel_rate_eps * exposure_s_ *
                        std::log(1 - Uniform(CameraStream::kHotPixelRate, pixel));
    }
  }

  /// Offsets of a row's pixels, electrons.
  void Offsets(int row, std::uint64_t first_pixel, Row& scratch, Row& electrons) const {
    electrons.setConstant(options_.row_offset_e == 0
                              ? 0
                              : options_.row_offset_e *
                                    dem::RandomNormal(seed_, StreamNumber(CameraStream::kRowOffset),
                                                      static_cast<std::uint64_t>(row)));
    if (options_.dsnu_e > 0) {
      Normals(CameraStream::kPixelOffset, first_pixel, scratch);
      electrons += options_.dsnu_e * scratch;
    }
    if (options_.column_offset_e > 0) electrons += column_offsets_e_;
  }

 private:
  void Normals(CameraStream stream, std::uint64_t first, Row& row) const {
    dem::RandomNormals(seed_, StreamNumber(stream), first,
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
      : exposure_(exposure),
        detector_(detector),
        options_(options),
        noise_(noise),
        pattern_(detector, exposure.exposure_s, noise.camera_seed, cols),
        full_scale_e_(options.full_well_e / exposure.amplifier),
        share_(cols),
        electrons_(cols),
        normals_(cols),
        scratch_(cols) {}

  const Row& Read(const cv::Mat& light, int row) {
    const std::uint64_t first_pixel =
        static_cast<std::uint64_t>(row) * static_cast<std::uint64_t>(light.cols);
    share_ =
        exposure_.gain * Eigen::Map<const Eigen::ArrayXf>(light.ptr<float>(row), light.cols).cast<double>();
    if (detector_.prnu > 0) {
      pattern_.Gains(first_pixel, scratch_);
      share_ *= scratch_;
    }
    if (full_scale_e_ > 0) AddElectrons(row, first_pixel);
    return share_;
  }

 private:
  void AddElectrons(int row, std::uint64_t first_pixel) {
    electrons_ = share_.max(0.0) * full_scale_e_;
    if (detector_.HasOffsets()) {
      pattern_.Collected(first_pixel, scratch_);
      electrons_ += scratch_;
      share_ += scratch_ / full_scale_e_;
      pattern_.Offsets(row, first_pixel, normals_, scratch_);
      share_ += scratch_ / full_scale_e_;
    }
    dem::RandomNormals(noise_.seed, noise_.stream, first_pixel,
                       {normals_.data(), static_cast<std::size_t>(normals_.size())});
    share_ += (electrons_ + options_.read_noise_e * options_.read_noise_e).sqrt() / full_scale_e_ * normals_;
  }

  Exposure exposure_;
  DetectorOptions detector_;
  ReadOutOptions options_;
  NoiseSource noise_;
  FixedPattern pattern_;
  double full_scale_e_;
  Row share_, electrons_, normals_, scratch_;
};

/// Rounds shares of full scale, clipped at both ends.
template <typename Pixel>
void Quantise(Row& level, double black_level, int full_scale, Pixel* out) {
  level = (level + black_level).max(0.0).min(1.0) * full_scale + 0.5;
  for (Eigen::Index col = 0; col < level.size(); ++col) {
    out[col] = static_cast<Pixel>(static_cast<int>(level[col]));
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
  cv::Mat image(light.size(), options.bits == 0 ? CV_32F : options.bits == 8 ? CV_8U : CV_16U);
  tbb::parallel_for(tbb::blocked_range<int>(0, light.rows, 16), [&](const tbb::blocked_range<int>& rows) {
    RowReader reader(exposure, detector, options, noise, light.cols);
    Row level;
    for (int row = rows.begin(); row < rows.end(); ++row) {
      level = reader.Read(light, row);
      if (options.bits == 0) {
        Eigen::Map<Eigen::ArrayXf>(image.ptr<float>(row), light.cols) =
            (level + options.black_level).cast<float>();
      } else if (options.bits == 8) {
        Quantise(level, options.black_level, full_scale, image.ptr<std::uint8_t>(row));
      } else {
        Quantise(level, options.black_level, full_scale, image.ptr<std::uint16_t>(row));
      }
    }
  });
  return image;
}

}  // namespace perilune::vision
