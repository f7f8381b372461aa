#include "tools/crater_trials/success_curve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

/// A file of tries of which only the columns that curves read mean something.
std::string TriesText(const std::vector<std::pair<int, std::string>>& tries) {
  std::string text = std::string(kTryHeader) + "\n";
  for (const auto& [detected, verdict] : tries) {
    text += "0,1,2,3," + std::to_string(detected) + "," + verdict + ",7,8,9,10,11,12,13,14,15,16,17,18,19\n";
  }
  return text;
}

TEST(VerdictOf, AsksForMoreThanHalfOfTheIdentities) {
  using enum Verdict;
  EXPECT_EQ(VerdictOf(false, 10, 10), kNone);
  EXPECT_EQ(VerdictOf(true, 10, 6), kRight);
  EXPECT_EQ(VerdictOf(true, 10, 5), kWrong);
  EXPECT_EQ(VerdictOf(true, 10, 0), kWrong);
}

TEST(Proportion, IntervalsHaveClosedFormsAtTheEnds) {
  const Proportion none{0, 10}, all{5, 5}, half{1, 2}, empty{};
  EXPECT_NEAR(none.Low(), 0, 1e-10);
  EXPECT_NEAR(none.High(), 1 - std::pow(0.025, 0.1), 1e-9);
  EXPECT_NEAR(all.Low(), std::pow(0.025, 0.2), 1e-9);
  EXPECT_NEAR(all.High(), 1, 1e-10);
  EXPECT_NEAR(half.High(), std::sqrt(0.975), 1e-9);  // at most one of two: 1 − p² = 0.025
  EXPECT_NEAR(half.Low(), 1 - std::sqrt(0.975), 1e-9);
  EXPECT_EQ(half.Value(), 0.5);
  EXPECT_TRUE(std::isnan(empty.Value()));
}

TEST(OutcomesOf, CountsByHand) {
  using enum Verdict;
  const Outcomes outcomes = OutcomesOf(
      {{6, kRight}, {9, kRight}, {7, kNone}, {5, kRight}, {2, kNone}, {8, kWrong}, {0, kWrong}}, 6);
  EXPECT_EQ(outcomes.right_of_fit.events, 2);
  EXPECT_EQ(outcomes.right_of_fit.trials, 4);
  EXPECT_EQ(outcomes.right_of_all.events, 3);
  EXPECT_EQ(outcomes.right_of_all.trials, 7);
  EXPECT_EQ(outcomes.wrong_of_all.events, 2);
  EXPECT_EQ(outcomes.wrong_of_all.trials, 7);
}

TEST(ByTrueDetections, APointForEachNumberThatSomeViewHas) {
  using enum Verdict;
  const auto points = ByTrueDetections({{3, kNone}, {5, kRight}, {3, kRight}, {5, kRight}, {9, kRight}}, 8);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].x, 3);
  EXPECT_EQ(points[0].outcomes.right_of_fit.events, 1);
  EXPECT_EQ(points[0].outcomes.right_of_fit.trials, 2);
  EXPECT_EQ(points[1].x, 5);
  EXPECT_EQ(points[1].outcomes.right_of_fit.Value(), 1);
}

TEST(ReadCurves, OneForEachVariableAndModeByValue) {
  const test::TempFolder folder;
  const auto file = [&](const std::string& name, const std::vector<std::pair<int, std::string>>& tries) {
    return folder.Write(name, TriesText(tries)).string();
  };
  const std::string good = file("good.csv", {{7, "right"}, {8, "right"}});
  const std::string bad = file("bad.csv", {{7, "none"}, {8, "wrong"}});
  const auto list =
      folder.Write("list.csv", "variable,mode,value,tries\nmissed,known,0.7," + bad + "\nmissed,known,0.2," +
                                   good + "\nmissed,lost,0.2," + good + "\ndetected,known,," + bad + "\n");
  const std::vector<SuccessCurve> curves = ReadCurves(list);
  ASSERT_EQ(curves.size(), 3u);
  ASSERT_EQ(curves[0].points.size(), 2u);
  EXPECT_EQ(curves[0].points[0].x, 0.2);
  EXPECT_EQ(curves[0].points[0].outcomes.right_of_fit.Value(), 1);
  EXPECT_EQ(curves[0].points[1].x, 0.7);
  EXPECT_EQ(curves[0].points[1].outcomes.wrong_of_all.events, 1);
  EXPECT_EQ(curves[1].mode, "lost");
  EXPECT_EQ(curves[1].points[0].outcomes.right_of_fit.trials, 1);  // eight are enough, seven are not
  ASSERT_EQ(curves[2].points.size(), 2u);
  EXPECT_EQ(curves[2].points[1].x, 8);
  EXPECT_EQ(curves[2].points[1].outcomes.right_of_fit.events, 0);
}

TEST(ReadTries, RefusesAnotherVerdict) {
  const test::TempFolder folder;
  const auto path = folder.Write("tries.csv", TriesText({{7, "right"}, {8, "maybe"}}));
  EXPECT_THROW(ReadTries(path), dem::DataError);
}

}  // namespace
}  // namespace perilune::tools
