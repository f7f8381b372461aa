#pragma once

namespace perilune::dem {

/// P(|v| ≤ x) of a plane vector v ~ N(ν, I) with |ν| = nu: 1 − Q1(nu, x), Marcum's Q (Marcum 1950; Rice
/// 1945). Absolute error below 1e-6 (the Bessel polynomials of Abramowitz & Stegun 9.8.1-2). nu, x ≥ 0.
double RiceCdf(double x, double nu);

/// Φ(x) of the standard normal.
double NormalCdf(double x);

}  // namespace perilune::dem
