#include "nav/navigator/crater_start.h"

#include <cmath>

#include "dem/checks/require.h"
#include "nav/fix/fix.h"

namespace perilune::nav {

void CraterStartOptions::Validate() const {
  imu_noise.Validate();
  imu_track.Validate();
  dem::Require(tie.horizontal_m >= 0, "tie.horizontal_m", tie.horizontal_m, "at least 0");
  dem::Require(tie.vertical_m >= 0, "tie.vertical_m", tie.vertical_m, "at least 0");
  dem::Require(velocity_sigma_mps > 0, "velocity_sigma_mps", velocity_sigma_mps, "positive");
  dem::Require(threshold > 0, "threshold", threshold, "positive");
}

CraterStart::CraterStart(const CraterStartOptions& options, const dem::Site& site,
                         const Eigen::Isometry3d& body_from_cam, const Eigen::Isometry3d& body_from_imu)
    : options_(options),
      site_(site),
      body_from_cam_(body_from_cam),
      imu_(site, body_from_imu, options.imu_noise, options.imu_track) {
  options_.Validate();
}

CraterStart::CameraAttitude CraterStart::AttitudeAt(const Attitude& attitude, std::int64_t t_ns) const {
  State state;  // somewhere: what turns it does not depend on the place
  state.t_ns = attitude.t_ns;
  const Eigen::Matrix3d site_from_moon = site_.moon_from_site.linear().transpose();
  state.site_from_body.linear() = site_from_moon * attitude.moon_from_body.toRotationMatrix();
  state.covariance.block<3, 3>(kTheta, kTheta)
      .diagonal()
      .setConstant(attitude.sigma_rad * attitude.sigma_rad);
  state.covariance.block<3, 3>(kGyroBias, kGyroBias)
      .diagonal()
      .setConstant(options_.gyro_bias_sigma_radps * options_.gyro_bias_sigma_radps);
  state = imu_.Propagate(state, t_ns);
  return {site_.moon_from_site.linear() * state.site_from_body.linear() * body_from_cam_.linear(),
          std::sqrt(state.covariance.block<3, 3>(kTheta, kTheta).diagonal().maxCoeff())};
}

State CraterStart::StateOf(const CraterSighting& sighting) const {
  InitialKnowledge knowledge;
  knowledge.t_ns = sighting.t_ns;
  knowledge.site_from_body = sighting.site_from_cam * body_from_cam_.inverse();
  knowledge.velocity_sigma_mps = options_.velocity_sigma_mps;
  knowledge.gyro_bias_sigma_radps = options_.gyro_bias_sigma_radps;
  knowledge.accel_bias_sigma_mps2 = options_.accel_bias_sigma_mps2;
  knowledge.range_bias_sigma_m = options_.range_bias_sigma_m;
  State state = InitialState(knowledge);
  // δθ of body is that of cam, turned; the body's position is the camera's less the turned lever.
  const Eigen::Matrix3d turn = body_from_cam_.linear();
  dem::Matrix6d body_by_cam = dem::Matrix6d::Zero();
  body_by_cam.topLeftCorner<3, 3>() = turn;
  body_by_cam.bottomLeftCorner<3, 3>() =
      knowledge.site_from_body.linear() * dem::Skew(body_from_cam_.translation()) * turn;
  body_by_cam.bottomRightCorner<3, 3>().setIdentity();
  state.covariance.block<6, 6>(kTheta, kTheta) = body_by_cam * sighting.covariance * body_by_cam.transpose();
  return state;
}

std::optional<State> CraterStart::Add(const CraterSighting& sighting) {
  static_assert(kPosition == kTheta + 3);
  std::optional<State> joined;
  if (before_) {
    Fix fix;
    fix.t_ns = sighting.t_ns;
    fix.site_from_cam = sighting.site_from_cam;
    fix.covariance_map_relative = sighting.covariance;
    const UpdateResult result =
        UpdateFixPose(imu_.Propagate(*before_, sighting.t_ns), fix, body_from_cam_, options_.threshold);
    if (result.accepted) {
      joined = result.state;
      auto position = joined->covariance.block<3, 3>(kPosition, kPosition).diagonal();
      position.head<2>().array() += options_.tie.horizontal_m * options_.tie.horizontal_m;
      position.z() += options_.tie.vertical_m * options_.tie.vertical_m;
    }
  }
  before_ = StateOf(sighting);
  imu_.DropBefore(sighting.t_ns);
  return joined;
}

}  // namespace perilune::nav
