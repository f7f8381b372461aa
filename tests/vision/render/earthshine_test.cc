#include "vision/render/earthshine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "dem/ephemeris/sub_earth.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/frames/moon.h"
#include "vision/render/render.h"
#include "vision/render/solar_flux.h"

namespace perilune::vision {
namespace {

constexpr double kMeanDistance_m = 384'400e3;

// By hand: (6371/384400)² = 2.74696e-4; times 2/3 · 0.297 = 0.198 is 5.4390e-5. Half Earth has 1/π of it,
// and 120° (sin 120° + π/3 cos 120°)/π = (0.8660254 − 0.5235988)/π = 0.1089977.
TEST(Earthshine, ShareByHand) {
  EXPECT_NEAR(EarthshineShare(0, kMeanDistance_m), 5.4390e-5, 1e-9);
  EXPECT_NEAR(EarthshineShare(dem::kPi / 2, kMeanDistance_m), 5.4390e-5 / dem::kPi, 1e-9);
  EXPECT_NEAR(EarthshineShare(dem::DegToRad(120), kMeanDistance_m), 5.4390e-5 * 0.1089977, 1e-10);
  EXPECT_NEAR(EarthshineShare(dem::kPi, kMeanDistance_m), 0, 1e-15);
  EXPECT_NEAR(EarthshineShare(0, 2 * kMeanDistance_m, 0.594), 5.4390e-5 / 2, 1e-9);
  // Half of the 0.15 W/m² that Glenar et al. have near full Earth, the other half being heat.
  EXPECT_NEAR(EarthshineShare(0, kMeanDistance_m) * kSolarConstant_Wpm2, 0.075, 0.005);
}

// New Moon of 2024-04-08 18:21 UTC, a total eclipse: the Earth is full. Full Moon of 2024-03-25 07:00: the
// Earth is new, within the 1° or so that the Moon passes the shadow by.
TEST(Earthshine, FullEarthAtNewMoon) {
  const dem::Site site = dem::MakeSite({0, 0});
  const std::int64_t new_moon = dem::ParseUtc("2024-04-08T18:21");
  const double distance_m = dem::EarthInMoon_m(new_moon).norm() - dem::kMoonRadius_m;  // from the near side
  const Earthshine at_new_moon = EarthshineAt(new_moon, site);
  EXPECT_NEAR(at_new_moon.share_of_sun, EarthshineShare(0, distance_m), 1e-3 * at_new_moon.share_of_sun);
  const Earthshine at_full_moon = EarthshineAt(dem::ParseUtc("2024-03-25T07:00"), site);
  EXPECT_LT(at_full_moon.share_of_sun, 1e-4 * at_new_moon.share_of_sun);
  // The site is the middle of the near side: the Earth is within the libration of the zenith.
  EXPECT_GT(at_new_moon.direction_to_earth_in_site.z(), std::cos(dem::DegToRad(11)));
  EXPECT_NEAR(at_new_moon.direction_to_earth_in_site.norm(), 1, 1e-12);
}

// From the middle of the far side the Earth is below the horizon, at a pole within 7° of it.
TEST(Earthshine, StandsWhereTheSiteHasIt) {
  const std::int64_t t_ns = dem::ParseUtc("2026-03-24T19:00");
  const dem::LatLon below = dem::SubEarthPoint(t_ns);
  EXPECT_NEAR(EarthshineAt(t_ns, dem::MakeSite(below)).direction_to_earth_in_site.z(), 1, 1e-9);
  EXPECT_LT(EarthshineAt(t_ns, dem::MakeSite({0, dem::kPi})).direction_to_earth_in_site.z(), -0.97);
  // At the south pole the elevation is the negative of the sub-Earth latitude, less the parallax of R/d.
  const double elevation =
      std::asin(EarthshineAt(t_ns, dem::MakeSite({-dem::kPi / 2, 0})).direction_to_earth_in_site.z());
  EXPECT_NEAR(elevation, -below.latitude_rad - dem::kMoonRadius_m / dem::EarthInMoon_m(t_ns).norm(), 1e-4);
}

/// Level ground with a wall 20 m high along x = 0, its crest 2 m wide.
dem::Terrain WallTerrain() {
  dem::TerrainLevel level;
  level.z_m = dem::Grid<float>(201, 201);
  level.x0_m = -100;
  level.y0_m = 100;
  level.albedo = 0.1;
  for (int row = 0; row < 201; ++row) {
    for (int col = 0; col < 201; ++col) level.z_m.At(col, row) = col == 100 || col == 101 ? 20 : 0;
  }
  return dem::Terrain(dem::MakeSite({}), {level});
}

View SeeWall(const RenderOptions& options) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear().diagonal() << 1, -1, -1;
  pose.translation() = Eigen::Vector3d(0, 0, 1e5);
  Camera camera = PinholeCamera(121, 1);
  camera.fx_px = camera.fy_px = 1e5;  // a metre a pixel
  return RenderView(WallTerrain(), camera, pose, dem::SunFromAngles({dem::DegToRad(20), dem::DegToRad(90)}),
                    options);
}

// The Sun in the east leaves 55 m west of the wall dark; the Earth 30° up in the west lights it and leaves
// 34.6 m east of it in its own shadow. Lambert: radiance factors are albedo · share · cos i.
TEST(Earthshine, LightsWhatTheSunDoesNotAndCastsShadows) {
  RenderOptions options;
  options.reflectance = Reflectance::kLambert;
  options.earthshine =
      Earthshine{dem::SunFromAngles({dem::DegToRad(30), dem::DegToRad(270)}).direction_to_sun_in_site, 4e-5};
  const View view = SeeWall(options);
  options.earthshine.reset();
  const View sun_alone = SeeWall(options);
  const auto at = [](const View& v, int x_m) { return v.radiance.at<float>(60, 60 + x_m); };
  EXPECT_EQ(at(sun_alone, -20), 0);
  EXPECT_NEAR(at(view, -20), 0.1 * 4e-5 * 0.5, 1e-10);
  EXPECT_EQ(view.lit_fraction.at<float>(60, 40), 0);  // of the Sun
  EXPECT_EQ(at(view, 20), at(sun_alone, 20));         // in the Earth's shadow
  EXPECT_NEAR(at(view, 50), 0.1 * (std::sin(dem::DegToRad(20)) + 4e-5 * 0.5), 1e-8);
  EXPECT_GT(at(view, 50), at(sun_alone, 50));
  // In physical units: 0.1 · 4e-5 · 0.5 · 1361/π W m⁻² sr⁻¹.
  EXPECT_NEAR(RadianceFromFactor_Wpm2sr(at(view, -20), {}), 8.6644e-4, 1e-7);
}

TEST(Earthshine, WithoutCastShadowsItIsEverywhere) {
  RenderOptions options;
  options.reflectance = Reflectance::kLambert;
  options.cast_shadows = false;
  options.earthshine = Earthshine{Eigen::Vector3d(-0.6, 0, 0.8), 1e-4};
  const View view = SeeWall(options);
  EXPECT_NEAR(view.radiance.at<float>(60, 80), 0.1 * (std::sin(dem::DegToRad(20)) + 0.8e-4), 1e-8);
}

TEST(Earthshine, RefusesBadValues) {
  EXPECT_THROW((Earthshine{{0, 0, 2}, 0}).Validate(), std::invalid_argument);
  EXPECT_THROW((Earthshine{{0, 0, 1}, -1e-9}).Validate(), std::invalid_argument);
  EXPECT_THROW((Earthshine{{0, 0, 1}, 0.5}).Validate(), std::invalid_argument);
  RenderOptions options;
  options.earthshine = Earthshine{{0, 0, 1}, 0.5};
  EXPECT_THROW(options.Validate(), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
