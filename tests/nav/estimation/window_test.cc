#include "nav/estimation/window.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "dem/frames/pose.h"
#include "dem/linear/symmetric_solve.h"
#include "dem/synthesis/random.h"
#include "nav/estimation/measurement_factors.h"
#include "tests/support/synthetic_matches.h"

namespace perilune::nav {
namespace {

using Eigen::MatrixXd;
using Eigen::Vector3d;
using Eigen::VectorXd;

MatrixXd RandomMatrix(int rows, int cols, std::uint64_t seed, std::uint64_t stream) {
  MatrixXd m(rows, cols);
  for (int i = 0; i < rows * cols; ++i) {
    m(i / cols, i % cols) = dem::RandomNormal(seed, stream, static_cast<std::uint64_t>(i));
  }
  return m;
}

/// Rows that are linear in everything but the attitude, which they do not see.
class LinearFactor : public Factor {
 public:
  LinearFactor(std::uint64_t seed, std::uint64_t stream, bool two)
      : residual_(RandomMatrix(4, 1, seed, stream)),
        first_(RandomMatrix(4, kKeyframeSize, seed, stream + 1)),
        second_(two ? RandomMatrix(4, kKeyframeSize, seed, stream + 2) : MatrixXd::Zero(4, kKeyframeSize)),
        shared_(RandomMatrix(4, kSharedSize, seed, stream + 3)) {
    first_.leftCols<3>().setZero();
    second_.leftCols<3>().setZero();
  }
  int Rows() const override { return 4; }
  FactorRows Evaluate(const FactorEnds& at, const FactorEnds&) const override {
    FactorRows rows(4);
    const Keyframe& second = at.second != nullptr ? *at.second : *at.first;
    const JointVector x1 = JointDifference({}, {}, *at.first, *at.shared);
    const JointVector x2 = JointDifference({}, {}, second, *at.shared);
    rows.residual = residual_ + first_ * x1.head<kKeyframeSize>() + second_ * x2.head<kKeyframeSize>() +
                    shared_ * x1.tail<kSharedSize>();
    rows.by_first = first_;
    rows.by_second = second_;
    rows.by_shared = shared_;
    return rows;
  }
  const MatrixXd& residual() const { return residual_; }
  const MatrixXd& first() const { return first_; }
  const MatrixXd& second() const { return second_; }
  const MatrixXd& shared() const { return shared_; }

 private:
  MatrixXd residual_, first_, second_, shared_;
};

/// A chain of keyframes with linear factors, as a window and as one dense problem.
struct LinearChain {
  std::vector<std::unique_ptr<LinearFactor>> factors;
  std::vector<std::pair<int, bool>> ends;
  MatrixXd prior_covariance;
  int keyframes;

  LinearChain(int count, std::uint64_t seed) : keyframes(count) {
    const MatrixXd root = RandomMatrix(kJointSize, kJointSize, seed, 1000);
    prior_covariance = root * root.transpose() + MatrixXd::Identity(kJointSize, kJointSize);
    // The attitude alone is not linear: it stays at zero.
    prior_covariance.topRows<3>().setZero();
    prior_covariance.leftCols<3>().setZero();
    prior_covariance.topLeftCorner<3, 3>().setIdentity();
    std::uint64_t stream = 0;
    for (int k = 0; k < count; ++k) {
      for (int i = 0; i < 5; ++i) {
        const bool two = i > 0 && k + 1 < count;
        factors.push_back(std::make_unique<LinearFactor>(seed, stream, two));
        ends.emplace_back(k, two);
        stream += 10;
      }
    }
  }

