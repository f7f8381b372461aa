#include "nav/landing/divert.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "dem/checks/require.h"
#include "dem/frames/moon.h"
#include "dem/frames/site.h"
#include "nav/landing/burn.h"

namespace perilune::nav {

namespace {

/// Grids of the search. Pushes as shares of the time that half the budget lasts, idling as shares of the fall
/// to the gate, flights of the last leg in geometric steps down from the longest.
constexpr std::array<double, 6> kPushShares{0.0, 0.1, 0.25, 0.45, 0.7, 1.0};
constexpr std::array<double, 6> kIdleShares{0.0, 0.2, 0.4, 0.6, 0.8, 1.0};
constexpr int kFlightTimes = 28;
constexpr double kTimeRatio = 1.12;
/// Net upward acceleration at the gate as a share of what the engine has over the weight: the larger, the
/// later and cheaper the braking.
constexpr std::array<double, 4> kEndShares{0.0, 0.3, 0.6, 0.9};
/// The push is against what the lander would miss by if it drifted on for so many times the fall to the gate.
constexpr std::array<double, 2> kDrifts{1.0, 2.0};
/// The cheapest of the cheapest few pairs of push and idling are refined, also those that are over the
/// budget.
constexpr int kRefined = 6, kRefinements = 20;
constexpr double kSearchBudget = 1.5;
/// Flights whose way over the ground is looked at.
constexpr std::size_t kTriedOverGround = 16;

Eigen::Vector3d UpAt(const Eigen::Vector3d& point_in_site_m) {
  return (point_in_site_m - dem::MoonCentreInSite()).normalized();
}

/// The aim with what every flight to it shares.
struct Approach {
  DescentState state, gate;
  DivertLimits limits;
  LocalGravity gravity;
  double descent_s = 0;          ///< from the gate to the ground
  double descent_dv_mps = 0;     ///< and what it costs
  double guided_dv_mps = 0;      ///< left for the flight to the gate
  double longest_flight_s = -1;  ///< negative: not even free fall
};

/// The limits that a plan may use.
DivertLimits LessReserve(DivertLimits limits) {
  limits.fuel_kg *= 1 - limits.reserve_share;
  limits.max_thrust_n *= 1 - limits.reserve_share;
  limits.min_thrust_n *= 1 + limits.reserve_share;
  limits.max_tilt_rad *= 1 - limits.reserve_share;
  limits.reserve_share = 0;
  return limits;
}

Approach ApproachTo(const DescentState& state, const Eigen::Vector3d& aim_in_site_m,
                    const DivertLimits& whole_limits) {
  const DivertLimits limits = LessReserve(whole_limits);
  Approach approach;
  approach.state = state;
  approach.limits = limits;
  approach.gravity = {UpAt(aim_in_site_m), GravityAt_mps2(aim_in_site_m).norm()};
  const Eigen::Vector3d& up = approach.gravity.up;
  const double gravity = approach.gravity.strength_mps2;
  approach.gate.position_in_site_m = aim_in_site_m + limits.gate_height_m * up;
  approach.gate.velocity_in_site_mps = -limits.gate_speed_mps * up;
  approach.descent_s = limits.gate_height_m / limits.gate_speed_mps;
  approach.descent_dv_mps = gravity * approach.descent_s;
  approach.guided_dv_mps =
      DeltaVOfFuel_mps(limits.fuel_kg, limits.mass_kg, limits.isp_s) - approach.descent_dv_mps;
  // Upwards the thrust has to make up for gravity and for the sinking.
  const double rise_mps = (approach.gate.velocity_in_site_mps - state.velocity_in_site_mps).dot(up);
  approach.longest_flight_s = (approach.guided_dv_mps - rise_mps) / gravity;
  if (limits.max_time_s > 0) {
    approach.longest_flight_s = std::min(approach.longest_flight_s, limits.max_time_s - approach.descent_s);
  }
  return approach;
}

/// One flight: what is searched over, and what it costs to the gate.
struct Flight {
  double push_s = 0, idle_s = 0, last_s = 0;
  double end_share = 0;
  double delta_v_mps = std::numeric_limits<double>::infinity();
};

/// Flights to one aim with one direction of the push.
class FlightSearch {
 public:
  FlightSearch(const Approach& approach, double drift) : approach_(approach), limits_(approach.limits) {
    const double gravity = approach.gravity.strength_mps2;
    const Eigen::Vector3d& up = approach.gravity.up;
    const Eigen::Vector3d way = approach.gate.position_in_site_m - approach.state.position_in_site_m;
    const Eigen::Vector3d& velocity = approach.state.velocity_in_site_mps;
    // An engine that cannot be shut off idles with what is enough even for the empty lander.
    idle_mps2_ = limits_.min_thrust_n / (limits_.mass_kg - limits_.fuel_kg);
    fall_s_ = FallTime_s(std::max(0.0, -way.dot(up)), velocity.dot(up), gravity - idle_mps2_);
    const Eigen::Vector3d off = way - drift * fall_s_ * velocity;
    const Eigen::Vector3d level = off - off.dot(up) * up;
    const Eigen::Vector3d along =
        level.norm() > 0 ? Eigen::Vector3d(level.normalized()) : up.unitOrthogonal();
    full_mps2_ = limits_.max_thrust_n / limits_.mass_kg;
    push_ = full_mps2_ * (std::sin(limits_.max_tilt_rad) * along + std::cos(limits_.max_tilt_rad) * up);
    search_budget_mps_ = kSearchBudget * approach.guided_dv_mps;
    longest_push_s_ = 0.5 * approach.guided_dv_mps / full_mps2_;
  }

