#pragma once

#include <deque>
#include <string>

namespace perilune::nav {

/// When normalised, squared differences between two sensors are no chance.
struct ContradictionLimits {
  double threshold = 0;  ///< a single one contradicts beyond it …
  int in_a_row = 3;      ///< … and so many in a row say so; …
  /// … or the mean of that over a window: images in a row see the same map's errors, so it is hardly less
  /// scattered than one of them. A chance costs sharpness, not honesty.
  double window_mean = 0;
  int window = 10;

  /// Throws std::invalid_argument naming `what`, field and value.
  void Validate(const std::string& what) const;
};

/// Counts them.
class Contradictions {
 public:
  explicit Contradictions(const ContradictionLimits& limits) : limits_(limits) {}

  /// The next difference. True when they contradict; counting begins anew then.
  bool Count(double nis);

 private:
  ContradictionLimits limits_;
  int in_a_row_ = 0;
  std::deque<double> window_;  ///< the last differences
};

}  // namespace perilune::nav
