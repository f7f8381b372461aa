#include "datasets/formats/shot.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <string>

#include "dem/io/data_error.h"
#include "tests/support/real_data.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

const std::string kShot = R"({
  "image": "a.png",
  "time_utc": "1971-07-31T01:25:02.243",
  "camera": {"model": "brown_conrady", "width_px": 100, "height_px": 80, "fx_px": 90.5, "fy_px": 91, "cx_px": 49.5,
             "cy_px": 39.5, "distortion_opencv_k1_k2_p1_p2_k3": [0.1, 0.2, 0.3, 0.4, 0.5]},
  "prior": {"cam_from_moon_rotation": [[0, 1, 0], [0, 0, -1], [-1, 0, 0]],
            "camera_position_in_moon_m": [1800000, 0, 10],
            "position_sigma_m": 1500, "attitude_sigma_deg": 0.5},
  "sun": {"sub_solar_latitude_deg": 0.241, "sub_solar_longitude_deg": 278.5}
})";

std::string Replaced(const std::string& from, const std::string& to) {
  std::string text = kShot;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Shot, ReadsEveryField) {
  const test::TempFolder folder;
  const Shot shot = ReadShot(folder.Write("x.shot.json", kShot));
  EXPECT_EQ(shot.image, folder / "a.png");
  EXPECT_EQ(shot.time_utc, "1971-07-31T01:25:02.243");
  EXPECT_EQ(shot.camera.width_px, 100);
  EXPECT_EQ(shot.camera.height_px, 80);
  EXPECT_EQ(shot.camera.fx_px, 90.5);
  EXPECT_EQ(shot.camera.distortion[4], 0.5);
  ASSERT_TRUE(shot.prior.has_value());
  // The third row of cam_from_moon is cam's z in moon: the camera on +x looks along −x.
  EXPECT_LT((shot.prior->moon_from_cam.linear() * Eigen::Vector3d::UnitZ() + Eigen::Vector3d::UnitX()).norm(),
            1e-12);
  EXPECT_EQ(shot.prior->moon_from_cam.translation().x(), 1800000);
  EXPECT_EQ(shot.prior->position_sigma_m, 1500);
  EXPECT_NEAR(shot.prior->attitude_sigma_rad, 0.00872664626, 1e-11);
  ASSERT_TRUE(shot.sub_solar.has_value());
  EXPECT_NEAR(dem::RadToDeg(shot.sub_solar->longitude_rad), -81.5, 1e-12);
}

TEST(Shot, ReadsAFisheye) {
  const test::TempFolder folder;
  std::string text = Replaced("brown_conrady", "kannala_brandt");
  const std::string key = "distortion_opencv_k1_k2_p1_p2_k3", numbers = "[0.1, 0.2, 0.3, 0.4, 0.5]";
  EXPECT_THROW(ReadShot(folder.Write("other_key.json", text)), dem::DataError);
  text.replace(text.find(key), key.size(), "distortion_opencv_fisheye_k1_k2_k3_k4");
  EXPECT_THROW(ReadShot(folder.Write("five.json", text)), dem::DataError);
  text.replace(text.find(numbers), numbers.size(), "[0.1, 0.2, 0.3, 0.4]");
  const Shot shot = ReadShot(folder.Write("x.json", text));
  EXPECT_TRUE(shot.camera.IsFisheye());
  EXPECT_EQ(shot.camera.distortion, (std::array<double, 5>{0.1, 0.2, 0.3, 0.4, 0}));
  EXPECT_NO_THROW(shot.camera.Validate());
}

TEST(Shot, PriorAndSunAreOptional) {
  const test::TempFolder folder;
  const std::size_t at = kShot.find(",\n  \"prior\"");
  const Shot shot = ReadShot(folder.Write("x.json", kShot.substr(0, at) + "}"));
  EXPECT_FALSE(shot.prior.has_value());
  EXPECT_FALSE(shot.sub_solar.has_value());
}

struct Mistake {
  std::string from, to, named;
};

class ShotMistakeTest : public testing::TestWithParam<Mistake> {};

