#include "vision/tracking/feature_tracker.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <map>

#include "dem/linear/symmetric_solve.h"
#include "tests/support/looks.h"
#include "tests/vision/tracking/painted_plane.h"

namespace perilune::vision {
namespace {

constexpr double kHeight_m = 500;

/// A camera over a painted plane: 1.1 m a pixel from 500 m; waves of 7 to 70 m.
struct PaintedDescent {
  Camera camera = PinholeCamera(512, 1.0);
  PaintedPlane plane{11, 7, 70};
  Eigen::Vector3d step_m = {4, -2, -8};
  Eigen::Vector3d turn_rad = {0.002, -0.003, 0.01};

  Eigen::Isometry3d Pose(int frame) const {
    Eigen::Isometry3d pose = test::LookDown(Eigen::Vector3d(0, 0, kHeight_m) + frame * step_m);
    pose.linear() = pose.linear() * dem::ExpSo3(frame * turn_rad).toRotationMatrix();
    return pose;
  }
  cv::Mat Frame(int frame) const { return plane.Picture(camera, Pose(frame)); }
  /// Where frame `to` shows what frame `from` shows at a pixel.
  Eigen::Vector2d Moved(const Eigen::Vector2d& pixel, int from, int to) const {
    const Eigen::Vector3d point = PaintedPlane::PointUnder(camera, Pose(from), pixel);
    return camera.Project(Pose(to).inverse() * point).value();
  }
};

double Nees2(const Eigen::Vector2d& error, const Eigen::Matrix2d& covariance) {
  return dem::SquaredMahalanobis(error, covariance);
}

TEST(FeatureTracker, FollowsAPlaneExactly) {
  const PaintedDescent descent;
  FeatureTracker tracker(descent.camera);
  tracker.Track(descent.Frame(0));
  const TrackedFrame frame = tracker.Track(descent.Frame(1));
  ASSERT_GT(frame.pairs.size(), 250U);
  double squares = 0;
  for (const TrackPair& pair : frame.pairs)
    squares += (pair.pixel1_px - descent.Moved(pair.pixel0_px, 0, 1)).squaredNorm();
  EXPECT_LT(std::sqrt(squares / static_cast<double>(frame.pairs.size())), 0.02);
}

TEST(FeatureTracker, StepsScatterAsTheirCovarianceSays) {
  const PaintedDescent descent;
  const cv::Mat first = descent.Frame(0), second = descent.Frame(1);
  double nees = 0;
  int count = 0;
  for (std::uint64_t seed = 100; seed < 110; ++seed) {
    FeatureTracker tracker(descent.camera);
    tracker.Track(Digitised(first, 8, 1, 8, 2 * seed));
    const TrackedFrame frame = tracker.Track(Digitised(second, 8, 1, 8, 2 * seed + 1));
    for (const TrackPair& pair : frame.pairs) {
      const Eigen::Vector2d error = pair.pixel1_px - descent.Moved(pair.pixel0_px, 0, 1);
      nees += Nees2(error, pair.covariance_px2);
      ++count;
    }
  }
  ASSERT_GT(count, 2000);
  EXPECT_GT(nees / count, 0.8 * 2);
  EXPECT_LT(nees / count, 1.25 * 2);
}

// Each frame's noise enters two steps with opposite signs. If that were all, ten steps would scatter like one
// and the declared sum of ten would give a NEES of 2/10; if steps were independent, 2.
TEST(FeatureTracker, DriftOverTenFramesIsNotUnderstated) {
  const PaintedDescent descent;
  std::vector<cv::Mat> pictures;
  for (int k = 0; k <= 10; ++k) pictures.push_back(descent.Frame(k));
  double nees = 0;
  int count = 0;
  for (std::uint64_t seed = 200; seed < 205; ++seed) {
    FeatureTracker tracker(descent.camera);
    std::map<std::int64_t, Eigen::Vector2d> first;
    TrackedFrame frame;
    for (int k = 0; k <= 10; ++k) {
      frame = tracker.Track(Digitised(pictures[static_cast<std::size_t>(k)], 8, 1, 8,
                                      100 * seed + static_cast<std::uint64_t>(k)));
      if (k == 0) {
        for (const TrackedFeature& feature : frame.features) first[feature.id] = feature.pixel_px;
      }
    }
    for (const TrackedFeature& feature : frame.features) {
      if (feature.age < 10) continue;
      const Eigen::Vector2d error = feature.pixel_px - descent.Moved(first.at(feature.id), 0, 10);
      nees += Nees2(error, feature.drift_covariance_px2);
      ++count;
    }
  }
  ASSERT_GT(count, 500);
  EXPECT_GT(nees / count, 0.8 * 2 / 10);
  EXPECT_LT(nees / count, 1.25 * 2);
}

TEST(FeatureTracker, LivesThroughExposureChangesInEightAndTwelveBits) {
  const PaintedDescent descent;
  for (const int bits : {8, 12}) {
    FeatureTrackerOptions options;
    options.full_scale = std::pow(2.0, bits) - 1;
    FeatureTracker steady(descent.camera, options), changing(descent.camera, options);
    TrackedFrame of_steady, of_changing;
    // Steps of +1 and −1 stop between frames, twice over; at +1 5 % of the pixels are clipped: all
    // that the waves add over 1.65 sigma.
    const std::array<double, 5> gains = {0.7, 1.4, 0.7, 0.35, 0.7};
    for (std::size_t k = 0; k < gains.size(); ++k) {
      const cv::Mat picture = descent.Frame(static_cast<int>(k));
      const double noise_dn = 0.004 * options.full_scale;
      of_steady = steady.Track(Digitised(picture, bits, 0.7, noise_dn, 50 + k));
      of_changing = changing.Track(Digitised(picture, bits, gains[k], noise_dn, 50 + k));
    }
    const auto living = [](const TrackedFrame& frame) {
      return std::count_if(frame.features.begin(), frame.features.end(),
                           [](const TrackedFeature& feature) { return feature.age == 4; });
    };
    EXPECT_GT(living(of_steady), 250) << bits;
    EXPECT_GT(living(of_changing), 0.9 * static_cast<double>(living(of_steady))) << bits;
    for (const TrackPair& pair : of_changing.pairs) {
      EXPECT_LT((pair.pixel1_px - descent.Moved(pair.pixel0_px, 3, 4)).norm(), 1) << bits;
    }
  }
}

TEST(FeatureTracker, DuplicatedFramesDoNotMove) {
  const PaintedDescent descent;
  const cv::Mat picture = Digitised(descent.Frame(0), 8, 1, 4, 1);
  FeatureTracker tracker(descent.camera);
  const TrackedFrame first = tracker.Track(picture);
  const TrackedFrame second = tracker.Track(picture);
  EXPECT_EQ(second.motion.status, MotionStatus::kNoParallax);
  EXPECT_EQ(second.counts.kept, static_cast<int>(first.features.size()))
      << second.counts.lost << " lost, " << second.counts.inconsistent << " inconsistent";
  for (const TrackPair& pair : second.pairs) EXPECT_LT((pair.pixel1_px - pair.pixel0_px).norm(), 1e-3);
}

TEST(FeatureTracker, TurningAloneIsNoMotion) {
  PaintedDescent descent;
  descent.step_m.setZero();
  descent.turn_rad = {0.01, 0.02, 0.05};
  FeatureTracker tracker(descent.camera);
  tracker.Track(Digitised(descent.Frame(0), 8, 1, 4, 1));
  const TrackedFrame frame = tracker.Track(Digitised(descent.Frame(1), 8, 1, 4, 2));
  ASSERT_EQ(frame.motion.status, MotionStatus::kNoParallax);
  EXPECT_LT(dem::LogSo3(Eigen::Quaterniond(descent.Pose(0).linear().transpose() * descent.Pose(1).linear()) *
                        Eigen::Quaterniond(frame.motion.cam0_from_cam1.linear()).conjugate())
                .norm(),
            2e-4);
}

TEST(FeatureTracker, MotionOfTheCameraComesOut) {
  const PaintedDescent descent;
  FeatureTracker tracker(descent.camera);
  RotationPrior rotation;
  const Eigen::Isometry3d cam0_from_cam1 = descent.Pose(0).inverse() * descent.Pose(1);
  rotation.cam0_from_cam1 = Eigen::Quaterniond(cam0_from_cam1.linear());
  rotation.covariance_rad2 = 1e-10 * Eigen::Matrix3d::Identity();
  tracker.Track(Digitised(descent.Frame(0), 8, 1, 4, 1));
  const TrackedFrame frame = tracker.Track(Digitised(descent.Frame(1), 8, 1, 4, 2), rotation);
  ASSERT_EQ(frame.motion.status, MotionStatus::kOk);
  EXPECT_LT(AngleBetween_rad(frame.motion.cam0_from_cam1.translation(), cam0_from_cam1.translation()),
            4 * frame.motion.direction_sigma_rad);
  EXPECT_LT(frame.motion.direction_sigma_rad, 0.01);
}

TEST(FeatureTracker, LargeTurnsNeedTheGyro) {
  // 0.35 rad about the boresight moves the edge by 90 px and turns the patches.
  PaintedDescent descent;
  descent.turn_rad = {0, 0.15, 0};
  FeatureTracker tracker(descent.camera);
  RotationPrior rotation;
  rotation.cam0_from_cam1 =
      Eigen::Quaterniond(descent.Pose(0).linear().transpose() * descent.Pose(1).linear());
  rotation.covariance_rad2 = 1e-6 * Eigen::Matrix3d::Identity();
  tracker.Track(descent.Frame(0));
  const TrackedFrame frame = tracker.Track(descent.Frame(1), rotation);
  EXPECT_GT(frame.pairs.size(), 150U);
  for (const TrackPair& pair : frame.pairs)
    EXPECT_LT((pair.pixel1_px - descent.Moved(pair.pixel0_px, 0, 1)).norm(), 0.5);
}

TEST(FeatureTracker, WhatMovesByItselfIsDropped) {
  const PaintedDescent descent;
  FeatureTracker tracker(descent.camera);
  tracker.Track(descent.Frame(0));
  cv::Mat second = descent.Frame(1);
  // A quarter of the picture slides 6 px across.
  const cv::Mat from = second(cv::Rect(20, 20, 200, 200)).clone();
  from.copyTo(second(cv::Rect(26, 14, 200, 200)));
  const TrackedFrame frame = tracker.Track(second);
  EXPECT_GT(frame.counts.inconsistent, 15);
  int slid = 0;
  for (const TrackPair& pair : frame.pairs)
    slid += (pair.pixel1_px - descent.Moved(pair.pixel0_px, 0, 1)).norm() > 3;
  EXPECT_LE(slid, 3);
}

TEST(FeatureTracker, NothingToSeeGivesNoTracks) {
  const Camera camera = PinholeCamera(256, 1);
  for (const double grey : {0.0, 255.0}) {
    FeatureTracker tracker(camera);
    const cv::Mat blank(256, 256, CV_8U, cv::Scalar(grey));
    EXPECT_TRUE(tracker.Track(blank).features.empty());
    EXPECT_EQ(tracker.Track(blank).motion.status, MotionStatus::kTooFewTracks);
  }
  // Noise alone: corners are tried, none lives.
  FeatureTracker tracker(camera);
  const cv::Mat flat(256, 256, CV_32F, cv::Scalar(0.5));
  for (std::uint64_t k = 0; k < 4; ++k) {
    EXPECT_LT(tracker.Track(Digitised(flat, 8, 1, 3, k)).counts.kept, 10);
  }
}

TEST(FeatureTracker, NumberOfFeaturesIsBounded) {
  const PaintedDescent descent;
  FeatureTrackerOptions options;
  options.cells_across = 9;
  FeatureTracker tracker(descent.camera, options);
  for (int k = 0; k < 6; ++k) EXPECT_LE(tracker.Track(descent.Frame(k)).features.size(), 2U * 81U);
}

TEST(FeatureTracker, SameBytesWithOneThreadOrTwo) {
  const PaintedDescent descent;
  const auto run = [&](int threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(threads));
    cv::setNumThreads(threads);
    FeatureTracker tracker(descent.camera);
    std::vector<double> numbers;
    for (int k = 0; k < 3; ++k) {
      const TrackedFrame frame = tracker.Track(Digitised(descent.Frame(k), 8, 1, 4, 7));
      for (const TrackedFeature& feature : frame.features) {
        numbers.insert(numbers.end(), {static_cast<double>(feature.id), feature.pixel_px.x(),
                                       feature.pixel_px.y(), feature.step_covariance_px2(0, 0)});
      }
      for (int i = 0; i < 16; ++i) numbers.push_back(frame.motion.cam0_from_cam1.matrix()(i));
    }
    cv::setNumThreads(-1);
    return numbers;
  };
  EXPECT_EQ(run(1), run(2));
}

TEST(FeatureTracker, Refusals) {
  const Camera camera = PinholeCamera(64, 1);
  FeatureTracker tracker(camera);
  EXPECT_THROW(tracker.Track(cv::Mat::zeros(64, 63, CV_8U)), std::invalid_argument);
  EXPECT_THROW(tracker.Track(cv::Mat::zeros(64, 64, CV_8UC3)), std::invalid_argument);
  EXPECT_NO_THROW(tracker.Track(cv::Mat::zeros(64, 64, CV_8U)));
  FeatureTrackerOptions options;
  options.patch_size_px = 30;
  EXPECT_THROW(FeatureTracker(camera, options), std::invalid_argument);
  EXPECT_THROW(FeatureTracker(Camera{}, {}), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
