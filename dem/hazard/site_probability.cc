#include "dem/hazard/site_probability.h"

#include <algorithm>
#include <cmath>

#include "dem/hazard/rice.h"

namespace perilune::dem {

namespace {

/// P(true value ≤ limit) of a value measured with a Gaussian error; sharp without one.
double WithinLimit(double measured, double limit, double sigma) {
  return sigma > 0 ? NormalCdf((limit - measured) / sigma) : (measured <= limit ? 1.0 : 0.0);
}

/// The same where an independent Rayleigh deviation of this mean adds in quadrature: the mean over the error
/// of P(unresolved² ≤ limit² − (measured + error)²), by the midpoint rule.
double WithinLimit(double measured, double limit, double sigma, double unresolved_mean) {
  if (!(unresolved_mean > 0)) return WithinLimit(measured, limit, sigma);
  const double scale = unresolved_mean * std::sqrt(2 / kPi);
  const auto within = [&](double resolved) {
    const double room2 = limit * limit - resolved * std::max(resolved, 0.0);
    return -std::expm1(-0.5 * room2 / (scale * scale));
  };
  if (!(sigma > 0)) return measured < limit ? within(measured) : 0.0;
  constexpr double kTail = 6;
  constexpr int kSteps = 48;  // of at most a quarter sigma
  const double end = std::min(kTail, (limit - measured) / sigma);
  if (end <= -kTail) return 0;
  const double step = (end + kTail) / kSteps;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double error = -kTail + (i + 0.5) * step;
    sum += std::exp(-0.5 * error * error) * within(measured + sigma * error);
  }
  return std::clamp(sum * step / std::sqrt(2 * kPi), 0.0, 1.0);
}

}  // namespace

double SafeProbability(const CellHazard& cell, const FitNoise& noise, const HazardOptions& options) {
  const double limit = std::tan(options.slope_limit_rad);
  const double sigma = std::hypot(noise.gradient, std::tan(options.unresolved_slope_rad));
  double p = sigma > 0 ? RiceCdf(limit / sigma, cell.gradient / sigma) : (cell.gradient <= limit ? 1.0 : 0.0);
  p *= WithinLimit(cell.roughness_m, options.roughness_limit_m, noise.residual_m,
                   options.unresolved_roughness_m);
  if (options.relief_limit_m) {
    p *= WithinLimit(cell.relief_m, *options.relief_limit_m, noise.relief_m,
                     2 * options.unresolved_roughness_m);
  }
  return p;
}

}  // namespace perilune::dem
