#include "datasets/simulation/quintic.h"

namespace perilune::datasets {

Quintic::Quintic(const Motion& start, const Motion& end, double duration_s) {
  const double t = duration_s, t2 = t * t, t3 = t2 * t;
  // What the three free coefficients have to add at the end to the parabola of the start.
  const double p = end.position - start.position - start.velocity * t - start.acceleration * t2 / 2;
  const double v = end.velocity - start.velocity - start.acceleration * t;
  const double a = end.acceleration - start.acceleration;
  coefficients_ = {start.position,
                   start.velocity,
                   start.acceleration / 2,
                   (10 * p - 4 * v * t + a * t2 / 2) / t3,
                   (-15 * p + 7 * v * t - a * t2) / (t3 * t),
                   (6 * p - 3 * v * t + a * t2 / 2) / (t3 * t2)};
}

Motion Quintic::At(double t_s) const {
  const auto& c = coefficients_;
  const double t = t_s;
  return {c[0] + t * (c[1] + t * (c[2] + t * (c[3] + t * (c[4] + t * c[5])))),
          c[1] + t * (2 * c[2] + t * (3 * c[3] + t * (4 * c[4] + t * 5 * c[5]))),
          2 * c[2] + t * (6 * c[3] + t * (12 * c[4] + t * 20 * c[5]))};
}

}  // namespace perilune::datasets
