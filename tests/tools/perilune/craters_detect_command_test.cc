// perilune craters detect, and identify without ellipses.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <utility>

#include "datasets/formats/crater_ellipses.h"
#include "tests/support/perilune_command.h"
#include "vision/craters/shaded_bowl.h"

namespace perilune::tools {
namespace {

using test::RunPerilune;

/// Shaded bowls of 30 and 50 px on grey, the Sun to the right.
std::filesystem::path WriteBowls(const test::TempFolder& folder) {
  cv::Mat picture(200, 240, CV_32F, cv::Scalar(100));
  for (const auto& [x, y, diameter_px] : {std::array{60, 70, 50}, std::array{160, 120, 30}}) {
    const cv::Mat bowl = vision::ShadedBowl({0.2, 0.5}, diameter_px, 0);
    cv::Mat part = picture(cv::Rect(x - bowl.cols / 2, y - bowl.rows / 2, bowl.cols, bowl.rows));
    part += bowl * 25 * diameter_px;
  }
  cv::Mat image;
  picture.convertTo(image, CV_8U);
  const auto path = folder / "bowls.png";
  cv::imwrite(path.string(), image);
  return path;
}

std::string ShotText() {
  return R"({"image": "bowls.png", "time_utc": "2025-03-02T08:34:00", "camera": {"model": "brown_conrady",
    "width_px": 240, "height_px": 200, "fx_px": 200, "fy_px": 200, "cx_px": 119.5, "cy_px": 99.5}})";
}

TEST(CratersDetectCommand, EllipsesThatIdentifyReads) {
  const test::TempFolder folder;
  const std::string image = WriteBowls(folder).string(), out = (folder / "found").string();
  const auto outcome = RunPerilune(folder, "craters detect " + image + " --sun-direction-deg 0 -o " + out);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto rims = datasets::ReadCraterEllipses(folder / "found/ellipses.json");
  ASSERT_EQ(rims.size(), 2U);
  for (const auto& rim : rims) {
    ASSERT_TRUE(rim.covariance);
    const bool large = rim.axes.semi_major > 20;
    EXPECT_NEAR(rim.centre_px.x(), large ? 60 : 160, 2);
    EXPECT_NEAR(rim.centre_px.y(), large ? 70 : 120, 2);
    EXPECT_NEAR(rim.axes.semi_major, large ? 25 : 15, 2.5);
  }
  const auto json = nlohmann::json::parse(test::ReadBytes(folder / "found/ellipses.json"));
  EXPECT_EQ(json["image"], "bowls.png");
  EXPECT_EQ(json["sun_direction_deg"], 0);
  EXPECT_GT(json["ellipses"][0]["score"], 0.5);
  EXPECT_GE(json["ellipses"][0]["score"], json["ellipses"][1]["score"]);
  EXPECT_EQ(cv::imread((folder / "found/overlay.png").string()).size(), cv::Size(240, 200));
}

// Both detectors stay available; what is found without a network does not need its file.
TEST(CratersDetectCommand, EitherDetector) {
  const test::TempFolder folder;
  const std::string image = WriteBowls(folder).string();
  const auto outcome =
      RunPerilune(folder, "craters detect " + image + " --detector bowls --network nowhere -o " +
                              (folder / "o").string());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(datasets::ReadCraterEllipses(folder / "o/ellipses.json").size(), 2U);
}

TEST(CratersDetectCommand, SizesAndScoresAreLimits) {
  const test::TempFolder folder;
  const std::string image = WriteBowls(folder).string();
  const auto found = [&](const std::string& options) {
    const auto outcome =
        RunPerilune(folder, "craters detect " + image + " --sun-direction-deg 0 --overwrite -o " +
                                (folder / "o").string() + options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    return datasets::ReadCraterEllipses(folder / "o/ellipses.json").size();
  };
  EXPECT_EQ(found(" --min-diameter-px 40"), 1U);
  EXPECT_EQ(found(" --max-diameter-px 40"), 1U);
  EXPECT_EQ(found(" --min-score 0.9999999"), 0U);
}

TEST(CratersDetectCommand, ShotWithoutPriorLetsTheImageSayWhereTheSunIs) {
  const test::TempFolder folder;
  WriteBowls(folder);
  const std::string shot = folder.Write("shot.json", ShotText()).string();
  const auto outcome = RunPerilune(folder, "craters detect " + shot + " -o " + (folder / "o").string());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto json = nlohmann::json::parse(test::ReadBytes(folder / "o/ellipses.json"));
  EXPECT_NEAR(json["sun_direction_deg"].get<double>(), 0, 5);
  EXPECT_EQ(json["ellipses"].size(), 2U);
}

// Two craters are too few to know a place by: no identification, with the reason, and exit code 0.
TEST(CratersDetectCommand, IdentifyFindsItsOwnEllipses) {
  const test::TempFolder folder;
  WriteBowls(folder);
  const std::string shot = folder.Write("shot.json", ShotText()).string();
  const std::string table = folder
                                .Write("c.csv",
                                       "id,lat_deg,lon_deg,radius_m,a_dia_km,b_dia_km,angle_rad\n"
                                       "1,20,10,1737400,30,30,0\n2,20,11,1737400,8,8,0\n")
                                .string();
  const std::string identify = "craters identify " + shot + " --catalog " + table +
                               " --mapping robbins_navigation --attitude none --overwrite -o " +
                               (folder / "o").string();
  for (const auto& [options, count] : {std::pair{"", 2U}, std::pair{" --min-diameter-px 40", 1U}}) {
    const auto outcome = RunPerilune(folder, identify + options);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
    const auto json = nlohmann::json::parse(test::ReadBytes(folder / "o/identification.json"));
    EXPECT_EQ(json["status"], "none");
    EXPECT_EQ(json["ellipses"].size(), count);
  }
  const std::string given = folder.Write("e.json", R"({"ellipses": []})").string();
  const auto outcome = RunPerilune(folder, identify + " --min-score 0.9 --ellipses " + given);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.errors.find("--ellipses"), std::string::npos) << outcome.errors;
}

TEST(CratersDetectCommand, BadInputIsOneLineAndTwo) {
  const test::TempFolder folder;
  const std::string image = WriteBowls(folder).string(), out = " -o " + (folder / "o").string();
  const std::string no_picture = folder.Write("text.png", "no picture").string();
  const std::string shot_without_image =
      folder.Write("s.json", ShotText().replace(ShotText().find("bowls"), 5, "where")).string();
  for (const std::string& arguments :
       {"craters detect " + (folder / "missing.png").string() + out, "craters detect " + no_picture + out,
        "craters detect " + shot_without_image + out,
        "craters detect " + image + out + " --min-diameter-px 3",
        "craters detect " + image + out + " --min-score 1.5",
        "craters detect " + image + out + " --sun-direction-deg nan",
        "craters detect " + image + out + " --network nowhere",
        "craters detect " + image + out + " --network " + no_picture}) {
    const auto outcome = RunPerilune(folder, arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
    EXPECT_FALSE(std::filesystem::exists(folder / "o")) << arguments;
  }
}

}  // namespace
}  // namespace perilune::tools
