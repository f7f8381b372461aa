#include "vision/craters/crater_neighbours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <vector>

#include "tests/support/crater_worlds.h"

namespace perilune::vision {
namespace {

std::set<int> NeighboursOf(const CraterNeighbours& neighbours, int crater) {
  std::set<int> found;
  for (const CraterNeighbours::Neighbour& n : neighbours.Of(crater)) {
    EXPECT_TRUE(found.insert(n.crater).second) << "twice";
  }
  return found;
}

/// All of half to six times the size, from one to 60 radii away (of a sphere: the rims' heights tell little).
std::set<int> SlowlyFound(const CraterMap& map, int crater) {
  std::set<int> found;
  const double radius_m = map.MeanRadius_m(crater);
  for (int other = 0; other < map.size(); ++other) {
    const double away = (map.rim(other).up - map.rim(crater).up).norm() * dem::kMoonRadius_m / radius_m;
    const double size = map.MeanRadius_m(other) / radius_m;
    if (other != crater && size >= 0.5 && size <= 6 && away >= 1 && away < 60) found.insert(other);
  }
  return found;
}

TEST(CraterNeighbours, AreThoseOfItsSizeAround) {
  const CraterMap map(test_support::RandomCraters(3000, 11));
  const CraterNeighbours neighbours(map);
  std::size_t most = 0;
  for (int crater = 0; crater < map.size(); crater += 37) {
    const std::set<int> slowly = SlowlyFound(map, crater);
    EXPECT_EQ(NeighboursOf(neighbours, crater), slowly) << crater;
    most = std::max(most, slowly.size());
  }
  EXPECT_GT(most, 20U);
}

TEST(CraterNeighbours, AreTheNearestWhereThereAreMore) {
  const CraterMap map(test_support::RandomCraters(3000, 11));
  const CraterNeighbours all(map), few(map, 5);
  for (int crater = 0; crater < map.size(); crater += 37) {
    std::vector<double> distances;
    for (const int other : NeighboursOf(all, crater))
      distances.push_back((map.rim(other).up - map.rim(crater).up).norm());
    std::sort(distances.begin(), distances.end());
    const std::set<int> nearest = NeighboursOf(few, crater);
    ASSERT_EQ(nearest.size(), std::min<std::size_t>(5, distances.size()));
    for (const int other : nearest)
      EXPECT_LE((map.rim(other).up - map.rim(crater).up).norm(), distances[nearest.size() - 1] + 1e-6);
  }
}

// What makes a pattern recognisable whatever the smallest crater is that a catalogue or an image shows.
TEST(CraterNeighbours, DoNotChangeWithSmallCraters) {
  std::vector<dem::Crater> craters = test_support::RandomCraters(3000, 11);
  std::sort(craters.begin(), craters.end(), [](const dem::Crater& a, const dem::Crater& b) {
    return a.semi_major_m * a.semi_minor_m > b.semi_major_m * b.semi_minor_m;
  });
  const CraterMap whole(craters);
  craters.resize(1000);
  const CraterMap large(craters);
  const CraterNeighbours of_whole(whole), of_large(large);
  int compared = 0;
  for (int crater = 0; crater < large.size(); ++crater) {
    if (0.5 * large.MeanRadius_m(crater) < large.MeanRadius_m(large.size() - 1)) continue;
    EXPECT_EQ(NeighboursOf(of_large, crater), NeighboursOf(of_whole, crater));
    ++compared;
  }
  EXPECT_GT(compared, 100);
}

TEST(CraterNeighbours, TwoEntriesOfOneCraterAreNoNeighbours) {
  std::vector<dem::Crater> craters = test_support::RandomCraters(2, 11);
  craters[1] = craters[0];
  const CraterNeighbours neighbours{CraterMap(craters)};
  EXPECT_TRUE(NeighboursOf(neighbours, 0).empty());
  EXPECT_TRUE(NeighboursOf(neighbours, 1).empty());
}

TEST(SeenNeighbour, TurningAddsToTheBearingAndMagnifyingChangesNothing) {
  const Eigen::Vector3d up = Eigen::Vector3d(1, 2, 3).normalized(), from = 10 * up;
  const Eigen::Vector3d east = up.unitOrthogonal(), north = up.cross(east);
  const auto at = [&](double angle_rad) {
    return SeenFrom(from, up, 2, from + 6 * (std::cos(angle_rad) * east + std::sin(angle_rad) * north), 4);
  };
  EXPECT_NEAR(at(0).log_distance, std::log(3.0), 1e-12);
  EXPECT_NEAR(at(0).log_size, std::log(2.0), 1e-12);
  EXPECT_NEAR(at(0.7).bearing_rad - at(0.2).bearing_rad, 0.5, 1e-12);
  const SeenNeighbour larger = SeenFrom(7 * from, up, 14, 7 * (from + 6 * east), 28);
  EXPECT_NEAR(larger.log_distance, at(0).log_distance, 1e-12);
  EXPECT_NEAR(larger.bearing_rad, at(0).bearing_rad, 1e-12);
  // A step of bearing is 1/128 turn, from the same direction on.
  const int zero = CraterNeighbours::PlaceOf(at(1e-6)).bearing;
  EXPECT_EQ(CraterNeighbours::PlaceOf(at(std::numbers::pi + 1e-6)).bearing, (zero + 64) % 128);
}

}  // namespace
}  // namespace perilune::vision
