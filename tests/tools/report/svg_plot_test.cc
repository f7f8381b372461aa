#include "tools/report/svg_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "datasets/formats/markup_text.h"

namespace perilune::tools {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(LinearTicks, AreRoundNumbersInside) {
  EXPECT_THAT(LinearTicks(0, 10, 5), testing::ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(LinearTicks(-1, 1, 4), testing::ElementsAre(-1, -0.5, 0, 0.5, 1));
  EXPECT_EQ(LinearTicks(3, 3, 5).size(), 1u);
}

TEST(FixedText, HasNoNegativeZero) {
  EXPECT_EQ(FixedText(-0.001, 2), "0.00");
  EXPECT_EQ(FixedText(-0.3, 1), "-0.3");
  EXPECT_EQ(FixedText(12, 0), "12");
}

TEST(EscapeHtml, LeavesNoMarkup) {
  EXPECT_EQ(datasets::EscapeMarkup("<a b='\"&\">"), "&lt;a b=&#39;&quot;&amp;&quot;&gt;");
}

TEST(ToSvg, MapsCornersOfTheData) {
  Plot plot{"title", {"x"}, {"y"}, {}, {{"", "c", {0, 1}, {0, 1}}}, {}};
  plot.y.from_zero = true;
  const std::string svg = ToSvg(plot);
  // The axes' box is x 58…550, y 26…172; the x range is widened by 2 % and 5 %, y starts at zero.
  EXPECT_THAT(svg, HasSubstr("d='M67.2 172.0L527.0 33.0'"));
}

TEST(ToSvg, BreaksLinesAtMissingValues) {
  const double nan = std::nan("");
  const Plot plot{"", {}, {}, {}, {{"", "c", {0, 1, 2, 3, 4}, {1, 2, nan, 4, 5}}}, {}};
  const std::string svg = ToSvg(plot);
  const std::string path = svg.substr(svg.find(" d='M") + 4);
  const std::string line = path.substr(0, path.find('\''));
  EXPECT_EQ(std::count(line.begin(), line.end(), 'M'), 2);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(ToSvg, SignedLogarithmIsSymmetric) {
  Plot plot{"", {}, {}, {}, {{"", "c", {0, 1, 2}, {-100, 0, 100}}}, {}};
  plot.y.scale = AxisScale::kAsinh;
  plot.y.threshold = 0.1;
  const std::string svg = ToSvg(plot);
  EXPECT_THAT(svg,
              HasSubstr("L297.1 99.0L"));  // x half way between 67.2 and 527.0; zero in the middle of 26…172
  EXPECT_THAT(svg, HasSubstr(">-100<"));
}

// Every entry of a legend lies inside the picture, and none over the title or the axes' box.
TEST(ToSvg, ALegendThatHasNoRoomBesideTheTitleGoesBelowIt) {
  Plot plot{"A title that takes half of the width of it", {}, {}, {}, {}, {}};
  const auto heights = [&plot] {
    const std::string svg = ToSvg(plot);
    std::vector<double> ys;
    for (std::size_t at = svg.find("translate("); at != std::string::npos;
         at = svg.find("translate(", at + 1)) {
      double x = 0, y = 0;
      if (std::sscanf(svg.c_str() + at, "translate(%lf %lf)'>", &x, &y) != 2 || x == 12)
        continue;  // the y axis
      EXPECT_GE(x, 58);
      EXPECT_LE(x, 550);
      ys.push_back(y);
    }
    return ys;
  };
  plot.lines.push_back({"one", "a", {0, 1}, {0, 1}});
  EXPECT_THAT(heights(), testing::ElementsAre(14));
  EXPECT_THAT(ToSvg(plot), HasSubstr("y='26.0' width='492.0'"));
  for (int i = 0; i < 7; ++i) plot.lines.push_back({"a further line", "a", {0, 1}, {0, 1}});
  // 47.7 px and three of 112.6 px make 385.5 of 492, then four.
  EXPECT_THAT(heights(), testing::ElementsAre(30, 30, 30, 30, 46, 46, 46, 46));
  EXPECT_THAT(ToSvg(plot), HasSubstr("y='58.0' width='492.0'"));
}

TEST(ToSvg, SaysWhenThereIsNothing) {
  EXPECT_THAT(ToSvg(Plot{"t", {}, {}, {}, {}, {}}), HasSubstr("no values"));
  EXPECT_THAT(ToSvg(Plot{"t", {}, {}, {}, {{"", "c", {0}, {std::nan("")}}}, {}}), HasSubstr("no values"));
}

TEST(ToSvg, LogarithmLeavesOutWhatHasNone) {
  Plot plot{"", {}, {}, {}, {}, {{"", "c", {0, 1, 2}, {1, 10, 100}}}};
  plot.y.scale = AxisScale::kLog;
  const std::string svg = ToSvg(plot);
  EXPECT_THAT(svg, HasSubstr(">10<"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(ToSvg, BarsSpanTheIntervalsAndWidenTheAxis) {
  const double nan = std::nan("");
  Plot plot{"", {}, {}, {}, {}, {{"", "c", {0, 1, 2}, {4, 5, 6}, 2, {0, nan, 5}, {10, nan, 7}}}};
  plot.y.from_zero = true;
  const std::string svg = ToSvg(plot);
  // y from 0 at 172 to 10.5 at 26: 13.905 px a unit; x as in MapsCornersOfTheData.
  EXPECT_THAT(svg, HasSubstr("<path class='bar' d='M67.2 172.0L67.2 33.0'/>"));
  EXPECT_THAT(svg, HasSubstr("<path class='bar' d='M527.0 102.5L527.0 74.7'/>"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace perilune::tools
