#pragma once

#include <vector>

#include "nav/estimation/window_factor.h"

namespace perilune::nav {

/// Belief on one keyframe and the shared states in information form: ½ δᵀ information δ + gradientᵀ δ.
struct JointInformation {
  JointMatrix information = JointMatrix::Zero();
  JointVector gradient = JointVector::Zero();
};

/// The normal equations of a window at its present values: a chain of keyframes, each tied to its neighbours
/// and to the shared states (a block tridiagonal matrix with an arrow). Eliminated by hand along the chain,
/// from its ends to where the answer is wanted, at a cost linear in the number of keyframes. (Of the factors
/// of the oldest keyframe alone, the marginal of the second one is Schur's complement: what a smoother
/// keeps.)
class WindowSystem {
 public:
  explicit WindowSystem(int keyframes);

  /// Adds JᵀJ and Jᵀr of a factor of `first`, and of the keyframe after it when `two`.
  void Add(const FactorRows& rows, int first, bool two);

  /// What all factors say of one keyframe and the shared states, everything else eliminated.
  JointInformation Marginal(int keyframe) const;

 private:
  JointInformation Across(const JointInformation& before, int from, int to) const;
  JointInformation Own(int keyframe) const;

  struct Node {
    Eigen::Matrix<double, kKeyframeSize, kKeyframeSize> own, next;  ///< `next`: rows of the next keyframe
    Eigen::Matrix<double, kSharedSize, kKeyframeSize> shared;
    KeyframeVector gradient;
  };
  std::vector<Node> nodes_;
  Eigen::Matrix<double, kSharedSize, kSharedSize> shared_;
  SharedVector shared_gradient_;
};

/// Mean and covariance of an information, δ = −information⁻¹ gradient. Throws std::domain_error when it is
/// not positive definite.
struct JointGaussian {
  JointVector mean;
  JointMatrix covariance;
};
JointGaussian ToGaussian(const JointInformation& joint);

/// The same belief as whitened rows ½ |root δ + offset|²; it may say nothing in some directions.
struct JointRoot {
  JointMatrix root;
  JointVector offset;
};
JointRoot ToRoot(const JointInformation& joint);

}  // namespace perilune::nav
