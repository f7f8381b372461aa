#pragma once

#include <array>

namespace perilune::datasets {

/// Value and first two derivatives at a time.
struct Motion {
  double position = 0;
  double velocity = 0;
  double acceleration = 0;
};

/// The polynomial of degree 5 in time that joins two motions.
class Quintic {
 public:
  Quintic(const Motion& start, const Motion& end, double duration_s);
  Motion At(double t_s) const;

 private:
  std::array<double, 6> coefficients_{};  // of t^k, t in s
};

}  // namespace perilune::datasets
