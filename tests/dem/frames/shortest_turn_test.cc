#include "dem/frames/shortest_turn.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dem/frames/moon.h"

namespace perilune::dem {
namespace {

using Eigen::Vector3d;

TEST(ShortestTurn, TakesOneDirectionToTheOther) {
  // x to y: a quarter about z, whatever their lengths.
  const Eigen::Quaterniond quarter = ShortestTurn(Vector3d(2, 0, 0), Vector3d(0, 5, 0));
  EXPECT_NEAR(quarter.w(), std::sqrt(0.5), 1e-15);
  EXPECT_NEAR((quarter.vec() - Vector3d(0, 0, std::sqrt(0.5))).norm(), 0, 1e-15);
  EXPECT_NEAR(ShortestTurn(Vector3d(1, 2, 3), Vector3d(2, 4, 6)).w(), 1, 1e-15);
}

TEST(ShortestTurn, TurnsAboutNothingBut) {
  const Vector3d from(0.3, -1.2, 0.7), to(1.1, 0.4, -0.2);
  const Eigen::Quaterniond turn = ShortestTurn(from, to);
  EXPECT_NEAR((turn * from.normalized() - to.normalized()).norm(), 0, 1e-15);
  EXPECT_NEAR(turn.vec().dot(from), 0, 1e-15);
  EXPECT_NEAR(turn.vec().dot(to), 0, 1e-15);
}

TEST(ShortestTurn, ReachesTheOppositeAndWhatIsNearIt) {
  for (const double off_rad : {0.0, 1e-16, 1e-12, 1e-9, 1e-6, 1e-3}) {
    const Vector3d from(0, 0, 3), to(std::sin(off_rad), 0, -std::cos(off_rad));
    const Eigen::Quaterniond turn = ShortestTurn(from, to);
    EXPECT_NEAR(turn.norm(), 1, 1e-15) << off_rad;
    EXPECT_NEAR((turn * Vector3d::UnitZ() - to).norm(), 0, 2e-15) << off_rad;
    EXPECT_NEAR(2 * std::atan2(turn.vec().norm(), turn.w()), kPi - off_rad, 1e-15) << off_rad;
  }
}

}  // namespace
}  // namespace perilune::dem
