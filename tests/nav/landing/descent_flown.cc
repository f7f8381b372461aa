#include "tests/nav/landing/descent_flown.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace perilune::test {
namespace {

using State = Eigen::Matrix<double, 7, 1>;  // position, velocity, mass

constexpr double kGm = 4.902800066e12, kRadius_m = 1'737'400, kG0 = 9.80665;
constexpr double kStep_s = 0.02, kCycle_s = 0.2;

class Lander {
 public:
  Lander(const RandomDescent& descent, Gravity gravity)
      : limits_(descent.limits), aim_(descent.aim_in_site_m), gravity_(gravity) {
    up_ = (aim_ + Eigen::Vector3d(0, 0, kRadius_m)).normalized();
    state_ << descent.state.position_in_site_m, descent.state.velocity_in_site_mps, limits_.mass_kg;
  }

  Eigen::Vector3d position() const { return state_.head<3>(); }
  Eigen::Vector3d velocity() const { return state_.segment<3>(3); }
  double mass_kg() const { return state_(6); }
  const Eigen::Vector3d& up() const { return up_; }
  bool saturated() const { return saturated_; }

  Eigen::Vector3d GravityAt(const Eigen::Vector3d& position) const {
    const Eigen::Vector3d at = gravity_ == Gravity::kUniform ? aim_ : position;
    const Eigen::Vector3d from_centre = at + Eigen::Vector3d(0, 0, kRadius_m);
    return -kGm * from_centre / std::pow(from_centre.norm(), 3);
  }

  /// Moves on by `step_s` under a wanted thrust acceleration as a function of the time since `now`.
  template <typename Wanted>
  void Integrate(double step_s, const Wanted& wanted) {
    const auto rate = [&](double t, const State& state) -> State {
      const Eigen::Vector3d force = Engine(wanted(t) * state(6), state(6));
      State derivative;
      derivative << state.segment<3>(3), force / state(6) + GravityAt(state.head<3>()),
          -force.norm() / (kG0 * limits_.isp_s);
      return derivative;
    };
    const State k1 = rate(0, state_), k2 = rate(step_s / 2, state_ + step_s / 2 * k1),
                k3 = rate(step_s / 2, state_ + step_s / 2 * k2), k4 = rate(step_s, state_ + step_s * k3);
    state_ += step_s / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  }

 private:
  /// What the engine makes of a force that is asked for.
  Eigen::Vector3d Engine(const Eigen::Vector3d& asked_n, double /*mass_kg*/) {
    double upward = asked_n.dot(up_);
    Eigen::Vector3d sideways = asked_n - upward * up_;
    const double most_sideways = std::max(0.0, upward) * std::tan(limits_.max_tilt_rad);
    Eigen::Vector3d force = asked_n;
    if (sideways.norm() > most_sideways) {
      Note(sideways.norm() - most_sideways);
      upward = std::max(0.0, upward);
      force = upward * up_ + (sideways.norm() > 0 ? Eigen::Vector3d(sideways.normalized() * most_sideways)
                                                  : Eigen::Vector3d(Eigen::Vector3d::Zero()));
    }
    const double thrust = force.norm();
    if (thrust > limits_.max_thrust_n) {
      Note(thrust - limits_.max_thrust_n);
      force *= limits_.max_thrust_n / thrust;
    } else if (thrust < limits_.min_thrust_n) {
      Note(limits_.min_thrust_n - thrust);
      force = thrust > 0 ? Eigen::Vector3d(force * (limits_.min_thrust_n / thrust))
                         : Eigen::Vector3d(limits_.min_thrust_n * up_);
    }
    return force;
  }

  void Note(double excess_n) { saturated_ = saturated_ || excess_n > 1e-9 * limits_.max_thrust_n; }

  nav::DivertLimits limits_;
  Eigen::Vector3d aim_, up_;
  Gravity gravity_;
  State state_;
  bool saturated_ = false;
};

/// The quadratic acceleration that leads from r, v in `go_s` to an end, by its three linear equations.
Eigen::Matrix3d QuadraticTo(const Eigen::Vector3d& end, const Eigen::Vector3d& end_velocity,
                            const Eigen::Vector3d& end_acceleration, const Eigen::Vector3d& r,
                            const Eigen::Vector3d& v, double go_s) {
  const double t = go_s;
  Eigen::Matrix3d conditions, ends;
  conditions << t * t / 2, t * t * t / 6, t * t * t * t / 12,  //
      t, t * t / 2, t * t * t / 3,                             //
      1, t, t * t;
  ends.row(0) = (end - r - v * t).transpose();
  ends.row(1) = (end_velocity - v).transpose();
  ends.row(2) = end_acceleration.transpose();
  return conditions.fullPivLu().solve(ends).transpose();
}

}  // namespace

