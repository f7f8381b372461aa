#include "dem/frames/site.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

/// Random places, the poles, and both sides of the 180 degree seam.
std::vector<LatLon> Origins() {
  std::vector<LatLon> origins{{kPi / 2, 0}, {kPi / 2, 2}, {-kPi / 2, 0},  {-kPi / 2, -1},
                              {0.3, kPi},   {0.3, -kPi},  {-0.7, 3.1415}, {-0.7, -3.1415}};
  for (std::uint64_t i = 0; i < 50; ++i) {
    origins.push_back({(RandomUniform(2, 0, i) - 0.5) * kPi, (2 * RandomUniform(2, 1, i) - 1) * kPi});
  }
  return origins;
}

TEST(Site, RoundTripsToTheMoonWithinAMillimetre) {
  for (const LatLon& origin : Origins()) {
    const Site site = MakeSite(origin);
    for (std::uint64_t i = 0; i < 50; ++i) {
      const Eigen::Vector3d point(4e5 * (RandomUniform(3, 0, i) - 0.5), 4e5 * (RandomUniform(3, 1, i) - 0.5),
                                  4e4 * (RandomUniform(3, 2, i) - 0.5));
      const Eigen::Vector3d back = PointInSite(site, GeodeticFromSite(site, point));
      EXPECT_LT((back - point).norm(), 1e-3) << origin.latitude_rad << " " << origin.longitude_rad;
    }
  }
}

TEST(Site, IsARightHandedFrameWhoseAxesAreEastNorthUp) {
  for (const LatLon& origin : Origins()) {
    const Site site = MakeSite(origin);
    const Eigen::Matrix3d axes = site.moon_from_site.linear();
    EXPECT_LT((axes.transpose() * axes - Eigen::Matrix3d::Identity()).norm(), 1e-14);
    EXPECT_NEAR(axes.determinant(), 1, 1e-14);
    EXPECT_LT((axes.col(2) - DirectionInMoon(origin)).norm(), 1e-14);  // up
    EXPECT_NEAR(axes.col(0).z(), 0, 1e-15);                            // east is level
    EXPECT_GE(axes.col(1).z(), -1e-15);                                // north never points south
    EXPECT_LT((site.moon_from_site * MoonCentreInSite()).norm(), 1e-8);
  }
}

TEST(Site, EastAndNorthStepsMoveLongitudeAndLatitude) {
  const Site site = MakeSite({DegToRad(60), DegToRad(179.999)});
  const double one_mrad_m = 1e-3 * kMoonRadius_m;
  const Geodetic east =
      GeodeticFromSite(site, {std::sin(1e-3) * kMoonRadius_m * std::cos(DegToRad(60)), 0, 0});
  // Eastward over the seam; cos 60° = 1/2 makes 1 mrad of longitude of half of 1 mrad of ground.
  EXPECT_NEAR(east.place.longitude_rad, DegToRad(179.999) + 1e-3 - 2 * kPi, 1e-6);
  const Geodetic north = GeodeticFromSite(site, {0, one_mrad_m, 0});
  EXPECT_NEAR(north.place.latitude_rad, DegToRad(60) + 1e-3, 1e-8);
  // The plane leaves the sphere by s²/2R.
  EXPECT_NEAR(north.height_m, one_mrad_m * one_mrad_m / (2 * kMoonRadius_m), 1e-3);
}

TEST(Site, ZAndHeightAreInverse) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const double x = 2e6 * (RandomUniform(4, 0, i) - 0.5), y = 2e6 * (RandomUniform(4, 1, i) - 0.5);
    const double height_m = 2e4 * (RandomUniform(4, 2, i) - 0.5);
    const Eigen::Vector3d point(x, y, ZInSite(x, y, height_m));
    EXPECT_NEAR((point - MoonCentreInSite()).norm(), kMoonRadius_m + height_m, 1e-8);
    EXPECT_NEAR(HeightAboveSphere(point), height_m, 1e-8);
  }
  EXPECT_EQ(ZInSite(0, 0, 123.25), 123.25);
}

TEST(Site, RefusesWhatIsNoPlace) {
  EXPECT_THROW(MakeSite({1.6, 0}), std::invalid_argument);
  EXPECT_THROW(MakeSite({std::nan(""), 0}), std::invalid_argument);
  EXPECT_THROW(MakeSite({0, std::numeric_limits<double>::infinity()}), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::dem
