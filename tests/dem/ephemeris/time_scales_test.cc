#include "dem/ephemeris/time_scales.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(ParseUtc, CountsFromTheTaiEpoch) {
  // TAI − UTC was 10 s from 1972, 37 s since 2017: hand-derived from Unix times.
  EXPECT_EQ(ParseUtc("1972-01-01T00:00:00"), (63072000 + 10) * kSecond);
  EXPECT_EQ(ParseUtc("2024-01-01T00:00:00Z"), (1704067200 + 37) * kSecond);
  EXPECT_EQ(ParseUtc("2024-01-01 00:00:00.000000001"), (1704067200 + 37) * kSecond + 1);
  EXPECT_EQ(ParseUtc("2023-04-25T16:40"), ParseUtc("2023-04-25T16:40:00.000Z"));
}

TEST(ParseUtc, RubberSecondsBefore1972) {
  // TAI − UTC = 4.2131700 s + (MJD − 39126) · 0.002592 s in 1968–1971; MJD of 1971-07-31 is 41163.
  const double expected_s = 49766400 + 4.21317 + (41163 - 39126) * 0.002592;
  EXPECT_NEAR(static_cast<double>(ParseUtc("1971-07-31T00:00:00")) * 1e-9, expected_s, 1e-6);
}

TEST(ParseUtc, LeapSecond) {
  const std::int64_t leap = ParseUtc("2016-12-31T23:59:60");
  EXPECT_EQ(leap - ParseUtc("2016-12-31T23:59:59"), kSecond);
  EXPECT_EQ(ParseUtc("2017-01-01T00:00:00") - leap, kSecond);
  EXPECT_EQ(FormatUtc(leap + kSecond / 2, 1), "2016-12-31T23:59:60.5Z");
  EXPECT_THROW(ParseUtc("2015-12-31T23:59:60"), std::invalid_argument);
}

TEST(ParseUtc, FutureIsNotAnError) {
  EXPECT_EQ(FormatUtc(ParseUtc("2031-03-04T05:06:07"), 0), "2031-03-04T05:06:07Z");
}

TEST(ParseUtc, RefusesWhatIsNoTimeAndNamesIt) {
  for (const char* text :
       {"", "yesterday", "2024-13-01T00:00:00", "2023-02-29T00:00:00", "2024-01-01T24:00:00",
        "2024-01-01T00:61:00", "2024-01-01T00:00:00+02:00", "2024-1-1T0:0:0", "1959-12-31T00:00:00",
        "2300-01-01T00:00:00", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:61"}) {
    try {
      ParseUtc(text);
      ADD_FAILURE() << text;
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find("'" + std::string(text) + "'"), std::string::npos)
          << error.what();
    }
  }
}

TEST(FormatUtc, RoundTripsToTheNanosecond) {
  const std::int64_t first = ParseUtc("1960-01-02T00:00:00"), last = ParseUtc("2050-01-01T00:00:00");
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const std::int64_t t_ns =
        first + static_cast<std::int64_t>(RandomUniform(1, 2, i) * static_cast<double>(last - first));
    EXPECT_NEAR(static_cast<double>(ParseUtc(FormatUtc(t_ns, 9)) - t_ns), 0, 1) << t_ns;
  }
}

// The last day of 1971 was longer by 0.107758 s, 31 January 1968 shorter by 0.1 s.
TEST(FormatUtc, DaysOfFractionalSteps) {
  for (const char* text : {"1971-12-31T12:00:00.000Z", "1971-12-31T23:59:59.999Z", "1971-12-31T23:59:60.050Z",
                           "1968-01-31T23:59:59.850Z", "1972-01-01T00:00:00.000Z"}) {
    EXPECT_EQ(FormatUtc(ParseUtc(text)), text);
  }
}

TEST(FormatUtc, RoundsAndRefuses) {
  EXPECT_EQ(FormatUtc(ParseUtc("2024-12-31T23:59:59.9996")), "2025-01-01T00:00:00.000Z");
  EXPECT_THROW(FormatUtc(-400'000'000 * kSecond), std::invalid_argument);
  EXPECT_THROW(FormatUtc(0, 10), std::invalid_argument);
}

TEST(JulianDates, TtAndTdb) {
  // J2000 = 2000-01-01 12:00 TT = 11:59:27.816 TAI = 11:58:55.816 UTC.
  const std::int64_t t_ns = ParseUtc("2000-01-01T11:58:55.816");
  const JulianDate tt = TtFromTai(t_ns), tdb = TdbFromTai(t_ns);
  EXPECT_NEAR((tt.day - 2451545.0 + tt.fraction) * 86400, 0, 1e-9);
  const double difference_s = (tdb.fraction - tt.fraction) * 86400;
  EXPECT_LT(std::abs(difference_s), 2e-3);
  EXPECT_NE(difference_s, 0);
}

}  // namespace
}  // namespace perilune::dem
