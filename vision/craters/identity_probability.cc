#include "vision/craters/identity_probability.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>

#include "dem/frames/moon.h"

namespace perilune::vision {
namespace {

std::vector<Eigen::Vector3d> LogShapes(const std::vector<MeasuredEllipse>& detections) {
  std::vector<Eigen::Vector3d> shapes;
  shapes.reserve(detections.size());
  for (const MeasuredEllipse& detection : detections)
    shapes.push_back(ShapeDifference(Eigen::Matrix2d::Identity(), detection.ellipse.shape));
  return shapes;
}

/// Covariance of the kernel; never narrower than 10 % of the axes.
Eigen::Matrix3d KernelOf(const std::vector<Eigen::Vector3d>& shapes) {
  constexpr double kLeast = 0.2;
  const double count = static_cast<double>(shapes.size());
  Eigen::Vector3d mean = Eigen::Vector3d::Zero();
  for (const Eigen::Vector3d& shape : shapes) mean += shape / count;
  Eigen::Matrix3d scatter = Eigen::Matrix3d::Zero();
  for (const Eigen::Vector3d& shape : shapes) scatter += (shape - mean) * (shape - mean).transpose() / count;
  return std::pow(count, -2.0 / 7) * scatter + kLeast * kLeast * Eigen::Matrix3d::Identity();
}

}  // namespace

std::vector<double> LogFalseDensity(const std::vector<MeasuredEllipse>& detections, double share_false,
                                    double image_area) {
  std::vector<double> log_density;
  if (detections.empty()) return log_density;
  const std::vector<Eigen::Vector3d> shapes = LogShapes(detections);
  const Eigen::LLT<Eigen::Matrix3d> kernel(KernelOf(shapes));
  const Eigen::Matrix3d root = kernel.matrixL();
  const double peak = std::pow(2 * dem::kPi, -1.5) / root.diagonal().prod();
  for (const Eigen::Vector3d& at : shapes) {
    double sum = 0;
    for (const Eigen::Vector3d& other : shapes)
      sum += std::exp(-0.5 * kernel.matrixL().solve(at - other).squaredNorm());
    log_density.push_back(std::log(share_false / image_area * peak * sum));
  }
  return log_density;
}

std::vector<double> IdentityProbabilities(const std::vector<Pairing>& chosen,
                                          const std::vector<FittingPair>& fitting, const IdentityOdds& odds) {
  const double log_detected = std::log(odds.detected_share / (1 - odds.detected_share));
  const auto odds_of = [&](const FittingPair& pair) {
    const auto detection = static_cast<std::size_t>(pair.pairing.detection);
    return std::exp(std::min(700.0, log_detected + pair.log_density - odds.log_false_density[detection]));
  };
  std::map<int, double> of_detection, of_crater;  // odds of the chosen pairing that it belongs to
  for (const FittingPair& pair : fitting) {
    const bool is_chosen = std::any_of(chosen.begin(), chosen.end(), [&](const Pairing& c) {
      return c.detection == pair.pairing.detection && c.crater == pair.pairing.crater;
    });
    if (is_chosen) of_detection[pair.pairing.detection] = of_crater[pair.pairing.crater] = odds_of(pair);
  }
  const auto cost = [](const std::map<int, double>& odds_by_place, int place) {
    const auto found = odds_by_place.find(place);
    return 1 + (found == odds_by_place.end() ? 0 : found->second);
  };
  std::vector<double> probabilities;
  for (const Pairing& pairing : chosen) {
    const auto own = of_detection.find(pairing.detection);
    if (own == of_detection.end()) {
      probabilities.push_back(0);
      continue;
    }
    double all = 1 + own->second;
    for (const FittingPair& other : fitting) {
      const bool same_detection = other.pairing.detection == pairing.detection,
                 same_crater = other.pairing.crater == pairing.crater;
      if (same_detection == same_crater) continue;
      all += odds_of(other) / (same_detection ? cost(of_crater, other.pairing.crater)
                                              : cost(of_detection, other.pairing.detection));
    }
    probabilities.push_back(own->second / all);
  }
  return probabilities;
}

}  // namespace perilune::vision
