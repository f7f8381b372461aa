#pragma once

#include <cstdint>
#include <string>

namespace perilune::dem {

// t_ns everywhere: nanoseconds since 1970-01-01 00:00:00 TAI.

/// A two-part Julian date: `day` ends in .5 (midnight), `fraction` is in days.
struct JulianDate {
  double day = 0;
  double fraction = 0;
};

/// t_ns of a UTC text "YYYY-MM-DDThh:mm:ss[.fff…][Z]" (a blank may stand for the T, seconds may be left out).
/// Leap seconds are 23:59:60; before 1972 the seconds of UTC were not SI seconds (ERFA knows the rates).
/// Throws std::invalid_argument naming the text: not of this form, no such date or time, outside 1960–2261
/// (UTC began in 1960; 64 bits end in 2262).
std::int64_t ParseUtc(const std::string& text);

/// "YYYY-MM-DDThh:mm:ss.fffZ", rounded to `decimals` 0–9. Throws std::invalid_argument for a time before
/// 1960.
std::string FormatUtc(std::int64_t t_ns, int decimals = 3);

/// Terrestrial time, TAI + 32.184 s.
JulianDate TtFromTai(std::int64_t t_ns);
/// Barycentric dynamical time: TT plus the periodic terms at the geocentre (below 2 ms).
JulianDate TdbFromTai(std::int64_t t_ns);

}  // namespace perilune::dem
