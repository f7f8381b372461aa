#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "nav/estimation/state.h"
#include "nav/estimation/update.h"

namespace perilune::nav {

// A range is gated alone by its NIS. What a gate cannot say is whose fault a refusal is: of a spoilt sample,
// of a sensor, or of the state, which a filter that goes on refusing keeps wrong for ever. Over a window it
// can be told: samples of a broken sensor disagree with each other, or move otherwise than the lander does; a
// wrong state shows the same innovation to every range. What remains open is decided by the evidence of the
// fixes, on two states in parallel: without the sensor, and widened and with it.

enum class RangePolicy {
  kReadmit,       ///< doubted, tested on, taken back; may make the state doubt itself
  kRejectForGood  ///< after that many refusals in a row the sensor is never used again
};

struct RangeTrustOptions {
  RangePolicy policy = RangePolicy::kReadmit;
  /// Refusals in a row before the sensor is doubted: more than spoilt samples come in a row (one refusal of
  /// an honest sensor in 10 000), 1 s at 5 Hz.
  int refusals = 5;
  /// … or before the mean of the NIS of so many ranges, none counted above the gate, exceeds this. Where
  /// ranges scatter five times as much as is expected of them 44 of 100 are refused, five in a row once in
  /// 60, and those that pass have a mean NIS of 4.7 beside the honest 1: the mean is 9.2. With one range in
  /// five spoilt it is 3.8, with one in three 5.7. (Normal errors, the gate's 15.1.)
  int noise_window = 20;
  double largest_mean_nis = 6;
  /// Ranges in a row that a doubted sensor has to agree in to be taken back: 2 s at 5 Hz …
  int agreements = 10;
  /// … with no larger a mean NIS: honest ones exceed it once in 1 000; ranges that scatter five times as much
  /// as expected pass the gate ten times in a row once in 300, and this as well once in 2 400.
  double agreeing_mean_nis = 3;
  /// Refused ranges that have to lie on one line in time before the state is doubted.
  int window = 10;
  /// They do when they depart from it, RMS, by at most this share of their mean (or by twice their noise).
  double agreement = 0.1;
  /// Evidence that decides between the two states: difference of −2 ln likelihood of the fixes, 2 ln 100.
  double evidence = 9.21;
  /// Without any fix to decide by, s: the sensor is believed when what it reads moves as the lander does.
  double patience_s = 3;
  /// A fix taken less than this ago promises another one, s: it is waited for.
  double fix_patience_s = 10;
  /// The longest that two states are flown, s: fixes that contradict both alike (an inertial unit that is
  /// wrong) never decide. Then the sensor is believed unless the fixes speak against it or its ranges do not
  /// agree with its own state.
  double longest_s = 10;
  /// After the evidence spoke against the sensor, s, before the state is doubted again.
  double pause_s = 10;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// A range against the state: what the gate says, by how much it missed, 1 sigma of what may change that from
/// one range to the next (the sensor's noise, the map's and relief's error), 1 sigma of the state's
/// velocity along the beam, and the derivative of the predicted range.
struct RangeTest {
  const char* why_not = nullptr;  ///< it could not be tested at all
  UpdateResult result;
  double innovation_m = 0;
  double noise_m = 0;
  double velocity_sigma_mps = 0;
  Eigen::Matrix<double, 1, kStateSize> derivative = Eigen::Matrix<double, 1, kStateSize>::Zero();
};

enum class RangeVerdict {
  kUse,         ///< the update counts
  kRefuse,      ///< this range alone
  kDoubt,       ///< refused, and from here on the sensor is doubted (or rejected for good)
  kOnTrial,     ///< tested, not used
  kTakenBack,   ///< the update counts again
  kStateDoubts  ///< not used; the refused ranges agree with each other: try the other hypothesis
};

/// The standing of one range sensor.
class RangeTrust {
 public:
  /// Throws std::invalid_argument (Validate).
  explicit RangeTrust(const RangeTrustOptions& options);

  /// Ranges in time order.
  RangeVerdict Judge(std::int64_t t_ns, const RangeTest& test);
  /// The other hypothesis was taken for the state: the sensor is trusted again.
  void Trust();
  /// The evidence was for the state as it is: the sensor stays on trial.
  void HoldOff(std::int64_t t_ns);

  bool Doubted() const { return doubted_; }
  /// The ranges up to the last one agree as takes a doubted sensor back.
  bool Confirmed() const;
  /// Of the ranges refused last, while there are `window` of them.
  struct Line {
    double mean_m = 0;
    double slope_mps = 0;
    double departure_m = 0;      ///< RMS
    double slope_limit_mps = 0;  ///< what the velocity's uncertainty and the noise explain, 3 sigma
  };
  std::optional<Line> RefusedLine() const;
  /// A decision (kDoubt, kTakenBack, kStateDoubts) with its numbers, for an event.
  std::string Reason(RangeVerdict verdict, const RangeTest& test) const;

 private:
  struct Refused {
    std::int64_t t_ns = 0;
    RangeTest test;
  };
  bool RefusedAgree() const;
  bool TooNoisy() const;
  /// Of the last ranges, each counted at most as the gate.
  double MeanNis(int ranges) const;

  RangeTrustOptions options_;
  std::deque<double> nis_;  ///< of the last ranges
  bool doubted_ = false;
  int refusals_ = 0, agreements_ = 0;  ///< in a row
  std::optional<std::int64_t> held_off_ns_;
  std::deque<Refused> refused_;
};

/// The state without the ranges that were taken since the sensor was last confirmed: a sensor that gets
/// doubted was not honest in those either that passed the gate. Noise ten times as large as declared passes
/// it three times in ten, and what does is taken for ten times better than it is.
struct UnconfirmedRanges {
  State state;
  std::optional<double> travelled_at_range_m;  ///< path length at the last range that is in it
};

/// The state as it would be with a sensor that the navigator refuses, beside the state without it.
class RivalState {
 public:
  /// `state` widened until the refused innovation is a 1-sigma event along z: the beam looks down.
  RivalState(const State& state, double innovation_m);

  State state;
  std::int64_t since_ns = 0;
  double travelled_at_range_m = 0;

  /// What a fix says of both: −2 ln likelihood, a NIS not above its threshold (a wrong fix decides nothing).
  /// Not before this state was shown five ranges: until then it is only the wider of the two.
  void CountFix(const UpdateResult& without_sensor, const UpdateResult& with_sensor);
  void CountRange(const UpdateResult& with_sensor);

  enum class Verdict { kOpen, kTakeRival, kKeepState };
  /// `moves_as_lander`: the refused innovations drift no more than RefusedLine's limit. `fix_ns`: when a fix
  /// was taken last.
  Verdict Decide(std::int64_t t_ns, bool moves_as_lander, std::optional<std::int64_t> fix_ns,
                 const RangeTrustOptions& options) const;
  /// Of this state beside the one without the sensor, by the evidence so far; before there is any, a half. In
  /// [0, 1).
  double Probability() const;
  /// The decision with its numbers, for an event.
  std::string Reason(Verdict verdict, const State& without_sensor) const;

 private:
  double for_rival_ = 0;  ///< difference of −2 ln likelihood, positive for this state
  int fixes_ = 0;
  int ranges_ = 0, ranges_accepted_ = 0;
};

}  // namespace perilune::nav
