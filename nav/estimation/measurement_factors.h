#pragma once

#include <vector>

#include "nav/estimation/update.h"
#include "nav/estimation/window_factor.h"
#include "vision/camera/camera.h"
#include "vision/matching/match.h"

namespace perilune::nav {

// Factors of one moment: residual = observed − predicted, in sigmas.

/// Star tracker. Throws std::invalid_argument for a sigma that is not positive (so do the others).
class AttitudeFactor : public Factor {
 public:
  AttitudeFactor(const Attitude& attitude, const dem::Site& site);
  int Rows() const override { return 3; }
  FactorRows Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const override;

 private:
  Eigen::Quaterniond site_from_body_;
  double sigma_rad_;
};

/// Range to the plane that PredictRange fitted through the terrain around the expected place (its statistical
/// linearisation), met exactly. `sigma_m` holds sensor, map and relief. Huber's loss.
class RangeFactor : public Factor {
 public:
  /// `predicted_at`: the state that the prediction was made for.
  RangeFactor(double range_m, double sigma_m, const RangePrediction& prediction, const State& predicted_at,
              const Eigen::Isometry3d& body_from_beam, double huber_sigma);
  int Rows() const override { return 2; }
  FactorRows Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const override;

 private:
  double PredictedRange(const FactorEnds& at) const;

  double range_m_, sigma_m_, huber_sigma_;
  Eigen::Isometry3d body_from_beam_;
  Eigen::Vector3d normal_;  ///< of the plane, any length
  double distance_m_;       ///< normal · point of the plane
};

/// Pose of the camera from a fix, or its position alone, with the fix's map-relative covariance.
class FixFactor : public Factor {
 public:
  FixFactor(const Fix& fix, const Eigen::Isometry3d& body_from_cam, bool with_attitude);
  int Rows() const override { return with_attitude_ ? 6 : 3; }
  FactorRows Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const override;

 private:
  Eigen::Isometry3d site_from_cam_, body_from_cam_;
  bool with_attitude_;
  dem::Matrix6d whitening_;
};

/// Doppler velocimeter: the speed of the lander over ground along one beam, already freed of what the
/// sensor's lever arm makes of the lander's turning.
struct BeamSpeed {
  Eigen::Vector3d beam_in_body = Eigen::Vector3d::UnitZ();  ///< unit
  double speed_mps = 0;
  double sigma_mps = 0;
};

class BeamSpeedFactor : public Factor {
 public:
  BeamSpeedFactor(std::vector<BeamSpeed> beams, double huber_sigma);
  int Rows() const override { return static_cast<int>(beams_.size()) + 1; }
  FactorRows Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const override;

 private:
  std::vector<BeamSpeed> beams_;
  double huber_sigma_;
};

/// A picture's landmarks, seen by a camera that sits at its place plus map tie plus map error. However many,
/// they depend on the camera's six degrees of freedom: the rows are the square root of their normal equations
/// and the cost that no pose takes away, so that solver and window see seven rows. Huber's loss on each.
class LandmarkFactor : public Factor {
 public:
  /// `at`: where the surface points' covariances become covariances of pixels, once and for all.
  LandmarkFactor(std::vector<vision::Match> matches, const vision::Camera& camera,
                 const Eigen::Isometry3d& body_from_cam, const Eigen::Isometry3d& map_from_body_at,
                 double huber_sigma);
  int Rows() const override { return 7; }
  FactorRows Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const override;

  /// Normal equations by the camera's [δθ in cam; δp in site] at a place of the body in the map's frame.
  struct Pull {
    dem::Matrix6d information = dem::Matrix6d::Zero();
    dem::Vector6d gradient = dem::Vector6d::Zero();
    double loss = 0;  ///< twice the cost
  };
  /// Of the landmarks alone, without loss function.
  Pull PullAt(const Eigen::Isometry3d& map_from_body) const;

 private:
  Pull Sum(const Eigen::Isometry3d& map_from_body, const Eigen::Isometry3d& derivative_at,
           double huber_sigma) const;

  std::vector<vision::Match> matches_;
  std::vector<Eigen::Matrix2d> whitening_;
  vision::Camera camera_;
  Eigen::Isometry3d body_from_cam_;
  double huber_sigma_;
};

}  // namespace perilune::nav
