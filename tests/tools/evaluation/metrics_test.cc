#include "tools/evaluation/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"
#include "tools/evaluation/distributions.h"
#include "tools/evaluation/errors_csv.h"
#include "tools/evaluation/table.h"

namespace perilune::tools {
namespace {

using Eigen::Vector3d;

PositionError Error(Outcome outcome, double east_m, double up_m, double nees) {
  PositionError error;
  error.outcome = outcome;
  error.map = "a.tif";
  error.map_pixel_m = 4;
  error.ground_sample_m = 2;
  if (outcome == Outcome::kNoMap || outcome == Outcome::kNone) return error;
  error.map_relative = ErrorTerm{{east_m, 0, up_m}, Vector3d(1, 1, 1), nees};
  error.absolute = ErrorTerm{{east_m + 1, 0, up_m}, std::nullopt, std::nullopt};
  return error;
}

std::vector<PositionError> SmallRun() {
  return {Error(Outcome::kAccepted, 1, -2, 2), Error(Outcome::kAccepted, 3, 1, 5),
          Error(Outcome::kAccepted, 13, 0, 8), Error(Outcome::kWeak, 100, 100, 1),
          Error(Outcome::kNoMap, 0, 0, 0),     Error(Outcome::kNone, 0, 0, 0)};
}

TEST(SummarisePosition, CountsByHand) {
  const PositionMetrics metrics = SummarisePosition(SmallRun(), ErrorsOf::kAccepted);
  EXPECT_EQ(metrics.frames, 6);
  EXPECT_EQ(metrics.accepted, 3);
  EXPECT_EQ(metrics.weak, 1);
  EXPECT_EQ(metrics.no_map, 1);
  EXPECT_EQ(metrics.false_count, 1);  // 13 m > 3 · 4 m
  EXPECT_DOUBLE_EQ(metrics.availability.value(), 3.0 / 5);
  EXPECT_DOUBLE_EQ(metrics.map_relative.horizontal_error_m->p50, 3);
  EXPECT_DOUBLE_EQ(metrics.map_relative.horizontal_error_m->max, 13);
  EXPECT_DOUBLE_EQ(metrics.map_relative.horizontal_error_map_px->p50, 0.75);
  EXPECT_DOUBLE_EQ(metrics.map_relative.vertical_error_m->max, 2);
  EXPECT_DOUBLE_EQ(metrics.absolute.horizontal_error_m->p50, 4);
  EXPECT_FALSE(metrics.absolute.nees_position.has_value());
  const Nees nees = metrics.map_relative.nees_position.value();
  EXPECT_DOUBLE_EQ(nees.mean, 5);
  EXPECT_EQ(nees.dof, 3);
  EXPECT_EQ(nees.count, 3);
  EXPECT_DOUBLE_EQ(nees.band_95[0], ChiSquareQuantile(0.025, 9) / 3);
  EXPECT_DOUBLE_EQ(nees.band_95[1], ChiSquareQuantile(0.975, 9) / 3);
}

TEST(SummarisePosition, TakesWeakStatesIntoTheirErrors) {
  const PositionMetrics metrics = SummarisePosition(SmallRun(), ErrorsOf::kAll);
  EXPECT_EQ(metrics.map_relative.nees_position->count, 4);
  EXPECT_DOUBLE_EQ(metrics.map_relative.horizontal_error_m->max, 100);
}

TEST(SummarisePosition, HasNoAvailabilityWithoutAMap) {
  const PositionMetrics metrics = SummarisePosition({Error(Outcome::kNoMap, 0, 0, 0)}, ErrorsOf::kAccepted);
  EXPECT_FALSE(metrics.availability.has_value());
  EXPECT_FALSE(metrics.false_count.has_value());
  EXPECT_FALSE(metrics.map_relative.horizontal_error_m.has_value());
}

TEST(SummariseNis, AveragesPerDegreeOfFreedom) {
  datasets::EventRow fix;
  fix.kind = "fix";
  fix.dof = 6;
  fix.nis = 12;
  fix.accepted = true;
  datasets::EventRow gated = fix;
  gated.nis = 60;
  gated.accepted = false;
  datasets::EventRow start;
  start.kind = "start";
  const auto nis = SummariseNis({fix, gated, start});
  ASSERT_EQ(nis.size(), 1u);
  EXPECT_DOUBLE_EQ(nis.at("fix").mean_per_dof, 6);
  EXPECT_EQ(nis.at("fix").count, 2);
  EXPECT_EQ(nis.at("fix").accepted, 1);
}

// An event belongs to the level of the state that it led to; what follows the last state, and what had no
// map, to none.
TEST(SummariseNis, SplitsByTheLevelInUse) {
  const auto event = [](std::int64_t t_ns, double nis) {
    datasets::EventRow row;
    row.t_ns = t_ns;
    row.kind = "range";
    row.nis = nis;
    row.dof = 1;
    row.accepted = true;
    return row;
  };
  std::vector<datasets::StateRow> states(3);
  states[0].state.t_ns = 10;
  states[0].map = "far.tif";
  states[1].state.t_ns = 20;
  states[2].state.t_ns = 30;
  states[2].map = "near.tif";
  const auto nis = SummariseNisByMap(
      {event(4, 1), event(10, 3), event(11, 100), event(25, 5), event(30, 7), event(31, 100)}, states);
  ASSERT_EQ(nis.size(), 2u);
  EXPECT_DOUBLE_EQ(nis.at("far.tif").at("range").mean_per_dof, 2);
  EXPECT_DOUBLE_EQ(nis.at("near.tif").at("range").mean_per_dof, 6);
}

Metrics SmallMetrics() {
  Metrics metrics;
  metrics.fix = SummarisePosition(SmallRun(), ErrorsOf::kAccepted);
  metrics.nis["range"] = {1.5, 10, 9};
  metrics.nis_by_map["near.tif"]["range"] = {1.25, 4, 4};
  metrics.hazards = HazardMetrics{BestSite{true, false}, 0.25, std::nullopt, 8};
  return metrics;
}

TEST(MetricsJson, HasTheKeysOfTheArchitecturePage) {
  const auto json = nlohmann::json::parse(ToJson(SmallMetrics()));
  EXPECT_EQ(json["fix"]["frames"], 6);
  EXPECT_EQ(json["fix"]["false"], 1);
  EXPECT_EQ(json["fix"]["map_relative"]["nees_position"]["dof"], 3);
  EXPECT_EQ(json["fix"]["map_relative"]["nees_position"]["band_95"].size(), 2u);
  EXPECT_EQ(json["fix"]["map_relative"]["horizontal_error_map_px"]["p50"], 0.75);
  EXPECT_EQ(json["hazards"]["best_site"]["truly_safe"], false);
  EXPECT_EQ(json["hazards"]["false_safe_rate"], 0.25);
}

TEST(MetricsJson, LeavesOutWhatHasNoValue) {
  const auto json = nlohmann::json::parse(ToJson(SmallMetrics()));
  EXPECT_FALSE(json.contains("state"));
  EXPECT_FALSE(json["fix"]["absolute"].contains("nees_position"));
  EXPECT_FALSE(json["hazards"].contains("false_alarm_rate"));
  EXPECT_EQ(ToJson(Metrics{}), "{}\n");
}

TEST(MetricsJson, ReadsBackTheSame) {
  const test::TempFolder folder;
  const auto path = folder.Write("metrics.json", ToJson(SmallMetrics()));
  EXPECT_EQ(ToJson(ReadMetrics(path)), ToJson(SmallMetrics()));
}

TEST(MetricsJson, RefusesOtherDocuments) {
  const test::TempFolder folder;
  EXPECT_THROW(ReadMetrics(folder / "none.json"), dem::DataError);
  EXPECT_THROW(ReadMetrics(folder.Write("cut.json", "{\"fix\": {\"frames\": 3")), dem::DataError);
  EXPECT_THROW(ReadMetrics(folder.Write("other.json", "{\"fix\": {\"frames\": \"three\"}}")), dem::DataError);
}

TEST(ErrorsCsv, ReadsBackTheSame) {
  const test::TempFolder folder;
  RunErrors errors;
  errors.fixes = SmallRun();
  errors.states = {Error(Outcome::kWeak, 0.1, 1e-9, 3)};
  errors.states[0].protection = {{{1.0 / 3, 2}, {3, 4}}};
  WriteErrors(folder / "errors.csv", errors);
  const RunErrors read = ReadErrors(folder / "errors.csv");
  WriteErrors(folder / "again.csv", read);
  EXPECT_EQ(test::ReadBytes(folder / "errors.csv"), test::ReadBytes(folder / "again.csv"));
  ASSERT_EQ(read.fixes.size(), 6u);
  EXPECT_TRUE(read.fixes[2].IsFalse());
  EXPECT_FALSE(read.fixes[0].absolute->nees.has_value());
  EXPECT_DOUBLE_EQ(read.states[0].map_relative->error_m.z(), 1e-9);
  EXPECT_FALSE(read.fixes[0].protection.has_value());
  EXPECT_EQ((*read.states[0].protection)[0].horizontal_m, 1.0 / 3);
  EXPECT_EQ((*read.states[0].protection)[1].vertical_m, 4);
}

TEST(MetricsTable, ShowsRunsSideBySide) {
  const std::string table = MetricsTable({{"one", SmallMetrics()}, {"two", Metrics{}}});
  EXPECT_THAT(table, testing::HasSubstr("availability"));
  EXPECT_THAT(table, testing::HasSubstr("60.0 %"));
  EXPECT_THAT(table, testing::HasSubstr("TRULY UNSAFE"));
  EXPECT_THAT(table, testing::HasSubstr("5.00 of 3"));
  EXPECT_THAT(table, testing::Not(testing::HasSubstr("state")));
}

}  // namespace
}  // namespace perilune::tools
