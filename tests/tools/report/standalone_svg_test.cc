#include "tools/report/standalone_svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace perilune::tools {
namespace {

using testing::HasSubstr;

Plot Chart(const std::string& title) {
  Plot plot{title, {}, {}, {}, {{"", "c", {0, 1}, {0, 1}}}, {}};
  plot.width_px = 300;
  plot.height_px = 200;
  return plot;
}

TEST(StandaloneSvg, LaysPanelsOutInRowsOverTheCaption) {
  const std::string text =
      ToText({{Chart("one"), Chart("two"), Chart("three")}, 2, {"a < b", "second"}, ".c{stroke:#123}"});
  // Two rows of 200 px and two lines of 15 px.
  EXPECT_THAT(text, HasSubstr("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 600 430'>"));
  EXPECT_THAT(text, HasSubstr("<svg x='300' y='0' width='300' height='200' class='plot'"));
  EXPECT_THAT(text, HasSubstr("<svg x='0' y='200' width='300' height='200' class='plot'"));
  EXPECT_THAT(text, HasSubstr("y='411'>a &lt; b</text>"));
  EXPECT_THAT(text, HasSubstr("y='426'>second</text>"));
  EXPECT_THAT(text, HasSubstr(".c{stroke:#123}</style>"));
}

TEST(StandaloneSvg, IsAsWideAsTheColumnsThatItFills) {
  EXPECT_THAT(ToText({{Chart("one")}, 3, {}, ""}), HasSubstr("viewBox='0 0 300 200'"));
}

TEST(StandaloneSvg, RefusesNothingToShow) {
  EXPECT_THROW(ToText({{}, 1, {}, ""}), std::invalid_argument);
  EXPECT_THROW(ToText({{Chart("one")}, 0, {}, ""}), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::tools