  /// Flights within limits, cheapest first.
  std::vector<Flight> WithinLimits() const {
    std::vector<Flight> flights;
    for (const double push : kPushShares) {
      for (const double idle : kIdleShares) AddFlights(push * longest_push_s_, idle * fall_s_, flights);
    }
    std::vector<Flight> starts;
    for (const Flight& flight : flights) {
      const bool same =
          !starts.empty() && starts.back().push_s == flight.push_s && starts.back().idle_s == flight.idle_s;
      if (!same) starts.push_back(flight);
      if (same && Cheaper(flight, starts.back())) starts.back() = flight;
    }
    std::stable_sort(starts.begin(), starts.end(), Cheaper);
    starts.resize(std::min<std::size_t>(kRefined, starts.size()));
    for (const Flight& start : starts) flights.push_back(Refined(start));
    std::stable_sort(flights.begin(), flights.end(), Cheaper);
    const auto dear = std::find_if(flights.begin(), flights.end(), [&](const Flight& flight) {
      return flight.delta_v_mps > approach_.guided_dv_mps;
    });
    flights.erase(dear, flights.end());
    return flights;
  }

  std::vector<DescentProfile> Legs(const Flight& flight) const {
    std::vector<DescentProfile> legs;
    const Start start = StartOf(flight.push_s, flight.idle_s, &legs).value();
    legs.push_back(LastLeg(start.state, flight.last_s, flight.end_share));
    return legs;
  }

 private:
  /// The state in which the last leg begins.
  struct Start {
    DescentState state;
    Burn burn;
  };

  static bool Cheaper(const Flight& a, const Flight& b) { return a.delta_v_mps < b.delta_v_mps; }

  /// Until a fall with this acceleration from this height, rising at first with `rise_mps`, is over.
  double FallTime_s(double height_m, double rise_mps, double acceleration_mps2) const {
    if (!(acceleration_mps2 > 0)) return 0.5 * approach_.longest_flight_s;
    return (rise_mps + std::sqrt(rise_mps * rise_mps + 2 * acceleration_mps2 * height_m)) / acceleration_mps2;
  }

