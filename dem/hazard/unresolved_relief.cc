#include "dem/hazard/unresolved_relief.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "dem/checks/require.h"
#include "dem/frames/moon.h"
#include "dem/hazard/ground_metric.h"
#include "dem/hazard/plane_fit.h"
#include "dem/terrain/height_error.h"

namespace perilune::dem {

namespace {

constexpr int kLags = 7;                    // half octaves from r to 8 r
constexpr int kFewestLags = 3;              // two unknowns and one to spare
constexpr double kLargestNoiseShare = 0.5;  // of a lag's variance: beyond, the difference says little
constexpr double kLeastHurst = 0.5, kMostHurst = 0.95, kHurstStep = 0.01;
constexpr int kMostRows = 2000;  // rows that a structure function is summed over; more are skipped evenly
/// Largest deviation over the rms deviation within a disc, root mean square: Gaussian self-affine ground that
/// lacks waves above 4, 10 or 40 m, disc of 10 m, lattice of 1 m, H 0.5 to 0.95: 2.57 to 2.64 (Monte Carlo).
constexpr double kLargestOverRms = 2.6;

struct Wave {
  double k = 0;       ///< rad/m
  double dlog_k = 0;  ///< trapezoid in the logarithm
};

/// Wavenumbers that all the integrals need, from waves far longer than the longest lag to far shorter than
/// the footprint and the resolution.
std::vector<Wave> Waves(double longest_m, double shortest_m) {
  constexpr int kCount = 4000;
  const double first = std::log(0.01 / longest_m), last = std::log(200.0 / shortest_m);
  const double step = (last - first) / (kCount - 1);
  std::vector<Wave> waves(kCount);
  for (int i = 0; i < kCount; ++i) {
    waves[i] = {std::exp(first + i * step), i == 0 || i == kCount - 1 ? 0.5 * step : step};
  }
  return waves;
}

double Bessel(double order, double z) { return std::cyl_bessel_j(order, z); }

/// Gain that the DEM's smoothing has.
double Shown(double k, double resolution_m) {
  const double s = resolution_m / (2 * std::sqrt(2 * std::log(2.0)));
  return std::exp(-0.5 * k * k * s * s);
}

/// Slope of a disc's plane fit per slope of a wave, z = k · radius.
double PlaneGain(double z) { return z < 1e-3 ? 1.0 : 8 * Bessel(2, z) / (z * z); }

/// Variance about a disc's plane per variance of a wave.
double ResidualShare(double z) {
  if (z < 1e-2) return 0;  // O(z⁴)
  const double mean = 2 * Bessel(1, z) / z, tilt = 4 * Bessel(2, z) / z;
  return std::max(0.0, 1 - mean * mean - tilt * tilt);
}

/// ∫ S response dk of the spectrum of unit amplitude, S dk = k^(−2−2H) k dk.
double Integrate(const std::vector<Wave>& waves, const std::vector<double>& response, double hurst) {
  double sum = 0;
  for (std::size_t i = 0; i < waves.size(); ++i) {
    sum += std::pow(waves[i].k, -2 * hurst) * response[i] * waves[i].dlog_k;
  }
  return sum;
}

/// Angular mean of |wave's second difference|², as the DEM shows it.
std::vector<double> SecondDifferenceResponse(const std::vector<Wave>& waves, double lag_m,
                                             double resolution_m) {
  std::vector<double> response(waves.size());
  for (std::size_t i = 0; i < waves.size(); ++i) {
    const double z = waves[i].k * lag_m, shown = Shown(waves[i].k, resolution_m);
    // 6 − 8 J0(z) + 2 J0(2z), whose terms cancel at small z: there (3/8) z⁴.
    const double angular = z < 0.02 ? 0.375 * z * z * z * z : 6 - 8 * Bessel(0, z) + 2 * Bessel(0, 2 * z);
    response[i] = shown * shown < 1e-12 ? 0 : shown * shown * angular;
  }
  return response;
}

double NoiseVariance(double lag_m, const UnresolvedReliefOptions& options) {
  const auto correlation = [&](double d) { return HeightErrorCorrelation(d, options.height_correlation_m); };
  return options.height_sigma_m * options.height_sigma_m *
         (6 - 8 * correlation(lag_m) + 2 * correlation(2 * lag_m));
}

/// Sums of second differences at about one lag.
struct LagSum {
  double lag_m = 0, square = 0;
  double count = 0;

