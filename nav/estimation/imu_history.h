#pragma once

#include <span>
#include <vector>

#include "nav/estimation/preintegration.h"

namespace perilune::nav {

/// A preintegrated stretch, and whether samples were missing in it.
struct ImuStretch {
  ImuPreintegration sum;
  bool has_gap = false;
};

/// Inertial samples of the last seconds, kept so that any stretch of them can be summed up again. Between two
/// samples their mean counts. Where two are further apart than the longest gap, and beyond the first and the
/// last by more than that, the last one before is held with the noise of not knowing.
class ImuHistory {
 public:
  ImuHistory(const ImuNoise& noise, const ImuNoise& gap_noise, double longest_gap_s);

  /// Throws std::invalid_argument when a sample does not follow the earlier ones in time.
  void Append(std::span<const Imu> samples);
  /// From `from_ns` to `to_ns`, which is not earlier, with these biases.
  ImuStretch Sum(std::int64_t from_ns, std::int64_t to_ns, const Eigen::Vector3d& gyro_bias_radps,
                 const Eigen::Vector3d& accel_bias_mps2) const;
  /// Forgets what no stretch from `t_ns` on needs.
  void DropBefore(std::int64_t t_ns);

 private:
  ImuNoise noise_, gap_noise_;
  std::int64_t longest_gap_ns_;
  std::vector<Imu> samples_;
};

}  // namespace perilune::nav
