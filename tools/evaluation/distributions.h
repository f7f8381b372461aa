#pragma once

#include <cstdint>

namespace perilune::tools {

/// The x with P(χ² of `dof` degrees of freedom ≤ x) = `probability`, to 1e-10 relative. Throws
/// std::invalid_argument unless 0 < probability < 1 and dof > 0.
double ChiSquareQuantile(double probability, double dof);

/// Regularised incomplete beta function I_x(a, b), a, b > 0, 0 ≤ x ≤ 1 (continued fraction, modified Lentz).
double IncompleteBeta(double a, double b, double x);

/// One-sided upper confidence bound of a binomial proportion after `events` in `trials` (Clopper and Pearson
/// 1934): the p at which so few events have probability 1 − confidence. 1 when every trial was an event or
/// there was no trial. Throws std::invalid_argument when events > trials, one is negative or the confidence
/// is not inside (0, 1).
double ClopperPearsonUpper(std::int64_t events, std::int64_t trials, double confidence = 0.95);

}  // namespace perilune::tools
