#pragma once

#include <Eigen/Geometry>

namespace perilune::dem {

using Vector6d = Eigen::Matrix<double, 6, 1>;
using Matrix6d = Eigen::Matrix<double, 6, 6>;

// The one statement of how a pose site_from_x (x = cam or body) is perturbed and what the six rows of every
// pose covariance mean:
//
//   δ = [δθ (3, rad, in x, applied on the right) ; δp (3, m, in site, additive)]
//   R' = R · exp([δθ]×),  p' = p + δp
//
// Ceres' EigenQuaternionManifold perturbs on the left and turns by twice the delta: it is not used here.

/// exp([δθ]×) as a unit quaternion.
Eigen::Quaterniond ExpSo3(const Eigen::Vector3d& theta_rad);

/// Inverse of ExpSo3, |result| ≤ π.
Eigen::Vector3d LogSo3(const Eigen::Quaterniond& rotation);

/// The matrix [v]× with [v]× w = v × w.
Eigen::Matrix3d Skew(const Eigen::Vector3d& v);

/// `site_from_x` moved by δ.
Eigen::Isometry3d Perturb(const Eigen::Isometry3d& site_from_x, const Vector6d& delta);

/// δ with Perturb(from, δ) = to.
Vector6d PoseDifference(const Eigen::Isometry3d& from, const Eigen::Isometry3d& to);

}  // namespace perilune::dem
