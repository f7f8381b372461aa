#include "dem/ephemeris/sub_solar.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "dem/ephemeris/moon_orientation.h"
#include "dem/ephemeris/time_scales.h"
#include "tests/support/real_data.h"

namespace perilune::dem {
namespace {

struct SunPlace {
  const char* utc;
  double longitude_deg, latitude_deg;
};

class SubSolar : public ::testing::TestWithParam<SunPlace> {};

TEST_P(SubSolar, MeetsThePublishedPoint) {
  const LatLon place = SubSolarPoint(ParseUtc(GetParam().utc));
  EXPECT_NEAR(RadToDeg(place.longitude_rad), GetParam().longitude_deg, 0.005);
  EXPECT_NEAR(RadToDeg(place.latitude_rad), GetParam().latitude_deg, 0.005);
}

// NASA SVS tables (DE421, ME), and the Apollo 15 metric frame's label.
INSTANTIATE_TEST_SUITE_P(Published, SubSolar,
                         ::testing::Values(SunPlace{"2024-01-01T00:00", -55.867, -1.554},
                                           SunPlace{"2020-06-20T12:00", -175.444, -0.014},
                                           SunPlace{"2021-07-01T06:00", -76.332, 0.820},
                                           SunPlace{"2022-11-15T18:00", -83.722, -0.302},
                                           SunPlace{"1971-07-31T01:25:02.243", 78.7382, 0.241}));

struct Landing {
  const char* utc;
  double latitude_deg, longitude_deg, elevation_deg, azimuth_deg;
};

class SunAtLanding : public ::testing::TestWithParam<Landing> {};

TEST_P(SunAtLanding, HasItsElevationAndAzimuth) {
  const Landing& landing = GetParam();
  const Site site = MakeSite({DegToRad(landing.latitude_deg), DegToRad(landing.longitude_deg)});
  const Sun sun = SunAt(ParseUtc(landing.utc), site);
  const SunAngles angles = AnglesOf(sun);
  // ±0.2°, the elevations rounded to 0.1° or 1° and the azimuths to 1° where the table has them so.
  const double elevation_rounding = landing.elevation_deg == std::round(landing.elevation_deg) ? 0.5 : 0.05;
  EXPECT_NEAR(RadToDeg(angles.elevation_rad), landing.elevation_deg, 0.2 + elevation_rounding);
  EXPECT_NEAR(RadToDeg(angles.azimuth_rad), landing.azimuth_deg, 0.2 + 0.5);
  EXPECT_NEAR(RadToDeg(sun.angular_radius_rad), 0.2665, 0.006);
}

INSTANTIATE_TEST_SUITE_P(Landings, SunAtLanding,
                         ::testing::Values(Landing{"2023-04-25T16:40", 47.5, 44.4, 11.6, 103},
                                           Landing{"2025-06-05T19:15", 60.5, -4.6, 11.8, 108},
                                           Landing{"2025-03-02T08:34", 18.5623, 61.8103, 3.4, 92},
                                           Landing{"2025-03-06T17:28:50", -84.7906, 29.1957, 2.5, 66},
                                           Landing{"2024-02-22T23:23:53", -80.13, 1.44, 10.5, 19},
                                           Landing{"2024-02-23T08:30", 36, -40, 27, 113},
                                           Landing{"2024-01-19T15:20", -13.316, 25.251, 37, 82},
                                           Landing{"2023-08-23T12:32", -69.373, 32.319, 8.6, 62},
                                           Landing{"2024-06-01T22:23", -41.64, -153.99, 37, 45}));

TEST(SunAngles, RoundTrip) {
  for (double azimuth_deg : {0.0, 45.0, 180.0, 275.0}) {
    const SunAngles angles = AnglesOf(SunFromAngles({DegToRad(12), DegToRad(azimuth_deg)}));
    EXPECT_NEAR(RadToDeg(angles.elevation_rad), 12, 1e-12);
    EXPECT_NEAR(RadToDeg(angles.azimuth_rad), azimuth_deg, 1e-12);
  }
}

TEST(MoonOrientation, IsARotationThatTurnsAtTheSiderealRate) {
  const std::int64_t t_ns = ParseUtc("2024-01-01T00:00:00");
  const Eigen::Matrix3d now = MoonFromInertial(t_ns), later = MoonFromInertial(t_ns + 1000 * 1'000'000'000LL);
  EXPECT_NEAR((now * now.transpose() - Eigen::Matrix3d::Identity()).norm(), 0, 1e-14);
  EXPECT_NEAR(now.determinant(), 1, 1e-14);
  // Eastward: the inertial axes fall behind about +z of the moon frame. Physical librations change the rate
  // by < 2e-4.
  const Eigen::Matrix3d turned = now * later.transpose();
  EXPECT_NEAR(std::atan2(turned(1, 0), turned(0, 0)) / 1000, kMoonRotation_radps, 2e-4 * kMoonRotation_radps);
}

int MonthNumber(const std::string& name) {
  static const std::string kNames = "JanFebMarAprMayJunJulAugSepOctNovDec";
  return static_cast<int>(kNames.find(name) / 3) + 1;
}

class SunTableData : public ::testing::TestWithParam<int> {};

TEST_P(SunTableData, EveryHourWithin5Millidegrees) {
  const auto path = test::RealData() / "sun" / ("mooninfo_" + std::to_string(GetParam()) + ".txt");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  int hours = 0;
  double worst_longitude_deg = 0, worst_latitude_deg = 0;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string day, month, year, time, scale;
    double skipped = 0, longitude_deg = 0, latitude_deg = 0;
    words >> day >> month >> year >> time >> scale;
    for (int i = 0; i < 6; ++i) words >> skipped;
    if (!(words >> longitude_deg >> latitude_deg)) continue;
    const std::string month_text = std::to_string(100 + MonthNumber(month)).substr(1);
    const LatLon place = SubSolarPoint(ParseUtc(year + "-" + month_text + "-" + day + "T" + time));
    const double longitude_error_deg = RadToDeg(WrapLongitude(place.longitude_rad - DegToRad(longitude_deg)));
    worst_longitude_deg = std::max(worst_longitude_deg, std::abs(longitude_error_deg));
    worst_latitude_deg = std::max(worst_latitude_deg, std::abs(RadToDeg(place.latitude_rad) - latitude_deg));
    ++hours;
  }
  EXPECT_GE(hours, 8760);
  EXPECT_LT(worst_longitude_deg, 0.005);
  EXPECT_LT(worst_latitude_deg, 0.005);
  RecordProperty("worst_longitude_deg", std::to_string(worst_longitude_deg));
  RecordProperty("worst_latitude_deg", std::to_string(worst_latitude_deg));
}

INSTANTIATE_TEST_SUITE_P(Years, SunTableData, ::testing::Values(2020, 2021));

}  // namespace
}  // namespace perilune::dem
