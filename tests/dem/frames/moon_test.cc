#include "dem/frames/moon.h"

#include <gtest/gtest.h>

#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

TEST(Moon, LongitudesFoldIntoOneHalfOpenTurn) {
  EXPECT_DOUBLE_EQ(WrapLongitude(kPi), kPi);
  EXPECT_DOUBLE_EQ(WrapLongitude(-kPi), kPi);
  EXPECT_NEAR(WrapLongitude(DegToRad(190)), DegToRad(-170), 1e-15);
  EXPECT_NEAR(WrapLongitude(DegToRad(-190)), DegToRad(170), 1e-15);
  EXPECT_NEAR(WrapLongitude(DegToRad(725)), DegToRad(5), 1e-14);
}

TEST(Moon, AxesPointWhereTheFrameSays) {
  EXPECT_TRUE(PointInMoon({0, 0}, 0).isApprox(Eigen::Vector3d(kMoonRadius_m, 0, 0)));
  EXPECT_TRUE(PointInMoon({0, kPi / 2}, 100).isApprox(Eigen::Vector3d(0, kMoonRadius_m + 100, 0)));
  EXPECT_TRUE(PointInMoon({-kPi / 2, 1}, -100).isApprox(Eigen::Vector3d(0, 0, -(kMoonRadius_m - 100))));
}

TEST(Moon, PlacesAndHeightsRoundTrip) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const LatLon place{(RandomUniform(1, 0, i) - 0.5) * kPi, (2 * RandomUniform(1, 1, i) - 1) * kPi};
    const double height_m = 2e5 * RandomUniform(1, 2, i) - 1e5;
    const Eigen::Vector3d point = PointInMoon(place, height_m);
    const Geodetic back = GeodeticFromMoon(point);
    EXPECT_NEAR(back.height_m, height_m, 1e-8);
    EXPECT_LT((PointInMoon(back.place, back.height_m) - point).norm(), 1e-8);
  }
}

TEST(Moon, TheCentreIsOneRadiusDeep) {
  const Geodetic centre = GeodeticFromMoon(Eigen::Vector3d::Zero());
  EXPECT_EQ(centre.place.latitude_rad, 0);
  EXPECT_EQ(centre.place.longitude_rad, 0);
  EXPECT_EQ(centre.height_m, -kMoonRadius_m);
}

}  // namespace
}  // namespace perilune::dem
