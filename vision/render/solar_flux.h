#pragma once

namespace perilune::vision {

/// Total solar irradiance at 1 AU, W/m² (Kopp & Lean 2011: 1360.8 ± 0.5).
inline constexpr double kSolarConstant_Wpm2 = 1361;

/// The Sun's light in a camera's band at the Moon.
struct SolarBand {
  /// From the Sun; the Moon's varies over 0.980 … 1.020.
  double distance_au = 1;
  /// Share of the total irradiance that falls into the band; 1 = bolometric. A black body of 5 772 K has 0.37
  /// between 400 and 700 nm.
  double fraction = 1;

  /// Irradiance of a surface that faces the Sun, W/m². Throws std::invalid_argument naming field and value:
  /// the distance must be positive, the share above 0 and up to 1.
  double Flux_Wpm2() const;
};

/// Radiance of a surface of radiance factor I/F, W m⁻² sr⁻¹ within the band: I/F · F/π.
double RadianceFromFactor_Wpm2sr(double radiance_factor, const SolarBand& band);

/// Share of a black body's light between two wavelengths (m): the series for Planck's integral (Chang & Rhee
/// 1984), to 1e-12. Throws std::invalid_argument unless 0 < shortest < longest and the temperature is
/// positive.
double BlackBodyFraction(double shortest_m, double longest_m, double temperature_k = 5772);

}  // namespace perilune::vision
