#include "dem/ephemeris/moon_orientation.h"

#include <Eigen/Geometry>
#include <array>
#include <cmath>

#include "dem/ephemeris/time_scales.h"
#include "dem/frames/moon.h"

namespace perilune::dem {
namespace {

/// One argument E = phase + rate · d (deg, deg/day) with its amplitudes in the pole's right ascension (sin),
/// its declination (cos) and the prime meridian (sin), deg.
struct Term {
  double phase_deg, rate_degpd, right_ascension_deg, declination_deg, meridian_deg;
};

constexpr std::array<Term, 13> kTerms = {{
    {125.045, -0.0529921, -3.8787, 1.5419, 3.5610},
    {250.089, -0.1059842, -0.1204, 0.0239, 0.1208},
    {260.008, 13.0120009, 0.0700, -0.0278, -0.0642},
    {176.625, 13.3407154, -0.0172, 0.0068, 0.0158},
    {357.529, 0.9856003, 0, 0, 0.0252},
    {311.589, 26.4057084, 0.0072, -0.0029, -0.0066},
    {134.963, 13.0649930, 0, 0.0009, -0.0047},
    {276.617, 0.3287146, 0, 0, -0.0046},
    {34.226, 1.7484877, 0, 0, 0.0028},
    {15.134, -0.1589763, -0.0052, 0.0008, 0.0052},
    {119.743, 0.0036096, 0, 0, 0.0040},
    {239.961, 0.1643573, 0, 0, 0.0019},
    {25.053, 12.9590088, 0.0043, -0.0009, -0.0044},
}};

}  // namespace

Eigen::Matrix3d MoonFromInertial(std::int64_t t_ns) {
  constexpr double kJ2000 = 2451545.0;
  const JulianDate tdb = TdbFromTai(t_ns);
  const double d = (tdb.day - kJ2000) + tdb.fraction;
  const double centuries = d / 36525;
  double right_ascension_deg = 269.9949 + 0.0031 * centuries;
  double declination_deg = 66.5392 + 0.0130 * centuries;
  double meridian_deg = 38.3213 + 13.17635815 * d - 1.4e-12 * d * d;
  for (const Term& term : kTerms) {
    const double e = DegToRad(std::fmod(term.phase_deg + term.rate_degpd * d, 360.0));
    right_ascension_deg += term.right_ascension_deg * std::sin(e);
    declination_deg += term.declination_deg * std::cos(e);
    meridian_deg += term.meridian_deg * std::sin(e);
  }
  // Frame rotations by 90° + α about z, 90° − δ about x, W about z: transposes of the vector rotations.
  const Eigen::AngleAxisd node(DegToRad(90 + right_ascension_deg), Eigen::Vector3d::UnitZ());
  const Eigen::AngleAxisd tilt(DegToRad(90 - declination_deg), Eigen::Vector3d::UnitX());
  const Eigen::AngleAxisd spin(DegToRad(std::fmod(meridian_deg, 360.0)), Eigen::Vector3d::UnitZ());
  return (node * tilt * spin).toRotationMatrix().transpose();
}

}  // namespace perilune::dem
