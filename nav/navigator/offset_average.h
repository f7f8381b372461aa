#pragma once

#include <Eigen/Core>

namespace perilune::nav {

/// Weighted mean of attitude offsets, each with its information (the inverse of its covariance, rad⁻²).
class OffsetAverage {
 public:
  OffsetAverage() = default;
  /// Begins with a guess of zero of this variance.
  explicit OffsetAverage(double variance_rad2);

  /// `weight`: the share of its information that it adds to those before, above 0. What was before counts by
  /// `kept`, 0 … 1.
  void Add(const Eigen::Vector3d& offset_rad, const Eigen::Matrix3d& information, double weight, double kept);

  /// Need a guess or an offset.
  Eigen::Vector3d Mean_rad() const;
  Eigen::Matrix3d Covariance_rad2() const;

  bool Empty() const { return !(information_.trace() > 0); }  ///< no guess and no offset

 private:
  Eigen::Matrix3d information_ = Eigen::Matrix3d::Zero();  ///< sum of weight · information
  Eigen::Matrix3d scatter_ = Eigen::Matrix3d::Zero();      ///< covariance of sum_
  Eigen::Vector3d sum_ = Eigen::Vector3d::Zero();          ///< of weight · information · offset
};

}  // namespace perilune::nav
