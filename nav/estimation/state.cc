#include "nav/estimation/state.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "dem/frames/pose.h"

namespace perilune::nav {
namespace {

void RequireSigma(double sigma, const std::string& field) {
  if (!(sigma >= 0) || !std::isfinite(sigma)) {
    throw std::invalid_argument("initial knowledge: " + field + " " + std::to_string(sigma) +
                                " must be finite and not negative");
  }
}

}  // namespace

State Moved(const State& state, const StateVector& delta) {
  State moved = state;
  moved.site_from_body = dem::Perturb(state.site_from_body, delta.head<6>());
  moved.velocity_of_body_in_site_mps += delta.segment<3>(kVelocity);
  moved.gyro_bias_radps += delta.segment<3>(kGyroBias);
  moved.accel_bias_mps2 += delta.segment<3>(kAccelBias);
  moved.range_bias_m += delta[kRangeBias];
  moved.map_tie_m += delta.segment<3>(kMapTie);
  moved.map_error_m += delta.segment<3>(kMapError);
  return moved;
}

StateVector StateDifference(const State& from, const State& to) {
  StateVector delta;
  delta.head<6>() = dem::PoseDifference(from.site_from_body, to.site_from_body);
  delta.segment<3>(kVelocity) = to.velocity_of_body_in_site_mps - from.velocity_of_body_in_site_mps;
  delta.segment<3>(kGyroBias) = to.gyro_bias_radps - from.gyro_bias_radps;
  delta.segment<3>(kAccelBias) = to.accel_bias_mps2 - from.accel_bias_mps2;
  delta[kRangeBias] = to.range_bias_m - from.range_bias_m;
  delta.segment<3>(kMapTie) = to.map_tie_m - from.map_tie_m;
  delta.segment<3>(kMapError) = to.map_error_m - from.map_error_m;
  return delta;
}

void InitialKnowledge::Validate() const {
  RequireSigma(attitude_sigma_rad, "attitude_sigma_rad");
  for (int axis = 0; axis < 3; ++axis) RequireSigma(position_sigma_m[axis], "position_sigma_m");
  RequireSigma(velocity_sigma_mps, "velocity_sigma_mps");
  RequireSigma(gyro_bias_sigma_radps, "gyro_bias_sigma_radps");
  RequireSigma(accel_bias_sigma_mps2, "accel_bias_sigma_mps2");
  RequireSigma(range_bias_sigma_m, "range_bias_sigma_m");
}

State InitialState(const InitialKnowledge& knowledge) {
  knowledge.Validate();
  State state;
  state.t_ns = knowledge.t_ns;
  state.site_from_body = knowledge.site_from_body;
  state.velocity_of_body_in_site_mps = knowledge.velocity_of_body_in_site_mps;
  StateVector sigma = StateVector::Zero();
  sigma.segment<3>(kTheta).setConstant(knowledge.attitude_sigma_rad);
  sigma.segment<3>(kPosition) = knowledge.position_sigma_m;
  sigma.segment<3>(kVelocity).setConstant(knowledge.velocity_sigma_mps);
  sigma.segment<3>(kGyroBias).setConstant(knowledge.gyro_bias_sigma_radps);
  sigma.segment<3>(kAccelBias).setConstant(knowledge.accel_bias_sigma_mps2);
  sigma[kRangeBias] = knowledge.range_bias_sigma_m;
  state.covariance = sigma.cwiseAbs2().asDiagonal();
  return state;
}

}  // namespace perilune::nav
