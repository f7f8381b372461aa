#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <optional>

#include "nav/estimation/preintegration.h"

namespace perilune::nav {

// The parts of the smoother's least-squares problem. Every factor says its whitened residual and its
// derivatives by errors as State counts them; none knows a solver.

/// One moment of the window. Its error: the motion's fifteen rows, then the local map error's three.
struct Keyframe {
  std::int64_t t_ns = 0;
  Motion motion;
  Eigen::Vector3d map_error_m = Eigen::Vector3d::Zero();
};

/// What all moments share. Its error: range bias, then the map tie.
struct SharedStates {
  double range_bias_m = 0;
  Eigen::Vector3d map_tie_m = Eigen::Vector3d::Zero();
};

inline constexpr int kKeyframeSize = kMotionSize + 3;
inline constexpr int kSharedSize = 4;
inline constexpr int kJointSize = kKeyframeSize + kSharedSize;
static_assert(kJointSize == kStateSize, "a keyframe and the shared states are a State");
using KeyframeVector = Eigen::Matrix<double, kKeyframeSize, 1>;
using SharedVector = Eigen::Matrix<double, kSharedSize, 1>;
using JointVector = Eigen::Matrix<double, kJointSize, 1>;
using JointMatrix = Eigen::Matrix<double, kJointSize, kJointSize>;

/// A covariance of keyframe and shared states in the order of State's error, and the other way round with the
/// least that an inverse needs where something is declared certain.
StateMatrix ToStateOrder(const JointMatrix& joint);
JointMatrix ToJointOrder(const StateMatrix& state);

Keyframe Moved(const Keyframe& keyframe, const KeyframeVector& delta);
SharedStates Moved(const SharedStates& shared, const SharedVector& delta);
/// Error of a keyframe and of the shared states between two values.
JointVector JointDifference(const Keyframe& from, const SharedStates& from_shared, const Keyframe& to,
                            const SharedStates& to_shared);

/// Whitened rows: residual, and its derivatives by the errors of one or two keyframes and the shared states.
/// Bounded in size, so that nothing is allocated.
struct FactorRows {
  static constexpr int kMost = kJointSize + 1;
  template <int columns>
  using Block = Eigen::Matrix<double, Eigen::Dynamic, columns, Eigen::ColMajor, kMost, columns>;
  Block<1> residual;
  Block<kKeyframeSize> by_first, by_second;
  Block<kSharedSize> by_shared;

  explicit FactorRows(int rows);
  int size() const { return static_cast<int>(residual.size()); }
};

/// Values that a factor is evaluated at. `second` is null for a factor of one keyframe.
struct FactorEnds {
  const Keyframe* first = nullptr;
  const Keyframe* second = nullptr;
  const SharedStates* shared = nullptr;
};

class Factor {
 public:
  virtual ~Factor() = default;
  /// The same at every call.
  virtual int Rows() const = 0;
  /// Residual at `at`, derivatives at `derivative_at`: a first estimate (Huang, Mourikis and Roumeliotis
  /// 2010) where a marginal prior was taken, else the same.
  virtual FactorRows Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const = 0;
};

/// Inertial measurement between two keyframes.
class ImuFactor : public Factor {
 public:
  ImuFactor(const ImuPreintegration& imu, const dem::Site& site);
  int Rows() const override { return kMotionSize; }
  FactorRows Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const override;
  const ImuPreintegration& imu() const { return imu_; }

 private:
  ImuPreintegration imu_;
  dem::Site site_;
  MotionMatrix whitening_;
};

/// The local map error of two keyframes, a first-order process over the distance between them
/// (AdvanceMapError).
class MapErrorFactor : public Factor {
 public:
  MapErrorFactor(double kept, const Eigen::Matrix3d& stationary_covariance_m2);
  int Rows() const override { return 3; }
  FactorRows Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const override;

 private:
  double kept_;
  Eigen::Matrix3d whitening_;
};

/// What is known of one keyframe and the shared states from elsewhere: ½ |root · δ + offset|², δ from a fixed
/// point.
class PriorFactor : public Factor {
 public:
  PriorFactor(const Keyframe& keyframe, const SharedStates& shared, const JointMatrix& root,
              const JointVector& offset);
  int Rows() const override { return kJointSize; }
  FactorRows Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const override;
  const Keyframe& keyframe() const { return keyframe_; }
  const SharedStates& shared() const { return shared_; }

 private:
  Keyframe keyframe_;
  SharedStates shared_;
  JointMatrix root_;
  JointVector offset_;
};

/// A factor of one keyframe that speaks of a later moment, not far away, through what the inertial unit felt
/// in between. Its noise over that time is neglected: 0.3 mm and 2e-5 rad after a second.
class TimedFactor : public Factor {
 public:
  /// `measurement` is a factor of the moment `t_ns` alone; `imu` leads there from the keyframe (absent: it is
  /// the keyframe's own moment).
  TimedFactor(std::int64_t t_ns, std::unique_ptr<Factor> measurement,
              const std::optional<ImuPreintegration>& imu, const dem::Site& site);
  int Rows() const override { return measurement_->Rows(); }
  FactorRows Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const override;
  std::int64_t t_ns() const { return t_ns_; }
  /// Seen from another keyframe.
  void LeadFrom(const std::optional<ImuPreintegration>& imu) { imu_ = imu; }

 private:
  Keyframe Carried(const Keyframe& keyframe) const;

  std::int64_t t_ns_;
  std::unique_ptr<Factor> measurement_;
  std::optional<ImuPreintegration> imu_;
  dem::Site site_;
};

/// Huber's loss on the rows' norm: scaled rows and one more row without derivative, which together have the
/// loss' value, its gradient, and its curvature without the second-order term. Leaves rows below `threshold`
/// (sigmas) as they are, but for the added zero row.
FactorRows WithHuberLoss(const FactorRows& rows, double threshold);

}  // namespace perilune::nav
