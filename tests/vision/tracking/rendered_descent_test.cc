#include "tests/vision/tracking/rendered_descent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>

#include "dem/synthesis/random.h"
#include "vision/tracking/feature_tracker.h"

namespace perilune::vision {
namespace {

constexpr int kFrames = 11;  // ten steps: 5 s

struct Sums {
  double direction_nees = 0, free_nees = 0, metric_nees = 0;
  double metric_square = 0;
  int directions = 0, free_directions = 0, metrics = 0, ambiguous = 0, weak = 0;
  double step_nees = 0, drift_nees = 0, step_square = 0;
  int steps = 0, drifts = 0;
  double angle_square = 0;
  int fewest_living = 1 << 30;
};

Eigen::Isometry3d TrueMotion(const RenderedDescent& descent, int frame) {
  return descent.Pose(frame - 1).inverse() * descent.Pose(frame);
}

double DirectionNees(const RelativeMotion& motion, const Eigen::Vector3d& truth) {
  const Eigen::Matrix<double, 3, 2> basis = TangentBasis(truth);
  const Eigen::Vector2d error =
      basis.transpose() * (motion.cam0_from_cam1.translation().normalized() - truth);
  const Eigen::Matrix2d covariance = basis.transpose() * motion.direction_covariance_rad2 * basis;
  return error.dot(covariance.ldlt().solve(error));
}

RotationPrior Gyro(const Eigen::Isometry3d& truth, std::uint64_t seed, int frame) {
  const double sigma_rad = 5e-5;  // a tactical gyro over half a second
  Eigen::Vector3d error;
  for (int axis = 0; axis < 3; ++axis) {
    error(axis) = sigma_rad * dem::RandomNormal(seed, 70 + static_cast<std::uint64_t>(axis),
                                                static_cast<std::uint64_t>(frame));
  }
  RotationPrior prior;
  prior.cam0_from_cam1 = Eigen::Quaterniond(truth.linear()) * dem::ExpSo3(error);
  prior.covariance_rad2 = sigma_rad * sigma_rad * Eigen::Matrix3d::Identity();
  return prior;
}

/// A map that knows nothing of the relief: a plane at the height of the ground below the start. One altimeter
/// would say the same. Relief within some hundred metres of the picture is a few per cent of the range.
constexpr RangeKnowledge kFlatMap{0.02, 0.02};

std::vector<TrackPair> WithPlaneRanges(std::vector<TrackPair> pairs, const RenderedDescent& descent,
                                       const Eigen::Isometry3d& site_from_cam0) {
  for (TrackPair& pair : pairs) {
    const Eigen::Vector3d ray = site_from_cam0.linear() * descent.camera().Unproject(pair.pixel0_px);
    pair.range0_m = (descent.GroundBelow_m() - site_from_cam0.translation().z()) / ray.z();
  }
  return pairs;
}

void AddMetric(const RelativeMotion& motion, const Eigen::Isometry3d& truth, Sums& sums) {
  if (!motion.scaled) return;
  const Eigen::Vector3d error = motion.cam0_from_cam1.translation() - truth.translation();
  sums.metric_nees += error.dot(motion.covariance.bottomRightCorner<3, 3>().ldlt().solve(error));
  sums.metric_square += error.squaredNorm();
  ++sums.metrics;
}

/// Where frame `to` shows what `from` shows at a pixel: through the rendered range, bilinear.
std::optional<Eigen::Vector2d> TruePixel(const RenderedDescent& descent, const View& from, int to,
                                         const Eigen::Vector2d& pixel) {
  const int col = static_cast<int>(std::floor(pixel.x())), row = static_cast<int>(std::floor(pixel.y()));
  if (col < 0 || row < 0 || col + 1 >= from.range_m.cols || row + 1 >= from.range_m.rows) return std::nullopt;
  const double p = pixel.x() - col, q = pixel.y() - row;
  const auto range = [&](int c, int r) { return from.range_m.at<double>(r, c); };
  const double range_m = (1 - q) * ((1 - p) * range(col, row) + p * range(col + 1, row)) +
                         q * ((1 - p) * range(col, row + 1) + p * range(col + 1, row + 1));
  const Eigen::Vector3d point = from.site_from_cam * (range_m * from.camera.Unproject(pixel));
  return descent.camera().Project(descent.Pose(to).inverse() * point);
}

void AddStepErrors(const RenderedDescent& descent, const View& before, int frame, const TrackedFrame& tracked,
                   Sums& sums) {
  for (const TrackPair& pair : tracked.pairs) {
    const auto truth = TruePixel(descent, before, frame, pair.pixel0_px);
    if (!truth) continue;
    const Eigen::Vector2d error = pair.pixel1_px - *truth;
    sums.step_nees += error.dot(pair.covariance_px2.ldlt().solve(error));
    sums.step_square += error.squaredNorm();
    ++sums.steps;
  }
}

void AddMotion(const RelativeMotion& motion, const Eigen::Vector3d& direction, double& nees, int& count,
               Sums& sums) {
  if (!motion.HasDirection()) return;
  sums.weak += motion.status == MotionStatus::kWeak;
  if (motion.second_direction_in_cam0) {
    ++sums.ambiguous;
    return;
  }
  nees += DirectionNees(motion, direction);
  ++count;
}

void RunSeed(const RenderedDescent& descent, const std::vector<View>& views, std::uint64_t seed, int bits,
             bool change_exposure, Sums& sums) {
  FeatureTrackerOptions options;
  options.full_scale = std::pow(2.0, bits) - 1;
  FeatureTracker tracker(descent.camera(), options);
  const double gain = AutomaticGain(views.front().radiance, change_exposure ? 0.35 : 0.7);
  std::map<std::int64_t, Eigen::Vector2d> born;
  TrackedFrame tracked;
  for (int k = 0; k < kFrames; ++k) {
    const double stops = change_exposure ? (k % 4 == 1 ? 1.0 : k % 4 == 3 ? -1.0 : 0.0) : 0.0;
    const cv::Mat image =
        RenderedDescent::Exposed(views[static_cast<std::size_t>(k)], bits, gain * std::exp2(stops), seed, k);
    if (k == 0) {
      tracked = tracker.Track(image);
      for (const TrackedFeature& feature : tracked.features) born[feature.id] = feature.pixel_px;
      continue;
    }
    const Eigen::Isometry3d truth = TrueMotion(descent, k);
    const RotationPrior gyro = Gyro(truth, seed, k);
    tracked = tracker.Track(image, gyro);
    const Eigen::Vector3d direction = truth.translation().normalized();
    AddStepErrors(descent, views[static_cast<std::size_t>(k - 1)], k, tracked, sums);
    AddMotion(tracked.motion, direction, sums.direction_nees, sums.directions, sums);
    if (tracked.motion.HasDirection())
      sums.angle_square +=
          std::pow(AngleBetween_rad(tracked.motion.cam0_from_cam1.translation(), direction), 2);
    AddMotion(EstimateRelativeMotion(tracked.pairs, descent.camera()), direction, sums.free_nees,
              sums.free_directions, sums);
    AddMetric(EstimateRelativeMotion(WithPlaneRanges(tracked.pairs, descent, descent.Pose(k - 1)),
                                     descent.camera(), gyro, kFlatMap),
              truth, sums);
  }
  int living = 0;
  for (const TrackedFeature& feature : tracked.features) {
    if (feature.age < kFrames - 1) continue;
    ++living;
    const auto truth = TruePixel(descent, views.front(), kFrames - 1, born.at(feature.id));
    if (!truth) continue;
    const Eigen::Vector2d error = feature.pixel_px - *truth;
    sums.drift_nees += error.dot(feature.drift_covariance_px2.ldlt().solve(error));
    ++sums.drifts;
  }
  sums.fewest_living = std::min(sums.fewest_living, living);
}

// Ground and noise of a seed that nothing was tuned on. One run's ten directions share their ground: the band
// of their mean NEES is wide, docs/tracking.md has more runs.
void CheckDescent(const std::string& site_type, double sun_deg, bool change_exposure) {
  const RenderedDescent descent(site_type, 900, 2000, {10, 5, -40}, sun_deg);
  std::vector<View> views;
  for (int k = 0; k < kFrames; ++k) views.push_back(descent.Rendered(k));
  Sums sums;
  RunSeed(descent, views, 900, change_exposure ? 12 : 8, change_exposure, sums);
  const std::string name =
      site_type + " Sun " + std::to_string(sun_deg) + (change_exposure ? " exposure changes" : "");
  std::printf(
      "%s: living %d | step rms %.3f px nees/2 %.2f | drift nees/2 %.2f | direction rms %.2f mrad nees/2 "
      "%.2f "
      "(%d) | free nees/2 %.2f (%d), two answers %d | metres rms %.2f nees/3 %.2f\n",
      name.c_str(), sums.fewest_living, std::sqrt(sums.step_square / sums.steps),
      sums.step_nees / sums.steps / 2, sums.drift_nees / sums.drifts / 2,
      1e3 * std::sqrt(sums.angle_square / sums.directions), sums.direction_nees / sums.directions / 2,
      sums.directions, sums.free_nees / std::max(1, sums.free_directions) / 2, sums.free_directions,
      sums.ambiguous, std::sqrt(sums.metric_square / sums.metrics), sums.metric_nees / sums.metrics / 3);
  EXPECT_GE(sums.fewest_living, 100) << name;
  EXPECT_LT(std::sqrt(sums.step_square / sums.steps), 0.1) << name;
  ASSERT_EQ(sums.directions, kFrames - 1) << name;
  EXPECT_LT(sums.direction_nees / sums.directions, 2 * 2.5) << name;
  EXPECT_LT(std::sqrt(sums.angle_square / sums.directions), 0.01) << name;
}

TEST(RenderedDescentSlow, LowSun) { CheckDescent("highland", 5, false); }
TEST(RenderedDescentSlow, MiddleSun) { CheckDescent("mare", 20, false); }
TEST(RenderedDescentSlow, HighSun) { CheckDescent("highland", 60, false); }
TEST(RenderedDescentSlow, ExposureChangesInTwelveBits) { CheckDescent("mare", 60, true); }

}  // namespace
}  // namespace perilune::vision
