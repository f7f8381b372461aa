#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/perilune_command.h"
#include "tests/support/real_data.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

namespace fs = std::filesystem;

// The figures of docs/realism.md, on both frames, from the pose that `perilune fix` recovers.
TEST(ComparePhotographData, RenderingsExplainTheApolloFrames) {
  const fs::path data = test::RealData();
  if (!fs::exists(data / "apollo15_metric")) GTEST_SKIP() << "no real data in " << data;
  const std::string map = " --map " + (data / "dem" / "gld100_64ppd_apollo15_metric.tif").string();
  for (const std::string name : {"AS15-M-0297", "AS15-M-0298"}) {
    const test::TempFolder folder;
    const std::string shot = (data / "apollo15_metric" / (name + ".shot.json")).string();
    const test::CommandOutcome fix =
        test::RunPerilune(folder, "fix " + shot + map + " -o " + (folder / "fix").string());
    ASSERT_EQ(fix.exit_code, 0) << fix.errors;
    const test::CommandOutcome compare = test::RunPerilune(
        folder, "compare " + shot + map + " --fix " + (folder / "fix" / "fix.json").string() +
                    " --mark 506 0 32 --mark 506 1011 32 --mark 0 506 32 --mark 1011 506 32 -o " +
                    (folder / "compare").string());
    ASSERT_EQ(compare.exit_code, 0) << compare.errors;
    const auto result = nlohmann::json::parse(test::ReadBytes(folder / "compare" / "comparison.json"));
    EXPECT_GE(result["windows"].get<int>(), 215) << name;
    EXPECT_GE(result["correlation"]["median"].get<double>(), 0.93) << name;
    EXPECT_GE(result["correlation"]["p10"].get<double>(), 0.84) << name;
    EXPECT_LE(result["large_scale"]["ratio_rms"].get<double>(), 0.06) << name;
    EXPECT_TRUE(fs::exists(folder / "compare" / "comparison.png"));
  }
}

TEST(CompareCommand, RefusesAFixWithoutAPose) {
  const test::TempFolder folder;
  folder.Write("fix.json", "{\"status\": \"no_match\"}");
  folder.Write("a.shot.json", R"({"image": "a.png", "time_utc": "2024-02-22T23:24:00",
    "camera": {"model": "brown_conrady", "width_px": 8, "height_px": 8, "fx_px": 8, "fy_px": 8, "cx_px": 3.5, "cy_px": 3.5}})");
  const test::CommandOutcome outcome = test::RunPerilune(
      folder, "compare " + (folder / "a.shot.json").string() + " --fix " + (folder / "fix.json").string() +
                  " --map none.tif -o " + (folder / "out").string());
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.errors.find("fix.json: has no pose (status no_match)"), std::string::npos)
      << outcome.errors;
  EXPECT_FALSE(fs::exists(folder / "out"));
}

}  // namespace
}  // namespace perilune::tools
