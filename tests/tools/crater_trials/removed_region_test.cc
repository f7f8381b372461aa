#include "tools/crater_trials/removed_region.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <vector>

namespace perilune::tools {
namespace {

/// Craters on the equator, numbered from 0.
std::vector<dem::Crater> OnEquator(std::initializer_list<double> longitudes_deg) {
  std::vector<dem::Crater> craters;
  for (const double longitude_deg : longitudes_deg) {
    dem::Crater& crater = craters.emplace_back();
    crater.id = static_cast<std::int64_t>(craters.size()) - 1;
    crater.centre = {0, dem::DegToRad(longitude_deg)};
  }
  return craters;
}

std::vector<std::int64_t> IdsWithout(const std::vector<dem::Crater>& craters,
                                     const Eigen::Vector3d& direction, double angle_deg) {
  std::vector<std::int64_t> ids;
  const dem::CraterIndex index(craters);
  for (const dem::Crater& crater : WithoutRegion(craters, index, direction, dem::DegToRad(angle_deg))) {
    ids.push_back(crater.id);
  }
  return ids;
}

TEST(HorizonAngle, FromOneRadiusUpIsSixtyDegrees) {
  EXPECT_NEAR(HorizonAngle(dem::kMoonRadius_m, 0), dem::DegToRad(60), 1e-12);
  EXPECT_EQ(HorizonAngle(0, 0), 0);
  // The line of sight touches the ground: by Pythagoras √(200 · (200 + 2 · 1737.4)) = 857.30 km long.
  EXPECT_NEAR(HorizonAngle(200'000, 0), std::atan2(857'298.1, 1'737'400), 1e-6);
  EXPECT_GT(HorizonAngle(200'000, -9'000), HorizonAngle(200'000, 0));
}

TEST(WithoutRegion, TakesTheCentresWithinTheAngle) {
  const auto craters = OnEquator({-10, 0, 9, 11, 20, 180});
  EXPECT_THAT(IdsWithout(craters, {1, 0, 0}, 10.5), testing::ElementsAre(3, 4, 5));
  EXPECT_THAT(IdsWithout(craters, {1'800'000, 0, 0}, 10.5), testing::ElementsAre(3, 4, 5));
  EXPECT_THAT(IdsWithout(craters, {0, 0, 1}, 89), testing::ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(IdsWithout(craters, {0, 0, 1}, 91), testing::IsEmpty());
}

TEST(WithoutRegion, CrossesTheSeam) {
  EXPECT_THAT(IdsWithout(OnEquator({-179, -175, 170, 178}), {-1, 0, 0}, 3), testing::ElementsAre(1, 2));
}

}  // namespace
}  // namespace perilune::tools