Flown FlyPlan(const RandomDescent& descent, const nav::DivertPlan& plan, Gravity gravity, Steering steering) {
  const nav::DivertLimits& limits = descent.limits;
  Lander lander(descent, gravity);
  const Eigen::Vector3d up = lander.up(),
                        model_gravity = -up * lander.GravityAt(descent.aim_in_site_m).norm();
  const Eigen::Vector3d gate = descent.aim_in_site_m + limits.gate_height_m * up;
  const Eigen::Vector3d gate_velocity = -limits.gate_speed_mps * up;
  // Leg by leg in whole cycles, the last one shorter.
  double t = 0;
  for (std::size_t leg = 0; leg < plan.legs.size(); ++leg) {
    const nav::DescentProfile& p = plan.legs[leg];
    const bool last = leg + 1 == plan.legs.size();
    const double end_s = p.flight_s;
    const Eigen::Vector3d gate_acceleration = p.c0_mps2 + end_s * (p.c1_mps3 + end_s * p.c2_mps4);
    Eigen::Matrix3d steered = Eigen::Matrix3d::Zero();  // columns: c0, c1, c2
    double solved_at = 0;
    for (double now = 0; now < end_s - 1e-9;) {
      const double cycle_s = std::min(kCycle_s, end_s - now);
      const Eigen::Vector3d r = lander.position(), v = lander.velocity();
      if (end_s - now >= 1 || now == 0) {  // later its gains would grow without end
        steered = QuadraticTo(gate, gate_velocity, gate_acceleration, r, v, end_s - now);
        solved_at = now;
      }
      const auto wanted = [&](double dt) -> Eigen::Vector3d {
        if (steering == Steering::kPlanned || !last) {
          const double at = now + dt;
          return p.c0_mps2 + at * p.c1_mps3 + at * at * p.c2_mps4 - model_gravity;
        }
        const double since = now + dt - solved_at;
        return steered * Eigen::Vector3d(1, since, since * since) - model_gravity;
      };
      const int steps = std::max(1, static_cast<int>(std::ceil(cycle_s / kStep_s - 1e-9)));
      for (int i = 0; i < steps; ++i) {
        const double offset = i * cycle_s / steps;
        lander.Integrate(cycle_s / steps, [&](double dt) { return wanted(offset + dt); });
      }
      now += cycle_s;
    }
    t += end_s;
  }

  // Down from the gate until the aim's height is reached.
  const auto height = [&] { return (lander.position() - descent.aim_in_site_m).dot(up); };
  while (height() > 1e-9 && t < plan.time_s + 4 * limits.gate_height_m / limits.gate_speed_mps) {
    const Eigen::Vector3d r = lander.position(), v = lander.velocity();
    const Eigen::Vector3d beside = (descent.aim_in_site_m - r) - (descent.aim_in_site_m - r).dot(up) * up;
    const auto wanted = [&](double) -> Eigen::Vector3d {
      if (steering == Steering::kPlanned) return -model_gravity;
      return 0.25 * beside + 1.0 * (gate_velocity - v) - model_gravity;
    };
    const double sinking = std::max(0.01, -v.dot(up));
    const double step_s = std::min(kStep_s, std::max(1e-6, height() / sinking));
    lander.Integrate(step_s, wanted);
    t += step_s;
  }

  Flown flown;
  const Eigen::Vector3d off = lander.position() - descent.aim_in_site_m, v = lander.velocity();
  flown.miss_m = (off - off.dot(up) * up).norm();
  if (height() > 1e-3) flown.miss_m = std::numeric_limits<double>::infinity();  // still in the air
  flown.sideways_mps = (v - v.dot(up) * up).norm();
  flown.sinking_off_mps = v.dot(up) + limits.gate_speed_mps;
  flown.time_s = t;
  flown.fuel_kg = limits.mass_kg - lander.mass_kg();
  flown.delta_v_mps = kG0 * limits.isp_s * std::log(limits.mass_kg / lander.mass_kg());
  flown.saturated = lander.saturated();
  return flown;
}

