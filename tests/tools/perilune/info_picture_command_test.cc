#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/perilune_command.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

using test::RunPerilune;

TEST(InfoPictureCommand, SaysWhatARendersGeometryHolds) {
  const test::TempFolder folder;
  const std::string tiny = std::string(PERILUNE_SOURCE_DIR) + "/tests/datasets/tiny.yaml";
  const std::string file = (folder / "g.tif").string();
  ASSERT_EQ(RunPerilune(folder, "render " + tiny + " --product geometry -o " + file).exit_code, 0);
  const auto outcome = RunPerilune(folder, "info " + file + " --json");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const nlohmann::json info = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(info["width"], 96);
  EXPECT_EQ(info["height"], 96);
  ASSERT_EQ(info["bands"].size(), 13U);
  EXPECT_EQ(info["bands"][0]["name"], "point_x_m");
  EXPECT_EQ(info["bands"][0]["unit"], "m");
  EXPECT_EQ(info["bands"][12]["name"], "lit_fraction");
  EXPECT_EQ(info["bands"][12]["max"], 1);
  EXPECT_EQ(info["bands"][12]["valid_share"], 1);                 // the camera looks down
  EXPECT_NEAR(info["bands"][3]["min"].get<double>(), 14.5, 0.2);  // latitude around the site's
  EXPECT_NEAR(std::stod(info["metadata"]["SITE_LATITUDE_DEG"].get<std::string>()), 14.5, 1e-12);
  EXPECT_EQ(info["metadata"]["TIME_UTC"], "2026-03-27T04:00:00.000Z");
  const auto text = RunPerilune(folder, "info " + file);
  ASSERT_EQ(text.exit_code, 0) << text.errors;
  EXPECT_NE(text.output.find("96 x 96"), std::string::npos);
  EXPECT_NE(text.output.find("incidence_rad"), std::string::npos);
}

}  // namespace
}  // namespace perilune::tools
