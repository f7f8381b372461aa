#include "tools/accuracy/accuracy_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TrialRow Answer(int world, const std::string& status, double error_m) {
  TrialRow row;
  row.world = world;
  row.method = "attitude";
  row.site = "atlas";
  row.site_type = "highland";
  row.status = status;
  row.map_pixel_px = 2;
  row.ground_sample_m = 5;
  row.map_pixel_m = 10;
  row.sun_elevation_deg = 20;
  row.lit_share = 1;
  row.horizontal_error_m = error_m;
  row.nees_position = 3;
  row.nees_pose = 6;
  row.bound_m = 2;
  return row;
}

TEST(TrialRow, ComesBackFromItsFile) {
  const test::TempFolder folder;
  TrialRow row = Answer(3, "accepted", 1.0 / 3);
  row.view = 17;
  row.inliers = 90;
  WriteTrialRows(folder / "a.csv", {row, Answer(4, "weak", 2)});
  const std::vector<TrialRow> rows = ReadTrialRows(folder / "a.csv");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].view, 17);
  EXPECT_EQ(rows[0].horizontal_error_m, 1.0 / 3);
  EXPECT_EQ(rows[0].inliers, 90);
  EXPECT_EQ(rows[1].status, "weak");
  folder.Write("cut.csv", test::ReadBytes(folder / "a.csv").substr(0, 300));
  EXPECT_THROW(ReadTrialRows(folder / "cut.csv"), dem::DataError);
}

// Units are map pixels of 10 m: 30 m is the last error that is not false, and 5 sigma in position.
TEST(TrialRow, FalseIsAcceptedAndFarOff) {
  EXPECT_FALSE(Answer(1, "accepted", 30).False());
  EXPECT_TRUE(Answer(1, "accepted", 30.1).False());
  EXPECT_FALSE(Answer(1, "weak", 300).False());
  TrialRow certain = Answer(1, "accepted", 1);
  certain.nees_position = 25.1;
  EXPECT_TRUE(certain.False());
}

// Five images: errors of 1, 2 and 3 m accepted (0.1, 0.2, 0.3 map pixels), one without an answer, one false.
TEST(AccuracyTable, CountsByHand) {
  const std::string table =
      AccuracyMarkdown({Answer(1, "accepted", 1), Answer(1, "accepted", 2), Answer(2, "accepted", 3),
                        Answer(2, "too_few_matches", 0), Answer(2, "accepted", 40)});
  EXPECT_THAT(table, HasSubstr("| attitude, within 3 | 5 | 80 % | 0 | 0.25 / 3.44 / 3.89 / 4 | 1 of 5 (≤ 66 "
                               "%) | 3 [3, 3] of 3 | 6 "
                               "[6, 6] of 6 |"));
  EXPECT_THAT(table, HasSubstr("| 15–45° | attitude | other | 5 | 80 % |"));
  EXPECT_THAT(table, Not(HasSubstr("smooth mare")));
}

// At 3° an image of a dark valley is not asked for; one that is lit to a quarter is.
TEST(AccuracyTable, DarkImagesAreNotAskedFor) {
  TrialRow dark = Answer(1, "too_few_matches", 0), lit = Answer(1, "accepted", 1);
  dark.sun_elevation_deg = lit.sun_elevation_deg = 3;
  dark.lit_share = 0.15;
  lit.lit_share = 0.25;
  EXPECT_THAT(AccuracyMarkdown({dark, lit}), HasSubstr("| 1.5–5° | attitude | other | 1 | 100 % |"));
}

}  // namespace
}  // namespace perilune::tools
