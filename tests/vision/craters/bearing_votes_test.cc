#include "vision/craters/bearing_votes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/crater_worlds.h"

namespace perilune::vision {
namespace {

const CraterMap& SmallMoon() {
  static const CraterMap map(test_support::RandomCraters(20'000, 5));
  return map;
}

constexpr double kScene_m = 120'000;

/// Rims in the view of a camera, laid out with down known: the first craters there, and some of none (−1).
struct MadeScene {
  Eigen::Isometry3d pose;
  std::vector<LaidOut> laid_out;
  std::vector<int> truth;
};

MadeScene MakeScene(std::uint64_t seed, std::size_t true_ones, std::size_t false_ones) {
  const Camera camera = PinholeCamera(1024, dem::kPi / 2);
  MadeScene scene;
  const dem::LatLon place{dem::RandomUniform(seed, 1, 0), 6 * dem::RandomUniform(seed, 1, 1)};
  scene.pose = test_support::ViewFrom(place, kScene_m, 0.1, 6 * dem::RandomUniform(seed, 1, 2));
  std::vector<MeasuredEllipse> ellipses;
  for (const int crater : CratersInFootprint(SmallMoon().index(), camera, scene.pose)) {
    const auto seen = test_support::DetectionOf(SmallMoon().rim(crater), camera, scene.pose);
    if (!seen || scene.truth.size() >= true_ones) continue;
    ellipses.push_back(
        *Measure(camera, test_support::Disturbed(*seen, 1, 0.03, seed, scene.truth.size()), {}));
    scene.truth.push_back(crater);
  }
  for (std::size_t i = 0; i < false_ones; ++i) {
    CraterDetection none;
    none.centre_px = {1023 * dem::RandomUniform(seed, 2, i), 1023 * dem::RandomUniform(seed, 3, i)};
    none.axes.semi_major = none.axes.semi_minor = 15 + 15 * dem::RandomUniform(seed, 4, i);
    ellipses.push_back(*Measure(camera, none, {}));
    scene.truth.push_back(-1);
  }
  const Eigen::Vector3d down = scene.pose.linear().transpose() * -scene.pose.translation().normalized();
  scene.laid_out = LayOut(ellipses, down, kScene_m / dem::kMoonRadius_m);
  return scene;
}

TEST(BearingVotes, FindThePlaceAmongFalseFinds) {
  const CraterNeighbours neighbours(SmallMoon());
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const MadeScene scene = MakeScene(seed, 12, 6);
    const AgreedPlaces found = PlacesByBearing(SmallMoon(), neighbours, scene.laid_out, {});
    ASSERT_EQ(std::count(scene.truth.begin(), scene.truth.end(), -1) + 12,
              static_cast<std::ptrdiff_t>(scene.truth.size()));
    ASSERT_FALSE(found.places.empty());
    const AgreedPlace& first = found.places.front();
    // Agreeing means within a tenth of a distance: so may the scale, and the plane's tilt, be off.
    EXPECT_LT((first.moon_from_cam.translation() - scene.pose.translation()).norm(), 0.2 * kScene_m);
    int right = 0;
    for (const Pairing& p : first.pairings)
      right += scene.truth[static_cast<std::size_t>(p.detection)] == p.crater ? 1 : 0;
    EXPECT_GE(right, 3);
    EXPECT_GT(2 * right, static_cast<int>(first.pairings.size()));
    // One to one.
    for (const Pairing& p : first.pairings) {
      for (const Pairing& q : first.pairings) {
        EXPECT_EQ(p.detection == q.detection, &p == &q);
        EXPECT_EQ(p.crater == q.crater, &p == &q);
      }
    }
    EXPECT_GT(found.hypotheses, 0);
  }
}

TEST(BearingVotes, LookForNoHeightThatIsNotAsked) {
  const CraterNeighbours neighbours(SmallMoon());
  const std::vector<LaidOut> laid_out = MakeScene(1, 10, 0).laid_out;
  IdentifyOptions options;
  options.min_height_m = 2 * kScene_m;
  const auto lower = [&options](const AgreedPlace& place) {
    return place.moon_from_cam.translation().norm() - dem::kMoonRadius_m < options.min_height_m;
  };
  const AgreedPlaces all = PlacesByBearing(SmallMoon(), neighbours, laid_out, {});
  const AgreedPlaces high = PlacesByBearing(SmallMoon(), neighbours, laid_out, options);
  EXPECT_TRUE(std::any_of(all.places.begin(), all.places.end(), lower));
  EXPECT_TRUE(std::none_of(high.places.begin(), high.places.end(), lower));
  EXPECT_LT(high.hypotheses, all.hypotheses);
}

TEST(BearingVotes, TooFewDetectionsAgreeOnNothing) {
  const CraterNeighbours neighbours(SmallMoon());
  EXPECT_TRUE(PlacesByBearing(SmallMoon(), neighbours, {}, {}).places.empty());
  EXPECT_TRUE(PlacesByBearing(SmallMoon(), neighbours, MakeScene(1, 2, 0).laid_out, {}).places.empty());
}

}  // namespace
}  // namespace perilune::vision