  std::optional<Start> StartOf(double push_s, double idle_s,
                               std::vector<DescentProfile>* legs = nullptr) const {
    Start start{approach_.state, {}};
    const auto fly = [&](const Eigen::Vector3d& thrust_mps2, double time_s) {
      if (!(time_s > 0)) return true;
      DescentProfile leg{start.state, time_s};
      leg.c0_mps2 = thrust_mps2 - approach_.gravity.strength_mps2 * approach_.gravity.up;
      const auto burn = BurnWithinLimits(leg, approach_.gravity, limits_, search_budget_mps_, start.burn);
      if (!burn) return false;
      if (legs != nullptr) legs->push_back(leg);
      start = {{leg.Position_m(time_s), leg.Velocity_mps(time_s)}, *burn};
      return true;
    };
    if (!fly(push_, push_s) || !fly(idle_mps2_ * approach_.gravity.up, idle_s)) return std::nullopt;
    return start;
  }

  DescentProfile LastLeg(const DescentState& start, double last_s, double end_share) const {
    const double over_weight_mps2 = std::max(0.0, full_mps2_ - approach_.gravity.strength_mps2);
    return QuadraticProfile(start, approach_.gate, end_share * over_weight_mps2 * approach_.gravity.up,
                            last_s);
  }

  double CostOf(const Start& start, double last_s, double end_share) const {
    const auto burn = BurnWithinLimits(LastLeg(start.state, last_s, end_share), approach_.gravity, limits_,
                                       search_budget_mps_, start.burn);
    if (!burn) return std::numeric_limits<double>::infinity();
    const double landed_kg = limits_.mass_kg * std::exp(-(burn->most_mps + approach_.descent_dv_mps) /
                                                        (kStandardGravity_mps2 * limits_.isp_s));
    const bool can_sink = landed_kg * approach_.gravity.strength_mps2 >= limits_.min_thrust_n;
    return can_sink ? burn->most_mps : std::numeric_limits<double>::infinity();
  }

  void AddFlights(double push_s, double idle_s, std::vector<Flight>& flights) const {
    const double longest_s = approach_.longest_flight_s - push_s - idle_s;
    if (!(longest_s > 0)) return;
    const std::optional<Start> start = StartOf(push_s, idle_s);
    if (!start) return;
    for (int i = 0; i < kFlightTimes; ++i) {
      const double last_s = longest_s * std::pow(kTimeRatio, -i);
      for (const double share : kEndShares) {
        const double cost = CostOf(*start, last_s, share);
        if (std::isfinite(cost)) flights.push_back({push_s, idle_s, last_s, share, cost});
      }
    }
  }

  Flight Priced(Flight flight) const {
    flight.delta_v_mps = std::numeric_limits<double>::infinity();
    if (flight.push_s < 0 || flight.idle_s < 0 || flight.end_share < 0 || !(flight.last_s > 0)) return flight;
    if (flight.push_s + flight.idle_s + flight.last_s > approach_.longest_flight_s) return flight;
    if (const auto start = StartOf(flight.push_s, flight.idle_s))
      flight.delta_v_mps = CostOf(*start, flight.last_s, flight.end_share);
    return flight;
  }

  /// Pattern search: one number at a time, steps halved where nothing is gained.
  Flight Refined(Flight best) const {
    Flight step{0.1 * longest_push_s_, 0.1 * fall_s_, 0.06 * best.last_s, 0.15};
    for (int round = 0; round < kRefinements; ++round) {
      bool gained = false;
      for (double Flight::*number : {&Flight::push_s, &Flight::idle_s, &Flight::last_s, &Flight::end_share}) {
        for (const double sign : {-1.0, 1.0}) {
          Flight next = best;
          next.*number += sign * step.*number;
          next = Priced(next);
          if (!Cheaper(next, best)) continue;
          best = next;
          gained = true;
          break;
        }
      }
      if (gained) continue;
      for (double Flight::*number : {&Flight::push_s, &Flight::idle_s, &Flight::last_s, &Flight::end_share})
        step.*number /= 2;
    }
    return best;
  }