  void AddAlong(const float* cells, int count_cells, int stride, int cells_per_lag, double step_m) {
    const std::ptrdiff_t reach = static_cast<std::ptrdiff_t>(stride) * cells_per_lag;
    double line = 0, found = 0;
    for (int i = cells_per_lag; i + cells_per_lag < count_cells; ++i) {
      const float* cell = cells + static_cast<std::ptrdiff_t>(i) * stride;
      const double bend = static_cast<double>(cell[-reach]) - 2.0 * cell[0] + cell[reach];
      if (!std::isfinite(bend)) continue;
      line += bend * bend;
      found += 1;
    }
    square += line;
    count += found;
    lag_m += found * cells_per_lag * step_m;
  }
};

int CellsPerLag(double lag_m, double step_m) {
  return std::max(1, static_cast<int>(std::lround(std::min(lag_m / step_m, 1e8))));
}

std::vector<StructurePoint> MeasureStructure(const Raster<float>& dem, const GroundMetric& metric,
                                             const UnresolvedReliefOptions& options) {
  const Grid<float>& heights = dem.grid;
  std::vector<StructurePoint> points;
  for (int i = 0; i < kLags; ++i) {
    const double wanted_m = options.effective_resolution_m * std::pow(2.0, 0.5 * i);
    LagSum sum;
    for (int row = 0; row < heights.height; row += heights.height / kMostRows + 1) {
      const double step_m = metric.At(0.5 * (heights.width - 1), row).col_step_m.norm();
      if (!(step_m > 0)) continue;
      sum.AddAlong(&heights.At(0, row), heights.width, 1, CellsPerLag(wanted_m, step_m), step_m);
    }
    for (int col = 0; col < heights.width; col += heights.width / kMostRows + 1) {
      const double step_m = metric.At(col, 0.5 * (heights.height - 1)).row_step_m.norm();
      if (!(step_m > 0)) continue;
      sum.AddAlong(&heights.At(col, 0), heights.height, heights.width, CellsPerLag(wanted_m, step_m), step_m);
    }
    if (sum.count == 0) continue;
    StructurePoint point;
    point.lag_m = sum.lag_m / sum.count;
    point.observed_m = std::sqrt(sum.square / sum.count);
    point.noise_m = std::sqrt(NoiseVariance(point.lag_m, options));
    const bool is_new = points.empty() || point.lag_m > 1.05 * points.back().lag_m;  // coarse cells repeat
    if (point.observed_m > 0 && is_new) points.push_back(point);
  }
  return points;
}

struct ReliefLaw {
  double hurst = 0;
  double amplitude = 0;  ///< of the spectrum, m² · m^(−2H)
};

struct LagVariance {
  double lag_m = 0, variance_m2 = 0;
};

/// Least squares in the logarithm of the variance. An area holds 1/lag² as many independent samples of a
/// longer lag, and those weigh as much less: one large crater must not tilt the law.
ReliefLaw FitPowerLaw(const std::vector<LagVariance>& lags, const std::vector<Wave>& waves,
                      double resolution_m) {
  std::vector<std::vector<double>> responses;
  for (const LagVariance& lag : lags) {
    responses.push_back(SecondDifferenceResponse(waves, lag.lag_m, resolution_m));
  }
  ReliefLaw best;
  double least = -1;
  const int steps = static_cast<int>(std::lround((kMostHurst - kLeastHurst) / kHurstStep));
  for (int step = 0; step <= steps; ++step) {
    const double hurst = kLeastHurst + step * kHurstStep;
    double weights = 0, sum = 0, sum2 = 0;
    for (std::size_t i = 0; i < lags.size(); ++i) {
      const double weight = 1 / (lags[i].lag_m * lags[i].lag_m);
      const double ratio = std::log(lags[i].variance_m2 / Integrate(waves, responses[i], hurst));
      weights += weight;
      sum += weight * ratio;
      sum2 += weight * ratio * ratio;
    }
    const double misfit = sum2 - sum * sum / weights;
    if (least < 0 || misfit < least) {
      least = misfit;
      best = {hurst, std::exp(sum / weights)};
    }
  }
  return best;
}

/// Variances of the lags that the declared noise leaves enough of.
std::vector<LagVariance> WithoutNoise(const std::vector<StructurePoint>& points) {
  std::vector<LagVariance> lags;
  for (const StructurePoint& point : points) {
    const double seen = point.observed_m * point.observed_m, noise = point.noise_m * point.noise_m;
    if (noise <= kLargestNoiseShare * seen) lags.push_back({point.lag_m, seen - noise});
  }
  return lags;
}

std::vector<LagVariance> WithNoise(const std::vector<StructurePoint>& points) {
  std::vector<LagVariance> lags;
  for (const StructurePoint& point : points) {
    lags.push_back({point.lag_m, point.observed_m * point.observed_m});
  }
  return lags;
}

}  // namespace

void UnresolvedReliefOptions::Validate() const {
  Require(effective_resolution_m > 0 && std::isfinite(effective_resolution_m), "effective_resolution_m",
          effective_resolution_m, "a positive number of metres");
  Require(footprint_m > 0 && std::isfinite(footprint_m), "footprint_m", footprint_m,
          "a positive number of metres");
  Require(height_sigma_m >= 0 && std::isfinite(height_sigma_m), "height_sigma_m", height_sigma_m,
          "0 or more");
  Require(height_correlation_m >= 0 && std::isfinite(height_correlation_m), "height_correlation_m",
          height_correlation_m, "0 or more");
}

std::optional<UnresolvedRelief> EstimateUnresolvedRelief(const Raster<float>& dem,
                                                         const UnresolvedReliefOptions& options) {
  options.Validate();
  if (dem.grid.empty()) return std::nullopt;
  const GroundMetric metric(dem.crs_wkt, dem.crs_from_pixel, dem.grid.width, dem.grid.height);
  UnresolvedRelief relief;
  relief.points = MeasureStructure(dem, metric, options);
  if (relief.points.size() < kFewestLags) return std::nullopt;
  std::vector<LagVariance> lags = WithoutNoise(relief.points);
  relief.noise_subtracted = lags.size() >= kFewestLags;
  if (!relief.noise_subtracted) lags = WithNoise(relief.points);

  const double resolution_m = options.effective_resolution_m, radius_m = 0.5 * options.footprint_m;
  const std::vector<Wave> waves = Waves(relief.points.back().lag_m, std::min(resolution_m, radius_m));
  const ReliefLaw law = FitPowerLaw(lags, waves, resolution_m);

  const Eigen::Matrix2d middle = metric.At(0.5 * (dem.grid.width - 1), 0.5 * (dem.grid.height - 1)).Metric();
  const double used_radius_m =
      middle.allFinite() ? 0.5 * UsedDiameter_m(middle, options.footprint_m) : radius_m;
  std::vector<double> slope(waves.size()), deviation(waves.size());
  for (std::size_t i = 0; i < waves.size(); ++i) {
    const double k = waves[i].k, shown = Shown(k, resolution_m);
    const double lost = PlaneGain(k * radius_m) - shown * PlaneGain(k * used_radius_m);
    slope[i] = 0.5 * k * k * lost * lost;
    deviation[i] = (1 - shown) * (1 - shown) * ResidualShare(k * radius_m);
  }
  relief.hurst = law.hurst;
  relief.slope_rad = std::atan(std::sqrt(law.amplitude * Integrate(waves, slope, law.hurst)));
  relief.roughness_rms_m = std::sqrt(law.amplitude * Integrate(waves, deviation, law.hurst));
  relief.largest_deviation_m = std::sqrt(kPi) / 2 * kLargestOverRms * relief.roughness_rms_m;
  return relief;
}

}  // namespace perilune::dem
