#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nav/estimation/state.h"
#include "nav/fix/fix.h"
#include "nav/navigator/contradictions.h"
#include "nav/navigator/range_trust.h"

namespace perilune::nav {

struct RangeMonitorOptions {
  /// Of what lies between an image and a range (dof 1: honest ones exceed 10.8 once in 1 000, and 4 once in
  /// 22: so would a whole window if its images were all alike).
  ContradictionLimits limits{.threshold = 10.828, .window_mean = 4};
  double latest_s = 1;  ///< of an image after the range that it is compared with

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// What a range that the state took still lacks to the state afterwards.
struct TakenRange {
  std::int64_t t_ns = 0;
  double residual_m = 0;
  Eigen::RowVector3d by_position = Eigen::RowVector3d::Zero();  ///< derivative of the predicted range
  double noise_m = 0;                                           ///< sensor, map and relief, 1 sigma
};

/// Watches ranges against the heights that images alone give. A range finder that errs by little passes every
/// gate, and being sharp it draws the state after it: no range is ever refused, and fixes that are refused
/// now and then do not outweigh it. Once images in a row contradict it, its bias is as uncertain as what lies
/// between them, and so is the position as far as it followed the ranges; from then on fixes and ranges
/// together tell the two apart.
class RangeMonitor {
 public:
  /// Throws std::invalid_argument (Validate).
  explicit RangeMonitor(const RangeMonitorOptions& options);

  /// The last range that was taken: `before` and `after` are the states around it.
  void Take(std::int64_t t_ns, const RangeTest& test, const State& before, const State& after);
  /// Forgets it: the state has been moved by something else than its errors, or ranges are doubted.
  void Forget() { last_.reset(); }

  struct Verdict {
    State state;  ///< widened
    std::string text;
  };
  /// A fix with a pose, before the state takes it; `predicted_m` is the camera in the map as the state has
  /// it. A verdict once images contradict the ranges.
  std::optional<Verdict> Judge(const State& state, const Fix& fix, const Eigen::Vector3d& predicted_m);
  /// The ranges are doubted altogether: the bias as it was before images first contradicted them. What was
  /// learnt of it since came from a sensor that fails, and would refuse the sensor when it is well again.
  State Withdraw(const State& state);

 private:
  struct Bias {
    double mean_m = 0, variance_m2 = 0;
  };

  RangeMonitorOptions options_;
  Contradictions contradictions_;
  std::optional<TakenRange> last_;
  std::optional<Bias> before_;
};

}  // namespace perilune::nav
