#include "dem/ephemeris/sub_earth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "dem/ephemeris/time_scales.h"
#include "dem/frames/moon.h"
#include "tests/support/real_data.h"

namespace perilune::dem {
namespace {

struct EarthPlace {
  const char* utc;
  double longitude_deg, latitude_deg, distance_km;
};

class SubEarth : public ::testing::TestWithParam<EarthPlace> {};

// The tables' distances are those of light: from the Earth to where the Moon was 1.3 s before, in axes
// through which the Earth moves at 30 km/s, 39 km. The theory adds up to 31.7 km of its own (ERFA's
// documentation), and 18″, 0.005°, to the orientation's 0.005°.
constexpr double kDistance_km = 71, kAngle_deg = 0.01;

TEST_P(SubEarth, MeetsThePublishedPoint) {
  const std::int64_t t_ns = ParseUtc(GetParam().utc);
  const LatLon place = SubEarthPoint(t_ns);
  EXPECT_NEAR(RadToDeg(place.longitude_rad), GetParam().longitude_deg, kAngle_deg);
  EXPECT_NEAR(RadToDeg(place.latitude_rad), GetParam().latitude_deg, kAngle_deg);
  EXPECT_NEAR(EarthInMoon_m(t_ns).norm() / 1e3, GetParam().distance_km, kDistance_km);
}

// NASA SVS tables (DE421, ME): columns Elon, Elat, Dist.
INSTANTIATE_TEST_SUITE_P(Published, SubEarth,
                         ::testing::Values(EarthPlace{"2020-01-01T00:00", 0.773, 6.360, 403898},
                                           EarthPlace{"2020-01-01T03:00", 0.617, 6.424, 404055},
                                           EarthPlace{"2021-01-01T00:00", -5.232, -4.624, 386460},
                                           EarthPlace{"2021-01-01T03:00", -5.243, -4.764, 386046}));

/// A row of the tables: time, and where the Earth is.
struct Row {
  std::int64_t t_ns;
  double longitude_deg, latitude_deg, distance_km;
};

std::optional<Row> RowOf(const std::string& line) {
  static const std::string kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  std::istringstream words(line);
  std::string day, month, year, time, scale;
  Row row{};
  double skipped = 0;
  words >> day >> month >> year >> time >> scale;
  for (int i = 0; i < 3; ++i) words >> skipped;
  words >> row.distance_km;
  for (int i = 0; i < 4; ++i) words >> skipped;
  if (!(words >> row.longitude_deg >> row.latitude_deg)) return std::nullopt;
  const std::string month_text = std::to_string(101 + kMonths.find(month) / 3).substr(1);
  row.t_ns = ParseUtc(year + "-" + month_text + "-" + day + "T" + time);
  return row;
}

class EarthTableData : public ::testing::TestWithParam<int> {};

TEST_P(EarthTableData, EveryHour) {
  const auto path = test::RealData() / "sun" / ("mooninfo_" + std::to_string(GetParam()) + ".txt");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  double worst_deg = 0, worst_km = 0;
  int hours = 0;
  while (std::getline(file, line)) {
    const std::optional<Row> row = RowOf(line);
    if (!row) continue;
    const LatLon place = SubEarthPoint(row->t_ns);
    worst_deg = std::max({worst_deg, std::abs(RadToDeg(place.longitude_rad) - row->longitude_deg),
                          std::abs(RadToDeg(place.latitude_rad) - row->latitude_deg)});
    worst_km = std::max(worst_km, std::abs(EarthInMoon_m(row->t_ns).norm() / 1e3 - row->distance_km));
    ++hours;
  }
  EXPECT_GE(hours, 8760);
  EXPECT_LT(worst_deg, kAngle_deg);
  EXPECT_LT(worst_km, kDistance_km);
  RecordProperty("worst_deg", std::to_string(worst_deg));
  RecordProperty("worst_km", std::to_string(worst_km));
}

INSTANTIATE_TEST_SUITE_P(Years, EarthTableData, ::testing::Values(2020, 2021));

}  // namespace
}  // namespace perilune::dem
