#include "nav/output/json_lines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace perilune::nav {
namespace {

Fix PosedFix() {
  Fix fix;
  fix.status = FixStatus::kAccepted;
  fix.t_ns = 1772366437000000001;
  fix.attempted = 40;
  fix.inliers = 33;
  fix.residual_rms_px = 0.1;
  fix.holdout_rms_px = std::numeric_limits<double>::quiet_NaN();
  fix.site_from_cam.translation() << 1.5, -2, 1e-3;
  fix.covariance_map_relative.setIdentity();
  return fix;
}

TEST(FixJsonLine, OneLineWithAllMembers) {
  const std::string line = EncodeFixJsonLine(PosedFix());
  EXPECT_EQ(
      line.find(
          "{\"type\": \"fix\", \"t_ns\": 1772366437000000001, \"status\": \"accepted\", \"reason\": \"\", "
          "\"attempted\": 40, \"inliers\": 33, \"residual_rms_px\": 0.1, \"holdout_rms_px\": null, "
          "\"position_in_site_m\": [1.5, -2, 0.001], \"site_from_cam_wxyz\": [1, 0, 0, 0], "
          "\"covariance_map_relative\": [1, 0, 0, 0, 0, 0, 0, 1, "),
      0U);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_EQ(line.back(), '\n');
  EXPECT_EQ(line.find("covariance_absolute"), std::string::npos);
}

TEST(FixJsonLine, NoPoseNoCovariance) {
  Fix fix = PosedFix();
  fix.status = FixStatus::kTooFewMatches;
  fix.reason = "3 of \"8\"\nneeded \\";
  const std::string line = EncodeFixJsonLine(fix);
  EXPECT_NE(line.find("\"reason\": \"3 of \\\"8\\\"\\u000aneeded \\\\\""), std::string::npos);
  EXPECT_EQ(line.find("position_in_site_m"), std::string::npos);
}

TEST(FixJsonLine, AbsoluteCovarianceWhenKnown) {
  Fix fix = PosedFix();
  fix.covariance_absolute = dem::Matrix6d::Identity() * 0.25;
  EXPECT_NE(EncodeFixJsonLine(fix).find("\"covariance_absolute\": [0.25, 0, "), std::string::npos);
}

TEST(LandingSiteJsonLine, NumbersRoundTrip) {
  LandingSite site;
  site.rank = 2;
  site.place = {0.1 + 0.2, -1.0 / 3};
  site.divert_dv_mps = std::numeric_limits<double>::quiet_NaN();
  site.reasons = "slope 1.0 of 10.0 deg";
  const std::string line = EncodeLandingSiteJsonLine(site, -5);
  EXPECT_EQ(
      line.find(
          "{\"type\": \"landing_site\", \"t_ns\": -5, \"rank\": 2, \"latitude_rad\": 0.30000000000000004, "
          "\"longitude_rad\": -0.3333333333333333, "),
      0U);
  EXPECT_NE(
      line.find("\"divert_dv_mps\": null, \"divert_time_s\": 0, \"reasons\": \"slope 1.0 of 10.0 deg\"}\n"),
      std::string::npos);
}

TEST(LandingChoiceJsonLines, NoSiteIsALineOfAnotherType) {
  LandingChoice choice;
  EXPECT_EQ(EncodeLandingChoiceJsonLines(choice, 7),
            "{\"type\": \"no_landing_site\", \"t_ns\": 7, \"status\": \"nothing_in_reach\"}\n");
  choice.status = LandingStatus::kNoSafeSite;
  choice.least_bad.emplace();
  const std::string line = EncodeLandingChoiceJsonLines(choice, 7);
  EXPECT_EQ(
      line.find("{\"type\": \"no_landing_site\", \"t_ns\": 7, \"status\": \"no_safe_site\", \"least_bad\": "
                "{\"latitude_rad\": 0, "),
      0U)
      << line;
  EXPECT_EQ(line.find("rank"), std::string::npos);
  choice = {LandingStatus::kSafeSite, {LandingSite{}, LandingSite{}}, {}};
  EXPECT_EQ(EncodeLandingChoiceJsonLines(choice, 7),
            EncodeLandingSiteJsonLine({}, 7) + EncodeLandingSiteJsonLine({}, 7));
}

}  // namespace
}  // namespace perilune::nav