namespace {

/// Δv of one leg, or infinity where a limit is broken.
double LegCost(const nav::DivertLimits& limits, const Eigen::Vector3d& up, const Eigen::Vector3d& thrust,
               double mass_kg, double time_s) {
  const double infinite = std::numeric_limits<double>::infinity();
  const double strength = thrust.norm(), upward = thrust.dot(up);
  if (!(upward >= strength * std::cos(limits.max_tilt_rad))) return infinite;
  const double delta_v = strength * time_s;
  const double after_kg = mass_kg * std::exp(-delta_v / (kG0 * limits.isp_s));
  if (mass_kg * strength > limits.max_thrust_n || after_kg * strength < limits.min_thrust_n) return infinite;
  return delta_v;
}

/// Thrust accelerations for the middle leg: strengths, leans, eight directions.
std::vector<Eigen::Vector3d> MiddleThrusts(const nav::DivertLimits& limits, const Eigen::Vector3d& up,
                                           int steps) {
  const Eigen::Vector3d across = up.unitOrthogonal(), other = up.cross(across);
  std::vector<Eigen::Vector3d> thrusts{Eigen::Vector3d::Zero()};
  for (int strength = 1; strength <= steps; ++strength) {
    const double thrust_mps2 = limits.max_thrust_n / limits.mass_kg * strength / steps;
    thrusts.push_back(thrust_mps2 * up);
    for (int lean = 1; lean <= steps / 2; ++lean) {
      const double angle = 0.9999 * limits.max_tilt_rad * lean / (steps / 2);
      for (int turn = 0; turn < 8; ++turn) {
        const Eigen::Vector3d aside = std::cos(turn * M_PI / 4) * across + std::sin(turn * M_PI / 4) * other;
        thrusts.push_back(thrust_mps2 * (std::cos(angle) * up + std::sin(angle) * aside));
      }
    }
  }
  return thrusts;
}

}  // namespace

BruteReach ThreeLegsReach(const RandomDescent& descent, int steps) {
  const nav::DivertLimits& limits = descent.limits;
  const Eigen::Vector3d from_centre = descent.aim_in_site_m + Eigen::Vector3d(0, 0, kRadius_m);
  const Eigen::Vector3d up = from_centre.normalized();
  const Eigen::Vector3d gravity = -up * kGm / from_centre.squaredNorm();
  const Eigen::Vector3d& v = descent.state.velocity_in_site_mps;
  const Eigen::Vector3d whole_way =
      descent.aim_in_site_m + limits.gate_height_m * up - descent.state.position_in_site_m;
  const double descent_s = limits.gate_height_m / limits.gate_speed_mps, exhaust_mps = kG0 * limits.isp_s;
  const double descent_dv_mps = gravity.norm() * descent_s;
  const double budget_mps =
      exhaust_mps * std::log(limits.mass_kg / (limits.mass_kg - limits.fuel_kg)) - descent_dv_mps;
  double longest_s = (budget_mps + limits.gate_speed_mps + v.dot(up)) / gravity.norm();
  if (limits.max_time_s > 0) longest_s = std::min(longest_s, limits.max_time_s - descent_s);
  BruteReach best;
  best.delta_v_mps = std::numeric_limits<double>::infinity();
  if (!(longest_s > 0)) return best;
  const std::vector<Eigen::Vector3d> middles = MiddleThrusts(limits, up, steps);
  for (int i = 1; i <= 3 * steps; ++i) {
    const double time_s = longest_s * i / (3 * steps);
    for (int j = 1; j < steps; ++j) {
      for (int k = 1; j + k < steps; ++k) {
        const double t1 = time_s * j / steps, t2 = time_s * k / steps, t3 = time_s - t1 - t2;
        // Speeds: a1 t1 + a3 t3 = rest of the change; ways likewise, each leg's push coasting to the end.
        const Eigen::Vector3d speed0 = -limits.gate_speed_mps * up - v - gravity * time_s;
        const Eigen::Vector3d way0 = whole_way - v * time_s - gravity * time_s * time_s / 2;
        const double lever1 = t1 / 2 + t2 + t3, lever2 = t2 / 2 + t3, lever3 = t3 / 2;
        for (const Eigen::Vector3d& middle : middles) {
          const Eigen::Vector3d speed = speed0 - middle * t2, way = way0 - middle * t2 * lever2;
          const Eigen::Vector3d first = (way - lever3 * speed) / (t1 * (lever1 - lever3));
          const Eigen::Vector3d last = (speed - first * t1) / t3;
          double mass_kg = limits.mass_kg, total = 0;
          for (const auto& [thrust, leg_s] :
               {std::pair{first, t1}, std::pair{middle, t2}, std::pair{last, t3}}) {
            const double cost = LegCost(limits, up, thrust, mass_kg, leg_s);
            total += cost;
            if (!(total <= budget_mps)) break;
            mass_kg *= std::exp(-cost / exhaust_mps);
          }
          if (!(total <= budget_mps)) continue;
          if (mass_kg * std::exp(-descent_dv_mps / exhaust_mps) * gravity.norm() < limits.min_thrust_n)
            continue;
          best.reached = true;
          best.delta_v_mps = std::min(best.delta_v_mps, total + descent_dv_mps);
        }
      }
    }
  }
  return best;
}

}  // namespace perilune::test
