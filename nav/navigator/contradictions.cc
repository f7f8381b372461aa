#include "nav/navigator/contradictions.h"

#include <cstddef>
#include <numeric>
#include <stdexcept>

namespace perilune::nav {

void ContradictionLimits::Validate(const std::string& what) const {
  const auto require = [&](bool good, const char* field) {
    if (!good) throw std::invalid_argument(what + ": " + field);
  };
  require(threshold > 0, "threshold must be positive");
  require(in_a_row >= 1, "in_a_row must be at least 1");
  require(window_mean > 0, "window_mean must be positive");
  require(window >= 1, "window must be at least 1");
}

bool Contradictions::Count(double nis) {
  in_a_row_ = nis > limits_.threshold ? in_a_row_ + 1 : 0;
  window_.push_back(nis);
  if (window_.size() > static_cast<std::size_t>(limits_.window)) window_.pop_front();
  const bool full = window_.size() == static_cast<std::size_t>(limits_.window);
  const double mean = std::accumulate(window_.begin(), window_.end(), 0.0) / limits_.window;
  if (in_a_row_ < limits_.in_a_row && !(full && mean > limits_.window_mean)) return false;
  in_a_row_ = 0;
  window_.clear();
  return true;
}

}  // namespace perilune::nav
