#include "dem/statistics/effective_resolution.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "dem/frames/moon.h"
#include "dem/statistics/line_fit.h"

namespace perilune::dem {
namespace {

constexpr int kMostProfiles = 128;  // of each direction
constexpr double kSlopeAtResolution = -5.5;
constexpr int kBandsPerOctave = 4;
/// Bands in a row: a single large crater makes dips of its own.
constexpr std::ptrdiff_t kLasting = 3;
const double kBandRatio = std::exp2(1.0 / kBandsPerOctave);

/// Adds |DFT|² of one profile, scaled to a one-sided spectral density.
void AddProfile(std::vector<double> h, double spacing_m, std::vector<double>& power) {
  const auto n = h.size();
  std::vector<double> x(n);
  std::iota(x.begin(), x.end(), 0.0);
  const Line trend = FitLine(x, h);
  double window2 = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double hann =
        0.5 - 0.5 * std::cos(2 * kPi * (static_cast<double>(i) + 0.5) / static_cast<double>(n));
    h[i] = (h[i] - trend.offset - trend.slope * x[i]) * hann;
    window2 += hann * hann;
  }
  for (std::size_t k = 1; k < power.size(); ++k) {
    // Goertzel: one multiplication a sample.
    const double turn = 2 * std::cos(2 * kPi * static_cast<double>(k) / static_cast<double>(n));
    double before = 0, last = 0;
    for (double v : h) {
      const double next = v + turn * last - before;
      before = last;
      last = next;
    }
    power[k] += 2 * spacing_m / window2 * (before * before + last * last - turn * before * last);
  }
}

}  // namespace

ProfileSpectrum SpectrumOf(const Grid<float>& height_m, double spacing_m) {
  if (height_m.width != height_m.height || height_m.width < 64)
    throw std::invalid_argument("spectrum: the grid is no square of 64 cells or more");
  const int n = height_m.width, step = std::max(1, n / kMostProfiles);
  ProfileSpectrum spectrum{n * spacing_m, std::vector<double>(static_cast<std::size_t>(n / 2))};
  std::vector<double> row(static_cast<std::size_t>(n)), column(row);
  int profiles = 0;
  for (int line = step / 2; line < n; line += step, profiles += 2) {
    for (int i = 0; i < n; ++i) {
      row[static_cast<std::size_t>(i)] = height_m.At(i, line);
      column[static_cast<std::size_t>(i)] = height_m.At(line, i);
    }
    AddProfile(row, spacing_m, spectrum.power_m3);
    AddProfile(column, spacing_m, spectrum.power_m3);
  }
  for (double& p : spectrum.power_m3) p /= profiles;
  if (!std::isfinite(spectrum.power_m3.back())) throw std::invalid_argument("spectrum: cells are missing");
  return spectrum;
}

std::optional<double> EffectiveResolution_m(const ProfileSpectrum& spectrum) {
  // Means over bands of equal ratio, or the many short waves would outvote the long ones.
  std::vector<double> log_frequency, log_power;
  const auto size = static_cast<double>(spectrum.power_m3.size());
  for (int band = 0;; ++band) {
    const double first = 4 * std::pow(kBandRatio, band);
    if (!(first < size)) break;
    const auto from = static_cast<std::size_t>(std::lround(first));
    const auto to = static_cast<std::size_t>(std::lround(std::min(size, first * kBandRatio)));
    if (to <= from) continue;
    double sum = 0;
    for (std::size_t k = from; k < to; ++k) sum += spectrum.power_m3[k];
    if (!(sum > 0)) return std::nullopt;  // a plain
    log_frequency.push_back(std::log(static_cast<double>(from + to - 1) / 2));
    log_power.push_back(std::log(sum / static_cast<double>(to - from)));
  }
  std::vector<double> slopes, middles;
  for (std::size_t i = 0; i + kBandsPerOctave < log_power.size(); ++i) {
    const auto begin = static_cast<std::ptrdiff_t>(i), end = begin + kBandsPerOctave + 1;
    const std::vector<double> x(log_frequency.begin() + begin, log_frequency.begin() + end),
        y(log_power.begin() + begin, log_power.begin() + end);
    slopes.push_back(FitLine(x, y).slope);
    middles.push_back((x.front() + x.back()) / 2);
  }
  for (std::size_t i = 1; i + kLasting <= slopes.size(); ++i) {
    const auto begin = slopes.begin() + static_cast<std::ptrdiff_t>(i);
    if (*std::max_element(begin, begin + kLasting) >= kSlopeAtResolution) continue;
    const double share =
        std::clamp((kSlopeAtResolution - slopes[i - 1]) / (slopes[i] - slopes[i - 1]), 0.0, 1.0);
    return spectrum.side_m / std::exp(middles[i - 1] + share * (middles[i] - middles[i - 1]));
  }
  return std::nullopt;
}

}  // namespace perilune::dem
