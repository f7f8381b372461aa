#include "vision/imaging/exposure_control.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "dem/synthesis/random.h"

namespace perilune::vision {
namespace {

// By hand: L = 0.366 · 1361/π = 158.56 W m⁻² sr⁻¹; E = π L 0.9/(4 · 5.6²) = 3.5739 W/m²; · (5.5 µm)²
// = 1.0811e-10 W; a photon of 550 nm has 3.61172e-19 J: 2.99336e8 photons/s, half of them electrons.
TEST(ExposureControl, ElectronsPerSecondByHand) {
  EXPECT_NEAR(ElectronsPerSecond({}) / 1.49668e8, 1, 2e-4);
  RadiometryOptions wide;
  wide.f_number = 2.8;
  EXPECT_NEAR(ElectronsPerSecond(wide) / ElectronsPerSecond({}), 4, 1e-12);
}

TEST(ExposureControl, ShutterFirstThenAmplifier) {
  ExposureControlOptions options;
  options.response_per_s = 1000;
  options.shortest_s = 1e-4;
  options.longest_s = 0.01;
  options.highest_gain = 8;
  Exposure e = SetExposure(5, 0.5, options);  // 5 ms
  EXPECT_DOUBLE_EQ(e.exposure_s, 0.005);
  EXPECT_DOUBLE_EQ(e.amplifier, 1);
  EXPECT_DOUBLE_EQ(e.gain, 5);
  e = SetExposure(40, 0.5, options);  // 10 ms and 4 ×
  EXPECT_DOUBLE_EQ(e.exposure_s, 0.01);
  EXPECT_DOUBLE_EQ(e.amplifier, 4);
  EXPECT_DOUBLE_EQ(e.gain, 40);
  e = SetExposure(1000, 0.5, options);  // 8 × is all there is: too dark
  EXPECT_DOUBLE_EQ(e.amplifier, 8);
  EXPECT_DOUBLE_EQ(e.gain, 80);
  e = SetExposure(0.01, 0.5, options);  // the shutter is not faster: too bright
  EXPECT_DOUBLE_EQ(e.exposure_s, 1e-4);
  EXPECT_DOUBLE_EQ(e.gain, 0.1);
}

TEST(ExposureControl, WithoutAResponseAnyGainIsHad) {
  const Exposure e = SetExposure(123, 0.002, {});
  EXPECT_EQ(e.gain, 123);
  EXPECT_EQ(e.exposure_s, 0.002);
  EXPECT_EQ(e.amplifier, 1);
}

// Against a sorted copy: values of every sign and size, some of them not finite, many alike.
TEST(ExposureControl, AutomaticGainTakesThePercentileOfTheFiniteValues) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto u = [seed](std::uint64_t stream, int i) {
      return dem::RandomUniform(seed, stream, static_cast<std::uint64_t>(i));
    };
    cv::Mat radiance(37, 41, CV_32F);
    std::vector<float> finite;
    for (int i = 0; i < 37 * 41; ++i) {
      float value = static_cast<float>((u(1, i) - 0.2) * std::exp(20 * u(2, i) - 15));
      if (seed % 3 == 1) value = u(3, i) < 0.97 ? 0 : value;  // all but dark
      if (seed % 3 == 2) value = 0.1F + 0.001F * std::floor(static_cast<float>(5 * u(4, i)));
      if (u(5, i) < 0.1) value = std::nanf("");
      if (u(6, i) < 0.01) value = u(7, i) < 0.5 ? INFINITY : -INFINITY;
      radiance.at<float>(i / 41, i % 41) = value;
      if (std::isfinite(value)) finite.push_back(value);
    }
    std::sort(finite.begin(), finite.end());
    const float at_rank = finite[static_cast<std::size_t>(0.95 * static_cast<double>(finite.size() - 1))];
    const double level = at_rank > 0 ? at_rank : finite.back();
    EXPECT_DOUBLE_EQ(AutomaticGain(radiance, 0.7), level > 0 ? 0.7 / level : 0) << seed;
  }
}

TEST(ExposureControl, RefusesBadOptions) {
  ExposureControlOptions options;
  options.longest_s = 1e-6;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
  options = {};
  options.highest_gain = 0.5;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
  RadiometryOptions radiometry;
  radiometry.f_number = 0;
  EXPECT_THROW(ElectronsPerSecond(radiometry), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
