#include "vision/render/render.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"
#include "tests/support/height_field.h"
#include "tests/support/looks.h"

namespace perilune::vision {
namespace {

dem::TerrainLevel GreyLevel(const test::HeightField& height, double half_width_m, double spacing_m) {
  dem::TerrainLevel level = test::LevelOf(height, half_width_m, spacing_m);
  level.albedo = 0.1;
  return level;
}

dem::Terrain GreyTerrain(const test::HeightField& height, double half_width_m, double spacing_m) {
  return dem::Terrain(dem::MakeSite({}), {GreyLevel(height, half_width_m, spacing_m)});
}

TEST(Render, RangeOnAPlaneIsHeightOverCosine) {
  const Camera camera = PinholeCamera(33, dem::DegToRad(50));
  const View view = RenderView(GreyTerrain(test::FlatGround, 1000, 5), camera, test::LookDown({30, -20, 700}),
                               test::SunAt(90, 0));
  for (int row = 0; row < 33; ++row) {
    for (int col = 0; col < 33; ++col) {
      const double expected = 700 / camera.Unproject(Eigen::Vector2d(col, row)).z();
      EXPECT_NEAR(view.range_m.at<double>(row, col), expected, 1e-9);
      EXPECT_NEAR(view.PointInSite(col, row).z(), 0, 1e-9);
    }
  }
  EXPECT_NEAR(view.PointInSite(16, 16).x(), 30, 1e-9);
  EXPECT_NEAR(view.PointInSite(16, 16).y(), -20, 1e-9);
}

// A 10 m sphere as a height field: bilinear cells lie below it by at most 2 · spacing² / (8 · radius) near
// the pole, and by 1/cos³ of the slope more on its flank.
TEST(Render, RangeOnATenMetreSphere) {
  const auto cap = [](double x, double y) { return std::sqrt(100 - x * x - y * y); };
  const Camera camera = PinholeCamera(15, dem::DegToRad(20));
  const View view =
      RenderView(GreyTerrain(cap, 5, 0.02), camera, test::LookDown({0, 0, 30}), test::SunAt(90, 0));
  for (int row = 0; row < 15; ++row) {
    for (int col = 0; col < 15; ++col) {
      const Eigen::Vector3d ray = camera.Unproject(Eigen::Vector2d(col, row));
      const double along = 30 * ray.z();
      const double expected = along - std::sqrt(along * along - (900 - 100));
      EXPECT_NEAR(view.range_m.at<double>(row, col), expected, 3e-5);
    }
  }
  EXPECT_NEAR(view.range_m.at<double>(7, 7), 20, 1e-5);
}

TEST(Render, ShadowOfAWallIsHeightOverTangent) {
  constexpr double kHeight_m = 20, kSpacing_m = 0.5;
  // The wall's face fills the cell between x = 0 and x = 0.5: its upper edge is at x = kSpacing_m.
  const auto wall = [](double x, double) { return x > 0.25 ? kHeight_m : 0.0; };
  const dem::Terrain terrain = GreyTerrain(wall, 200, kSpacing_m);
  const Camera camera = PinholeCamera(801, dem::DegToRad(10));
  for (const double elevation_deg : {10.0, 25.0, 45.0}) {
    const double length_m = kHeight_m / std::tan(dem::DegToRad(elevation_deg));
    const View view =
        RenderView(terrain, camera, test::LookDown({-length_m, 0, 400}), test::SunAt(elevation_deg, 90));
    double edge_m = 0;
    for (int col = 800; col >= 0; --col) {
      if (view.lit_fraction.at<float>(400, col) == 0) edge_m = view.PointInSite(col, 400).x();
    }
    EXPECT_NEAR(edge_m, kSpacing_m - length_m, 0.1) << elevation_deg << " deg";
  }
}

// Sun low in the east over a bowl: its rays pass over the eastern rim and fall on the western wall. The wall
// nearer the Sun is the dark one.
TEST(Render, CraterWallNearerTheSunIsInShadow) {
  const auto bowl = [](double x, double y) { return std::min(0.0, 20 * ((x * x + y * y) / 2500 - 1)); };
  const View view = RenderView(GreyTerrain(bowl, 100, 0.5), PinholeCamera(101, dem::DegToRad(30)),
                               test::LookDown({0, 0, 300}), test::SunAt(20, 90));
  const auto at = [&](double x, double y) {
    const Eigen::Vector2d pixel =
        *view.camera.Project(view.site_from_cam.inverse() * Eigen::Vector3d(x, y, bowl(x, y)));
    return view.radiance.at<float>(static_cast<int>(std::lround(pixel.y())),
                                   static_cast<int>(std::lround(pixel.x())));
  };
  EXPECT_EQ(at(40, 0), 0);
  EXPECT_GT(at(-40, 0), 1.2F * at(0, 68));
  EXPECT_GT(at(0, 68), 0);
}

TEST(Render, TiltedPlaneFollowsTheLaw) {
  const dem::Terrain terrain = GreyTerrain([](double x, double y) { return 0.3 * x - 0.1 * y; }, 500, 2);
  const Eigen::Vector3d normal = Eigen::Vector3d(-0.3, 0.1, 1).normalized();
  const Camera camera = PinholeCamera(21, dem::DegToRad(40));
  const dem::Sun sun = test::SunAt(35, 210);
  for (const Reflectance law : {Reflectance::kLambert, Reflectance::kLunarLambert, Reflectance::kHapke}) {
    RenderOptions options;
    options.reflectance = law;
    options.constant_albedo = 0.2;
    const View view = RenderView(terrain, camera, test::LookDown({10, 5, 300}), sun, options);
    for (int row = 0; row < 21; row += 5) {
      for (int col = 0; col < 21; col += 5) {
        const Eigen::Vector3d to_camera =
            (view.site_from_cam.translation() - view.PointInSite(col, row)).normalized();
        const Photometry photometry{normal.dot(sun.direction_to_sun_in_site), normal.dot(to_camera),
                                    std::acos(to_camera.dot(sun.direction_to_sun_in_site))};
        EXPECT_NEAR(view.radiance.at<float>(row, col), RadianceFactor(law, photometry, 0.2), 2e-6);
        EXPECT_EQ(view.lit_fraction.at<float>(row, col), 1);
      }
    }
  }
}

// A bright spot at a known place: its centroid in the picture is the projection of the place. A shift by
// half a pixel, a mirrored axis or a turned image would show.
TEST(Render, PictureOfASpotIsWhereItsPointProjects) {
  dem::TerrainLevel level = GreyLevel(test::FlatGround, 300, 1);
  level.albedo_grid = dem::Grid<float>(level.z_m.width, level.z_m.height);
  const Eigen::Vector3d spot(71.3, 20.8, 0);
  for (int row = 0; row < level.z_m.height; ++row) {
    for (int col = 0; col < level.z_m.width; ++col) {
      const double dx = level.x0_m + col - spot.x(), dy = level.y0_m - row - spot.y();
      level.albedo_grid.At(col, row) = static_cast<float>(std::exp(-(dx * dx + dy * dy) / (2 * 9.0)));
    }
  }
  const dem::Terrain terrain(dem::MakeSite({}), {level});
  RenderOptions options;
  options.reflectance = Reflectance::kLambert;
  Camera camera = PinholeCamera(256, dem::DegToRad(40));
  camera.distortion = {-0.1, 0.02, 1e-3, -2e-3, 0};
  const View view = RenderView(terrain, camera, test::LookDown({0, 0, 400}), test::SunAt(90, 0), options);
  Eigen::Vector2d sum = Eigen::Vector2d::Zero();
  double weight = 0;
  for (int row = 0; row < 256; ++row) {
    for (int col = 0; col < 256; ++col) {
      const double value = view.radiance.at<float>(row, col);
      sum += value * Eigen::Vector2d(col, row);
      weight += value;
    }
  }
  const Eigen::Vector2d expected = *camera.Project(view.site_from_cam.inverse() * spot);
  EXPECT_LT((sum / weight - expected).norm(), 0.03);
  EXPECT_GT(expected.x(), camera.cx_px + 30);  // east is right
  EXPECT_LT(expected.y(), camera.cy_px - 5);   // north is up
}

// Turned by 90° about the boresight: image right is north, so that the eastern spot is at the bottom.
TEST(Render, TurnedCameraTurnsThePicture) {
  Eigen::Isometry3d pose = test::LookDown({0, 0, 400});
  pose.linear().col(0) = Eigen::Vector3d::UnitY();
  pose.linear().col(1) = Eigen::Vector3d::UnitX();
  const dem::Terrain terrain = GreyTerrain(test::FlatGround, 300, 1);
  const View view = RenderView(terrain, PinholeCamera(65, 0.6), pose, test::SunAt(45, 0));
  EXPECT_GT(view.PointInSite(60, 32).y(), 50);
  EXPECT_NEAR(view.PointInSite(60, 32).x(), 0, 1e-9);
  EXPECT_GT(view.PointInSite(32, 60).x(), 50);
}

TEST(Render, NoAcneOnSmoothGround) {
  const auto swell = [](double x, double y) { return 0.2 * std::sin(x / 40) + 0.2 * std::cos(y / 55); };
  const View view = RenderView(GreyTerrain(swell, 300, 1), PinholeCamera(200, dem::DegToRad(40)),
                               test::LookDown({0, 0, 400}), test::SunAt(1.5, 77));
  EXPECT_EQ(cv::countNonZero(view.lit_fraction != 1), 0);
}

// The penumbra of a straight edge runs from H / tan(e + r) to H / tan(e − r), half the disc at H / tan(e).
TEST(Render, PenumbraHasTheWidthOfTheSun) {
  constexpr double kHeight_m = 40, kElevation_deg = 5;
  const auto wall = [](double x, double) { return x > 0.25 ? kHeight_m : 0.0; };
  const dem::Terrain terrain = GreyTerrain(wall, 800, 0.5);
  const dem::Sun sun = test::SunAt(kElevation_deg, 90);
  RenderOptions options;
  options.sun_samples = 64;
  const double e = dem::DegToRad(kElevation_deg);
  const double middle_m = kHeight_m / std::tan(e);
  const View view = RenderView(terrain, PinholeCamera(401, dem::DegToRad(12)),
                               test::LookDown({-middle_m, 0, 600}), sun, options);
  const double full_m = kHeight_m / std::tan(e + sun.angular_radius_rad);
  const double free_m = kHeight_m / std::tan(e - sun.angular_radius_rad);
  float last = 0;
  for (int col = 400; col >= 0; --col) {
    const double distance_m = -view.PointInSite(col, 200).x();
    const float lit = view.lit_fraction.at<float>(200, col);
    if (distance_m < 5) continue;  // the wall itself
    EXPECT_GE(lit, last);
    last = lit;
    if (distance_m < full_m - 0.5) {
      EXPECT_EQ(lit, 0);
    }
    if (distance_m > free_m + 0.5) {
      EXPECT_EQ(lit, 1);
    }
    if (std::abs(distance_m - middle_m) < 1) {
      EXPECT_NEAR(lit, 0.5, 0.06);
    }
    if (distance_m > full_m + 8 && distance_m < free_m - 8) {
      EXPECT_GT(lit, 0);
      EXPECT_LT(lit, 1);
    }
  }
  EXPECT_EQ(last, 1);
}

TEST(Render, SkyIsNotANumber) {
  Eigen::Isometry3d pose = test::LookDown({0, 0, 100});
  pose.linear() =
      Eigen::AngleAxisd(dem::DegToRad(180), Eigen::Vector3d::UnitX()).toRotationMatrix() * pose.linear();
  const View view =
      RenderView(GreyTerrain(test::FlatGround, 100, 1), PinholeCamera(8, 1), pose, test::SunAt(45, 0));
  EXPECT_TRUE(std::isnan(view.radiance.at<float>(3, 3)));
  EXPECT_TRUE(std::isnan(view.range_m.at<double>(3, 3)));
  EXPECT_TRUE(std::isnan(view.lit_fraction.at<float>(3, 3)));
  EXPECT_TRUE(std::isnan(view.PointInSite(3, 3).x()));
}

TEST(Render, SameBytesWithAnyNumberOfThreads) {
  const auto rough = [](double x, double y) {
    return 5 *
           dem::RandomUniform(9, static_cast<std::uint64_t>(x + 1000), static_cast<std::uint64_t>(y + 1000));
  };
  const dem::Terrain terrain = GreyTerrain(rough, 200, 2);
  RenderOptions options;
  options.sun_samples = 5;
  const auto render = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return RenderView(terrain, PinholeCamera(96, 0.8), test::LookDown({0, 0, 250}), test::SunAt(15, 130),
                      options);
  };
  const View one = render(1), two = render(2);
  const auto same = [](const cv::Mat& a, const cv::Mat& b) {
    return std::memcmp(a.data, b.data, a.total() * a.elemSize()) == 0;
  };
  EXPECT_TRUE(same(one.radiance, two.radiance));
  EXPECT_TRUE(same(one.range_m, two.range_m));
  EXPECT_TRUE(same(one.lit_fraction, two.lit_fraction));
}

TEST(Render, RefusesBadArguments) {
  const dem::Terrain terrain = GreyTerrain(test::FlatGround, 10, 1);
  const Camera camera = PinholeCamera(8, 1);
  RenderOptions options;
  options.sun_samples = 0;
  EXPECT_THROW(RenderView(terrain, camera, test::LookDown({0, 0, 10}), test::SunAt(30, 0), options),
               std::invalid_argument);
  options = {};
  options.constant_albedo = 2;
  EXPECT_THROW(RenderView(terrain, camera, test::LookDown({0, 0, 10}), test::SunAt(30, 0), options),
               std::invalid_argument);
  EXPECT_THROW(RenderView(terrain, Camera{}, test::LookDown({0, 0, 10}), test::SunAt(30, 0)),
               std::invalid_argument);
  EXPECT_THROW(RenderView(terrain, camera, test::LookDown({0, 0, NAN}), test::SunAt(30, 0)),
               std::invalid_argument);
  dem::Sun sun;
  sun.direction_to_sun_in_site *= 2;
  EXPECT_THROW(RenderView(terrain, camera, test::LookDown({0, 0, 10}), sun), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
