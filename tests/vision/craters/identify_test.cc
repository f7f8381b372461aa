#include "vision/craters/identify.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "tests/support/crater_worlds.h"
#include "vision/craters/laid_out.h"
#include "vision/craters/verification.h"

namespace perilune::vision {
namespace {

const Camera kWideCamera = PinholeCamera(1024, dem::kPi / 2);

/// 20 000 craters, made once.
const CraterMap& Moon() {
  static const CraterMap map(test_support::RandomCraters(20'000, 5));
  return map;
}

struct MadeView {
  Eigen::Isometry3d pose;
  std::vector<CraterDetection> detections;
  std::vector<int> truth;  // −1: of no crater
};

/// 30 % missed, 3 % in size, one false detection for each four true ones.
MadeView MakeView(std::uint64_t seed, double centre_px = 1) {
  MadeView view;
  const dem::LatLon place{std::asin(2 * dem::RandomUniform(seed, 51, 0) - 1),
                          dem::WrapLongitude(2 * dem::kPi * dem::RandomUniform(seed, 51, 1))};
  view.pose = test_support::ViewFrom(place, 120'000, 0.2, 6 * dem::RandomUniform(seed, 51, 2));
  for (const int crater : CratersInFootprint(Moon().index(), kWideCamera, view.pose)) {
    const auto index = static_cast<std::uint64_t>(crater);
    const auto seen = test_support::DetectionOf(Moon().rim(crater), kWideCamera, view.pose);
    if (!seen || dem::RandomUniform(seed, 52, index) < 0.3) continue;
    view.detections.push_back(test_support::Disturbed(*seen, centre_px, 0.03, seed, index));
    view.truth.push_back(crater);
    if (dem::RandomUniform(seed, 53, index) < 0.25) {
      CraterDetection other = view.detections.back();
      other.centre_px = {1023 * dem::RandomUniform(seed, 54, index),
                         1023 * dem::RandomUniform(seed, 55, index)};
      view.detections.push_back(other);
      view.truth.push_back(-1);
    }
  }
  return view;
}

void ExpectRight(const Identification& found, const MadeView& view) {
  ASSERT_EQ(found.status, IdentifyStatus::kIdentified) << found.reason;
  EXPECT_LT(found.log10_false_alarms, -6);
  EXPECT_LT((found.pose.moon_from_cam.translation() - view.pose.translation()).norm(), 1500);
  std::size_t right = 0, detected = 0;
  for (const CraterMatch& match : found.matches) right += view.truth[match.detection] == match.crater ? 1 : 0;
  for (const int truth : view.truth) detected += truth >= 0 ? 1 : 0;
  EXPECT_GE(right + 2, found.matches.size());
  EXPECT_GT(static_cast<double>(right), 0.8 * static_cast<double>(detected));
}

TEST(CraterIdentification, KnownAttitudeFindsThePlaceOnTheWholeMoon) {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    const MadeView view = MakeView(seed);
    ASSERT_GE(view.detections.size(), 8U);
    ExpectRight(IdentifyWithAttitude(Moon(), kWideCamera, view.detections, view.pose.linear(), {}), view);
  }
}

// The tie moves the camera with all craters, and turns nothing.
TEST(CraterIdentification, ADeclaredTieIsInTheAbsoluteCovariance) {
  const MadeView view = MakeView(1);
  IdentifyOptions options;
  const auto without =
      IdentifyWithAttitude(Moon(), kWideCamera, view.detections, view.pose.linear(), options);
  EXPECT_FALSE(without.covariance_absolute);
  options.tie_horizontal_sigma_m = 50;
  options.tie_vertical_sigma_m = 30;
  const auto with = IdentifyWithAttitude(Moon(), kWideCamera, view.detections, view.pose.linear(), options);
  ASSERT_EQ(with.status, IdentifyStatus::kIdentified);
  ASSERT_TRUE(with.covariance_absolute);
  const dem::Matrix6d added = *with.covariance_absolute - with.pose.covariance;
  const Eigen::Vector3d up = with.pose.moon_from_cam.translation().normalized(), along = up.unitOrthogonal();
  const Eigen::Matrix3d of_position = added.bottomRightCorner<3, 3>();
  EXPECT_NEAR(up.dot(of_position * up), 900, 1e-6);
  EXPECT_NEAR(along.dot(of_position * along), 2500, 1e-6);
  EXPECT_NEAR(of_position.trace(), 5900, 1e-6);
  EXPECT_TRUE(added.topRows<3>().isZero());
  options.tie_vertical_sigma_m = -1;
  EXPECT_THROW(IdentifyWithAttitude(Moon(), kWideCamera, {}, view.pose.linear(), options),
               std::invalid_argument);
}

TEST(CraterIdentification, APriorIsEnough) {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    const MadeView view = MakeView(seed);
    PosePriorFactor prior;
    dem::Vector6d off;
    off << 0.01, -0.02, 0.015, 2000, -3000, 3500;
    prior.site_from_cam = dem::Perturb(view.pose, off);
    prior.information.diagonal() << 3300, 3300, 3300, 1.1e-7, 1.1e-7, 1.1e-7;  // 1°, 3 km
    ExpectRight(IdentifyWithPrior(Moon(), kWideCamera, view.detections, prior, {}), view);
  }
}

TEST(CraterIdentificationSlow, LostInSpaceFindsItselfAndNothingWithoutItsGround) {
  std::vector<dem::Crater> craters = test_support::RandomCraters(20'000, 5);
  const CraterNeighbours neighbours(Moon());
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const MadeView view = MakeView(seed);
    ExpectRight(IdentifyLost(Moon(), neighbours, kWideCamera, view.detections, {}), view);
  }
  const MadeView view = MakeView(1);
  const std::vector<int> there = CratersInFootprint(Moon().index(), kWideCamera, view.pose);
  for (auto it = there.rbegin(); it != there.rend(); ++it) craters.erase(craters.begin() + *it);
  const CraterMap without(craters);
  EXPECT_NE(IdentifyLost(without, CraterNeighbours(without), kWideCamera, view.detections, {}).status,
            IdentifyStatus::kIdentified);
  EXPECT_NE(IdentifyWithAttitude(without, kWideCamera, view.detections, view.pose.linear(), {}).status,
            IdentifyStatus::kIdentified);
}

// Three coarse detections place their own craters no better than they were seen; that must not be a reason to
// look no further.
TEST(CraterIdentificationSlow, LostInSpaceByCoarseCentres) {
  const CraterNeighbours neighbours(Moon());
  IdentifyOptions options;
  options.noise.centre_sigma_px = 16;
  int identified = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const MadeView view = MakeView(seed, options.noise.centre_sigma_px);
    const Identification found = IdentifyLost(Moon(), neighbours, kWideCamera, view.detections, options);
    if (found.status != IdentifyStatus::kIdentified) continue;
    ++identified;
    EXPECT_LT((found.pose.moon_from_cam.translation() - view.pose.translation()).norm(), 20'000);
  }
  EXPECT_GE(identified, 4);
}

TEST(CraterIdentification, TooLittleIsNoIdentification) {
  MadeView view = MakeView(1);
  view.detections.resize(3);
  const Identification found =
      IdentifyWithAttitude(Moon(), kWideCamera, view.detections, view.pose.linear(), {});
  EXPECT_EQ(found.status, IdentifyStatus::kTooFewEllipses);
  EXPECT_FALSE(found.reason.empty());
  const CraterMap none({});
  EXPECT_EQ(IdentifyLost(none, CraterNeighbours(none), kWideCamera, MakeView(1).detections, {}).status,
            IdentifyStatus::kNoHypothesis);
  IdentifyOptions bad;
  bad.min_height_m = -1;
  EXPECT_THROW(IdentifyWithAttitude(Moon(), kWideCamera, {}, view.pose.linear(), bad), std::invalid_argument);
}

/// The view with 40 large ellipses anywhere that are no craters.
MadeView WithLargeFinds(std::uint64_t seed) {
  MadeView view = MakeView(seed);
  for (std::uint64_t i = 0; i < 40; ++i) {
    CraterDetection large;
    large.centre_px = {1023 * dem::RandomUniform(seed, 56, i), 1023 * dem::RandomUniform(seed, 57, i)};
    large.axes.semi_major = 100 + 100 * dem::RandomUniform(seed, 58, i);
    large.axes.semi_minor = 0.95 * large.axes.semi_major;
    view.detections.push_back(large);
    view.truth.push_back(-1);
  }
  return view;
}

void DoubtLargeFinds(MadeView& view) {
  for (CraterDetection& detection : view.detections)
    detection.score = detection.axes.semi_major >= 100 ? 0.5 : 0.9;
}

// A detector's largest finds are often swells and shadows. They alone vote where it does not say how sure it
// is, and find no place; where it says that it doubts them, its surest do.
TEST(CraterIdentification, LargeFindsThatAreDoubtedDoNotHideThePlace) {
  int hidden = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    MadeView view = WithLargeFinds(seed);
    const auto identify = [&] {
      return IdentifyWithAttitude(Moon(), kWideCamera, view.detections, view.pose.linear(), {});
    };
    hidden += identify().status == IdentifyStatus::kIdentified ? 0 : 1;
    DoubtLargeFinds(view);
    ExpectRight(identify(), view);
  }
  EXPECT_GT(hidden, 0);
}

TEST(CraterIdentificationSlow, NorInSpaceWithoutAnyPrior) {
  const CraterNeighbours neighbours(Moon());
  int hidden = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    MadeView view = WithLargeFinds(seed);
    const auto identify = [&] { return IdentifyLost(Moon(), neighbours, kWideCamera, view.detections, {}); };
    hidden += identify().status == IdentifyStatus::kIdentified ? 0 : 1;
    DoubtLargeFinds(view);
    ExpectRight(identify(), view);
  }
  EXPECT_GT(hidden, 0);
}

// Light from the other side makes other ellipses of an image: those that make sense count.
TEST(CraterIdentificationSlow, TheReadingThatMakesSenseCounts) {
  const CraterNeighbours neighbours(Moon());
  const MadeView view = MakeView(2);
  MadeView nonsense = view;
  for (std::size_t i = 0; i < nonsense.detections.size(); ++i) {
    nonsense.detections[i].centre_px = {1023 * dem::RandomUniform(2, 61, i),
                                        1023 * dem::RandomUniform(2, 62, i)};
  }
  const LostReading found =
      IdentifyLostReading(Moon(), neighbours, kWideCamera, {nonsense.detections, view.detections}, {});
  EXPECT_EQ(found.reading, 1U);
  ExpectRight(found.identification, view);
  // The hypotheses of both count, so that two readings are no way to a surer answer.
  EXPECT_GT(found.identification.hypotheses,
            IdentifyLost(Moon(), neighbours, kWideCamera, view.detections, {}).hypotheses);
  EXPECT_THROW(IdentifyLostReading(Moon(), neighbours, kWideCamera, {}, {}), std::invalid_argument);
}

TEST(CraterIdentification, TailsOfCoinsAreKnown) {
  EXPECT_NEAR(Log10Tail({0.5, 0.5, 0.5}, 2), std::log10(0.5), 1e-12);
  EXPECT_NEAR(Log10Tail({0.5, 0.5, 0.5}, 3), std::log10(0.125), 1e-12);
  EXPECT_NEAR(Log10Tail({0.1, 0.2}, 1), std::log10(0.28), 1e-12);
  EXPECT_EQ(Log10Tail({0.1}, 0), 0);
}

TEST(CraterIdentification, ForeshorteningTellsDown) {
  const MadeView view = MakeView(6);
  const UsableDetections usable = UseDetections(kWideCamera, view.detections, {});
  const auto down = DownFromEllipses(usable.measured, 120.0 / 1737.4);
  ASSERT_TRUE(down);
  const Eigen::Vector3d truth = view.pose.linear().transpose() * -view.pose.translation().normalized();
  EXPECT_LT(std::acos(down->dot(truth)), dem::DegToRad(6));
}

TEST(CraterMap, FootprintHoldsExactlyWhatShows) {
  const Eigen::Isometry3d pose = test_support::ViewFrom({1.55, 2}, 100'000, 0.5, 1);  // over the pole
  const std::vector<int> near = CratersInFootprint(Moon().index(), kWideCamera, pose);
  int showing = 0;
  for (int crater = 0; crater < Moon().size(); ++crater) {
    if (!test_support::DetectionOf(Moon().rim(crater), kWideCamera, pose)) continue;
    ++showing;
    EXPECT_TRUE(std::binary_search(near.begin(), near.end(), crater));
  }
  EXPECT_GT(showing, 5);
}

}  // namespace
}  // namespace perilune::vision
