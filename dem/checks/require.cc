#include "dem/checks/require.h"

#include <sstream>
#include <stdexcept>

namespace perilune::dem {

void Require(bool holds, const std::string& field, double value, const std::string& need) {
  if (holds) return;
  std::ostringstream message;
  message << field << " = " << value << ": must be " << need;
  throw std::invalid_argument(message.str());
}

}  // namespace perilune::dem
