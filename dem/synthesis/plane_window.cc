#include "dem/synthesis/plane_window.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace perilune::dem {

void ValidateWindow(const PlaneWindow& window) {
  if (window.width < 1 || window.height < 1) {
    throw std::invalid_argument("window: size " + std::to_string(window.width) + " x " +
                                std::to_string(window.height) + " has no cells");
  }
  if (!(window.spacing_m > 0) || !std::isfinite(window.spacing_m)) {
    throw std::invalid_argument("window: spacing_m " + std::to_string(window.spacing_m) + " is not positive");
  }
  if (!std::isfinite(window.x0_m) || !std::isfinite(window.y0_m)) {
    throw std::invalid_argument("window: x0_m, y0_m are not finite");
  }
}

std::vector<double> GridLines(double origin_m, double spacing_m, int sign, int first, int count) {
  constexpr double kSteps = 1 << 20;
  const double cells = origin_m / spacing_m;
  const double whole = std::round(cells);
  const double part = std::round((cells - whole) * kSteps) / kSteps;
  std::vector<double> lines(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    lines[static_cast<std::size_t>(i)] = (whole + sign * static_cast<double>(first + i) + part) * spacing_m;
  }
  return lines;
}

}  // namespace perilune::dem
