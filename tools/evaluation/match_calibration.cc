#include "tools/evaluation/match_calibration.h"

#include <cstdio>
#include <numeric>
#include <stdexcept>

#include "dem/linear/symmetric_solve.h"
#include "tools/evaluation/column_table.h"
#include "tools/evaluation/percentiles.h"

namespace perilune::tools {
namespace {

std::string TwoDecimals(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

}  // namespace

std::map<std::string, MatchCalibration> CalibrationByMap(
    const std::vector<datasets::MatchResiduals>& images) {
  std::map<std::string, std::vector<double>> squares;
  for (const datasets::MatchResiduals& image : images) {
    for (std::size_t i = 0; i < image.residual_px.size(); ++i) {
      const Eigen::Matrix2d& covariance = image.of.image.matches[i].covariance_px2;
      if (!dem::IsPositiveDefinite(covariance)) {
        throw std::invalid_argument("a match at " + std::to_string(image.of.t_ns) +
                                    " ns: its covariance is not positive definite");
      }
      squares[image.of.image.map].push_back(dem::SquaredMahalanobis(image.residual_px[i], covariance));
    }
  }
  std::map<std::string, MatchCalibration> by_map;
  for (const auto& [map, sample] : squares) {
    const double sum = std::accumulate(sample.begin(), sample.end(), 0.0);
    by_map[map] = {sample.size(), sum / static_cast<double>(sample.size()), Percentile(sample, 0.5),
                   Percentile(sample, 0.9), Percentile(sample, 0.99)};
  }
  return by_map;
}

std::string CalibrationTable(const std::map<std::string, MatchCalibration>& by_map) {
  ColumnTable lines{{"matches, squared error / declared", "number", "mean", "p50", "p90", "p99"},
                    {"chi-square of 2", "", "2.00", "1.39", "4.61", "9.21"}};
  for (const auto& [map, c] : by_map) {
    lines.push_back({map, std::to_string(c.matches), TwoDecimals(c.mean), TwoDecimals(c.p50),
                     TwoDecimals(c.p90), TwoDecimals(c.p99)});
  }
  return ColumnText(lines);
}

}  // namespace perilune::tools
