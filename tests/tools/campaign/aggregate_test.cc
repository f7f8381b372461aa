#include "tools/campaign/aggregate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tools/campaign/stanford_plot.h"

namespace perilune::tools {
namespace {

using Eigen::Vector3d;

PositionError Accepted(const std::string& map, double east_m, double nees, double absolute_nees) {
  PositionError error;
  error.outcome = Outcome::kAccepted;
  error.map = map;
  error.map_pixel_m = 4;
  error.ground_sample_m = 4;
  error.map_relative = ErrorTerm{{east_m, 0, 0}, Vector3d(1, 1, 1), nees};
  error.absolute = ErrorTerm{{east_m, 0, 0}, Vector3d(1, 1, 1), absolute_nees};
  return error;
}

PositionError Missing(Outcome outcome) {
  PositionError error;
  error.outcome = outcome;
  error.map = "fine.tif";
  return error;
}

// Run 7: NEES 2 and 4 (mean 3), one frame without a map. Run 8: NEES 5, one frame without a pose, a false fix
// at 20 m.
std::vector<RunResult> TwoRuns() {
  RunResult a, b;
  a.seed = 7;
  a.errors.fixes = {Accepted("coarse.tif", 1, 2, 9), Accepted("fine.tif", 2, 4, 1), Missing(Outcome::kNoMap)};
  a.metrics.hazards = HazardMetrics{BestSite{true, true}, 0.0, 0.5, 10};
  a.metrics.nis["fix"] = {1.0, 2, 2};
  b.seed = 8;
  b.errors.fixes = {Accepted("fine.tif", 20, 5, 2), Missing(Outcome::kNone)};
  b.metrics.hazards = HazardMetrics{BestSite{true, false}, 0.2, 0.5, 10};
  b.metrics.nis["fix"] = {2.0, 1, 1};
  b.metrics.nis_by_map["fine.tif"]["fix"] = {4.0, 1, 1};
  return {a, b};
}

TEST(AggregateRuns, PoolsFramesAndTakesTheRunAsUnitForNees) {
  const Aggregate result = AggregateRuns(TwoRuns());
  EXPECT_EQ(result.fix.frames, 5);
  EXPECT_EQ(result.fix.accepted, 3);
  EXPECT_EQ(result.fix.no_map, 1);
  EXPECT_DOUBLE_EQ(result.fix.availability.value(), 0.75);
  EXPECT_DOUBLE_EQ(result.fix.lowest_availability.value(), 0.5);
  EXPECT_DOUBLE_EQ(result.fix.map_relative.horizontal_error_m->p50, 2);
  EXPECT_DOUBLE_EQ(result.fix.map_relative.horizontal_error_map_px->max, 5);
  const NeesOverRuns nees = result.fix.map_relative.nees_position.value();
  EXPECT_DOUBLE_EQ(nees.mean.mean, 4);  // of 3 and 5, not of 2, 4 and 5
  EXPECT_EQ(nees.mean.count, 2);
  EXPECT_TRUE(nees.interval_contains_dof);
  EXPECT_FALSE(nees.mean_within_limits);  // 4 > 1.25 · 3
}

TEST(AggregateRuns, TakesOneAbsoluteNeesARun) {
  const NeesOverRuns nees = AggregateRuns(TwoRuns()).fix.absolute.nees_position.value();
  EXPECT_EQ(nees.mean.count, 2);
  EXPECT_DOUBLE_EQ(nees.mean.mean, 1.5);  // the last accepted ones, 1 and 2
}

TEST(AggregateRuns, BoundsFalseFixesOverFramesAndRuns) {
  const PooledPosition fix = AggregateRuns(TwoRuns()).fix;
  EXPECT_EQ(fix.false_of_accepted.events, 1);
  EXPECT_EQ(fix.false_of_accepted.trials, 3);
  // P(at most 1 of 3) = (1 − p)³ + 3p(1 − p)² = 0.05.
  const double p = fix.false_of_accepted.upper_95;
  EXPECT_NEAR(std::pow(1 - p, 3) + 3 * p * std::pow(1 - p, 2), 0.05, 1e-9);
  EXPECT_EQ(fix.runs_with_false.events, 1);
  EXPECT_EQ(fix.runs_with_false.trials, 2);
  EXPECT_NEAR(fix.runs_with_false.upper_95, std::sqrt(0.95), 1e-9);  // 1 − p² = 0.05
}

TEST(AggregateRuns, SplitsByMapLevel) {
  const Aggregate result = AggregateRuns(TwoRuns());
  ASSERT_EQ(result.fix_by_map.size(), 2u);
  EXPECT_EQ(result.fix_by_map.at("coarse.tif").frames, 1);
  EXPECT_EQ(result.fix_by_map.at("coarse.tif").runs_with_false.trials, 1);
  EXPECT_EQ(result.fix_by_map.at("fine.tif").frames, 4);
}

TEST(AggregateRuns, PoolsHazardsAndInnovations) {
  const Aggregate result = AggregateRuns(TwoRuns());
  EXPECT_EQ(result.hazards->sites_chosen, 2);
  EXPECT_EQ(result.hazards->unsafe_sites.events, 1);
  EXPECT_DOUBLE_EQ(result.hazards->false_safe_rate->mean, 0.1);
  EXPECT_DOUBLE_EQ(result.hazards->false_alarm_rate->high, 0.5);
  EXPECT_DOUBLE_EQ(result.nis_per_dof.at("fix").mean, 1.5);
  EXPECT_DOUBLE_EQ(result.nis_by_map.at("fine.tif").at("fix").mean, 4);
  EXPECT_NE(ToMarkdown("demo", result).find("mean over runs | all | fine.tif |\n"), std::string::npos);
}

// Of run 7 one of two states leaves the level of 0.1 horizontally and none that of 0.01; of run 8 its only
// one leaves both vertically. A state without a map counts nowhere.
std::vector<RunResult> RunsWithStates() {
  std::vector<RunResult> runs = TwoRuns();
  const auto state = [](const Vector3d& error_m) {
    PositionError error;
    error.outcome = Outcome::kAccepted;
    error.map = "fine.tif";
    error.map_pixel_m = error.ground_sample_m = 4;
    error.map_relative = ErrorTerm{error_m, Vector3d(1, 1, 1), error_m.squaredNorm()};
    error.protection = {{{2, 1.5}, {3, 2.5}}};
    return error;
  };
  runs[0].errors.states = {state({0, 2.5, 0}), state({0, 0, -1}), state({9, 9, 9})};
  runs[0].errors.states.back().outcome = Outcome::kNoMap;
  runs[1].errors.states = {state({0, 0, -3}), state({50, 0, 0})};
  runs[1].errors.states.back().protection.reset();
  return runs;
}

TEST(AggregateRuns, CountsStatesBeyondTheirProtectionLevel) {
  const std::vector<PooledProtection> levels = AggregateRuns(RunsWithStates()).protection;
  ASSERT_EQ(levels.size(), 2u);
  EXPECT_EQ(levels[0].risk, 0.1);
  EXPECT_EQ(levels[0].states, 4);  // one without a level
  EXPECT_EQ(levels[0].horizontal.events, 1);
  EXPECT_EQ(levels[0].horizontal.trials, 3);
  EXPECT_EQ(levels[0].runs_horizontal.events, 1);
  EXPECT_EQ(levels[0].runs_horizontal.trials, 2);
  EXPECT_DOUBLE_EQ(levels[0].share_horizontal.mean, 0.25);  // of run 7 a half, of run 8 none
  EXPECT_EQ(levels[0].vertical.events, 1);
  EXPECT_DOUBLE_EQ(levels[0].share_vertical.mean, 0.5);
  EXPECT_EQ(levels[1].risk, 0.01);
  EXPECT_EQ(levels[1].horizontal.events, 0);
  EXPECT_EQ(levels[1].runs_vertical.events, 1);
  EXPECT_TRUE(AggregateRuns(TwoRuns()).protection.empty());
  const auto json = nlohmann::json::parse(ToJson(AggregateRuns(RunsWithStates())));
  EXPECT_EQ(json["protection"][0]["vertical"]["runs"]["events"], 1);
  EXPECT_EQ(json["state_by_map"]["fine.tif"]["frames"], 5);
}

TEST(StanfordSvg, CountsWhatLeftItsLevel) {
  const std::string svg = StanfordSvg("demo", RunsWithStates());
  for (const char* title : {"horizontal, risk 0.1: 1 of 3 beyond", "vertical, risk 0.1: 1 of 3 beyond",
                            "horizontal, risk 0.01: 0 of 3 beyond", "vertical, risk 0.01: 1 of 3 beyond"}) {
    EXPECT_NE(svg.find(title), std::string::npos) << title;
  }
  EXPECT_EQ(StanfordSvg("demo", TwoRuns()), "");
}

TEST(AggregateRuns, RefusesNothing) { EXPECT_THROW(AggregateRuns({}), std::invalid_argument); }

TEST(AggregateJson, LeavesOutWhatHasNoValue) {
  const auto json = nlohmann::json::parse(ToJson(AggregateRuns(TwoRuns())));
  EXPECT_EQ(json["runs"], 2);
  EXPECT_FALSE(json.contains("state"));
  EXPECT_EQ(json["fix"]["false"]["runs"]["trials"], 2);
  EXPECT_EQ(json["fix"]["map_relative"]["nees_position"]["interval_contains_dof"], true);
}

TEST(AggregateMarkdown, NamesScenarioSeedsAndMisses) {
  const std::string text = ToMarkdown("demo", AggregateRuns(TwoRuns()));
  EXPECT_THAT(text, testing::HasSubstr("### demo: 2 seeds, 7 to 8"));
  EXPECT_THAT(text, testing::HasSubstr("75.0 % (50.0 %)"));
  EXPECT_THAT(text, testing::HasSubstr("1 of 3"));
  EXPECT_THAT(text, testing::HasSubstr("OUTSIDE 0.8–1.25"));
}

TEST(AggregateMarkdown, GivesNoVerdictOnOneRun) {
  const std::string text = ToMarkdown("demo", AggregateRuns({TwoRuns().front()}));
  EXPECT_THAT(text, testing::HasSubstr("3.00 of 3 (one run)"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("MISSES")));
}

}  // namespace
}  // namespace perilune::tools
