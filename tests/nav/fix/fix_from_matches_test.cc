#include "nav/fix/fix_from_matches.h"

#include <gtest/gtest.h>

#include "tests/nav/navigator/small_descent.h"

namespace perilune::nav {
namespace {

// What the matcher found, handed over as matches, gives the fix that the picture gave; its matches carry what
// that fix's residuals say of them already.
TEST(FixFromMatches, StandsForThePicture) {
  const test::SmallDescent world(43);
  Navigator by_picture(world.Options(), world.Levels(), world.mounting(), world.site(), world.Prior());
  Navigator by_matches(world.Options(), world.Levels(), world.mounting(), world.site(), world.Prior());
  for (int k = 0; k < 3; ++k) {
    FrameInput input = world.Frame(k);
    const StepRecord seen = by_picture.Step(input);
    ASSERT_EQ(seen.fix.status, FixStatus::kAccepted) << seen.fix.reason;
    input.matched.emplace(MatchedImage{world.map().name, seen.fix.attempted, {}});
    for (const FixMatch& row : seen.fix.matches) input.matched->matches.push_back(row.match);
    input.image.pixels = cv::Mat();
    const StepRecord matched = by_matches.Step(input);
    ASSERT_EQ(matched.fix.status, FixStatus::kAccepted) << matched.fix.reason;
    EXPECT_EQ(matched.fix.attempted, seen.fix.attempted);
    const dem::Vector6d apart = dem::PoseDifference(seen.fix.site_from_cam, matched.fix.site_from_cam);
    const dem::Vector6d sigma = seen.fix.covariance_map_relative.diagonal().cwiseSqrt();
    EXPECT_LT(apart.cwiseQuotient(sigma).cwiseAbs().maxCoeff(), 0.1) << k;
    const dem::Vector6d again = matched.fix.covariance_map_relative.diagonal().cwiseSqrt();
    EXPECT_LT((again.cwiseQuotient(sigma).array() - 1).abs().maxCoeff(), 0.1) << k;
  }
}

TEST(FixFromMatches, AreOfTheLevelThatTheyWereMatchedTo) {
  const test::SmallDescent world(43);
  Navigator navigator(world.Options(), world.Levels(), world.mounting(), world.site(), world.Prior());
  FrameInput input = world.Frame(0);
  input.matched.emplace(MatchedImage{"another.tif", 100, {}});
  const StepRecord other = navigator.Step(input);
  EXPECT_EQ(other.fix.status, FixStatus::kTooFewMatches);
  EXPECT_EQ(other.fix.reason, "its matches are with another.tif, the level in use is " + world.map().name);
  input = world.Frame(1);
  input.matched.emplace();
  EXPECT_EQ(navigator.Step(input).fix.status, FixStatus::kNoMap);
  input = world.Frame(2);
  input.matched.emplace(MatchedImage{world.map().name, 100, {}});
  EXPECT_EQ(navigator.Step(input).fix.reason, "0 of 100 patches matched, 15 needed");
}

TEST(FixFromMatches, OffTheMapIsNoMap) {
  const test::SmallDescent world(43);
  PosePrior prior;
  prior.site_from_cam.translation() = Eigen::Vector3d(1e5, 0, 2000);
  const Fix fix = FixFromMatches({world.map().name, 100, {}}, world.mounting().camera, *world.map().terrain,
                                 world.Frame(0).sun, prior, world.map().declaration);
  EXPECT_EQ(fix.status, FixStatus::kNoMap);
}

}  // namespace
}  // namespace perilune::nav