INSTANTIATE_TEST_SUITE_P(
    Each, ShotMistakeTest,
    testing::Values(
        Mistake{"\"image\"", "\"picture\"", "image is missing"},
        Mistake{"\"sun\": {", "\"sun\": {\"x\": 1, ", "sun.x is unknown"},
        Mistake{"\"image\": \"a.png\",", "\"image\": \"a.png\", \"imgae\": 1,", "imgae is unknown"},
        Mistake{"\"a.png\"", "7", "image must be a text"}, Mistake{"90.5", "-1", "camera.fx_px"},
        Mistake{"90.5", "NaN", "not valid JSON"}, Mistake{"90.5", "1e999", "not valid JSON"},
        Mistake{"90.5", "null", "camera.fx_px must be a number"}, Mistake{"100,", "0,", "camera.width_px"},
        Mistake{"100,", "10.5,", "camera.width_px"}, Mistake{"brown_conrady", "fisheye", "camera.model"},
        Mistake{"0.4, 0.5]", "0.4]", "camera.distortion_opencv_k1_k2_p1_p2_k3 must have 5 numbers"},
        Mistake{"[[0, 1, 0]", "[[0, 1.01, 0]", "cam_from_moon_rotation is no rotation"},
        Mistake{"[-1, 0, 0]]", "[1, 0, 0]]", "cam_from_moon_rotation is no rotation"},
        Mistake{"[-1, 0, 0]]", "[-1, 0]]", "cam_from_moon_rotation must have 3 numbers"},
        Mistake{"1800000", "1800", "prior.camera_position_in_moon_m lies inside the Moon"},
        Mistake{"1500", "0", "prior.position_sigma_m must be positive"},
        Mistake{"0.241", "91", "sun.sub_solar_latitude_deg"},
        Mistake{"\"sun\":", "\"sun\"", "not valid JSON"}));

TEST_P(ShotMistakeTest, IsRefusedInOneLineNamingFileAndKey) {
  const test::TempFolder folder;
  const auto path = folder.Write("bad.shot.json", Replaced(GetParam().from, GetParam().to));
  try {
    ReadShot(path);
    FAIL() << "accepted";
  } catch (const dem::DataError& e) {
    const std::string message = e.what();
    EXPECT_NE(message.find(path.string()), std::string::npos) << message;
    EXPECT_NE(message.find(GetParam().named), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

// The Sun stands in the zenith of the sub-solar point, and 30° lower in the west 30° further east.
TEST(Shot, SunOfTheSubSolarPoint) {
  Shot shot;
  shot.sub_solar = dem::LatLon{0, dem::DegToRad(40)};
  const dem::Sun zenith = SunOfShot(shot, dem::MakeSite({0, dem::DegToRad(40)}));
  EXPECT_NEAR(zenith.direction_to_sun_in_site.z(), 1, 1e-12);
  const dem::Sun west = SunOfShot(shot, dem::MakeSite({0, dem::DegToRad(70)}));
  EXPECT_NEAR(west.direction_to_sun_in_site.x(), -0.5, 2e-5);
  EXPECT_NEAR(west.direction_to_sun_in_site.y(), 0, 1e-12);
}

// The Apollo frames' declared sub-solar point and the ephemeris agree.
TEST(ShotData, DeclaredSunAgreesWithTheEphemeris) {
  const std::filesystem::path folder = test::RealData() / "apollo15_metric";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no real data at " << folder;
  Shot shot = ReadShot(folder / "AS15-M-0297.shot.json");
  const dem::Site site = dem::MakeSite(dem::GeodeticFromMoon(shot.prior->moon_from_cam.translation()).place);
  const Eigen::Vector3d declared = SunOfShot(shot, site).direction_to_sun_in_site;
  shot.sub_solar.reset();
  EXPECT_LT((SunOfShot(shot, site).direction_to_sun_in_site - declared).norm(), dem::DegToRad(0.05));
}

TEST(Shot, MissingFileAndFolderAreRefused) {
  const test::TempFolder folder;
  EXPECT_THROW(ReadShot(folder / "none.json"), dem::DataError);
  EXPECT_THROW(ReadShot(folder.path()), dem::DataError);
  EXPECT_THROW(ReadShot(folder.Write("list.json", "[1, 2]")), dem::DataError);
  EXPECT_THROW(ReadShot(folder.Write("empty.json", "")), dem::DataError);
}

TEST(ShotData, ReadsTheApolloFrames) {
  const std::filesystem::path folder = test::RealData() / "apollo15_metric";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no real data at " << folder;
  for (const char* name : {"AS15-M-0297", "AS15-M-0298"}) {
    const Shot shot = ReadShot(folder / (std::string(name) + ".shot.json"));
    EXPECT_TRUE(std::filesystem::exists(shot.image));
    EXPECT_NO_THROW(shot.camera.Validate());
    ASSERT_TRUE(shot.prior.has_value());
    // 119 km up, looking at the ground.
    const Eigen::Vector3d up = shot.prior->moon_from_cam.translation().normalized();
    EXPECT_NEAR(shot.prior->moon_from_cam.translation().norm() - dem::kMoonRadius_m, 119e3, 5e3);
    EXPECT_LT(up.dot(shot.prior->moon_from_cam.linear().col(2)), -0.9);
  }
}

}  // namespace
}  // namespace perilune::datasets
