#include "dem/statistics/crater_measures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace perilune::dem {

PowerLaw FitSizeFrequency(const std::vector<double>& diameters_m, double low_m, double high_m) {
  double log_sum = 0;
  int count = 0;
  for (double d : diameters_m) {
    if (d < low_m || d >= high_m) continue;
    log_sum += std::log(d / low_m);
    ++count;
  }
  if (count < 10) throw std::invalid_argument("size-frequency fit: fewer than ten diameters");
  const double mean = log_sum / count, range = std::log(high_m / low_m);
  // With y = ln(D/low) in [0, range): density ∝ e^(b y). The mean of y falls as b falls: bisection.
  const auto mean_at = [range](double b) {
    if (std::abs(b * range) < 1e-6) return range / 2;
    return range / (1 - std::exp(-b * range)) - 1 / b;
  };
  double low = -20, high = 20;
  for (int i = 0; i < 80; ++i) {
    const double middle = (low + high) / 2;
    (mean_at(middle) < mean ? low : high) = middle;
  }
  const double step = 1e-4;
  const double variance = (mean_at(low + step) - mean_at(low - step)) / (2 * step);
  return {low, 1 / std::sqrt(count * variance), count};
}

std::optional<double> MeasuredDepth_m(const Grid<float>& height_m, const PlaneWindow& window, double x_m,
                                      double y_m, double radius_m) {
  constexpr int kRings = 16;  // a tenth of a radius each
  if (radius_m < 8 * window.spacing_m) return std::nullopt;
  const double column = (x_m - window.x0_m) / window.spacing_m, row = (window.y0_m - y_m) / window.spacing_m;
  const double reach = 1.6 * radius_m / window.spacing_m;
  if (column < reach || row < reach || column + reach > window.width - 1 || row + reach > window.height - 1)
    return std::nullopt;
  std::array<double, kRings> sum{}, count{};
  for (int r = static_cast<int>(row - reach); r <= row + reach; ++r) {
    for (int c = static_cast<int>(column - reach); c <= column + reach; ++c) {
      const double rho = std::hypot(c - column, r - row) * window.spacing_m / radius_m;
      const auto ring = static_cast<std::size_t>(rho * 10);
      if (ring >= kRings) continue;
      sum[ring] += height_m.At(c, r);
      count[ring] += 1;
    }
  }
  double crest = -1e30;
  for (std::size_t i = 8; i < kRings; ++i) crest = std::max(crest, sum[i] / count[i]);
  return crest - sum[0] / count[0];
}

}  // namespace perilune::dem
