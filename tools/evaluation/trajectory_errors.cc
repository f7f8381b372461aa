#include "tools/evaluation/trajectory_errors.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "dem/frames/pose.h"
#include "tools/evaluation/percentiles.h"

namespace perilune::tools {
namespace {

double RotationAngle_rad(const Eigen::Matrix3d& rotation) {
  return dem::LogSo3(Eigen::Quaterniond(rotation)).norm();
}

/// Errors of a sequence of poses as they are found.
struct ErrorSample {
  std::vector<double> translation_m;
  std::vector<double> rotation_rad;

  PoseErrors Summary() const { return {SummariseErrors(translation_m), SummariseErrors(rotation_rad)}; }
};

using Steps = std::vector<std::pair<std::size_t, std::size_t>>;

Steps StepsThrough(const std::vector<std::size_t>& taken) {
  Steps steps;
  for (std::size_t i = 1; i < taken.size(); ++i) steps.emplace_back(taken[i - 1], taken[i]);
  return steps;
}

}  // namespace

ErrorStatistics SummariseErrors(const std::vector<double>& errors) {
  if (errors.empty()) throw std::invalid_argument("errors: the sample is empty");
  const auto count = static_cast<double>(errors.size());
  ErrorStatistics statistics;
  statistics.count = static_cast<int>(errors.size());
  double sum = 0, squares = 0;
  for (const double error : errors) {
    sum += error;
    squares += error * error;
  }
  statistics.mean = sum / count;
  statistics.rmse = std::sqrt(squares / count);
  double spread = 0;
  for (const double error : errors) spread += (error - statistics.mean) * (error - statistics.mean);
  statistics.std = std::sqrt(spread / count);
  statistics.median = Percentile(errors, 0.5);
  const auto [least, most] = std::minmax_element(errors.begin(), errors.end());
  statistics.min = *least;
  statistics.max = *most;
  return statistics;
}

PoseErrors AbsolutePoseError(const std::vector<PosePair>& pairs) {
  ErrorSample sample;
  for (const PosePair& pair : pairs) {
    sample.translation_m.push_back((pair.estimate.translation() - pair.reference.translation()).norm());
    sample.rotation_rad.push_back(
        RotationAngle_rad(pair.reference.linear().transpose() * pair.estimate.linear()));
  }
  return sample.Summary();
}

void RelativeDelta::Validate() const {
  if (!(value > 0 && std::isfinite(value))) {
    throw std::invalid_argument("delta " + std::to_string(value) + ": must be above zero");
  }
  if (unit == Unit::kFrames && (value != std::floor(value) || value > 1e9)) {
    throw std::invalid_argument("delta " + std::to_string(value) + ": must be a whole number of frames");
  }
}

Steps RelativeSteps(const std::vector<PosePair>& pairs, const RelativeDelta& delta) {
  delta.Validate();
  std::vector<std::size_t> taken;
  if (delta.unit == RelativeDelta::Unit::kFrames) {
    for (std::size_t i = 0; i < pairs.size(); i += static_cast<std::size_t>(delta.value)) taken.push_back(i);
    return StepsThrough(taken);
  }
  double gone_m = 0;
  for (std::size_t i = 1; i < pairs.size(); ++i) {
    gone_m += (pairs[i].estimate.translation() - pairs[i - 1].estimate.translation()).norm();
    if (gone_m >= delta.value) {
      taken.push_back(i);
      gone_m = 0;
    }
  }
  return StepsThrough(taken);
}

std::optional<PoseErrors> RelativePoseError(const std::vector<PosePair>& pairs, const RelativeDelta& delta) {
  ErrorSample sample;
  for (const auto& [from, to] : RelativeSteps(pairs, delta)) {
    const Eigen::Isometry3d reference = pairs[from].reference.inverse() * pairs[to].reference;
    const Eigen::Isometry3d estimate = pairs[from].estimate.inverse() * pairs[to].estimate;
    const Eigen::Isometry3d error = reference.inverse() * estimate;
    sample.translation_m.push_back(error.translation().norm());
    sample.rotation_rad.push_back(RotationAngle_rad(error.linear()));
  }
  if (sample.translation_m.empty()) return std::nullopt;
  return sample.Summary();
}

}  // namespace perilune::tools
