#pragma once

#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>

#include "dem/ephemeris/sun.h"
#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"
#include "dem/terrain/terrain.h"

namespace perilune::test {

/// Standard normal numbers, those of a seed.
inline cv::Mat WhiteNoise(int width, int height, std::uint64_t seed) {
  cv::Mat noise(height, width, CV_32F);
  for (int i = 0; i < width * height; ++i)
    noise.ptr<float>()[i] = static_cast<float>(dem::RandomNormal(seed, 3, static_cast<std::uint64_t>(i)));
  return noise;
}

/// 36 km of round hills and hollows of some 400 m, on 40 m cells; `seed` says which. With `period_m` they
/// repeat from west to east. Amplitude 0 is a plain.
inline dem::Terrain RandomHills(std::uint64_t seed, double amplitude_m = 60, double period_m = 0) {
  constexpr double kSpacing_m = 40, kHalf_m = 18'000;
  const int side = 2 * static_cast<int>(kHalf_m / kSpacing_m) + 1;
  cv::Mat height = WhiteNoise(side, side, seed);
  if (period_m > 0) {
    const int period = static_cast<int>(period_m / kSpacing_m);
    for (int col = period; col < side; ++col) height.col(col - period).copyTo(height.col(col));
  }
  cv::GaussianBlur(height, height, {0, 0}, 4);
  cv::Mat wide;
  cv::GaussianBlur(height, wide, {0, 0}, 8);
  height = 8 * height + 16 * wide;  // about unit spread at both scales
  dem::TerrainLevel level;
  level.spacing_m = kSpacing_m;
  level.x0_m = -kHalf_m;
  level.y0_m = kHalf_m;
  level.z_m = dem::Grid<float>(side, side);
  for (int row = 0; row < side; ++row) {
    for (int col = 0; col < side; ++col) {
      level.z_m.At(col, row) = static_cast<float>(dem::ZInSite(
          -kHalf_m + col * kSpacing_m, kHalf_m - row * kSpacing_m, amplitude_m * height.at<float>(row, col)));
    }
  }
  return dem::Terrain(dem::MakeSite({}), {level});
}

/// The Sun at an elevation and an azimuth from north, eastward.
inline dem::Sun SunFrom(double elevation_deg, double azimuth_deg) {
  const double e = dem::DegToRad(elevation_deg), a = dem::DegToRad(azimuth_deg);
  dem::Sun sun;
  sun.direction_to_sun_in_site = {std::sin(a) * std::cos(e), std::cos(a) * std::cos(e), std::sin(e)};
  return sun;
}

}  // namespace perilune::test
