#include "vision/imaging/exposure_control.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "dem/frames/moon.h"
#include "vision/imaging/option_check.h"

namespace perilune::vision {
namespace {

/// The finite values of an image, counted by the upper bits of keys that grow with them.
class FiniteValues {
 public:
  explicit FiniteValues(const cv::Mat& image) : image_(image) {
    // Neighbours are often alike: four tables, so that one count need not wait for the last.
    std::array<std::vector<int>, kTables> tables;
    for (auto& table : tables) table.assign(kBins, 0);
    for (int row = 0; row < image.rows; ++row) {
      const float* values = image.ptr<float>(row);
      for (int col = 0; col < image.cols; ++col) ++tables[col % kTables][BinOf(values[col])];
    }
    for (int bin = 0; bin < kBins; ++bin) {
      for (const auto& table : tables) counts_[bin] += table[bin];
    }
    for (int bin = kFirstFinite; bin < kEndFinite; ++bin) count_ += counts_[bin];
  }

  std::int64_t Count() const { return count_; }

  /// The value that `rank` others do not exceed.
  float AtRank(std::int64_t rank) const {
    int bin = kFirstFinite;
    for (; rank >= counts_[bin]; ++bin) rank -= counts_[bin];
    // Written whether they are of the bin or not, since no branch predicts that; the last may be of none.
    std::vector<float> same(static_cast<std::size_t>(counts_[bin]) + 1);
    std::size_t found = 0;
    for (int row = 0; row < image_.rows; ++row) {
      const float* values = image_.ptr<float>(row);
      for (int col = 0; col < image_.cols; ++col) {
        same[found] = values[col];
        found += BinOf(values[col]) == bin;
      }
    }
    same.pop_back();
    const auto at = same.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(same.begin(), at, same.end());
    return *at;
  }

 private:
  /// By sign, exponent and three bits of the mantissa.
  static constexpr int kTables = 4, kShift = 20, kBins = 1 << (32 - kShift);
  /// Exponents of all ones are infinite or no numbers.
  static constexpr int kFirstFinite = 8, kEndFinite = kBins - 8;

  static int BinOf(float value) {
    const auto bits = std::bit_cast<std::int32_t>(value);
    const auto key = static_cast<std::uint32_t>(bits ^ (bits >> 31)) ^ (bits < 0 ? 0U : 0x80000000U);
    return static_cast<int>(key >> kShift);
  }

  const cv::Mat& image_;
  std::array<std::int64_t, kBins> counts_{};
  std::int64_t count_ = 0;
};

}  // namespace

void RadiometryOptions::Validate() const {
  RequireWithin("f_number", f_number, 0.5, 100);
  RequireWithin("pixel_pitch_m", pixel_pitch_m, 1e-7, 1e-3);
  RequireShare("transmission", transmission);
  RequireShare("quantum_efficiency", quantum_efficiency);
  RequireWithin("wavelength_m", wavelength_m, 1e-7, 1e-4);
}

double ElectronsPerSecond(const RadiometryOptions& options) {
  constexpr double kPlanck_Js = 6.62607015e-34, kLight_mps = 299792458;
  options.Validate();
  const double radiance_Wpm2sr = RadianceFromFactor_Wpm2sr(1, options.band);
  const double irradiance_Wpm2 =
      dem::kPi * radiance_Wpm2sr * options.transmission / (4 * options.f_number * options.f_number);
  const double photon_J = kPlanck_Js * kLight_mps / options.wavelength_m;
  return irradiance_Wpm2 * options.pixel_pitch_m * options.pixel_pitch_m / photon_J *
         options.quantum_efficiency;
}

void ExposureControlOptions::Validate() const {
  RequireNonNegative("exposure_control.response_per_s", response_per_s);
  RequireWithin("exposure_control.shortest_s", shortest_s, 1e-9, 3600);
  RequireWithin("exposure_control.longest_s", longest_s, shortest_s, 3600);
  RequireWithin("exposure_control.highest_gain", highest_gain, 1, 1e6);
}

Exposure SetExposure(double gain, double exposure_s, const ExposureControlOptions& options) {
  if (options.response_per_s == 0) return {gain, exposure_s, 1};
  Exposure exposure;
  exposure.exposure_s = std::clamp(gain / options.response_per_s, options.shortest_s, options.longest_s);
  const double reached = options.response_per_s * exposure.exposure_s;
  exposure.amplifier = std::clamp(gain / reached, 1.0, options.highest_gain);
  exposure.gain = reached * exposure.amplifier;
  return exposure;
}

double AutomaticGain(const cv::Mat& radiance, double auto_target) {
  if (radiance.empty() || radiance.type() != CV_32FC1) {
    throw std::invalid_argument("imaging: the radiance image must be CV_32F and not empty");
  }
  const FiniteValues values(radiance);
  if (values.Count() == 0) return 0;
  const float at_rank =
      values.AtRank(static_cast<std::int64_t>(0.95 * static_cast<double>(values.Count() - 1)));
  // Less than a twentieth of the ground is lit: expose for the brightest place instead.
  const double level = at_rank > 0 ? at_rank : values.AtRank(values.Count() - 1);
  return level > 0 ? auto_target / level : 0;
}

}  // namespace perilune::vision
