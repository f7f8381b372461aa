#include "tools/evaluation/distributions.h"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace perilune::tools {
namespace {

constexpr double kTiny = 1e-300;
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
// Both expansions need O(√a) terms; a run or a campaign stays far below this many degrees of freedom squared.
constexpr int kMaxTerms = 1'000'000;

// Regularised lower incomplete gamma function P(a, x): series below the mean, continued fraction above it.
double IncompleteGamma(double a, double x) {
  if (x <= 0) return 0;
  const double scale = std::exp(a * std::log(x) - x - std::lgamma(a));
  if (x < a + 1) {
    double term = 1 / a;
    double sum = term;
    for (int n = 1; n < kMaxTerms && term > sum * kEpsilon; ++n) {
      term *= x / (a + n);
      sum += term;
    }
    return scale * sum;
  }
  double b = x + 1 - a;
  double c = 1 / kTiny;
  double d = 1 / b;
  double h = d;
  for (int n = 1; n < kMaxTerms; ++n) {
    const double an = -n * (n - a);
    b += 2;
    d = an * d + b;
    if (std::abs(d) < kTiny) d = kTiny;
    c = b + an / c;
    if (std::abs(c) < kTiny) c = kTiny;
    d = 1 / d;
    h *= d * c;
    if (std::abs(d * c - 1) < 4 * kEpsilon) break;
  }
  return 1 - scale * h;
}

// Root of a function that grows from below to above zero on [low, high].
template <typename Function>
double Bisect(double low, double high, const Function& function) {
  for (int i = 0; i < 200 && high - low > 1e-12 * high; ++i) {
    const double middle = 0.5 * (low + high);
    (function(middle) < 0 ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

void RequireProbability(const char* name, double value) {
  if (!(value > 0 && value < 1)) {
    throw std::invalid_argument(std::string(name) + " must be inside (0, 1): " + std::to_string(value));
  }
}

double BetaContinuedFraction(double a, double b, double x) {
  double c = 1;
  double d = 1 - (a + b) * x / (a + 1);
  if (std::abs(d) < kTiny) d = kTiny;
  d = 1 / d;
  double h = d;
  for (int m = 1; m < kMaxTerms; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double change = 1;
    for (const double term : {even, odd}) {
      d = 1 + term * d;
      if (std::abs(d) < kTiny) d = kTiny;
      c = 1 + term / c;
      if (std::abs(c) < kTiny) c = kTiny;
      d = 1 / d;
      change = d * c;
      h *= change;
    }
    if (std::abs(change - 1) < 4 * kEpsilon) break;
  }
  return h;
}

}  // namespace

double ChiSquareQuantile(double probability, double dof) {
  RequireProbability("probability", probability);
  if (!(dof > 0)) throw std::invalid_argument("dof must be positive: " + std::to_string(dof));
  double high = dof + 1;
  while (IncompleteGamma(0.5 * dof, 0.5 * high) < probability) high *= 2;
  return Bisect(0, high, [&](double x) { return IncompleteGamma(0.5 * dof, 0.5 * x) - probability; });
}

double IncompleteBeta(double a, double b, double x) {
  if (!(a > 0 && b > 0 && x >= 0 && x <= 1))
    throw std::invalid_argument("IncompleteBeta: a, b > 0, 0 <= x <= 1");
  if (x == 0 || x == 1) return x;
  const double log_scale =
      std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x);
  // The fraction converges fast below the mean; the symmetry I_x(a, b) = 1 − I_{1−x}(b, a) covers the rest.
  if (x < (a + 1) / (a + b + 2)) return std::exp(log_scale) * BetaContinuedFraction(a, b, x) / a;
  return 1 - std::exp(log_scale) * BetaContinuedFraction(b, a, 1 - x) / b;
}

double ClopperPearsonUpper(std::int64_t events, std::int64_t trials, double confidence) {
  RequireProbability("confidence", confidence);
  if (events < 0 || trials < events) {
    throw std::invalid_argument("events must be between 0 and trials: " + std::to_string(events) + " of " +
                                std::to_string(trials));
  }
  if (events == trials) return 1;
  const double k = static_cast<double>(events);
  const double n = static_cast<double>(trials);
  return Bisect(0, 1, [&](double p) { return IncompleteBeta(k + 1, n - k, p) - confidence; });
}

}  // namespace perilune::tools
