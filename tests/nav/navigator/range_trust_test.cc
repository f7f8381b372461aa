#include "nav/navigator/range_trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "dem/synthesis/random.h"
#include "nav/navigator/navigator.h"

namespace perilune::nav {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr std::int64_t kFifth_ns = 200'000'000;

/// A range that is off by `innovation_m`; the gate is at 10 m (NIS of 16), the noise 1 m, the vertical speed
/// known to 0.5 m/s.
RangeTest Off(double innovation_m) {
  RangeTest test;
  test.innovation_m = innovation_m;
  test.result.accepted = std::abs(innovation_m) <= 10;
  test.result.nis = 0.16 * innovation_m * innovation_m;
  test.result.threshold = 16;
  test.noise_m = 1;
  test.velocity_sigma_mps = 0.5;
  return test;
}

/// Verdicts over ranges at 5 Hz.
std::vector<RangeVerdict> Judged(RangeTrust& trust, const std::vector<double>& innovations_m,
                                 std::int64_t from_ns = 0) {
  std::vector<RangeVerdict> verdicts;
  for (const double innovation_m : innovations_m) {
    verdicts.push_back(trust.Judge(from_ns, Off(innovation_m)));
    from_ns += kFifth_ns;
  }
  return verdicts;
}

TEST(RangeTrust, RefusesSingleRangesWithoutDoubt) {
  RangeTrust trust({});
  for (const RangeVerdict verdict : Judged(trust, {0, 50, -80, 50, 90, 1, 70, 60, 60, 60, 2})) {
    EXPECT_TRUE(verdict == RangeVerdict::kUse || verdict == RangeVerdict::kRefuse);
  }
  EXPECT_FALSE(trust.Doubted());
}

TEST(RangeTrust, DoubtsAfterFiveRefusalsAndTakesBackAfterTenAgreements) {
  RangeTrust trust({});
  // Refusals that disagree with each other: nobody's state is wrong.
  const auto refused = Judged(trust, {300, -200, 90, 500, -400, 250, -90});
  EXPECT_EQ(refused[3], RangeVerdict::kRefuse);
  EXPECT_EQ(refused[4], RangeVerdict::kDoubt);
  EXPECT_EQ(refused[6], RangeVerdict::kOnTrial);
  auto agreeing = Judged(trust, {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1}, 7 * kFifth_ns);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(agreeing[i], RangeVerdict::kOnTrial) << i;
  EXPECT_EQ(agreeing[9], RangeVerdict::kTakenBack);  // 2 s after it agreed again
  EXPECT_EQ(agreeing[10], RangeVerdict::kUse);
}

// Every other range refused, the others anywhere within the gate: a mean NIS of (16 + 5) / 2.
TEST(RangeTrust, DoubtsNoiseThatIsSeldomRefusedFiveTimesInARow) {
  RangeTrust trust({});
  std::vector<double> noise;
  for (int i = 0; i < 10; ++i)
    noise.insert(noise.end(), {i % 2 == 0 ? 30.0 : -15.0, i % 2 == 0 ? -8.0 : 2.0});
  const auto verdicts = Judged(trust, noise);
  for (std::size_t i = 0; i < 19; ++i) EXPECT_NE(verdicts[i], RangeVerdict::kDoubt) << i;
  EXPECT_EQ(verdicts[19], RangeVerdict::kDoubt);
  EXPECT_THAT(trust.Reason(verdicts[19], Off(2)), HasSubstr("noisier than they say"));
  // Ten within the gate that lie near its edge are no agreement; ten honest ones are.
  for (const RangeVerdict verdict : Judged(trust, {6, -7, 5, 8, -6, 7, -5, 6, 8, -7, 6}, 20 * kFifth_ns))
    EXPECT_EQ(verdict, RangeVerdict::kOnTrial);
  const auto honest = Judged(trust, {2, -2, 1, 0, 3, -1, 2, 0, -3, 1}, 31 * kFifth_ns);
  EXPECT_THAT(honest, Contains(RangeVerdict::kTakenBack));
  EXPECT_EQ(honest.back(), RangeVerdict::kUse);
  // What was before that counts no more.
  for (const RangeVerdict verdict : Judged(trust, std::vector<double>(12, 1.0), 41 * kFifth_ns))
    EXPECT_EQ(verdict, RangeVerdict::kUse);
}

// Eight bad ranges at the start (no five in a row) and then good ones: ten of those speak for the sensor
// before the first whole window, whose mean is 8 · 16 / 20, could speak against it.
TEST(RangeTrust, AConfirmedSensorIsNotDoubtedForWhatWasBefore) {
  RangeTrust trust({});
  std::vector<double> innovations(40, 1.0);
  for (const std::size_t bad : {0U, 1U, 2U, 3U, 5U, 6U, 7U, 8U}) innovations[bad] = 50;
  for (const RangeVerdict verdict : Judged(trust, innovations)) {
    EXPECT_TRUE(verdict == RangeVerdict::kUse || verdict == RangeVerdict::kRefuse);
  }
  EXPECT_TRUE(trust.Confirmed());
}

TEST(RangeTrust, OneRangeInFiveSpoiltIsNoDoubt) {
  RangeTrust trust({});
  for (int k = 0; k < 100; ++k) {
    const double innovation_m =
        k % 5 == 0 ? 90 : 2.5 * dem::RandomNormal(14, 1, static_cast<std::uint64_t>(k));
    EXPECT_NE(trust.Judge(k * kFifth_ns, Off(innovation_m)), RangeVerdict::kDoubt) << k;
  }
}

TEST(RangeTrust, OneRefusalOnTrialBeginsTheCountAnew) {
  RangeTrust trust({});
  Judged(trust, {300, -200, 90, 500, -400});
  const auto verdicts = Judged(trust, {0, 0, 0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(std::count(verdicts.begin(), verdicts.end(), RangeVerdict::kTakenBack), 1);
  EXPECT_EQ(verdicts.back(), RangeVerdict::kTakenBack);
}

TEST(RangeTrust, RejectedForGoodNeverComesBack) {
  RangeTrustOptions options;
  options.policy = RangePolicy::kRejectForGood;
  RangeTrust trust(options);
  Judged(trust, {300, 300, 300, 300, 300});
  for (const RangeVerdict verdict : Judged(trust, std::vector<double>(500, 0.0))) {
    EXPECT_EQ(verdict, RangeVerdict::kOnTrial);
  }
}

TEST(RangeTrust, TheSameErrorForTwoSecondsMakesTheStateDoubt) {
  RangeTrust trust({});
  const auto verdicts = Judged(trust, std::vector<double>(12, 300.0));
  EXPECT_EQ(verdicts[8], RangeVerdict::kOnTrial);
  EXPECT_EQ(verdicts[9], RangeVerdict::kStateDoubts);  // the tenth
  const auto line = trust.RefusedLine();
  ASSERT_TRUE(line);
  EXPECT_DOUBLE_EQ(line->mean_m, 300);
  EXPECT_NEAR(line->slope_mps, 0, 1e-12);
  // Ten ranges span 1.8 s: 3 sigma of 0.5 m/s and of 1 m in 1.8 s.
  EXPECT_NEAR(line->slope_limit_mps, 3 * std::hypot(0.5, 1 / 1.8), 1e-12);
}

TEST(RangeTrust, AReadingThatStandsStillDriftsAsTheLanderMoves) {
  RangeTrust trust({});
  std::vector<double> innovations_m;
  for (int i = 0; i < 15; ++i) innovations_m.push_back(20 + 8 * i);            // 40 m/s of descent
  EXPECT_EQ(Judged(trust, innovations_m).back(), RangeVerdict::kStateDoubts);  // on a line …
  EXPECT_NEAR(trust.RefusedLine()->slope_mps, 40, 1e-9);  // … that no velocity explains
  EXPECT_GT(trust.RefusedLine()->slope_mps, trust.RefusedLine()->slope_limit_mps);
}

TEST(RangeTrust, AfterEvidenceAgainstTheSensorItPauses) {
  RangeTrust trust({});
  Judged(trust, std::vector<double>(10, 300.0));
  trust.HoldOff(2'000'000'000);
  const auto verdicts = Judged(trust, std::vector<double>(60, 300.0), 2'000'000'000);
  EXPECT_EQ(verdicts[49], RangeVerdict::kOnTrial);      // 9.8 s later
  EXPECT_EQ(verdicts[50], RangeVerdict::kStateDoubts);  // 10 s later
}

/// A rival that has seen five ranges and agrees with them.
RivalState Rival() {
  RivalState rival(State(), 300);
  UpdateResult agrees;
  agrees.accepted = true;
  for (int i = 0; i < 5; ++i) rival.CountRange(agrees);
  return rival;
}

UpdateResult FixResult(double nis, double log_det) {
  UpdateResult result;
  result.nis = nis;
  result.threshold = kGateDof3;
  result.log_det_spread = log_det;
  return result;
}

TEST(RivalState, FixesDecide) {
  const RangeTrustOptions options;
  RivalState right = Rival(), wrong = Rival(), open = Rival();
  right.CountFix(FixResult(1000, 5), FixResult(3, 5));  // capped at the gate's 21.1
  EXPECT_EQ(right.Decide(0, false, {}, options), RivalState::Verdict::kTakeRival);
  EXPECT_THAT(right.Reason(RivalState::Verdict::kTakeRival, State()), HasSubstr("1 fixes say 18.1 for it"));
  wrong.CountFix(FixResult(3, 5), FixResult(1000, 5));
  EXPECT_EQ(wrong.Decide(0, true, {}, options), RivalState::Verdict::kKeepState);
  open.CountFix(FixResult(6, 5), FixResult(3, 5));
  EXPECT_EQ(open.Decide(9'900'000'000, true, {}, options), RivalState::Verdict::kOpen);
  // Undecided for 10 s: the sensor is believed, unless fixes lean against it or its ranges contradict its own
  // state.
  EXPECT_EQ(open.Decide(10'000'000'000, false, {}, options), RivalState::Verdict::kTakeRival);
  RivalState leaning = Rival(), contradicted = Rival();
  leaning.CountFix(FixResult(3, 5), FixResult(6, 5));
  EXPECT_EQ(leaning.Decide(10'000'000'000, true, {}, options), RivalState::Verdict::kKeepState);
  contradicted.CountFix(FixResult(6, 5), FixResult(3, 5));
  contradicted.CountRange({});
  EXPECT_EQ(contradicted.Decide(10'000'000'000, true, {}, options), RivalState::Verdict::kKeepState);
  // A fix that contradicts both decides nothing but what their sharpness says.
  RivalState both = Rival();
  both.CountFix(FixResult(1000, 5), FixResult(900, 5));
  EXPECT_EQ(both.Decide(0, true, {}, options), RivalState::Verdict::kOpen);
  // Before it has seen any range it is only wider: what a fix says of that does not count.
  RivalState young(State(), 300);
  young.CountFix(FixResult(3, 0), FixResult(3, 50));
  EXPECT_EQ(young.Decide(0, true, {}, options), RivalState::Verdict::kOpen);
}

// By Bayes: fixes that say 2 ln 4 for the second state give it four to one.
TEST(RivalState, ProbabilityFollowsTheFixes) {
  RivalState rival = Rival();
  EXPECT_DOUBLE_EQ(rival.Probability(), 0.5);
  rival.CountFix(FixResult(1 + 2 * std::log(4.0), 5), FixResult(1, 5));
  EXPECT_NEAR(rival.Probability(), 0.8, 1e-12);
  for (int i = 0; i < 10; ++i) rival.CountFix(FixResult(1000, 5), FixResult(1, 5));
  EXPECT_LT(rival.Probability(), 1);
}

TEST(RivalState, WithoutFixesTheSensorIsBelievedWhenItMovesAsTheLanderDoes) {
  const RangeTrustOptions options;
  RivalState rival(State(), 300);
  EXPECT_DOUBLE_EQ(rival.state.covariance(kPosition + 2, kPosition + 2), 300.0 * 300.0);
  for (int i = 0; i < 15; ++i) {
    UpdateResult result;
    result.accepted = i != 7;
    rival.CountRange(result);
  }
  EXPECT_EQ(rival.Decide(2'900'000'000, true, {}, options), RivalState::Verdict::kOpen);
  EXPECT_EQ(rival.Decide(3'000'000'000, true, {}, options), RivalState::Verdict::kTakeRival);
  EXPECT_EQ(rival.Decide(3'000'000'000, false, {}, options), RivalState::Verdict::kKeepState);
  // A fix 9 s ago promises another, one 10 s ago does not.
  EXPECT_EQ(rival.Decide(3'000'000'000, true, -6'000'000'000, options), RivalState::Verdict::kOpen);
  EXPECT_EQ(rival.Decide(3'000'000'000, true, -7'000'000'000, options), RivalState::Verdict::kTakeRival);
  for (int i = 0; i < 5; ++i) rival.CountRange({});
  EXPECT_EQ(rival.Decide(3'000'000'000, true, {}, options), RivalState::Verdict::kKeepState);  // 14 of 20
}

TEST(RangeTrustOptions, RefuseNonsense) {
  for (const auto& spoil : std::vector<std::function<void(RangeTrustOptions&)>>{
           [](auto& o) { o.refusals = 0; }, [](auto& o) { o.agreements = 0; }, [](auto& o) { o.window = 2; },
           [](auto& o) { o.noise_window = 0; }, [](auto& o) { o.largest_mean_nis = 1; },
           [](auto& o) { o.agreeing_mean_nis = 1; }, [](auto& o) { o.agreement = 0; },
           [](auto& o) { o.evidence = 0; }, [](auto& o) { o.patience_s = 0; },
           [](auto& o) { o.fix_patience_s = -1; }, [](auto& o) { o.longest_s = 0; },
           [](auto& o) { o.pause_s = -1; }}) {
    RangeTrustOptions options;
    spoil(options);
    EXPECT_THROW(RangeTrust{options}, std::invalid_argument);
  }
}

/// A lander that comes down at 20 m/s from 3 km over a sphere, without a camera; ranges at 5 Hz, 0.5 m of
/// noise.
class BlindDescent {
 public:
  BlindDescent() : site_(dem::MakeSite({0.45, 0.06})) {
    dem::TerrainLevel sphere;
    sphere.spacing_m = 50;
    sphere.x0_m = -3000;
    sphere.y0_m = 3000;
    sphere.z_m = dem::Grid<float>(121, 121);
    for (int row = 0; row <= 120; ++row) {
      for (int col = 0; col <= 120; ++col) {
        sphere.z_m.At(col, row) = static_cast<float>(dem::ZInSite(-3000 + 50 * col, 3000 - 50 * row, 0));
      }
    }
    std::vector<dem::TerrainLevel> levels;
    levels.push_back(std::move(sphere));
    level_.terrain = std::make_shared<const dem::Terrain>(site_, std::move(levels));
    level_.declaration = {4, 0, 0, 0.5, 0.5};
    level_.name = "sphere.tif";
    mounting_.camera = vision::PinholeCamera(64, dem::DegToRad(40));
    mounting_.body_from_cam.linear() << 0, -1, 0, -1, 0, 0, 0, 0, -1;
    mounting_.body_from_beam.linear() = Eigen::DiagonalMatrix<double, 3>(1, -1, -1);
    options_.imu_noise = {1e-6, 0, 1e-4, 0};
  }

  static double Height_m(double t_s) { return 3000 - 20 * t_s; }

  /// The prior is 1 sigma of 2 m good, and off by `error_m` in height.
  Navigator Start(RangePolicy policy, double error_m) const {
    InitialKnowledge knowledge;
    knowledge.site_from_body.translation() = Eigen::Vector3d(0, 0, Height_m(0) + error_m);
    knowledge.velocity_of_body_in_site_mps = {0, 0, -20};
    knowledge.attitude_sigma_rad = 1e-5;
    knowledge.position_sigma_m.setConstant(2);
    knowledge.velocity_sigma_mps = 0.1;
    knowledge.range_bias_sigma_m = 0.1;
    NavigatorOptions options = options_;
    options.range_trust.policy = policy;
    return Navigator(options, {level_}, mounting_, site_, InitialState(knowledge));
  }

  /// Second `k` of the flight, the ranges spoilt by a function of time and truth.
  StepRecord Fly(Navigator& navigator, int k, const std::function<double(double, double)>& spoilt) const {
    FrameInput input;
    input.image.t_ns = k * 1'000'000'000LL;
    for (int i = 50 * (k - 1) + 1; i <= 50 * k; ++i) {
      const double t_s = i / 50.0;
      State truth;
      truth.site_from_body.translation().z() = Height_m(t_s);
      truth.velocity_of_body_in_site_mps.z() = -20;
      const Eigen::Vector3d fall =
          FreeFallAcceleration(site_, truth.site_from_body.translation(), truth.velocity_of_body_in_site_mps);
      input.imu.push_back({i * 20'000'000LL, MoonRateInSite(site_), -fall});
    }
    for (int i = 5 * (k - 1) + 1; i <= 5 * k; ++i) {
      const double t_s = i / 5.0;
      const double noise_m = 0.5 * dem::RandomNormal(11, 1, static_cast<std::uint64_t>(i));
      input.ranges.push_back({i * kFifth_ns, spoilt(t_s, Height_m(t_s)) + noise_m, 0.5, true, 0});
    }
    Fix none;
    none.status = FixStatus::kNoMap;
    none.t_ns = input.image.t_ns;
    return navigator.Replay(input, none);
  }

  /// Height error of the state after `seconds`; the decisions in `trust`.
  double ErrorAfter(Navigator& navigator, int seconds, const std::function<double(double, double)>& spoilt,
                    std::vector<Event>& trust) const {
    StepRecord record;
    for (int k = NextSecond(navigator); k <= seconds; ++k) {
      record = Fly(navigator, k, spoilt);
      for (const Event& event : record.events) {
        if (event.kind == "trust") trust.push_back(event);
      }
    }
    return record.state.site_from_body.translation().z() - Height_m(seconds);
  }

 private:
  static int NextSecond(const Navigator& navigator) {
    return static_cast<int>(navigator.state().t_ns / 1'000'000'000) + 1;
  }

  dem::Site site_;
  MapLevel level_;
  Mounting mounting_;
  NavigatorOptions options_;
};

double Honest(double, double range_m) { return range_m; }

TEST(NavigatorRangeTrust, AWrongStateIsCorrectedByTheRangesThatItRefused) {
  // 200 m too high with 2 m of sigma: every range is refused. Doubted after 1 s, the other hypothesis after 2
  // s, taken 3 s later.
  const BlindDescent world;
  std::vector<Event> trust;
  Navigator navigator = world.Start(RangePolicy::kReadmit, 200);
  EXPECT_LT(std::abs(world.ErrorAfter(navigator, 6, Honest, trust)), 3);
  ASSERT_EQ(trust.size(), 3u);
  EXPECT_THAT(trust[0].text, HasSubstr("5 ranges refused in a row"));
  EXPECT_EQ(trust[0].t_ns, 1'000'000'000);
  EXPECT_THAT(trust[1].text, HasSubstr("a state with them is tried"));
  EXPECT_EQ(trust[1].t_ns, 2'000'000'000);
  EXPECT_THAT(trust[2].text, HasSubstr("the state was wrong"));
  EXPECT_LE(trust[2].t_ns, 5'000'000'000);
  EXPECT_TRUE(trust[2].accepted);
}

TEST(NavigatorRangeTrust, RejectedForGoodTheStateStaysWrong) {
  const BlindDescent world;
  std::vector<Event> trust;
  Navigator navigator = world.Start(RangePolicy::kRejectForGood, 200);
  EXPECT_NEAR(world.ErrorAfter(navigator, 30, Honest, trust), 200, 5);
  ASSERT_EQ(trust.size(), 1u);
  EXPECT_THAT(trust[0].text, HasSubstr("rejected for good"));
}

TEST(NavigatorRangeTrust, AReadingThatStandsStillIsNotBelieved) {
  const BlindDescent world;
  std::vector<Event> trust;
  Navigator navigator = world.Start(RangePolicy::kReadmit, 0);
  // From 3 to 13 s it reads what it read at 3 s; then it measures again.
  const auto stuck = [](double t_s, double range_m) {
    return t_s > 3 && t_s <= 13 ? BlindDescent::Height_m(3) : range_m;
  };
  EXPECT_LT(std::abs(world.ErrorAfter(navigator, 13, stuck, trust)), 4);
  ASSERT_FALSE(trust.empty());
  for (const Event& event : trust) EXPECT_THAT(event.text, Not(HasSubstr("the state was wrong")));
  trust.clear();
  EXPECT_LT(std::abs(world.ErrorAfter(navigator, 16, stuck, trust)), 3);
  ASSERT_FALSE(trust.empty());
  EXPECT_THAT(trust.back().text, HasSubstr("taken back"));
  EXPECT_EQ(trust.back().t_ns, 15'000'000'000);  // ten ranges after 13 s
}

TEST(NavigatorRangeTrust, WildReadingsNeverMoveTheState) {
  const BlindDescent world;
  std::vector<Event> trust;
  Navigator navigator = world.Start(RangePolicy::kReadmit, 0);
  const auto wild = [](double t_s, double range_m) {
    return range_m + 300 * dem::RandomNormal(12, 1, static_cast<std::uint64_t>(std::lround(5 * t_s)));
  };
  EXPECT_LT(std::abs(world.ErrorAfter(navigator, 30, wild, trust)), 8);
  ASSERT_EQ(trust.size(), 1u);
  EXPECT_THAT(trust[0].text, HasSubstr("on trial"));
}

// Of noise ten times as large as a range's noise and the map's unresolved relief (4 m) together some passes
// the gate, and makes the state ten times too certain of it. Once the sensor is doubted the state is that of
// a lander that had no range at all: whose were all far off.
TEST(NavigatorRangeTrust, WhatNoiseTaughtBeforeItWasDoubtedIsTakenBack) {
  const BlindDescent world;
  constexpr int kSeconds = 30;
  std::vector<Event> ignored;
  Navigator without = world.Start(RangePolicy::kReadmit, 0);
  world.ErrorAfter(
      without, kSeconds, [](double t_s, double) { return 10'000 + 3 * t_s * t_s; }, ignored);
  for (std::uint64_t stream = 0; stream < 20; ++stream) {
    std::vector<Event> trust;
    Navigator navigator = world.Start(RangePolicy::kReadmit, 0);
    const auto noisy = [stream](double t_s, double range_m) {
      return range_m + 40 * dem::RandomNormal(13, stream, static_cast<std::uint64_t>(std::lround(5 * t_s)));
    };
    world.ErrorAfter(navigator, kSeconds, noisy, trust);
    ASSERT_EQ(trust.size(), 1u) << stream;
    EXPECT_THAT(trust[0].text, HasSubstr("on trial"));
    EXPECT_EQ(navigator.state().site_from_body.matrix(), without.state().site_from_body.matrix());
    EXPECT_EQ(navigator.state().covariance, without.state().covariance);
  }
}

// A refusal among honest ranges costs nothing: the others stay in the state.
TEST(NavigatorRangeTrust, ASpoiltRangeAmongHonestOnesTakesNothingBack) {
  const BlindDescent world;
  std::vector<Event> trust;
  Navigator navigator = world.Start(RangePolicy::kReadmit, 0);
  const auto spoilt = [](double t_s, double range_m) {
    return std::lround(5 * t_s) % 7 == 0 ? range_m + 100 : range_m;
  };
  EXPECT_LT(std::abs(world.ErrorAfter(navigator, 30, spoilt, trust)), 1);
  EXPECT_TRUE(trust.empty());
  // 1 sigma was 2 m; the ranges' noise and the map's tie are 0.5 m each.
  EXPECT_LT(std::sqrt(navigator.state().covariance(kPosition + 2, kPosition + 2)), 1);
}

}  // namespace
}  // namespace perilune::nav
