#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/perilune_command.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

using ::testing::HasSubstr;

/// The synthetic Moon, also where the real one is at hand.
const std::string kWithoutData = "PERILUNE_DATA=/nonexistent ";

/// An image every 20 s of the descent of Mission 3 without a prior: the craters of its own map say where it
/// is, with the stars' attitude and without, and the fixes on the map go on from there.
TEST(LostStartSlow, CratersOfTheMapBeginADescent) {
  const test::TempFolder folder;
  const std::string seq = (folder / "seq").string();
  const test::CommandOutcome simulated = test::RunPerilune(
      folder, "simulate ispace_m3/lost_in_space --seed 9001 --set camera.rate_hz=0.05 -o " + seq,
      kWithoutData);
  ASSERT_EQ(simulated.exit_code, 0) << simulated.errors;
  for (const std::string start : {"auto", "lost"}) {
    SCOPED_TRACE(start);
    const std::string run = (folder / ("run-" + start)).string();
    const test::CommandOutcome navigated =
        test::RunPerilune(folder, "navigate " + seq + " --start " + start + " -o " + run);
    ASSERT_EQ(navigated.exit_code, 0) << navigated.errors;
    EXPECT_THAT(test::ReadBytes(folder / ("run-" + start) / "events.csv"), HasSubstr("start,craters"));
    const test::CommandOutcome evaluated = test::RunPerilune(folder, "evaluate " + run + " --truth " + seq);
    ASSERT_EQ(evaluated.exit_code, 0) << evaluated.errors;
    const auto metrics = nlohmann::json::parse(test::ReadBytes(folder / ("run-" + start) / "metrics.json"));
    EXPECT_EQ(metrics["fix"]["false"], 0);
    EXPECT_GE(metrics["fix"]["availability"], 0.7);
    EXPECT_LT(metrics["state"]["map_relative"]["horizontal_error_m"]["max"], 100);
  }
}

TEST(LostStartIntegration, SaysWhatItNeeds) {
  const test::TempFolder folder;
  const std::string scenario = std::string(PERILUNE_SOURCE_DIR) + "/tests/datasets/tiny.yaml";
  const std::string seq = (folder / "seq").string(), run = (folder / "run").string();
  ASSERT_EQ(test::RunPerilune(folder, "simulate " + scenario + " -o " + seq).exit_code, 0);
  const auto refused = [&](const std::string& options) {
    const test::CommandOutcome outcome =
        test::RunPerilune(folder, "navigate " + seq + " -o " + run + " " + options);
    EXPECT_EQ(outcome.exit_code, 2) << options;
    EXPECT_FALSE(std::filesystem::exists(run));
    return outcome.errors;
  };
  EXPECT_THAT(refused("--start stars"), HasSubstr("--craters"));
  EXPECT_THAT(refused("--craters far.craters"), HasSubstr("begins by its prior"));
  EXPECT_THAT(refused("--start lost --craters far.craters"), HasSubstr("far.craters"));
  std::ofstream(folder / "table.csv") << "CRATER_ID,X,Y,DIAM_KM\n";
  EXPECT_THAT(refused("--start lost --craters " + (folder / "table.csv").string()), HasSubstr("mapping"));
}

// Pictures of 96 pixels show no craters that a catalogue has: nothing is made up.
TEST(LostStartIntegration, WhatIsNotRecognisedIsNoStart) {
  const test::TempFolder folder;
  const std::string scenario = std::string(PERILUNE_SOURCE_DIR) + "/tests/datasets/tiny.yaml";
  const std::string seq = (folder / "seq").string(), run = (folder / "run").string();
  const test::CommandOutcome simulated = test::RunPerilune(
      folder, "simulate " + scenario + " --set prior.known=false --set map.craters_of=far -o " + seq);
  ASSERT_EQ(simulated.exit_code, 0) << simulated.errors;
  for (const std::string start : {"stars", "lost"}) {
    const test::CommandOutcome outcome =
        test::RunPerilune(folder, "navigate " + seq + " --start " + start + " -o " + run);
    EXPECT_EQ(outcome.exit_code, 2) << start;
    EXPECT_THAT(outcome.errors,
                HasSubstr("no start: craters of far.craters were recognised in 0 of 4 images"));
    EXPECT_FALSE(std::filesystem::exists(run));
  }
}

}  // namespace
}  // namespace perilune::tools
