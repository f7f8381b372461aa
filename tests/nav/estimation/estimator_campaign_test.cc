// The smoother against the filter over whole descents, the same measurements to both; a table of errors by
// phase.
//   PERILUNE_ESTIMATION_SEEDS=100 [PERILUNE_ESTIMATION_CSV=FILE] nav_tests
//   --gtest_filter='EstimatorCampaignSlow.*'

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "dem/frames/pose.h"
#include "dem/linear/symmetric_solve.h"
#include "nav/estimation/map_error.h"
#include "nav/estimation/propagate.h"
#include "nav/estimation/protection_level.h"
#include "nav/estimation/smoother.h"
#include "tests/nav/estimation/descent_world.h"

namespace perilune::nav {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;
using test::DescentWorld;

/// The filter as the navigator uses it: a fix of each picture, with the attitude that the state knows, and
/// its position alone as the measurement.
class DescentFilter {
 public:
  explicit DescentFilter(const DescentWorld& world) : world_(world), state_(world.prior()) {}
  const State& state() const { return state_; }

  void AdvanceTo(std::int64_t t_ns) {
    const Vector3d start = state_.site_from_body.translation();
    const std::vector<Imu>& imu = world_.imu();
    while (state_.t_ns < t_ns) {
      const auto next = std::upper_bound(imu.begin(), imu.end(), state_.t_ns,
                                         [](std::int64_t t, const Imu& sample) { return t < sample.t_ns; });
      const std::int64_t end_ns = std::min(t_ns, next->t_ns);
      state_ = PropagateImu(state_, MeanImu(*std::prev(next), *next),
                            static_cast<double>(end_ns - state_.t_ns) * 1e-9, world_.setup().imu_noise,
                            world_.site());
      state_.t_ns = end_ns;
    }
    const double distance_m = (state_.site_from_body.translation() - start).head<2>().norm();
    state_ = AdvanceMapError(state_, distance_m, world_.setup().map_error_correlation_m,
                             world_.setup().map_error_m2);
  }

  void Take(const Attitude& attitude) { state_ = UpdateAttitude(state_, attitude, world_.site()).state; }

  void Take(const Range& range) {
    RangeOptions options;
    options.unresolved_relief = 0;
    const auto prediction = PredictRange(state_, world_.map(), world_.body_from_beam(), options);
    if (prediction) state_ = UpdateRange(state_, range, *prediction, {}, options).state;
  }

  void Take(const LandmarkMeasurement& picture) {
    Eigen::Isometry3d place = state_.site_from_body;
    place.translation() += state_.map_tie_m + state_.map_error_m;
    const LandmarkFactor landmarks(picture.matches, world_.camera(), world_.body_from_cam(), place, 1e9);
    const Eigen::Isometry3d& mount = world_.body_from_cam();
    const Matrix3d cam_attitude_information =
        (mount.linear().transpose() * state_.covariance.block<3, 3>(kTheta, kTheta) * mount.linear())
            .inverse();
    const Eigen::Isometry3d prior = place * mount;
    dem::Matrix6d information;
    for (int round = 0; round < 5; ++round) {
      const LandmarkFactor::Pull pull = landmarks.PullAt(place);
      information = pull.information;
      information.topLeftCorner<3, 3>() += cam_attitude_information;
      dem::Vector6d gradient = pull.gradient;
      gradient.head<3>() += cam_attitude_information * dem::PoseDifference(prior, place * mount).head<3>();
      place = dem::Perturb(place * mount, -dem::SolveSymmetric(information, gradient)) * mount.inverse();
    }
    Fix fix;
    fix.status = FixStatus::kAccepted;
    fix.site_from_cam = place * mount;
    fix.covariance_map_relative = dem::InverseOfSymmetric(information);
    state_ = UpdateFix(state_, fix, mount.translation()).state;
  }

 private:
  const DescentWorld& world_;
  State state_;
};

constexpr int kPhases = 3;
const char* const kPhaseNames[kPhases] = {"first 10 s", "10-100 s", "100-150 s"};

int PhaseOf(double t_s) { return t_s <= 10 ? 0 : t_s <= 100 ? 1 : 2; }

/// Errors of one estimator in one phase.
struct PhaseErrors {
  std::vector<double> position_m, velocity_mps;
  std::vector<double> run_nees;  ///< map-relative position, mean of a run
};

double Percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const auto index = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  return values[index];
}

struct RunErrors {
  double nees[kPhases] = {};
  int count[kPhases] = {};
};

void Record(const State& state, const State& truth, int phase, PhaseErrors& errors, RunErrors& run) {
  const StateVector error = StateDifference(state, truth);
  const Vector3d relative = error.segment<3>(kPosition) + error.segment<3>(kMapTie);
  errors.position_m.push_back(relative.norm());
  errors.velocity_mps.push_back(error.segment<3>(kVelocity).norm());
  run.nees[phase] += relative.dot(state.MapRelativePositionCovariance().inverse() * relative);
  ++run.count[phase];
}

/// How often the error left the protection level, one picture a phase and run: pictures 5, 55 and 140.
struct LevelCount {
  int asked = 0, horizontal = 0, vertical = 0;
};