  const Approach& approach_;
  const DivertLimits& limits_;
  double idle_mps2_ = 0, full_mps2_ = 0;
  double fall_s_ = 0, longest_push_s_ = 0, search_budget_mps_ = 0;
  Eigen::Vector3d push_ = Eigen::Vector3d::Zero();  ///< thrust acceleration of the first leg
};

bool ClearsGround(const DescentProfile& leg, const Approach& approach, const Eigen::Vector3d& aim_in_site_m,
                  const HeightOverGround& height_over_ground, double ground_step_m) {
  double t = 0;
  while (t < leg.flight_s) {
    const Eigen::Vector3d point = leg.Position_m(t);
    double height_m = height_over_ground ? height_over_ground(point) : std::nan("");
    if (std::isnan(height_m)) height_m = (point - aim_in_site_m).dot(approach.gravity.up);
    if (height_m < approach.limits.clearance_m) return false;
    const double speed_mps = std::max(leg.Velocity_mps(t).norm(), 0.5 * approach.limits.gate_speed_mps);
    t += std::min(ground_step_m / speed_mps, 0.05 * leg.flight_s);
  }
  return true;
}

void CheckFinite(const DescentState& state, const Eigen::Vector3d& aim_in_site_m) {
  if (!state.position_in_site_m.allFinite()) throw std::invalid_argument("position_in_site_m: not finite");
  if (!state.velocity_in_site_mps.allFinite())
    throw std::invalid_argument("velocity_in_site_mps: not finite");
  if (!aim_in_site_m.allFinite()) throw std::invalid_argument("aim_in_site_m: not finite");
}

/// Farthest way along an axis in at most `time_s`, from speed `speed_mps` to rest, with at most this
/// acceleration and this much Δv; −∞ when it cannot stop.
double FarthestStop_m(double speed_mps, double time_s, double acceleration_mps2, double delta_v_mps) {
  const double peak =
      std::min(0.5 * (delta_v_mps + speed_mps), 0.5 * (acceleration_mps2 * time_s + speed_mps));
  if (peak < std::max(speed_mps, 0.0)) return -std::numeric_limits<double>::infinity();
  const double gain = peak - speed_mps;
  return time_s * peak - (gain * gain + peak * peak) / (2 * acceleration_mps2);
}

}  // namespace

void DivertLimits::Validate() const {
  const auto positive = [](double value) { return value > 0 && std::isfinite(value); };
  const auto not_negative = [](double value) { return value >= 0 && std::isfinite(value); };
  dem::Require(positive(mass_kg), "mass_kg", mass_kg, "positive");
  dem::Require(fuel_kg > 0 && fuel_kg < mass_kg, "fuel_kg", fuel_kg, "positive and less than mass_kg");
  dem::Require(positive(max_thrust_n), "max_thrust_n", max_thrust_n, "positive");
  dem::Require(min_thrust_n >= 0 && min_thrust_n < max_thrust_n, "min_thrust_n", min_thrust_n,
               "0 or more and less than max_thrust_n");
  dem::Require(positive(isp_s), "isp_s", isp_s, "positive");
  dem::Require(max_tilt_rad > 0 && max_tilt_rad < dem::kPi / 2, "max_tilt_rad", max_tilt_rad, "in (0, pi/2)");
  dem::Require(not_negative(max_time_s), "max_time_s", max_time_s, "0 or more");
  dem::Require(positive(gate_height_m), "gate_height_m", gate_height_m, "positive");
  dem::Require(positive(gate_speed_mps), "gate_speed_mps", gate_speed_mps, "positive");
  dem::Require(clearance_m >= 0 && clearance_m <= gate_height_m, "clearance_m", clearance_m,
               "0 or more and at most gate_height_m");
  dem::Require(reserve_share >= 0 && reserve_share < 0.5, "reserve_share", reserve_share, "in [0, 0.5)");
}

Eigen::Vector3d GravityAt_mps2(const Eigen::Vector3d& point_in_site_m) {
  const Eigen::Vector3d from_centre = point_in_site_m - dem::MoonCentreInSite();
  return -dem::kMoonGm_m3ps2 / from_centre.squaredNorm() * from_centre.normalized();
}

double DeltaVOfFuel_mps(double fuel_kg, double mass_kg, double isp_s) {
  return -kStandardGravity_mps2 * isp_s * std::log1p(-fuel_kg / mass_kg);
}

bool MayBeReachable(const DescentState& state, const Eigen::Vector3d& aim_in_site_m,
                    const DivertLimits& limits) {
  const Approach approach = ApproachTo(state, aim_in_site_m, limits);
  if (!(approach.longest_flight_s > 0)) return false;
  const Eigen::Vector3d way = approach.gate.position_in_site_m - state.position_in_site_m;
  const Eigen::Vector3d level_way = way - way.dot(approach.gravity.up) * approach.gravity.up;
  const double distance_m = level_way.norm();
  if (distance_m == 0) return true;
  const double speed = state.velocity_in_site_mps.dot(level_way) / distance_m;
  const double sideways_mps2 = std::sin(approach.limits.max_tilt_rad) * approach.limits.max_thrust_n /
                               (limits.mass_kg - approach.limits.fuel_kg);
  const double rise_mps =
      (approach.gate.velocity_in_site_mps - state.velocity_in_site_mps).dot(approach.gravity.up);
  constexpr int kSpans = 16;
  const double span_s = approach.longest_flight_s / kSpans;
  for (int i = 0; i < kSpans; ++i) {
    // Of a flight that takes between i and i + 1 spans: ∫|a| ≥ |(∫ sideways, ∫ up)|.
    const double upward = std::max(0.0, i * span_s * approach.gravity.strength_mps2 + rise_mps);
    const double sideways =
        std::sqrt(std::max(0.0, approach.guided_dv_mps * approach.guided_dv_mps - upward * upward));
    const double time_s = (i + 1) * span_s;
    if (distance_m <= FarthestStop_m(speed, time_s, sideways_mps2, sideways) &&
        -distance_m <= FarthestStop_m(-speed, time_s, sideways_mps2, sideways)) {
      return true;
    }
  }
  return false;
}

DivertPlan PlanDivert(const DescentState& state, const Eigen::Vector3d& aim_in_site_m,
                      const DivertLimits& limits, const HeightOverGround& height_over_ground,
                      double ground_step_m) {
  limits.Validate();
  CheckFinite(state, aim_in_site_m);
  dem::Require(ground_step_m > 0, "ground_step_m", ground_step_m, "positive");
  DivertPlan plan;
  if (!MayBeReachable(state, aim_in_site_m, limits)) return plan;
  const Approach approach = ApproachTo(state, aim_in_site_m, limits);
  std::vector<std::pair<Flight, const FlightSearch*>> flights;
  const std::array<FlightSearch, 2> searches{FlightSearch(approach, kDrifts[0]),
                                             FlightSearch(approach, kDrifts[1])};
  for (const FlightSearch& search : searches) {
    for (const Flight& flight : search.WithinLimits()) flights.emplace_back(flight, &search);
  }
  std::stable_sort(flights.begin(), flights.end(),
                   [](const auto& a, const auto& b) { return a.first.delta_v_mps < b.first.delta_v_mps; });
  // Against the ground: the cheapest, and a few from all over the rest.
  const std::size_t stride = std::max<std::size_t>(1, flights.size() / kTriedOverGround);
  for (std::size_t i = 0; i < flights.size(); i += i + 1 < kTriedOverGround / 2 ? 1 : stride) {
    const auto& [flight, search] = flights[i];
    plan.status = DivertStatus::kGroundInTheWay;
    std::vector<DescentProfile> legs = search->Legs(flight);
    const bool clear = std::all_of(legs.begin(), legs.end(), [&](const DescentProfile& leg) {
      return ClearsGround(leg, approach, aim_in_site_m, height_over_ground, ground_step_m);
    });
    if (!clear) continue;
    plan.status = DivertStatus::kReachable;
    plan.legs = std::move(legs);
    plan.delta_v_mps = flight.delta_v_mps + approach.descent_dv_mps;
    plan.time_s = flight.push_s + flight.idle_s + flight.last_s + approach.descent_s;
    plan.fuel_kg = -limits.mass_kg * std::expm1(-plan.delta_v_mps / (kStandardGravity_mps2 * limits.isp_s));
    return plan;
  }
  return plan;
}

}  // namespace perilune::nav
