#pragma once

#include <string>

namespace perilune::dem {

/// Throws std::invalid_argument "FIELD = VALUE: must be NEED" unless `holds`. For the Validate() of options.
void Require(bool holds, const std::string& field, double value, const std::string& need);

}  // namespace perilune::dem
