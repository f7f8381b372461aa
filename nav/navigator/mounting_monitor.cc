#include "nav/navigator/mounting_monitor.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "dem/linear/symmetric_solve.h"

namespace perilune::nav {
namespace {

std::string Described(const char* what, const AttitudeOffset& offset, const char* then) {
  char text[200];
  std::snprintf(text, sizeof text, "%s: off by %.3f deg (NIS %.1f of 3), %s", what,
                dem::RadToDeg(offset.offset_rad.norm()), offset.Nis(), then);
  return text;
}

}  // namespace

void MountingMonitorOptions::Validate() const {
  const auto require = [](bool good, const std::string& what) {
    if (!good) throw std::invalid_argument("mounting monitor: " + what);
  };
  require(shared_footprints > 0, "shared_footprints must be positive");
  require(memory_grounds > 0, "memory_grounds must be positive");
  require(in_a_row >= 1, "in_a_row must be at least 1");
  require(threshold > 0, "threshold must be positive");
  require(largest_sigma_rad > 0, "largest_sigma_rad must be positive");
  require(agreement > 0 && agreement < threshold, "agreement must be positive and below threshold");
}

MountingMonitor::MountingMonitor(const MountingMonitorOptions& options) : options_(options) {
  options_.Validate();
}

Eigen::Vector3d MountingMonitor::correction_rad() const {
  return estimate_ ? estimate_->Mean_rad() : Eigen::Vector3d::Zero();
}

Eigen::Matrix3d MountingMonitor::covariance_rad2() const {
  return estimate_ ? estimate_->Covariance_rad2() : Eigen::Matrix3d::Zero();
}

// What an image adds to the mean of a first-order autoregression, as a share of what it tells alone.
double MountingMonitor::NewGround(const Seen& seen) const {
  if (!last_) return 1;
  const double way_m = (seen.camera_m - last_->camera_m).norm();
  const double footprint_m = std::min(seen.footprint_m, last_->footprint_m);
  const double shared = std::exp(-way_m / (options_.shared_footprints * footprint_m));
  return (1 - shared) / (1 + shared);
}

std::optional<std::string> MountingMonitor::Judge(const Fix& fix, const Seen& seen) {
  if (!fix.attitude_offset || !(fix.HasPose() || fix.attitude_contradicted)) return std::nullopt;
  // The offset was seen against the attitude as it was corrected, and holds that correction's covariance.
  const AttitudeOffset& offset = *fix.attitude_offset;
  const Eigen::Vector3d whole_rad = correction_rad() + offset.offset_rad;
  const Eigen::Matrix3d information =
      dem::InverseOfSymmetric(Eigen::Matrix3d(offset.covariance_rad2 - offset.of_correction_rad2));

  const double ground = NewGround(seen);
  last_ = seen;
  recent_.Add(whole_rad, information, ground, std::exp(-ground / options_.memory_grounds));
  if (recent_.Empty()) return std::nullopt;  // the very ground of the image before
  const AttitudeOffset between{recent_.Mean_rad() - correction_rad(),
                               recent_.Covariance_rad2() + covariance_rad2(), covariance_rad2()};
  beyond_ = between.Nis() > options_.threshold ? beyond_ + 1 : 0;
  if (beyond_ >= options_.in_a_row) {
    found_ = {recent_.Mean_rad(), recent_.Covariance_rad2(), Eigen::Matrix3d::Zero()};
    recent_ = {};
    beyond_ = 0;
    if (estimate_ && found_.Nis() < options_.agreement) return Agree(found_);
    estimate_.emplace(options_.largest_sigma_rad * options_.largest_sigma_rad);
    estimate_->Add(whole_rad, information, ground, 1);
    return Described("images contradict the attitude (star tracker or the camera's mounting)", between,
                     "estimated and corrected from here on");
  }
  if (!estimate_) return std::nullopt;
  estimate_->Add(whole_rad, information, ground, 1);
  const AttitudeOffset estimated{correction_rad(), covariance_rad2(), Eigen::Matrix3d::Zero()};
  const AttitudeOffset from_found{estimated.offset_rad - found_.offset_rad,
                                  estimated.covariance_rad2 + found_.covariance_rad2,
                                  Eigen::Matrix3d::Zero()};
  if (estimated.Nis() < options_.agreement && from_found.Nis() > options_.agreement) return Agree(estimated);
  return std::nullopt;
}

std::string MountingMonitor::Agree(const AttitudeOffset& offset) {
  estimate_.reset();
  recent_ = {};
  return Described("images agree with the attitude", offset, "no longer corrected");
}

}  // namespace perilune::nav