void CountLevels(const State& state, const State& truth, double risk, LevelCount& count, std::ostream* csv) {
  const StateVector error = StateDifference(state, truth);
  const Vector3d relative = error.segment<3>(kPosition) + error.segment<3>(kMapTie);
  ProtectionLevelOptions options;
  options.risk = risk;
  const ProtectionLevel level =
      ComputeProtectionLevel({Vector3d::Zero(), state.MapRelativePositionCovariance()}, {}, options);
  ASSERT_EQ(level.status, ProtectionStatus::kGiven);
  ++count.asked;
  if (relative.head<2>().norm() > level.horizontal_m) ++count.horizontal;
  if (std::abs(relative.z()) > level.vertical_m) ++count.vertical;
  if (csv != nullptr) {
    *csv << risk << ',' << relative.head<2>().norm() << ',' << level.horizontal_m << ','
         << std::abs(relative.z()) << ',' << level.vertical_m << '\n';
  }
}

void PrintPhase(const char* estimator, int phase, const PhaseErrors& errors) {
  double nees = 0;
  for (const double run : errors.run_nees) nees += run / static_cast<double>(errors.run_nees.size());
  std::printf("| %s | %s | %.2f | %.2f | %.3f | %.3f | %.2f |\n", kPhaseNames[phase], estimator,
              Percentile(errors.position_m, 0.5), Percentile(errors.position_m, 0.95),
              Percentile(errors.velocity_mps, 0.5), Percentile(errors.velocity_mps, 0.95), nees);
}

TEST(EstimatorCampaignSlow, SmootherAgainstFilter) {
  const char* wanted = std::getenv("PERILUNE_ESTIMATION_SEEDS");
  const int seeds = wanted != nullptr ? std::atoi(wanted) : 4;
  const char* csv_name = std::getenv("PERILUNE_ESTIMATION_CSV");
  std::ofstream csv;
  if (csv_name != nullptr) {
    csv.open(csv_name);
    csv << "risk,horizontal_error_m,horizontal_level_m,vertical_error_m,vertical_level_m\n";
  }
  test::DescentSetup setup;
  setup.duration_s = 150;
  setup.prior.position_sigma_m = {300, 300, 100};
  PhaseErrors smoothed[kPhases], filtered[kPhases];
  LevelCount tenth, hundredth;
  for (int seed = 0; seed < seeds; ++seed) {
    const DescentWorld world(1000 + static_cast<std::uint64_t>(seed), setup);
    Smoother smoother(world.Options(), world.site(), world.prior());
    DescentFilter filter(world);
    RunErrors smoother_run, filter_run;
    auto range = world.ranges().begin();
    auto attitude = world.attitudes().begin();
    std::size_t picture = 0;
    Feed(world, smoother, [&](std::int64_t t_ns) {
      while (attitude != world.attitudes().end() && attitude->t_ns <= t_ns) {
        while (range != world.ranges().end() && range->t_ns < attitude->t_ns) {
          filter.AdvanceTo(range->t_ns);
          filter.Take(*range++);
        }
        filter.AdvanceTo(attitude->t_ns);
        filter.Take(*attitude++);
      }
      while (range != world.ranges().end() && range->t_ns <= t_ns) {
        filter.AdvanceTo(range->t_ns);
        filter.Take(*range++);
      }
      filter.AdvanceTo(t_ns);
      filter.Take(world.pictures()[picture++]);
      const State truth = world.Truth(t_ns);
      const int phase = PhaseOf(static_cast<double>(t_ns - DescentWorld::kStart_ns) * 1e-9);
      Record(smoother.Newest(), truth, phase, smoothed[phase], smoother_run);
      Record(filter.state(), truth, phase, filtered[phase], filter_run);
      if (picture == 5 || picture == 55 || picture == 140) {
        CountLevels(smoother.Newest(), truth, 0.1, tenth, csv_name != nullptr ? &csv : nullptr);
        CountLevels(smoother.Newest(), truth, 0.01, hundredth, csv_name != nullptr ? &csv : nullptr);
      }
    });
    for (int phase = 0; phase < kPhases; ++phase) {
      smoothed[phase].run_nees.push_back(smoother_run.nees[phase] / smoother_run.count[phase]);
      filtered[phase].run_nees.push_back(filter_run.nees[phase] / filter_run.count[phase]);
    }
  }
  std::printf("%d seeds; map-relative position, m; velocity, m/s; NEES of position (dof 3)\n", seeds);
  std::printf(
      "| phase | estimator | position p50 | p95 | velocity p50 | p95 | NEES "
      "|\n|---|---|---|---|---|---|---|\n");
  for (int phase = 0; phase < kPhases; ++phase) {
    PrintPhase("filter", phase, filtered[phase]);
    PrintPhase("smoother", phase, smoothed[phase]);
    double nees = 0;
    for (const double run : smoothed[phase].run_nees) nees += run / seeds;
    // The error of a run is nearly one sample of dimension 3 at worst: 3.3 sigma of the mean over runs.
    EXPECT_NEAR(nees, 3, 3.3 * std::sqrt(6.0 / seeds)) << kPhaseNames[phase];
  }
  const LevelCount* counts[] = {&tenth, &hundredth};
  const double risks[] = {0.1, 0.01};
  for (int i = 0; i < 2; ++i) {
    std::printf("protection level at %g: left %d (horizontal) and %d (vertical) times of %d\n", risks[i],
                counts[i]->horizontal, counts[i]->vertical, counts[i]->asked);
    const double most = counts[i]->asked * risks[i] + 3.3 * std::sqrt(counts[i]->asked * risks[i]) + 1;
    EXPECT_LE(counts[i]->horizontal, most);
    EXPECT_LE(counts[i]->vertical, most);
  }
}

}  // namespace
}  // namespace perilune::nav
