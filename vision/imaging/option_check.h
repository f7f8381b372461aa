#pragma once

#include <string>

namespace perilune::vision {

/// Throws std::invalid_argument "imaging: <field> is <value>, must be <need>" unless `good`.
void RequireOption(bool good, const std::string& field, double value, const std::string& need);

/// The three needs that most options have: finite and at least 0, between 0 and 1, between two limits.
void RequireNonNegative(const std::string& field, double value);
void RequireShare(const std::string& field, double value);
void RequireWithin(const std::string& field, double value, double lowest, double highest);

}  // namespace perilune::vision
