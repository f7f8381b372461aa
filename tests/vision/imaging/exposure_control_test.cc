#include "vision/imaging/exposure_control.h"

#include <gtest/gtest.h>

#include <stdexcept>

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
