#include "nav/navigator/offset_average.h"

#include "dem/linear/symmetric_solve.h"

namespace perilune::nav {

OffsetAverage::OffsetAverage(double variance_rad2)
    : information_(Eigen::Matrix3d::Identity() / variance_rad2), scatter_(information_) {}

void OffsetAverage::Add(const Eigen::Vector3d& offset_rad, const Eigen::Matrix3d& information, double weight,
                        double kept) {
  information_ = kept * information_ + weight * information;
  scatter_ = kept * kept * scatter_ + weight * information;
  sum_ = kept * sum_ + weight * information * offset_rad;
}

Eigen::Vector3d OffsetAverage::Mean_rad() const { return dem::InverseOfSymmetric(information_) * sum_; }

Eigen::Matrix3d OffsetAverage::Covariance_rad2() const {
  const Eigen::Matrix3d inverse = dem::InverseOfSymmetric(information_);
  return inverse * scatter_ * inverse;
}

}  // namespace perilune::nav
