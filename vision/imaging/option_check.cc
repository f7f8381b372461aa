#include "vision/imaging/option_check.h"

#include <cmath>
#include <sstream>
#include <stdexcept>

namespace perilune::vision {

void RequireOption(bool good, const std::string& field, double value, const std::string& need) {
  if (good) return;
  std::ostringstream text;
  text << "imaging: " << field << " is " << value << ", must be " << need;
  throw std::invalid_argument(text.str());
}

void RequireNonNegative(const std::string& field, double value) {
  RequireOption(value >= 0 && std::isfinite(value), field, value, "0 or more");
}

void RequireShare(const std::string& field, double value) {
  RequireOption(value >= 0 && value <= 1, field, value, "between 0 and 1");
}

void RequireWithin(const std::string& field, double value, double lowest, double highest) {
  std::ostringstream need;
  need << "between " << lowest << " and " << highest;
  RequireOption(value >= lowest && value <= highest, field, value, need.str());
}

}  // namespace perilune::vision
