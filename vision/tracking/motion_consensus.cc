#include "vision/tracking/motion_consensus.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/calib3d.hpp>
#include <stdexcept>
#include <string>

#include "dem/linear/singular_values.h"
#include "dem/synthesis/random.h"

namespace perilune::vision {
namespace {

constexpr int kSampleSize = 5;
constexpr int kFewestDraws = 24;  // noise spreads the hypotheses of clean samples, too
constexpr TwoViewOptions kSampleFit{TranslationFreedom::kDirection, 3, 4};  // few steps: a start
constexpr TwoViewOptions kLocalFit{TranslationFreedom::kDirection, 3, 3};
constexpr std::size_t kOptimised = 4;  // hypotheses that get the local optimisation

std::optional<std::vector<int>> DrawTracks(int n, std::uint64_t seed, int draw) {
  std::vector<int> sample;
  for (int k = 0; k < kSampleSize; ++k) {
    const auto index = static_cast<std::uint64_t>(draw) * kSampleSize + static_cast<std::uint64_t>(k);
    const int i = static_cast<int>(dem::RandomUniform(seed, 0, index) * n);
    if (std::find(sample.begin(), sample.end(), i) != sample.end()) return std::nullopt;
    sample.push_back(i);
  }
  return sample;
}

/// Draws after which a sample of agreeing tracks alone was missed with a probability below 1e-6, at most
/// `most`.
int DrawsFor(double agreeing_share, int most) {
  const double clean = std::pow(std::clamp(agreeing_share, 0.01, 0.99), kSampleSize);
  const double draws = std::ceil(std::log(1e-6) / std::log1p(-clean));  // up to 1e11
  return static_cast<int>(std::clamp(draws, std::min<double>(kFewestDraws, most), static_cast<double>(most)));
}

double MsacCost(const std::vector<TwoViewTrack>& tracks, const Camera& camera, const Eigen::Isometry3d& pose,
                double gate_px) {
  double cost = 0;
  for (const TwoViewTrack& track : tracks) {
    const double distance = EpipolarDistance_px(track, camera, pose);
    cost += std::min(distance * distance, gate_px * gate_px);
  }
  return cost;
}

/// The sign of the translation that puts more of the sample in front of the camera.
Eigen::Isometry3d InFront(const std::vector<TwoViewTrack>& tracks, const std::vector<int>& sample,
                          Eigen::Isometry3d pose) {
  int votes = 0;
  for (const int i : sample) {
    const auto inverse_range = InverseRange(tracks[i], pose);
    if (inverse_range) votes += *inverse_range > 0 ? 1 : -1;
  }
  if (votes < 0) pose.translation() = -pose.translation();
  return pose;
}

/// Two planes through the camera, each spanned by a track's rays, meet in the direction of motion.
std::vector<Eigen::Isometry3d> FromKnownRotation(const std::vector<TwoViewTrack>& tracks,
                                                 const std::vector<int>& sample, const Camera& camera,
                                                 const RotationPrior& prior) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = prior.cam0_from_cam1.toRotationMatrix();
  const auto normal = [&](int i) -> Eigen::Vector3d {
    return tracks[i].ray0_in_cam0.cross(pose.linear() * tracks[i].ray1_in_cam1);
  };
  const Eigen::Vector3d direction = normal(sample[0]).cross(normal(sample[1]));
  if (!(direction.squaredNorm() > 0)) return {};
  pose.translation() = direction.normalized();
  const TwoViewFit fit =
      FitTwoViews(tracks, sample, camera, InFront(tracks, sample, pose), {}, prior, kSampleFit);
  if (!fit.usable) return {};
  return {InFront(tracks, sample, fit.cam0_from_cam1)};
}

cv::Mat OnUnitPlane(const std::vector<TwoViewTrack>& tracks, const std::vector<int>& sample, bool second) {
  cv::Mat points(kSampleSize, 2, CV_64F);
  for (int k = 0; k < kSampleSize; ++k) {
    const Eigen::Vector3d ray = second ? tracks[sample[k]].ray1_in_cam1 : tracks[sample[k]].ray0_in_cam0;
    points.at<double>(k, 0) = ray.x() / ray.z();
    points.at<double>(k, 1) = ray.y() / ray.z();
  }
  return points;
}

/// The four motions of an essential matrix; of each rotation the sign with the points in front.
std::vector<Eigen::Isometry3d> MotionsOf(const Eigen::Matrix3d& essential,
                                         const std::vector<TwoViewTrack>& tracks,
                                         const std::vector<int>& sample) {
  const dem::SingularValues svd = dem::SingularValuesOf(essential);
  Eigen::Matrix3d u = svd.left, vt = svd.right.transpose();
  if (u.determinant() < 0) u = -u;
  if (vt.determinant() < 0) vt = -vt;
  Eigen::Matrix3d turn;
  turn << 0, -1, 0, 1, 0, 0, 0, 0, 1;
  std::vector<Eigen::Isometry3d> motions;
  for (const Eigen::Matrix3d& quarter : {turn, Eigen::Matrix3d(turn.transpose())}) {
    // x1 = R10 x0 + t10, E = [t10]× R10.
    const Eigen::Matrix3d cam1_from_cam0 = u * quarter * vt;
    Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
    pose.linear() = cam1_from_cam0.transpose();
    pose.translation() = -pose.linear() * u.col(2);
    motions.push_back(InFront(tracks, sample, pose));
  }
  return motions;
}

std::vector<Eigen::Isometry3d> FromFivePoints(const std::vector<TwoViewTrack>& tracks,
                                              const std::vector<int>& sample) {
  const cv::Mat first = OnUnitPlane(tracks, sample, false), second = OnUnitPlane(tracks, sample, true);
  // With five points OpenCV runs its minimal solver once, without drawing.
  const cv::Mat stacked =
      cv::findEssentialMat(first, second, cv::Mat::eye(3, 3, CV_64F), cv::RANSAC, 0.999, 1.0);
  std::vector<Eigen::Isometry3d> motions;
  for (int top = 0; top + 3 <= stacked.rows; top += 3) {
    Eigen::Matrix3d essential;
    for (int row = 0; row < 3; ++row) {
      for (int col = 0; col < 3; ++col) essential(row, col) = stacked.at<double>(top + row, col);
    }
    if (!essential.allFinite()) continue;
    for (const Eigen::Isometry3d& motion : MotionsOf(essential, tracks, sample)) motions.push_back(motion);
  }
  return motions;
}

MotionHypothesis LocallyOptimised(const std::vector<TwoViewTrack>& tracks, const Camera& camera,
                                  const std::optional<RotationPrior>& prior, MotionHypothesis best,
                                  double gate_px) {
  for (int round = 0; round < 2; ++round) {
    const std::vector<int> agree = TracksWithin(tracks, camera, best.cam0_from_cam1, gate_px);
    if (static_cast<int>(agree.size()) <= kSampleSize) break;
    const TwoViewFit fit = FitTwoViews(tracks, agree, camera, best.cam0_from_cam1, {}, prior, kLocalFit);
    if (!fit.usable) break;
    const Eigen::Isometry3d pose = InFront(tracks, agree, fit.cam0_from_cam1);
    const double cost = MsacCost(tracks, camera, pose, gate_px);
    if (cost >= best.cost) break;
    best = {pose, cost};
  }
  return best;
}

}  // namespace

