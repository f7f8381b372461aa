#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "tests/support/perilune_command.h"

namespace perilune::tools {
namespace {

using test::CommandOutcome;
using test::RunPerilune;

TEST(SunCommand, TableOfTimesAtASite) {
  const test::TempFolder folder;
  const auto times = folder.Write("times.txt", "# landings\n2025-03-02T08:34\r\n\n2025-03-06T17:28:50Z\n");
  const CommandOutcome outcome =
      RunPerilune(folder, "sun --times " + times.string() + " --lat 18.5623 --lon 61.8103");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(outcome.output.rfind(
                "utc,sub_solar_latitude_deg,sub_solar_longitude_deg,elevation_deg,azimuth_deg\n", 0),
            0U);
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 3);
  double latitude = 0, longitude = 0, elevation = 0, azimuth = 0;
  const auto row = outcome.output.find("2025-03-02T08:34,");
  ASSERT_NE(row, std::string::npos);
  ASSERT_EQ(std::sscanf(outcome.output.c_str() + row, "2025-03-02T08:34,%lf,%lf,%lf,%lf", &latitude,
                        &longitude, &elevation, &azimuth),
            4);
  EXPECT_NEAR(elevation, 3.4, 0.25);
  EXPECT_NEAR(azimuth, 92, 0.7);
}

TEST(SunCommand, WithoutASiteIntoAFile) {
  const test::TempFolder folder;
  const auto file = folder / "sun.csv";
  ASSERT_EQ(RunPerilune(folder, "sun --time 2024-01-01T00:00:00 -o " + file.string()).exit_code, 0);
  double latitude = 0, longitude = 0;
  ASSERT_EQ(std::sscanf(test::ReadBytes(file).c_str(),
                        "utc,sub_solar_latitude_deg,sub_solar_longitude_deg\n2024-01-01T00:00:00,%lf,%lf",
                        &latitude, &longitude),
            2);
  EXPECT_NEAR(latitude, -1.554, 0.005);
  EXPECT_NEAR(longitude, -55.867, 0.005);
}

TEST(SunCommand, BadInputIsOneLineAndExitCodeTwo) {
  const test::TempFolder folder;
  const std::string bad = folder.Write("bad.txt", "2024-01-01T00:00\nnoon\n").string();
  const std::string empty = folder.Write("empty.txt", "\n").string();
  for (const std::string& arguments :
       {std::string("--time 2024-02-30T00:00"), std::string(""),
        std::string("--time 2024-01-01T00:00 --lat 10"),
        std::string("--time 2024-01-01T00:00 --lat 100 --lon 0"),
        std::string("--time 2024-01-01T00:00 --lat nan --lon 0"), "--times " + bad, "--times " + empty,
        "--times " + (folder / "none").string(), "--times " + folder.path().string(),
        "--time 2024-01-01T00:00 --times " + bad}) {
    const CommandOutcome outcome = RunPerilune(folder, "sun " + arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
    EXPECT_EQ(outcome.output, "");
  }
  EXPECT_NE(RunPerilune(folder, "sun --times " + bad).errors.find("line 2"), std::string::npos);
}

}  // namespace
}  // namespace perilune::tools
