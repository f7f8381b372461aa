#include "tools/evaluation/trajectory_alignment.h"

#include <algorithm>
#include <stdexcept>

#include "dem/linear/singular_values.h"

namespace perilune::tools {
namespace {

using datasets::TrajectoryPose;
using datasets::TrajectoryPoses;

/// |a − b| without overflow.
std::uint64_t Apart(std::int64_t a, std::int64_t b) {
  const auto unsigned_a = static_cast<std::uint64_t>(a), unsigned_b = static_cast<std::uint64_t>(b);
  return a > b ? unsigned_a - unsigned_b : unsigned_b - unsigned_a;
}

/// The earlier one where two are equally near.
const TrajectoryPose& NearestInTime(const TrajectoryPoses& trajectory, std::int64_t t_ns) {
  const auto later =
      std::lower_bound(trajectory.begin(), trajectory.end(), t_ns,
                       [](const TrajectoryPose& pose, std::int64_t t) { return pose.t_ns < t; });
  if (later == trajectory.begin()) return *later;
  const auto earlier = later - 1;
  if (later == trajectory.end()) return *earlier;
  return Apart(t_ns, earlier->t_ns) <= Apart(later->t_ns, t_ns) ? *earlier : *later;
}

struct Centroids {
  Eigen::Vector3d reference = Eigen::Vector3d::Zero();
  Eigen::Vector3d estimate = Eigen::Vector3d::Zero();
};

Centroids CentroidsOf(const std::vector<PosePair>& pairs) {
  Centroids sum;
  for (const PosePair& pair : pairs) {
    sum.reference += pair.reference.translation();
    sum.estimate += pair.estimate.translation();
  }
  const auto count = static_cast<double>(pairs.size());
  return {sum.reference / count, sum.estimate / count};
}

Eigen::Matrix3d AligningRotation(const std::vector<PosePair>& pairs, const Centroids& centre) {
  if (pairs.size() < 3) throw std::invalid_argument("alignment: se3 needs at least 3 poses in common");
  Eigen::Matrix3d covariance = Eigen::Matrix3d::Zero();
  for (const PosePair& pair : pairs) {
    covariance += (pair.reference.translation() - centre.reference) *
                  (pair.estimate.translation() - centre.estimate).transpose();
  }
  const dem::SingularValues svd = dem::SingularValuesOf(covariance);
  const Eigen::Vector3d& singular = svd.values;
  if (!(singular[1] > 1e-12 * singular[0])) {
    throw std::invalid_argument(
        "alignment: the positions lie on a line, which leaves a turn about it open; use position or none");
  }
  const bool mirrored = (svd.left * svd.right.transpose()).determinant() < 0;
  return svd.left * Eigen::Vector3d(1, 1, mirrored ? -1 : 1).asDiagonal() * svd.right.transpose();
}

}  // namespace

std::vector<PosePair> AssociateByTime(const TrajectoryPoses& reference, const TrajectoryPoses& estimate,
                                      std::int64_t max_difference_ns) {
  if (max_difference_ns < 0) throw std::invalid_argument("max time difference: must not be negative");
  const bool by_estimate = estimate.size() <= reference.size();
  const TrajectoryPoses& shorter = by_estimate ? estimate : reference;
  const TrajectoryPoses& longer = by_estimate ? reference : estimate;
  std::vector<PosePair> pairs;
  for (const TrajectoryPose& pose : shorter) {
    const TrajectoryPose& nearest = NearestInTime(longer, pose.t_ns);
    if (Apart(pose.t_ns, nearest.t_ns) > static_cast<std::uint64_t>(max_difference_ns)) continue;
    const TrajectoryPose& estimated = by_estimate ? pose : nearest;
    const TrajectoryPose& true_pose = by_estimate ? nearest : pose;
    pairs.push_back({estimated.t_ns, true_pose.reference_from_body, estimated.reference_from_body});
  }
  return pairs;
}

Eigen::Isometry3d Align(const std::vector<PosePair>& pairs, Alignment alignment) {
  Eigen::Isometry3d reference_from_estimate = Eigen::Isometry3d::Identity();
  if (alignment == Alignment::kNone) return reference_from_estimate;
  if (pairs.empty()) throw std::invalid_argument("alignment: there is no pose in common");
  const Centroids centre = CentroidsOf(pairs);
  if (alignment == Alignment::kSe3) reference_from_estimate.linear() = AligningRotation(pairs, centre);
  reference_from_estimate.translation() =
      centre.reference - reference_from_estimate.linear() * centre.estimate;
  return reference_from_estimate;
}

std::vector<PosePair> Aligned(std::vector<PosePair> pairs, const Eigen::Isometry3d& reference_from_estimate) {
  for (PosePair& pair : pairs) pair.estimate = reference_from_estimate * pair.estimate;
  return pairs;
}

}  // namespace perilune::tools
