#include "tools/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

using testing::HasSubstr;
using testing::Not;

datasets::StateRow StateAt(int second) {
  datasets::StateRow row;
  row.state.t_ns = second * 1'000'000'000LL;
  row.state.site_from_body.translation() = Eigen::Vector3d(5000 - 100 * second, 0, 3000 - 20 * second);
  row.state.velocity_of_body_in_site_mps = Eigen::Vector3d(-100, 0, -20);
  row.map = "landing.tif";
  row.absolute_position_covariance_m2 = Eigen::Matrix3d::Identity() * 100;
  row.map_relative_position_covariance_m2 = Eigen::Matrix3d::Identity();
  row.velocity_covariance_m2ps2 = Eigen::Matrix3d::Identity();
  return row;
}

datasets::FixRow FixAt(int second) {
  datasets::FixRow row;
  row.fix.t_ns = second * 1'000'000'000LL;
  row.fix.status = nav::FixStatus::kAccepted;
  row.fix.site_from_cam.translation() = Eigen::Vector3d(5000 - 100 * second, 0, 3000 - 20 * second);
  row.fix.covariance_map_relative.setIdentity();
  row.map = "landing.tif";
  row.fix.map_pixel_m = row.fix.ground_sample_m = 4;
  row.fix.inliers = row.fix.attempted = row.matches = 50;
  return row;
}

/// A run of ten images without sequence, truth or hazards.
class ReportTest : public testing::Test {
 protected:
  ReportTest() {
    std::vector<datasets::StateRow> states;
    std::vector<datasets::FixRow> fixes;
    for (int second = 0; second < 10; ++second) {
      states.push_back(StateAt(second));
      fixes.push_back(FixAt(second));
    }
    datasets::WriteStates(folder_ / "states.csv", states);
    datasets::WriteFixes(folder_ / "fixes.csv", fixes);
    datasets::WriteEvents(
        folder_ / "events.csv",
        {{0, "start", "prior", true, 0, 0, 0, ""},
         {1'000'000'000, "range", "altimeter0", false, 0, 0, 0, "the sensor says <invalid>"},
         {2'000'000'000, "range", "altimeter0", false, 0, 0, 0, "the sensor says <invalid>"},
         {3'000'000'000, "fix", "landing.tif", false, 40, 6, 22.5, "gated"}});
    folder_.Write("run.json", "{\"version\": \"9.9\"}");
    options_.run = folder_.path();
  }
  std::string Page() const { return RenderReport(ReadReportData(options_)); }

  test::TempFolder folder_;
  ReportOptions options_;
};

TEST_F(ReportTest, SaysWhatTheRunDoesNotHave) {
  const std::string page = Page();
  EXPECT_THAT(page, HasSubstr("No errors are known"));
  EXPECT_THAT(page, HasSubstr("No images: give the sequence"));
  EXPECT_THAT(page, HasSubstr("The run has no hazard map"));
  EXPECT_THAT(page, HasSubstr("No truth is known"));
  EXPECT_THAT(page, HasSubstr("perilune 9.9"));
}

TEST_F(ReportTest, NeedsNothingFromOutside) {
  const std::string page = Page();
  EXPECT_THAT(page, Not(HasSubstr("http")));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_THAT(page, Not(HasSubstr("url(")));
}

TEST_F(ReportTest, HasNoNumbersThatAreNone) {
  const std::string page = Page();
  EXPECT_THAT(page, Not(HasSubstr("nan")));
  EXPECT_THAT(page, Not(HasSubstr("='inf")));
}

TEST_F(ReportTest, GroupsLikeEventsAndEscapesThem) {
  const std::string page = Page();
  EXPECT_THAT(page, HasSubstr("1.00 … 2.00"));
  EXPECT_THAT(page, HasSubstr("the sensor says &lt;invalid&gt;"));
  EXPECT_THAT(page, HasSubstr("40.0 / 6"));
}

TEST_F(ReportTest, IsDeterministic) { EXPECT_EQ(Page(), Page()); }

TEST_F(ReportTest, ShowsErrorsThatWereEvaluated) {
  RunErrors errors;
  PositionError error;
  error.outcome = Outcome::kAccepted;
  error.map_relative = error.absolute = ErrorTerm{{1, 2, 3}, Eigen::Vector3d(1, 1, 1), 14.0};
  errors.fixes = errors.states = {error};
  WriteErrors(folder_ / "errors.csv", errors);
  const std::string page = Page();
  EXPECT_THAT(page, HasSubstr("Position NEES"));
  EXPECT_THAT(page, Not(HasSubstr("No truth is known")));
}

TEST_F(ReportTest, RefusesAFolderThatIsNoRun) {
  options_.run = folder_ / "none";
  EXPECT_THROW(Page(), dem::DataError);
  folder_.Write("broken/run.json", "{");
  options_.run = folder_ / "broken";
  EXPECT_THROW(Page(), dem::DataError);
}

TEST_F(ReportTest, BearsAnEmptyRun) {
  folder_.Write("empty/run.json", "{}");
  options_.run = folder_ / "empty";
  EXPECT_THAT(Page(), HasSubstr("The run has no states"));
}

}  // namespace
}  // namespace perilune::tools
