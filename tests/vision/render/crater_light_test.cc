// Which wall of a crater is dark, and where that is in the picture.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "dem/frames/site.h"
#include "tests/support/looks.h"
#include "vision/render/render.h"

namespace perilune::vision {
namespace {

constexpr double kRadius_m = 400, kDepth_m = 160;  // a fresh crater: depth / diameter 0.2

/// A paraboloid bowl in a plane: walls of slope 2 · depth / radius at the rim, 38.7°.
dem::Terrain Bowl() {
  constexpr double kHalfWidth_m = 1500, kStep_m = 5;
  constexpr int kSide = 601;
  dem::TerrainLevel level;
  level.z_m = dem::Grid<float>(kSide, kSide);
  level.spacing_m = kStep_m;
  level.x0_m = -kHalfWidth_m;
  level.y0_m = kHalfWidth_m;
  for (int row = 0; row < kSide; ++row) {
    for (int col = 0; col < kSide; ++col) {
      const double r = std::hypot(-kHalfWidth_m + col * kStep_m, kHalfWidth_m - row * kStep_m) / kRadius_m;
      level.z_m.At(col, row) = static_cast<float>(kDepth_m * (std::min(r * r, 1.0) - 1));
    }
  }
  return dem::Terrain(dem::MakeSite({}), {level});
}

constexpr int kSize_px = 201;

/// From 2 km above the rim's plane, north up: 5 m a pixel there.
View SeeBowl(const dem::Sun& sun) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear().diagonal() << 1, -1, -1;
  pose.translation() = Eigen::Vector3d(0, 0, 2000);
  return RenderView(Bowl(), PinholeCamera(kSize_px, 2 * std::atan(0.5 * kSize_px * 5 / 2000)), pose, sun);
}

/// Radiance of the pixel that shows the bowl at `distance_m` from its middle.
float At(const View& view, double distance_m, double azimuth_deg) {
  const double a = dem::DegToRad(azimuth_deg), r = distance_m / kRadius_m;
  const Eigen::Vector3d point(distance_m * std::sin(a), distance_m * std::cos(a),
                              kDepth_m * (std::min(r * r, 1.0) - 1));
  const Eigen::Vector2d pixel = *view.camera.Project(view.site_from_cam.inverse() * point);
  return view.radiance.at<float>(static_cast<int>(std::lround(pixel.y())),
                                 static_cast<int>(std::lround(pixel.x())));
}

// The ray to the Sun at elevation E from x along the Sun's diameter leaves the paraboloid d (x²/a² − 1) at
// the rim x = a when tan E · (a − x) = d (1 − x²/a²), that is 1 + x/a = (a/d) tan E. Nearer the Sun it is
// dark. For tan E = 0.4, a/d = 2.5: x = 0, the shadow ends in the middle.
TEST(CraterLight, ShadowEndsWhereTheRimsRayMeetsTheBowl) {
  const double elevation_deg = dem::RadToDeg(std::atan(0.4));
  const View view = SeeBowl(test::SunAt(elevation_deg, 90));
  EXPECT_EQ(At(view, 20, 90), 0);
  EXPECT_GT(At(view, 20, 270), 0);
}

// The wall nearer the Sun turns its back to it or lies in the rim's shadow; the far wall faces it. With the
// Sun in the east that is the right side of a picture with north up, and so on around the horizon.
TEST(CraterLight, WallNearerTheSunIsDark) {
  for (const double azimuth_deg : {0.0, 45.0, 90.0, 180.0, 270.0}) {
    const View view = SeeBowl(test::SunAt(20, azimuth_deg));
    EXPECT_EQ(At(view, 300, azimuth_deg), 0) << "Sun at azimuth " << azimuth_deg;
    const float far = At(view, 300, azimuth_deg + 180), plain = At(view, 450, azimuth_deg + 90);
    EXPECT_GT(far, 1.2F * plain) << "Sun at azimuth " << azimuth_deg;
    EXPECT_GT(plain, 0);
  }
}

// The same without the projection: pixels by hand. The middle is (100, 100); 300 m east is right, north up.
TEST(CraterLight, SunInTheEastDarkensTheRightSide) {
  const View east = SeeBowl(test::SunAt(20, 90)), north = SeeBowl(test::SunAt(20, 0));
  EXPECT_EQ(east.radiance.at<float>(100, 158), 0);
  EXPECT_GT(east.radiance.at<float>(100, 42), 0.05F);
  EXPECT_EQ(north.radiance.at<float>(42, 100), 0);
  EXPECT_GT(north.radiance.at<float>(158, 100), 0.05F);
}

/// A drawing of the bowl, 60 m a character, north up, its middle at the 8th of 15 in the 8th line.
using Drawing = std::array<const char*, 15>;

/// Compares a picture with a drawing: `.` plain, `o` lit bowl, `#` dark; `+` is too near an edge to be drawn.
void ExpectDrawn(const View& view, const Drawing& drawing, const char* name) {
  for (int line = 0; line < 15; ++line) {
    for (int place = 0; place < 15; ++place) {
      const double east_m = 60 * (place - 7), north_m = 60 * (7 - line);
      const float radiance =
          At(view, std::hypot(east_m, north_m), dem::RadToDeg(std::atan2(east_m, north_m)));
      const char drawn = drawing[line][place];
      EXPECT_TRUE(drawn == '+' || (radiance == 0) == (drawn == '#'))
          << name << ", line " << line << ", place " << place << ": " << radiance;
    }
  }
}

// With tan E = 0.4 = depth / radius the rim's shadow on the paraboloid is drawn with a pair of compasses: a
// ray towards the Sun that starts at (x, y), the Sun's way x, passes below the rim when x + √(a² − y²) > a,
// so that the dark part is what the rim's circle has in common with the same circle moved by its radius
// towards the Sun.
TEST(CraterLight, IsAsDrawnByHand) {
  const double elevation_deg = dem::RadToDeg(std::atan(0.4));
  ExpectDrawn(SeeBowl(test::SunAt(elevation_deg, 90)),
              {"...............",  //
               "....+ooooo+....",  //
               "...oooooo+##...",  //
               "..ooooooo####..",  //
               ".+oooooo#####+.",  //
               ".ooooooo######.",  //
               ".oooooo+######.",  //
               ".oooooo+######.",  //
               ".oooooo+######.",  //
               ".ooooooo######.",  //
               ".+oooooo#####+.",  //
               "..ooooooo####..",  //
               "...oooooo+##...",  //
               "....+ooooo+....",  //
               "..............."},
              "Sun in the east");
  ExpectDrawn(SeeBowl(test::SunAt(elevation_deg, 0)),
              {"...............",  //
               "....+#####+....",  //
               "...#########...",  //
               "..###########..",  //
               ".+###########+.",  //
               ".o+#########+o.",  //
               ".ooo#######ooo.",  //
               ".ooooo+++ooooo.",  //
               ".ooooooooooooo.",  //
               ".ooooooooooooo.",  //
               ".+ooooooooooo+.",  //
               "..ooooooooooo..",  //
               "...ooooooooo...",  //
               "....+ooooo+....",  //
               "..............."},
              "Sun in the north");
}

}  // namespace
}  // namespace perilune::vision
