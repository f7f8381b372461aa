#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>

#include "dem/frames/moon.h"
#include "nav/fix/fix.h"
#include "nav/navigator/contradictions.h"

namespace perilune::nav {

struct MountingMonitorOptions {
  /// Of an image's offset from the attitude (dof 3: an honest one exceeds 16.3 once in 1 000, and 8 once in
  /// 22: so would a whole window if its images were all alike).
  ContradictionLimits limits{.threshold = 16.266, .window_mean = 8};
  /// Of what an image adds to the estimate of the offset: images in a row see the same errors of the map.
  double image_weight = 0.1;
  double largest_sigma_rad = dem::DegToRad(1);  ///< of the offset, before it is estimated

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Watches the attitude that images alone give against that of the sensors. A star tracker that errs, or a
/// camera that sits otherwise than declared, moves every fix by the angle times the range, and no fix shows
/// it; but over 60° of field the view turns otherwise than it shifts. Once images in a row contradict, the
/// offset between the two is estimated from then on (a constant rotation of the camera in its own frame), and
/// the sensors' attitude is used with it.
class MountingMonitor {
 public:
  /// Throws std::invalid_argument (Validate).
  explicit MountingMonitor(const MountingMonitorOptions& options);

  /// A fix that was made with the correction as it is. What changed, in words, for an event; nothing else.
  std::optional<std::string> Judge(const Fix& fix);

  bool Contradicted() const { return contradicted_; }
  /// Rotation right of the predicted attitude of the camera, rad, and its covariance; zero until
  /// contradicted.
  const Eigen::Vector3d& correction_rad() const { return correction_rad_; }
  const Eigen::Matrix3d& covariance_rad2() const { return covariance_rad2_; }

 private:
  void Estimate(const AttitudeOffset& offset);

  MountingMonitorOptions options_;
  Contradictions contradictions_;
  bool contradicted_ = false;
  Eigen::Vector3d correction_rad_ = Eigen::Vector3d::Zero();
  Eigen::Matrix3d covariance_rad2_ = Eigen::Matrix3d::Zero();
};

}  // namespace perilune::nav
