#pragma once

#include "nav/landing/divert.h"
#include "tests/nav/landing/random_descent.h"

namespace perilune::test {

// A lander flown by a classical Runge-Kutta integration of position, velocity and mass, with an engine that
// gives no more than its limits. Nothing here uses what PlanDivert computes with but the plan's times and
// coefficients.

enum class Gravity { kUniform, kCentral };
/// kPlanned: the plan's acceleration as a function of time, then no correction. kAnew: every 0.2 s the
/// quadratic law from the state that was reached; below the gate a proportional law.
enum class Steering { kPlanned, kAnew };

struct Flown {
  double miss_m = 0;           ///< from the aim, along the ground, when the aim's height is reached
  double sideways_mps = 0;     ///< there
  double sinking_off_mps = 0;  ///< there, against the speed wanted
  double time_s = 0;
  double delta_v_mps = 0;
  double fuel_kg = 0;
  bool saturated =
      false;  ///< thrust or tilt asked for was over (or the thrust under) a limit by more than 1e-9

  bool Landed(double within_m, double within_mps) const {
    return miss_m <= within_m && sideways_mps <= within_mps && std::abs(sinking_off_mps) <= within_mps;
  }
};

Flown FlyPlan(const RandomDescent& descent, const nav::DivertPlan& plan, Gravity gravity, Steering steering);

struct BruteReach {
  bool reached = false;
  double delta_v_mps = 0;
};

/// Search, `steps` values a free number, over flights to the gate of three legs of constant thrust
/// acceleration in uniform gravity: duration, the legs' shares of it, the middle leg's thrust; the first and
/// last leg follow from the ends. Mass falls by the exact law, all limits (without reserve) hold, only the
/// ground does not count.
BruteReach ThreeLegsReach(const RandomDescent& descent, int steps);

}  // namespace perilune::test
