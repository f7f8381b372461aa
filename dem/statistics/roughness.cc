#include "dem/statistics/roughness.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "dem/statistics/line_fit.h"

namespace perilune::dem {

double SquaredChanges::RmsSlope_rad(double baseline_m) const {
  return std::atan(std::sqrt(sum_m2 / count) / baseline_m);
}

SquaredChanges ChangesOver(const Grid<float>& height_m, int lag) {
  if (lag < 1) throw std::invalid_argument("lag " + std::to_string(lag) + " is below 1");
  SquaredChanges changes;
  const auto add = [&changes](float from, float to) {
    const double change = static_cast<double>(to) - from;
    if (std::isnan(change)) return;
    changes.sum_m2 += change * change;
    changes.count += 1;
  };
  for (int r = 0; r < height_m.height; ++r) {
    for (int c = 0; c < height_m.width; ++c) {
      if (c + lag < height_m.width) add(height_m.At(c, r), height_m.At(c + lag, r));
      if (r + lag < height_m.height) add(height_m.At(c, r), height_m.At(c, r + lag));
    }
  }
  return changes;
}

double HurstExponent(const std::vector<double>& baselines_m, const std::vector<SquaredChanges>& changes) {
  std::vector<double> x, y;
  for (std::size_t i = 0; i < baselines_m.size(); ++i) {
    x.push_back(std::log(baselines_m[i]));
    y.push_back(std::log(changes.at(i).sum_m2 / changes.at(i).count) / 2);
  }
  return FitLine(x, y).slope;
}

}  // namespace perilune::dem
