#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>

#include "dem/frames/moon.h"
#include "nav/fix/fix.h"
#include "nav/navigator/offset_average.h"

namespace perilune::nav {

struct MountingMonitorOptions {
  /// Images in a row see the same errors of the map. What the offsets of two images have in common falls as
  /// exp(-way of the camera / (this · footprint)): so measured (docs/first-light.md).
  double shared_footprints = 0.25;
  /// The mean offset is of so much ground, exponentially forgotten: a ground is what one image tells.
  double memory_grounds = 1;
  /// Of the mean offset, squared and normalised (dof 3), beyond which images contradict the attitude: an
  /// honest one exceeds it once in 1 000 …
  double threshold = 16.266;
  int in_a_row = 3;  ///< … and after so many images in a row, so that a single wrong one contradicts nothing
  double largest_sigma_rad = dem::DegToRad(1);  ///< of the offset, before it is estimated
  /// An estimate that is nothing within this, but not the offset that was found at first, is withdrawn: that
  /// was a chance, or the sensor is well again (dof 3: 19 of 20 honest ones are within).
  double agreement = 7.815;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Watches the attitude that images alone give against that of the sensors. A star tracker that errs, or a
/// camera that sits otherwise than declared, moves every fix by the angle times the range, and no fix shows
/// it; but over 60° of field the view turns otherwise than it shifts. Once the mean of what images say
/// contradicts, the offset between the two is estimated from then on (a constant rotation of the camera in
/// its own frame), and the sensors' attitude is used with it. An image counts by the ground that it adds to
/// those before (that of a first-order autoregression with their correlation).
class MountingMonitor {
 public:
  /// Throws std::invalid_argument (Validate).
  explicit MountingMonitor(const MountingMonitorOptions& options);

  /// What an image sees.
  struct Seen {
    Eigen::Vector3d camera_m = Eigen::Vector3d::Zero();  ///< as predicted
    double footprint_m = 0;
  };

  /// A fix that was made with the correction as it is, or refused because image and attitude contradict each
  /// other. What changed, in words, for an event; nothing else.
  std::optional<std::string> Judge(const Fix& fix, const Seen& seen);

  bool Contradicted() const { return estimate_.has_value(); }
  /// Rotation right of the predicted attitude of the camera, rad, and its covariance; zero until
  /// contradicted.
  Eigen::Vector3d correction_rad() const;
  Eigen::Matrix3d covariance_rad2() const;

 private:
  double NewGround(const Seen& seen) const;
  std::string Agree(const AttitudeOffset& offset);

  MountingMonitorOptions options_;
  std::optional<Seen> last_;
  OffsetAverage recent_;
  int beyond_ = 0;                         ///< images in a row after which the mean is beyond the threshold
  AttitudeOffset found_;                   ///< by the images that contradicted
  std::optional<OffsetAverage> estimate_;  ///< by those after them
};

}  // namespace perilune::nav
