#include "nav/navigator/mounting_monitor.h"

#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "dem/linear/symmetric_solve.h"

namespace perilune::nav {

void MountingMonitorOptions::Validate() const {
  limits.Validate("mounting monitor");
  const auto require = [](bool good, const std::string& what) {
    if (!good) throw std::invalid_argument("mounting monitor: " + what);
  };
  require(image_weight > 0 && image_weight <= 1, "image_weight must be in (0, 1]");
  require(largest_sigma_rad > 0, "largest_sigma_rad must be positive");
}

MountingMonitor::MountingMonitor(const MountingMonitorOptions& options)
    : options_(options), contradictions_(options.limits) {
  options_.Validate();
}

std::optional<std::string> MountingMonitor::Judge(const Fix& fix) {
  if (!fix.HasPose() || !fix.attitude_offset) return std::nullopt;
  const bool begin = contradictions_.Count(fix.attitude_offset->Nis());
  if (begin) {  // also where an estimate is contradicted: the offset has changed
    contradicted_ = true;
    covariance_rad2_ = options_.largest_sigma_rad * options_.largest_sigma_rad * Eigen::Matrix3d::Identity();
  }
  if (contradicted_) Estimate(*fix.attitude_offset);
  if (!begin) return std::nullopt;
  char text[160];
  std::snprintf(text, sizeof text,
                "images contradict the attitude (star tracker or the camera's mounting): off by %.3f deg, "
                "estimated and corrected from here on",
                dem::RadToDeg(correction_rad_.norm()));
  return text;
}

// The offset was seen against the attitude as it was corrected, and holds that correction's covariance,
// unless that was reset after the fix was made.
void MountingMonitor::Estimate(const AttitudeOffset& offset) {
  const Eigen::Matrix3d of_image = offset.covariance_rad2 - offset.of_correction_rad2;
  const Eigen::Matrix3d noise = of_image / options_.image_weight;
  const Eigen::Matrix3d gain =
      covariance_rad2_ * dem::InverseOfSymmetric(Eigen::Matrix3d(covariance_rad2_ + noise));
  const Eigen::Matrix3d kept = Eigen::Matrix3d::Identity() - gain;
  correction_rad_ += gain * offset.offset_rad;
  covariance_rad2_ = kept * covariance_rad2_ * kept.transpose() + gain * noise * gain.transpose();
}

}  // namespace perilune::nav
