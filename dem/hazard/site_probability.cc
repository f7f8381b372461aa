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

SiteProbability::SiteProbability(const HazardOptions& options, const FitNoise& noise)
    : options_(options),
      noise_(noise),
      tan_limit_(std::tan(options.slope_limit_rad)),
      gradient_sigma_(std::hypot(noise.gradient, std::tan(options.unresolved_slope_rad))) {}

double SiteProbability::Of(const CellHazard& cell) const {
  double p = cell.gradient <= tan_limit_ ? 1.0 : 0.0;
  if (gradient_sigma_ > 0) p = RiceCdf(tan_limit_ / gradient_sigma_, cell.gradient / gradient_sigma_);
  p *= WithinLimit(cell.roughness_m, options_.roughness_limit_m, noise_.residual_m,
                   options_.unresolved_roughness_m);
  return p * OfRelief(cell);
}

double SiteProbability::OfRelief(const CellHazard& cell) const {
  if (!options_.relief_limit_m) return 1;
  return WithinLimit(cell.relief_m, *options_.relief_limit_m, noise_.relief_m,
                     2 * options_.unresolved_roughness_m);
}

}  // namespace perilune::dem
