#pragma once

#include <chrono>
#include <string>

namespace perilune::tools {

/// How fast work goes on, and how much time it leaves.
class Pace {
 public:
  /// "17.2 Mcells/s, 3 min left" of `done` of `all` cells since it was made.
  std::string Note(double done, double all) const;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace perilune::tools
