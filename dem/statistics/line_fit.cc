#include "dem/statistics/line_fit.h"

#include <numeric>
#include <stdexcept>

namespace perilune::dem {

Line FitLine(const std::vector<double>& x, const std::vector<double>& y) {
  if (x.size() != y.size() || x.size() < 2) throw std::invalid_argument("line fit: fewer than two points");
  const auto n = static_cast<double>(x.size());
  const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n;
  const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / n;
  double xx = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  if (!(xx > 0)) throw std::invalid_argument("line fit: all x are alike");
  const double slope = xy / xx;
  return {mean_y - slope * mean_x, slope};
}

}  // namespace perilune::dem
