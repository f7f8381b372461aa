#include "tools/crater_trials/curve_pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace perilune::tools {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Of ten views eight are fit; of those `right` are answered rightly and one wrongly.
SuccessCurve::Point At(double x, int right) { return {x, {{right, 8}, {right, 10}, {1, 10}}}; }

TEST(CurveTable, HasCountsSharesAndIntervals) {
  const std::string table = CurveTable({{"missed", "lost", {At(0.5, 4)}}});
  // Clopper and Pearson's interval of 4 of 8 is symmetric; of 1 of 10 the lower end is 1 − 0.975^(1/10).
  EXPECT_THAT(table,
              HasSubstr("| missed | 0.5 | lost | 10 | 8 | 4: 50.0 % (15.7–84.3) | 4: 40.0 % (12.2–73.8)"
                        " | 1: 10.0 % (0.3–44.5) |\n"));
  EXPECT_THAT(CurveTable({{"missed", "lost", {{0.9, {{}, {0, 10}, {0, 10}}}}}}), HasSubstr("| 0 of 0 |"));
}

TEST(CurveSvg, ShowsEachPanelsCurvesAndCountsItsWrongAnswers) {
  const std::vector<SuccessCurve> curves = {{"missed", "known", {At(0, 8), At(0.5, 6)}},
                                            {"missed", "lost", {At(0, 7), At(0.5, 5)}},
                                            {"centre_px", "known", {At(1, 8)}}};
  const std::string svg = CurveSvg(kCurvePictures[1], curves, "by a test");
  EXPECT_THAT(svg, HasSubstr("Wrong answers: left 4 of 40 views, right 0 of 0 views."));
  EXPECT_THAT(svg, HasSubstr("no values"));  // the panel of false detections has no curve
  EXPECT_THAT(svg, HasSubstr("by a test"));
  EXPECT_THAT(svg, HasSubstr("<g class='dots lost'>"));
  EXPECT_THAT(svg, HasSubstr("class='bar'"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace perilune::tools
