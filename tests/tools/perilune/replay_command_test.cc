#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/formats/csv_stream.h"
#include "datasets/formats/run.h"
#include "dem/frames/site.h"
#include "tests/support/perilune_command.h"
#include "tests/support/real_data.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// Runs one of tools/replay's scripts; false without a Python.
bool RunScript(const std::string& script, const std::string& arguments) {
  const fs::path path = fs::path(PERILUNE_SOURCE_DIR) / "tools/replay" / script;
  return std::system(("python3 " + path.string() + " " + arguments).c_str()) == 0;
}

dem::Site SiteOfRun(const fs::path& run) {
  const auto inputs = nlohmann::json::parse(test::ReadBytes(run / "inputs.json"));
  const std::vector<double> site_deg = inputs.at("site_deg").get<std::vector<double>>();
  return dem::MakeSite({dem::DegToRad(site_deg.at(0)), dem::DegToRad(site_deg.at(1))});
}

class ReplayIntegration : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("python3 -c 'pass' 2> /dev/null") != 0)
      GTEST_SKIP() << "needs python3 to write sequences";
  }
  test::TempFolder folder_;
};

TEST_F(ReplayIntegration, AEurocFolderOfAnotherProgramIsNavigated) {
  const fs::path data = folder_ / "euroc", run = folder_ / "run";
  ASSERT_TRUE(RunScript("euroc_folder.py", data.string()));
  const std::string command = "navigate " + data.string() + " --map " + (data / "map.asc").string() +
                              " --sub-solar-deg 0,-30 --require-fix -o ";
  const test::CommandOutcome outcome = test::RunPerilune(folder_, command + run.string());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors, AllOf(HasSubstr("found    6 images"), HasSubstr("EuRoC sensor.yaml"),
                                    HasSubstr("assumed  times count"), HasSubstr("missing  attitudes")));
  const dem::Site site = SiteOfRun(run);
  const std::vector<datasets::FixRow> fixes = datasets::ReadFixes(run / "fixes.csv");
  ASSERT_EQ(fixes.size(), 6u);
  datasets::CsvStream truth(data / "mav0/state_groundtruth_estimate0/data.csv");
  for (const datasets::FixRow& row : fixes) {
    const std::optional<datasets::CsvRow> line = truth.Next();
    ASSERT_TRUE(line);
    EXPECT_EQ(line->Integer(0), row.fix.t_ns);
    const Eigen::Vector3d body_in_moon(line->Number(1), line->Number(2), line->Number(3));
    // The camera is half a metre below the body; the map's pixels have 45 m.
    ASSERT_TRUE(row.fix.HasPose()) << row.fix.reason;
    const Eigen::Vector3d found_in_moon = site.moon_from_site * row.fix.site_from_cam.translation();
    EXPECT_LT((found_in_moon - body_in_moon).norm(), 45) << row.fix.t_ns;
  }
  const test::CommandOutcome again =
      test::RunPerilune(folder_, command + (folder_ / "one").string(), "taskset -c 0 ");
  ASSERT_EQ(again.exit_code, 0);
  for (const char* name : {"fixes.csv", "states.csv", "events.csv", "inputs.json", "landing.jsonl"}) {
    EXPECT_EQ(test::ReadBytes(run / name), test::ReadBytes(folder_ / "one" / name)) << name;
  }
}

TEST_F(ReplayIntegration, SaysWhatIsMissingInOneLine) {
  const auto last_line = [&](const std::string& arguments) {
    const test::CommandOutcome outcome = test::RunPerilune(folder_, "navigate " + arguments);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.errors;
    EXPECT_FALSE(fs::exists(folder_ / "run"));
    const std::string text = outcome.errors.substr(0, outcome.errors.size() - 1);
    return text.substr(text.rfind('\n') + 1);
  };
  const std::string output =
      " -o " + (folder_ / "run").string() + " --map " + (folder_ / "none.tif").string();
  folder_.Write("seq/1403636579763555584.png", "");
  EXPECT_THAT(last_line((folder_ / "seq").string() + output), HasSubstr("seq: has no camera file"));
  folder_.Write("seq/camera.yaml",
                "image_width: 8\nimage_height: 6\n"
                "camera_matrix: {rows: 3, cols: 3, data: [4, 0, 3.5, 0, 4, 2.5, 0, 0, 1]}\n");
  EXPECT_THAT(last_line((folder_ / "seq").string() + output), HasSubstr("no initial pose: give"));
  const std::string near = " --near 10,20,3000";
  EXPECT_THAT(last_line((folder_ / "seq").string() + output + near), HasSubstr("give --position-sigma-m"));
  EXPECT_THAT(last_line((folder_ / "seq").string() + output + near +
                        " --position-sigma-m 100 --attitude-sigma-deg 1"),
              HasSubstr("none.tif"));
  EXPECT_THAT(last_line((folder_ / "seq").string() + output + " --near 95,20,3000"),
              HasSubstr("latitude 95"));
}

TEST(ReplayData, BothApolloFramesGetAFix) {
  const fs::path dem = test::RealData() / "dem/gld100_64ppd_apollo15_metric.tif";
  if (!fs::exists(dem)) GTEST_SKIP() << "needs the real data: " << dem;
  if (std::system("python3 -c 'pass' 2> /dev/null") != 0) GTEST_SKIP() << "needs python3 to write the folder";
  const test::TempFolder folder;
  ASSERT_TRUE(RunScript("apollo_folder.py", (test::RealData() / "apollo15_metric").string() + " " +
                                                (folder / "apollo").string()));
  const test::CommandOutcome outcome =
      test::RunPerilune(folder, "navigate " + (folder / "apollo").string() + " --attitude-frame moon --map " +
                                    dem.string() + " -o " + (folder / "run").string());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("camera.yaml (OpenCV YAML), 1012 x 1012 px"));
  const std::vector<datasets::FixRow> fixes = datasets::ReadFixes(folder / "run" / "fixes.csv");
  ASSERT_EQ(fixes.size(), 2u);
  for (const datasets::FixRow& row : fixes) {
    EXPECT_EQ(row.fix.status, nav::FixStatus::kAccepted) << row.fix.reason;
    EXPECT_GT(row.fix.inliers, 0.9 * row.fix.attempted);
  }
}

}  // namespace
}  // namespace perilune::tools