void MotionConsensusOptions::Validate() const {
  if (!(gate_px > 0)) throw std::invalid_argument("gate_px must be positive, is " + std::to_string(gate_px));
  if (samples < 1) throw std::invalid_argument("samples must be at least 1, is " + std::to_string(samples));
  if (!(distinct_rad > 0))
    throw std::invalid_argument("distinct_rad must be positive, is " + std::to_string(distinct_rad));
}

double AngleBetween_rad(const Eigen::Vector3d& a, const Eigen::Vector3d& b) {
  return std::atan2(a.cross(b).norm(), a.dot(b));
}

std::vector<int> TracksWithin(const std::vector<TwoViewTrack>& tracks, const Camera& camera,
                              const Eigen::Isometry3d& cam0_from_cam1, double gate_px) {
  std::vector<int> within;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    if (EpipolarDistance_px(tracks[i], camera, cam0_from_cam1) < gate_px)
      within.push_back(static_cast<int>(i));
  }
  return within;
}

std::vector<MotionHypothesis> FindMotionHypotheses(const std::vector<TwoViewTrack>& tracks,
                                                   const Camera& camera,
                                                   const std::optional<RotationPrior>& prior,
                                                   const MotionConsensusOptions& options) {
  options.Validate();
  const int n = static_cast<int>(tracks.size());
  if (n < kSampleSize) return {};
  std::vector<MotionHypothesis> tried;
  int needed = options.samples;
  double lowest = std::numeric_limits<double>::infinity();
  for (int draw = 0; draw < needed; ++draw) {
    const auto sample = DrawTracks(n, options.seed, draw);
    if (!sample) continue;
    const auto motions =
        prior ? FromKnownRotation(tracks, *sample, camera, *prior) : FromFivePoints(tracks, *sample);
    for (const Eigen::Isometry3d& motion : motions) {
      tried.push_back({motion, MsacCost(tracks, camera, motion, options.gate_px)});
      if (tried.back().cost >= lowest) continue;
      lowest = tried.back().cost;
      // A track that disagrees costs gate²; some that agree cost as much as noise: no fewer agree than this.
      const double share = 1 - lowest / (n * options.gate_px * options.gate_px);
      needed = DrawsFor(share, options.samples);
    }
  }
  if (tried.empty()) return {};
  const auto cheaper = [](const MotionHypothesis& a, const MotionHypothesis& b) { return a.cost < b.cost; };
  std::stable_sort(tried.begin(), tried.end(), cheaper);
  MotionHypothesis best = tried.front();
  for (std::size_t i = 0; i < tried.size() && i < kOptimised; ++i) {
    const MotionHypothesis candidate = LocallyOptimised(tracks, camera, prior, tried[i], options.gate_px);
    if (candidate.cost < best.cost) best = candidate;
  }
  const auto distinct = [&](const MotionHypothesis& hypothesis) {
    return AngleBetween_rad(hypothesis.cam0_from_cam1.translation(), best.cam0_from_cam1.translation()) >
           options.distinct_rad;
  };
  std::vector<MotionHypothesis> answers = {best};
  std::size_t optimised = 0;
  for (std::size_t i = 0; i < tried.size() && optimised < kOptimised; ++i) {
    if (!distinct(tried[i])) continue;
    ++optimised;
    const MotionHypothesis other = LocallyOptimised(tracks, camera, prior, tried[i], options.gate_px);
    if (!distinct(other)) continue;
    answers.push_back(other);
    break;
  }
  std::stable_sort(answers.begin(), answers.end(), cheaper);
  return answers;
}

}  // namespace perilune::vision
