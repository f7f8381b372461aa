#include "nav/navigator/stuck_axis.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace perilune::nav {
namespace {

bool Noisy(std::int64_t readings, std::int64_t repeats) {
  constexpr std::int64_t kFewReadings = 10, kRareRepeat = 100;
  return readings >= kFewReadings && kRareRepeat * repeats <= readings;
}

}  // namespace

StuckAxis::StuckAxis(int least_run) : least_run_(least_run) {
  if (least_run < 2) {
    throw std::invalid_argument("stuck axis: least_run " + std::to_string(least_run) + " must be at least 2");
  }
}

void StuckAxis::Take(double reading, Axis& axis) {
  if (axis.run > 0 && reading == axis.last) {
    ++axis.run;
  } else {
    if (axis.run < least_run_) {
      axis.readings += axis.run;
      axis.repeats += std::max(0, axis.run - 1);
    }
    axis.run = 1;
  }
  axis.last = reading;
  largest_ = std::max(largest_, std::abs(reading));
}

bool StuckAxis::AtLargest(const Axis& axis) const {
  std::int64_t readings = 0, repeats = 0;
  for (const Axis& any : axes_) {
    readings += any.readings;
    repeats += any.repeats;
  }
  return std::abs(axis.last) == largest_ && Noisy(readings, repeats);
}

int StuckAxis::Add(const Eigen::Vector3d& reading) {
  int longest = 0;
  for (std::size_t i = 0; i < axes_.size(); ++i) Take(reading[static_cast<int>(i)], axes_[i]);
  for (const Axis& axis : axes_) {
    if (axis.run < least_run_ || !(Noisy(axis.readings, axis.repeats) || AtLargest(axis))) continue;
    longest = std::max(longest, axis.run);
  }
  return longest;
}

}  // namespace perilune::nav
