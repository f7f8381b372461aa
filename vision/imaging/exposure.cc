#include "vision/imaging/exposure.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "dem/synthesis/random.h"

namespace perilune::vision {
namespace {

void CheckType(const cv::Mat& radiance) {
  if (radiance.empty() || radiance.type() != CV_32FC1) {
    throw std::invalid_argument("imaging: the radiance image must be CV_32F and not empty");
  }
}

/// Light on the detector: space is dark, the optics blur.
cv::Mat Irradiance(const cv::Mat& radiance, double psf_sigma_px) {
  cv::Mat light = radiance.clone();
  cv::patchNaNs(light, 0);
  if (psf_sigma_px > 0) {
    const int reach = static_cast<int>(std::ceil(4 * psf_sigma_px));
    cv::GaussianBlur(light, light, {2 * reach + 1, 2 * reach + 1}, psf_sigma_px, psf_sigma_px,
                     cv::BORDER_REPLICATE);
  }
  return light;
}

/// Digital number of one pixel.
class Detector {
 public:
  Detector(const ImagingOptions& options, double gain, std::uint64_t seed, std::uint64_t stream)
      : options_(options), gain_(gain), seed_(seed), stream_(stream), full_scale_((1 << options.bits) - 1) {}

  int Read(double light, std::uint64_t pixel) const {
    double share = gain_ * light;
    if (options_.full_well_e > 0) {
      const double electrons = std::max(0.0, share) * options_.full_well_e;
      const double sigma_e = std::sqrt(electrons + options_.read_noise_e * options_.read_noise_e);
      share += sigma_e / options_.full_well_e * dem::RandomNormal(seed_, stream_, pixel);
    }
    return static_cast<int>(std::lround(std::clamp(share + options_.black_level, 0.0, 1.0) * full_scale_));
  }

 private:
  ImagingOptions options_;
  double gain_;
  std::uint64_t seed_, stream_;
  int full_scale_;
};

template <typename Pixel>
cv::Mat ReadOut(const cv::Mat& light, const Detector& detector, int type) {
  cv::Mat image(light.size(), type);
  tbb::parallel_for(tbb::blocked_range<int>(0, light.rows, 16), [&](const tbb::blocked_range<int>& rows) {
    for (int row = rows.begin(); row < rows.end(); ++row) {
      const float* in = light.ptr<float>(row);
      Pixel* out = image.ptr<Pixel>(row);
      const std::uint64_t first = static_cast<std::uint64_t>(row) * static_cast<std::uint64_t>(light.cols);
      for (int col = 0; col < light.cols; ++col) {
        out[col] = static_cast<Pixel>(detector.Read(in[col], first + static_cast<std::uint64_t>(col)));
      }
    }
  });
  return image;
}

}  // namespace

void ImagingOptions::Validate() const {
  const auto refuse = [](const std::string& field, double value, const std::string& need) {
    throw std::invalid_argument("imaging: " + field + " is " + std::to_string(value) + ", must be " + need);
  };
  if (!(psf_sigma_px >= 0 && psf_sigma_px <= 50)) refuse("psf_sigma_px", psf_sigma_px, "between 0 and 50");
  if (!(exposure_gain >= 0 && std::isfinite(exposure_gain)))
    refuse("exposure_gain", exposure_gain, "0 or more");
  if (!(auto_target > 0 && auto_target <= 1)) refuse("auto_target", auto_target, "above 0 and up to 1");
  if (!(full_well_e >= 0 && std::isfinite(full_well_e))) refuse("full_well_e", full_well_e, "0 or more");
  if (!(read_noise_e >= 0 && std::isfinite(read_noise_e))) refuse("read_noise_e", read_noise_e, "0 or more");
  if (!(black_level >= 0 && black_level < 1)) refuse("black_level", black_level, "0 or more and below 1");
  if (bits != 8 && bits != 12 && bits != 16) refuse("bits", bits, "8, 12 or 16");
}

double AutomaticGain(const cv::Mat& radiance, double auto_target) {
  CheckType(radiance);
  std::vector<float> values;
  values.reserve(radiance.total());
  for (int row = 0; row < radiance.rows; ++row) {
    const float* in = radiance.ptr<float>(row);
    std::copy_if(in, in + radiance.cols, std::back_inserter(values),
                 [](float v) { return std::isfinite(v); });
  }
  if (values.empty()) return 0;
  const auto rank = static_cast<std::ptrdiff_t>(0.95 * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  // Less than a twentieth of the ground is lit: expose for the brightest place instead.
  const double level = values[static_cast<std::size_t>(rank)] > 0
                           ? values[static_cast<std::size_t>(rank)]
                           : *std::max_element(values.begin() + rank, values.end());
  return level > 0 ? auto_target / level : 0;
}

cv::Mat ExposeImage(const cv::Mat& radiance, const ImagingOptions& options, std::uint64_t seed,
                    std::uint64_t stream) {
  options.Validate();
  CheckType(radiance);
  const double gain =
      options.exposure_gain > 0 ? options.exposure_gain : AutomaticGain(radiance, options.auto_target);
  const cv::Mat light = Irradiance(radiance, options.psf_sigma_px);
  const Detector detector(options, gain, seed, stream);
  return options.bits == 8 ? ReadOut<std::uint8_t>(light, detector, CV_8U)
                           : ReadOut<std::uint16_t>(light, detector, CV_16U);
}

}  // namespace perilune::vision
