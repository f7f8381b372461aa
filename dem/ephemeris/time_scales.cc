#include "dem/ephemeris/time_scales.h"

#include <erfa.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace perilune::dem {
namespace {

constexpr double kUnixEpochJd = 2440587.5;
constexpr std::int64_t kNsPerDay = 86'400'000'000'000;
constexpr int kFirstYear = 1960, kLastYear = 2261;

[[noreturn]] void Refuse(const std::string& text, const std::string& why) {
  throw std::invalid_argument("time '" + text + "': " + why);
}

JulianDate JulianFromTai(std::int64_t t_ns, double offset_s) {
  const std::int64_t days = t_ns >= 0 ? t_ns / kNsPerDay : -((-t_ns + kNsPerDay - 1) / kNsPerDay);
  const auto rest_ns = static_cast<double>(t_ns - days * kNsPerDay);
  return {kUnixEpochJd + static_cast<double>(days),
          (rest_ns + offset_s * 1e9) / static_cast<double>(kNsPerDay)};
}

struct CalendarDay {
  int year = 0, month = 0, day = 0;
};

/// Length of a UTC day with its leap second, or the fraction of one that UTC was stepped by before 1972.
/// (eraDtf2d heeds both, eraD2dtf whole seconds alone, so that it is not its inverse on days of such a step.)
double LengthOfDay_s(const CalendarDay& day) {
  double at_start = 0, at_noon = 0, at_next = 0, julian1 = 0, julian2 = 0, fraction = 0;
  CalendarDay next;
  eraDat(day.year, day.month, day.day, 0.0, &at_start);
  eraDat(day.year, day.month, day.day, 0.5, &at_noon);
  eraCal2jd(day.year, day.month, day.day, &julian1, &julian2);
  eraJd2cal(julian1, julian2 + 1.5, &next.year, &next.month, &next.day, &fraction);
  eraDat(next.year, next.month, next.day, 0.0, &at_next);
  return 86400 + at_next - (2 * at_noon - at_start);
}

}  // namespace

std::int64_t ParseUtc(const std::string& text) {
  static const std::regex kForm(
      R"((\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}(?:\.\d{1,12})?))?Z?)");
  std::smatch part;
  if (!std::regex_match(text, part, kForm)) Refuse(text, "not of the form YYYY-MM-DDThh:mm:ss[.fff][Z]");
  const int year = std::stoi(part[1]);
  if (year < kFirstYear || year > kLastYear) Refuse(text, "the year is outside 1960-2261");
  const double second = part[6].matched ? std::stod(part[6]) : 0.0;
  double utc1 = 0, utc2 = 0, tai1 = 0, tai2 = 0;
  // 1 = dubious year (no leap seconds announced yet) is fine; 2 and 3 = the time is after the end of that
  // day.
  const int code = eraDtf2d("UTC", year, std::stoi(part[2]), std::stoi(part[3]), std::stoi(part[4]),
                            std::stoi(part[5]), second, &utc1, &utc2);
  if (code < 0 || code > 1) Refuse(text, "no such date or time of day");
  if (eraUtctai(utc1, utc2, &tai1, &tai2) < 0) Refuse(text, "no TAI for this date");
  const auto days = static_cast<std::int64_t>(std::floor(tai1 - kUnixEpochJd));
  const double rest_days = (tai1 - kUnixEpochJd - static_cast<double>(days)) + tai2;
  return days * kNsPerDay + std::llround(rest_days * static_cast<double>(kNsPerDay));
}

std::string FormatUtc(std::int64_t t_ns, int decimals) {
  if (decimals < 0 || decimals > 9) {
    throw std::invalid_argument("decimals " + std::to_string(decimals) + " is not in 0..9");
  }
  const JulianDate tai = JulianFromTai(t_ns, 0);
  double utc1 = 0, utc2 = 0, day_fraction = 0;
  CalendarDay day;
  if (eraTaiutc(tai.day, tai.fraction, &utc1, &utc2) < 0 ||
      eraJd2cal(utc1, utc2, &day.year, &day.month, &day.day, &day_fraction) < 0 || day.year < kFirstYear) {
    throw std::invalid_argument("t_ns " + std::to_string(t_ns) + " is before UTC began");
  }
  const auto per_second = static_cast<std::int64_t>(std::llround(std::pow(10.0, decimals)));
  const double length_s = LengthOfDay_s(day);
  std::int64_t units = std::llround(day_fraction * length_s * static_cast<double>(per_second));
  if (static_cast<double>(units) >= length_s * static_cast<double>(per_second)) {  // rounded up to midnight
    eraJd2cal(std::round(utc1 + utc2 - 0.5), 0.6, &day.year, &day.month, &day.day, &day_fraction);
    units = 0;
  }
  // What exceeds 24 h is a 61st second (or a part of one) of the last minute.
  const std::int64_t minutes = std::min<std::int64_t>(units / (60 * per_second), 24 * 60 - 1);
  const std::int64_t in_minute = units - minutes * 60 * per_second;
  std::ostringstream text;
  text << std::setfill('0') << std::setw(4) << day.year << '-' << std::setw(2) << day.month << '-'
       << std::setw(2) << day.day << 'T' << std::setw(2) << minutes / 60 << ':' << std::setw(2)
       << minutes % 60 << ':' << std::setw(2) << in_minute / per_second;
  if (decimals > 0) text << '.' << std::setw(decimals) << in_minute % per_second;
  text << 'Z';
  return text.str();
}

JulianDate TtFromTai(std::int64_t t_ns) { return JulianFromTai(t_ns, 32.184); }

JulianDate TdbFromTai(std::int64_t t_ns) {
  const JulianDate tt = TtFromTai(t_ns);
  // At the geocentre (u = v = 0) neither UT nor the longitude plays a part.
  const double tdb_minus_tt_s = eraDtdb(tt.day, tt.fraction, 0, 0, 0, 0);
  return {tt.day, tt.fraction + tdb_minus_tt_s / 86400.0};
}

}  // namespace perilune::dem
