#include "dem/craters/crater_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

using testing::ElementsAre;

Crater At(double latitude_deg, double longitude_deg) {
  Crater crater;
  crater.centre = {DegToRad(latitude_deg), DegToRad(longitude_deg)};
  crater.semi_major_m = crater.semi_minor_m = 1000;
  return crater;
}

LatLon Degrees(double latitude_deg, double longitude_deg) {
  return {DegToRad(latitude_deg), DegToRad(longitude_deg)};
}

TEST(CraterIndex, SeamAndPoleAreOrdinaryPlaces) {
  const CraterIndex index({At(0, 179.5), At(0, -179.5), At(0, 178), At(89, 0), At(89, 180), At(88, 90)});
  EXPECT_THAT(index.Nearest(DirectionInMoon(Degrees(0, -179.9)), 3), ElementsAre(1, 0, 2));
  EXPECT_THAT(index.Within(DirectionInMoon(Degrees(90, 33)), DegToRad(1.5)), ElementsAre(3, 4));
  EXPECT_THAT(index.InRegion(Degrees(-1, 179), Degrees(1, -179)), ElementsAre(0, 1));
  EXPECT_THAT(index.InRegion(Degrees(85, -180), Degrees(90, 180)), ElementsAre(3, 4, 5));
  EXPECT_THROW(index.InRegion(Degrees(1, 0), Degrees(-1, 1)), std::invalid_argument);
}

TEST(CraterIndex, EmptyAndSmallCataloguesAnswer) {
  const CraterIndex none({});
  EXPECT_TRUE(none.Nearest({1, 0, 0}, 5).empty());
  EXPECT_TRUE(none.Within({1, 0, 0}, 1).empty());
  const CraterIndex one({At(10, 20)});
  EXPECT_THAT(one.Nearest({1, 0, 0}, 5), ElementsAre(0));
}

TEST(CraterIndex, AgreesWithLookingAtAllOfThem) {
  std::vector<Crater> craters;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    Crater crater;
    crater.centre = {std::asin(2 * RandomUniform(7, 1, i) - 1),
                     WrapLongitude(2 * kPi * RandomUniform(7, 2, i))};
    craters.push_back(crater);
  }
  const CraterIndex index(craters);
  for (std::uint64_t q = 0; q < 50; ++q) {
    const Eigen::Vector3d direction = DirectionInMoon(
        {std::asin(2 * RandomUniform(8, 1, q) - 1), WrapLongitude(2 * kPi * RandomUniform(8, 2, q))});
    std::vector<std::pair<double, int>> all;
    for (int i = 0; i < 3000; ++i) {
      const Eigen::Vector3d d = DirectionInMoon(craters[i].centre);
      all.emplace_back(std::atan2(d.cross(direction).norm(), d.dot(direction)), i);
    }
    std::sort(all.begin(), all.end());
    const std::vector<int> nearest = index.Nearest(direction, 10);
    ASSERT_EQ(nearest.size(), 10U);
    for (int k = 0; k < 10; ++k) EXPECT_EQ(nearest[k], all[k].second);
    const auto inside = std::count_if(all.begin(), all.end(), [](const auto& a) { return a.first <= 0.2; });
    EXPECT_EQ(static_cast<long>(index.Within(direction, 0.2).size()), inside);
  }
}

}  // namespace
}  // namespace perilune::dem