  /// Information and gradient of all values at zero. The attitude of all keyframes but the first is held by
  /// a unit prior, as in MakeWindow.
  void Dense(MatrixXd& information, VectorXd& gradient) const {
    const int size = keyframes * kKeyframeSize + kSharedSize, shared = keyframes * kKeyframeSize;
    information = MatrixXd::Zero(size, size);
    gradient = VectorXd::Zero(size);
    const MatrixXd prior = dem::InverseOfSymmetric(prior_covariance);
    std::vector<int> place(kJointSize);
    for (int i = 0; i < kJointSize; ++i)
      place[static_cast<std::size_t>(i)] = i < kKeyframeSize ? i : shared + i - kKeyframeSize;
    for (int i = 0; i < kJointSize; ++i) {
      for (int j = 0; j < kJointSize; ++j) {
        information(place[static_cast<std::size_t>(i)], place[static_cast<std::size_t>(j)]) += prior(i, j);
      }
    }
    for (int k = 1; k < keyframes; ++k)
      information.block<kKeyframeSize, kKeyframeSize>(k * kKeyframeSize, k * kKeyframeSize) +=
          MatrixXd::Identity(kKeyframeSize, kKeyframeSize);
    for (std::size_t i = 0; i < factors.size(); ++i) {
      MatrixXd j = MatrixXd::Zero(4, size);
      j.middleCols<kKeyframeSize>(ends[i].first * kKeyframeSize) = factors[i]->first();
      if (ends[i].second)
        j.middleCols<kKeyframeSize>((ends[i].first + 1) * kKeyframeSize) = factors[i]->second();
      j.rightCols<kSharedSize>() = factors[i]->shared();
      information += j.transpose() * j;
      gradient += j.transpose() * factors[i]->residual();
    }
  }
};

/// Holds a keyframe at zero with one sigma of one.
class UnitPrior : public Factor {
 public:
  int Rows() const override { return kKeyframeSize; }
  FactorRows Evaluate(const FactorEnds& at, const FactorEnds&) const override {
    FactorRows rows(kKeyframeSize);
    rows.residual = JointDifference({}, {}, *at.first, *at.shared).head<kKeyframeSize>();
    rows.by_first.setIdentity();
    return rows;
  }
};

void AddKeyframe(Window& window, LinearChain& chain, int k) {
  Keyframe keyframe;
  keyframe.t_ns = k;
  const int index = window.Insert(keyframe);
  window.Add(index, false, std::make_unique<UnitPrior>());
  for (std::size_t i = 0; i < chain.factors.size(); ++i) {
    // A factor of two when its second keyframe is there, else when its only one is.
    if (chain.ends[i].first + (chain.ends[i].second ? 1 : 0) != k) continue;
    window.Add(index - (chain.ends[i].second ? 1 : 0), chain.ends[i].second,
               std::make_unique<LinearFactor>(*chain.factors[i]));
  }
}

Window FirstKeyframe(const LinearChain& chain) {
  Window window({}, {}, chain.prior_covariance);
  for (std::size_t i = 0; i < chain.factors.size(); ++i) {
    if (chain.ends[i] == std::pair(0, false)) {
      window.Add(0, false, std::make_unique<LinearFactor>(*chain.factors[i]));
    }
  }
  return window;
}

const WindowSolveOptions kThorough{30, 1e-15};

TEST(Window, SolvesALinearProblemAsOneDenseBatch) {
  LinearChain chain(7, 11);
  Window window = FirstKeyframe(chain);
  for (int k = 1; k < 7; ++k) AddKeyframe(window, chain, k);
  EXPECT_TRUE(window.Solve(kThorough).usable);
  MatrixXd information;
  VectorXd gradient;
  chain.Dense(information, gradient);
  const VectorXd solution = -dem::SolveSymmetric(information, gradient);
  const MatrixXd covariance = dem::InverseOfSymmetric(information);
  for (int k = 0; k < 7; ++k) {
    JointVector expected;
    expected << solution.segment<kKeyframeSize>(k * kKeyframeSize), solution.tail<kSharedSize>();
    const JointVector value =
        JointDifference({}, {}, window.keyframes()[static_cast<std::size_t>(k)], window.shared());
    EXPECT_LT((value - expected).norm(), 1e-9) << k;
    const JointGaussian marginal = window.Marginal(k);
    EXPECT_LT(marginal.mean.norm(), 1e-9) << "the solution is the mean";
    EXPECT_TRUE((marginal.covariance.topLeftCorner<kKeyframeSize, kKeyframeSize>().isApprox(
        covariance.block<kKeyframeSize, kKeyframeSize>(k * kKeyframeSize, k * kKeyframeSize), 1e-9)));
    EXPECT_TRUE((marginal.covariance.bottomRightCorner<kSharedSize, kSharedSize>().isApprox(
        covariance.bottomRightCorner<kSharedSize, kSharedSize>(), 1e-9)));
  }
}

TEST(Window, MarginalisedIsTheFullBatch) {
  LinearChain chain(12, 12);
  Window window = FirstKeyframe(chain);
  for (int k = 1; k < 12; ++k) {
    AddKeyframe(window, chain, k);
    window.Solve(kThorough);
    if (window.keyframes().size() > 3) window.MarginaliseOldest();
  }
  window.Solve(kThorough);
  MatrixXd information;
  VectorXd gradient;
  chain.Dense(information, gradient);
  const VectorXd solution = -dem::SolveSymmetric(information, gradient);
  const MatrixXd covariance = dem::InverseOfSymmetric(information);
  ASSERT_EQ(window.keyframes().size(), 3U);
  JointVector expected;
  expected << solution.segment<kKeyframeSize>(11 * kKeyframeSize), solution.tail<kSharedSize>();
  EXPECT_LT((JointDifference({}, {}, window.keyframes().back(), window.shared()) - expected).norm(), 1e-9);
  EXPECT_TRUE((window.Marginal(2).covariance.bottomRightCorner<kSharedSize, kSharedSize>().isApprox(
      covariance.bottomRightCorner<kSharedSize, kSharedSize>(), 1e-9)));
}

TEST(Window, RefusesWhatIsNotThere) {
  LinearChain chain(2, 13);
  Window window = FirstKeyframe(chain);
  Keyframe early;
  early.t_ns = -1;
  EXPECT_THROW(window.Insert(early), std::invalid_argument);
  EXPECT_THROW(window.Add(0, true, std::make_unique<UnitPrior>()), std::invalid_argument);
  EXPECT_THROW(window.MarginaliseOldest(), std::logic_error);
}

/// A lander that leans, above the site.
Keyframe Leaning() {
  Keyframe keyframe;
  keyframe.motion.site_from_body.linear() =
      (dem::ExpSo3({dem::kPi, 0, 0}) * dem::ExpSo3({0.12, -0.07, 0.5})).toRotationMatrix();
  keyframe.motion.site_from_body.translation() = Vector3d(200, -300, 1500);
  keyframe.motion.velocity_of_body_in_site_mps = {60, -10, -25};
  keyframe.map_error_m = {1, -0.5, 0.3};
  return keyframe;
}

Eigen::Isometry3d Mount() {
  Eigen::Isometry3d mount = Eigen::Isometry3d::Identity();
  mount.linear() = dem::ExpSo3({0.05, -0.1, 0.2}).toRotationMatrix();
  mount.translation() = Vector3d(1, -2, 0.5);
  return mount;
}

/// JᵀJ-free check: derivatives of the rows against differences.
void ExpectDerivatives(const Factor& factor, double tolerance) {
  const Keyframe here = Leaning();
  const SharedStates shared{0.7, {12, -7, 4}};
  const FactorEnds ends{&here, nullptr, &shared};
  const FactorRows rows = factor.Evaluate(ends, ends);
  const auto difference = [&](const std::function<FactorRows(double)>& at, double step) -> VectorXd {
    return (at(step).residual - at(-step).residual) / (2 * step);
  };
  const double steps[] = {1e-6, 1e-3, 1e-3, 1e-6, 1e-4, 1e-3};
  for (int column = 0; column < kKeyframeSize; ++column) {
    const VectorXd numeric = difference(
        [&](double step) {
          const Keyframe moved = Moved(here, KeyframeVector(step * KeyframeVector::Unit(column)));
          const FactorEnds at{&moved, nullptr, &shared};
          return factor.Evaluate(at, at);
        },
        steps[column / 3]);
    EXPECT_LT((rows.by_first.col(column) - numeric).norm(), tolerance * (1 + numeric.norm()))
        << "keyframe, column " << column;
  }
  for (int column = 0; column < kSharedSize; ++column) {
    const VectorXd numeric = difference(
        [&](double step) {
          const SharedStates moved = Moved(shared, SharedVector(step * SharedVector::Unit(column)));
          const FactorEnds at{&here, nullptr, &moved};
          return factor.Evaluate(at, at);
        },
        1e-3);
    EXPECT_LT((rows.by_shared.col(column) - numeric).norm(), tolerance * (1 + numeric.norm()))
        << "shared, column " << column;
  }
}

TEST(MeasurementFactors, DerivativesMatchDifferences) {
  const dem::Site site = dem::MakeSite({0.4, 0.1});
  const Eigen::Quaterniond rotation(Leaning().motion.site_from_body.linear());
  const Attitude attitude{
      0, Eigen::Quaterniond(site.moon_from_site.linear()) * rotation * dem::ExpSo3({2e-3, -1e-3, 3e-3}),
      1e-3};
  ExpectDerivatives(AttitudeFactor(attitude, site), 1e-5);

  State state;
  state.site_from_body = Leaning().motion.site_from_body;
  RangePrediction prediction;
  prediction.range_m = 1510;
  prediction.derivative.segment<3>(kPosition) = Eigen::RowVector3d(0.1, -0.05, 0.9);
  ExpectDerivatives(RangeFactor(1500, 5, prediction, state, Mount(), 1e9), 1e-5);

  Fix fix;
  fix.site_from_cam = Leaning().motion.site_from_body * Mount();
  fix.site_from_cam.translation() += Vector3d(10, 5, -3);
  const MatrixXd root = RandomMatrix(6, 6, 5, 0);
  fix.covariance_map_relative = root * root.transpose() + dem::Matrix6d::Identity();
  ExpectDerivatives(FixFactor(fix, Mount(), true), 1e-5);
  ExpectDerivatives(FixFactor(fix, Mount(), false), 1e-5);

  const BeamSpeed beams[] = {{{0, 0, 1}, 20, 0.1}, {{0.6, 0, 0.8}, 30, 0.1}, {{0, 0.6, 0.8}, 10, 0.1}};
  ExpectDerivatives(BeamSpeedFactor({beams[0], beams[1], beams[2]}, 1e9), 1e-5);
}

TEST(MeasurementFactors, SevenRowsAreAllLandmarks) {
  // Against the landmarks themselves: the cost, its gradient and its curvature, with three of them wrong
  // enough for the loss to bend.
  const vision::Camera camera = vision::PinholeCamera(512, 0.9);
  const Keyframe here = Leaning();
  const SharedStates shared{0.7, {12, -7, 4}};
  Eigen::Isometry3d map_from_body = here.motion.site_from_body;
  map_from_body.translation() += shared.map_tie_m + here.map_error_m;
  auto matches =
      test_support::WithNoise(test_support::ExactMatches(camera, map_from_body * Mount(), 40, 30, 3), 0.5, 3);
  for (std::size_t i = 0; i < 3; ++i) matches[i].pixel_px.x() += 6;
  constexpr double kHuber = 3;
  const LandmarkFactor factor(matches, camera, Mount(), map_from_body, kHuber);
  const auto rows_at = [&](const KeyframeVector& delta) {
    const Keyframe moved = Moved(here, delta);
    const FactorEnds at{&moved, nullptr, &shared};
    return factor.Evaluate(at, at);
  };
  const auto loss_at = [&](const KeyframeVector& delta) {
    const Keyframe moved = Moved(here, delta);
    Eigen::Isometry3d place = moved.motion.site_from_body;
    place.translation() += shared.map_tie_m + moved.map_error_m;
    const Eigen::Isometry3d cam_from_map = (place * Mount()).inverse();
    double loss = 0;
    for (const vision::Match& match : matches) {
      const double s = (match.pixel_px - *camera.Project(cam_from_map * match.point_in_site_m)).norm() / 0.5;
      loss += s > kHuber ? 2 * kHuber * s - kHuber * kHuber : s * s;
    }
    return loss;
  };
  const FactorRows rows = rows_at(KeyframeVector::Zero());
  EXPECT_NEAR(rows.residual.squaredNorm(), loss_at(KeyframeVector::Zero()),
              1e-9 * rows.residual.squaredNorm());
  const KeyframeVector gradient = 2 * rows.by_first.transpose() * rows.residual;
  for (int column = 0; column < kKeyframeSize; ++column) {
    const double step = column < 3 ? 1e-7 : 1e-4;
    const KeyframeVector delta = step * KeyframeVector::Unit(column);
    const double numeric = (loss_at(delta) - loss_at(-delta)) / (2 * step);
    EXPECT_NEAR(gradient[column], numeric, 1e-5 * (1 + std::abs(numeric))) << column;
  }
  EXPECT_TRUE(rows.by_first.middleCols<3>(kPosition).isApprox(rows.by_shared.rightCols<3>(), 1e-14));
}

TEST(MeasurementFactors, HubersLossKeepsValueAndGradient) {
  FactorRows rows(3);
  rows.residual << 3, 4, 12;  // 13 sigmas
  rows.by_first.setRandom();
  const FactorRows robust = WithHuberLoss(rows, 2);
  EXPECT_NEAR(robust.residual.squaredNorm(), 2 * 2 * 13 - 2 * 2, 1e-12);
  const KeyframeVector gradient = rows.by_first.transpose() * rows.residual * (2.0 / 13);
  EXPECT_TRUE((robust.by_first.transpose() * robust.residual).isApprox(gradient, 1e-12));
  EXPECT_NEAR(WithHuberLoss(rows, 20).residual.squaredNorm(), 169, 1e-12);
}

}  // namespace
}  // namespace perilune::nav
