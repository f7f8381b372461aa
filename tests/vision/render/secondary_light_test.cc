// Light by way of other ground against form factors in closed form. Lambert's law, so that radiance factors
// are albedo × irradiance and nothing else.
#include "vision/render/secondary_light.h"
#include "tests/vision/render/far_views.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <stdexcept>

#include "dem/ephemeris/sub_solar.h"
#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"
#include "vision/render/render.h"

namespace perilune::vision {
namespace {

using HeightOfPlace = std::function<double(double, double)>;

constexpr double kAlbedo = 0.2;

/// What sets of rays leave of edges that cross them, of the irradiance: 256 rays 0.04 and 1024 rays 0.015
/// (r.m.s.), 4096 within 0.02 everywhere. Measured with the directions alone, in another program, on the
/// valley below. Here 25 nodes share theirs, which must not be worse.
constexpr double kRmsOf256 = 0.04, kLargestOf4096 = 0.02;

/// `width` × `height` grid points, 1 m apart, around the origin.
dem::Terrain MakeTerrain(const HeightOfPlace& height, int width, int height_points) {
  dem::TerrainLevel level;
  level.z_m = dem::Grid<float>(width, height_points);
  level.x0_m = -0.5 * (width - 1);
  level.y0_m = 0.5 * (height_points - 1);
  level.albedo = kAlbedo;
  for (int row = 0; row < height_points; ++row) {
    for (int col = 0; col < width; ++col) {
      level.z_m.At(col, row) = static_cast<float>(height(level.x0_m + col, level.y0_m - row));
    }
  }
  return dem::Terrain(dem::MakeSite({}), {level});
}

RenderOptions Lambert(std::optional<SecondaryLightOptions> secondary, bool cast_shadows = true) {
  RenderOptions options;
  options.reflectance = Reflectance::kLambert;
  options.secondary_light = secondary;
  options.cast_shadows = cast_shadows;
  return options;
}

/// What the secondary light adds to the pixel that shows (x, y).
struct Pictures {
  View direct, all;
  double AddedAt(double x_m, double y_m, double z_m) const {
    const Eigen::Vector2d pixel =
        *direct.camera.Project(direct.site_from_cam.inverse() * Eigen::Vector3d(x_m, y_m, z_m));
    const int col = static_cast<int>(std::lround(pixel.x())), row = static_cast<int>(std::lround(pixel.y()));
    return static_cast<double>(all.radiance.at<float>(row, col)) - direct.radiance.at<float>(row, col);
  }
};

Pictures Render(const dem::Terrain& terrain, const Camera& camera, const Eigen::Isometry3d& pose,
                const dem::Sun& sun, const SecondaryLightOptions& secondary, bool cast_shadows = true) {
  return {RenderView(terrain, camera, pose, sun, Lambert(std::nullopt, cast_shadows)),
          RenderView(terrain, camera, pose, sun, Lambert(secondary, cast_shadows))};
}

// A slope whose crest stands θ above a level point's horizon, long to either side, fills of its half space,
// weighted by the cosine, (1 − cos θ)/2.
TEST(SecondaryLight, FootOfALongSlope) {
  constexpr double kWidth_m = 100,
                   kBefore_m = 30;  // so far from the foot that its rounded normals matter little
  for (const double beta_deg : {20.0, 45.0, 60.0}) {
    const double beta = dem::DegToRad(beta_deg), tangent = std::tan(beta);
    const dem::Terrain terrain =
        MakeTerrain([&](double x, double) { return std::clamp(x, 0.0, kWidth_m) * tangent; }, 401, 4001);
    const double elevation = dem::DegToRad(35);
    const dem::Sun sun = test::SunAt(dem::RadToDeg(elevation), 270);  // it faces the slope
    const Pictures pictures =
        Render(terrain, test::FarCamera(17, 1), test::LookDownFromFar(-kBefore_m, 0), sun, {256, 1});
    const double crest = std::atan(kWidth_m * tangent / (kWidth_m + kBefore_m));
    const double expected = kAlbedo * kAlbedo * std::sin(elevation + beta) * (1 - std::cos(crest)) / 2;
    EXPECT_NEAR(pictures.AddedAt(-kBefore_m, 0, 0), expected, kLargestOf4096 * expected)
        << beta_deg << " deg";
  }
}

// A valley of two slopes with the inclination β, each of width L across the fall line. From the distance s
// above its bottom line the other slope reaches from the direction of that line (in the point's own plane) to
// its crest: of the half space (1 − cos θ)/2, θ the angle between the two.
TEST(SecondaryLight, ValleyOfTwoSlopes) {
  constexpr double kHalf_m = 60;  // horizontally, from the bottom to the crests; beyond is level ground
  const double beta = dem::DegToRad(30), tangent = std::tan(beta);
  const dem::Terrain terrain =
      MakeTerrain([&](double x, double) { return std::min(std::abs(x), kHalf_m) * tangent; }, 201, 4001);
  const double elevation = dem::DegToRad(50);
  // Along the valley, so that both slopes have the same light; no shadows fall, and the level ground beyond
  // the crests is seen from nowhere below.
  Camera camera = test::FarCamera(121, 1);
  camera.height_px = 1;
  camera.cy_px = 0;
  const Pictures pictures = Render(terrain, camera, test::LookDownFromFar(0, 0),
                                   test::SunAt(dem::RadToDeg(elevation), 0), {1024, 1});
  const double incidence = std::sin(elevation) * std::cos(beta);
  for (const double x : {10.0, 25.0, 40.0, 55.0}) {
    const Eigen::Vector2d point(x, x * tangent), crest(-kHalf_m, kHalf_m * tangent);
    const double theta = std::acos((crest - point).normalized().dot((-point).normalized()));
    const double expected = kAlbedo * kAlbedo * incidence * (1 - std::cos(theta)) / 2;
    EXPECT_NEAR(pictures.AddedAt(x, 0, x * tangent), expected, kLargestOf4096 * expected) << "x = " << x;
    EXPECT_NEAR(pictures.AddedAt(-x, 0, x * tangent), expected, kLargestOf4096 * expected) << "x = " << -x;
  }
}

// Within a sphere every piece of the wall sees every other one under the form factor dA / 4πR². What falls
// through the opening of a cap (depth d, diameter D) is sin e · πD²/4, wherever the shadow lies, so that once
// reflected it gives all of the cap the irradiance A sin e f (1 − f), f = 1/(1 + D²/4d²) the cap's share of
// the sphere (Buhl, Welch & Rea 1968 with the sums over all bounces left out).
TEST(SecondaryLight, BowlOfASphereIsLitUniformly) {
  constexpr double kDiameter_m = 400, kDepth_m = 80;
  const double radius = (kDiameter_m * kDiameter_m / 4 + kDepth_m * kDepth_m) / (2 * kDepth_m);
  const auto bowl = [&](double x, double y) {
    const double r2 = x * x + y * y;
    return r2 < kDiameter_m * kDiameter_m / 4 ? radius - kDepth_m - std::sqrt(radius * radius - r2) : 0.0;
  };
  const dem::Terrain terrain = MakeTerrain(bowl, 801, 801);
  const double share = 1 / (1 + kDiameter_m * kDiameter_m / (4 * kDepth_m * kDepth_m));
  for (const double elevation_deg : {70.0, 25.0, 12.0}) {
    const double elevation = dem::DegToRad(elevation_deg);
    const Pictures pictures = Render(terrain, test::FarCamera(201, 2), test::LookDownFromFar(0, 0),
                                     test::SunAt(dem::RadToDeg(elevation), 90), {256, 2});
    const double expected = kAlbedo * kAlbedo * std::sin(elevation) * share * (1 - share);
    double sum = 0, squares = 0;
    int count = 0, dark = 0;
    for (double y = -160; y <= 160; y += 16) {
      for (double x = -160; x <= 160; x += 16) {
        if (std::hypot(x, y) > 160) continue;
        const double added = pictures.AddedAt(x, y, bowl(x, y));
        sum += added;
        squares += (added - expected) * (added - expected);
        ++count;
        dark += pictures.direct.lit_fraction.at<float>(100 - static_cast<int>(y) / 2,
                                                       100 + static_cast<int>(x) / 2) == 0;
      }
    }
    EXPECT_NEAR(sum / count, expected, 0.01 * expected) << elevation_deg;
    EXPECT_LT(std::sqrt(squares / count), kRmsOf256 * expected) << elevation_deg;
    EXPECT_TRUE(elevation_deg > 20 || dark > count / 3);  // the lowest Sun leaves much in shadow
  }
}

TEST(SecondaryLight, LevelGroundHasNone) {
  const dem::Terrain terrain = MakeTerrain([](double, double) { return 0.0; }, 101, 101);
  const Pictures pictures = Render(terrain, test::FarCamera(40, 1), test::LookDownFromFar(0, 0),
                                   test::SunAt(dem::RadToDeg(0.4), 200), {64, 8});
  EXPECT_EQ(cv::norm(pictures.all.radiance, pictures.direct.radiance, cv::NORM_INF), 0);
}

// Where the ground bends slowly, every fourth pixel does for all.
TEST(SecondaryLight, InterpolationOnSmoothGround) {
  const auto bowl = [](double x, double y) { return 80 * std::min(0.0, (x * x + y * y) / 4e4 - 1); };
  const dem::Terrain terrain = MakeTerrain(bowl, 601, 601);
  const auto render = [&](int step_px) {
    return RenderView(terrain, test::FarCamera(64, 1), test::LookDownFromFar(0, 0),
                      test::SunAt(dem::RadToDeg(0.35), 90), Lambert(SecondaryLightOptions{256, step_px}));
  };
  const View every = render(1), fourth = render(4);
  double sum = 0, squares = 0;
  int dark = 0;
  for (int row = 0; row < 64; ++row) {
    for (int col = 0; col < 64; ++col) {
      if (every.lit_fraction.at<float>(row, col) > 0) continue;
      const double fine = every.radiance.at<float>(row, col);
      const double difference = fourth.radiance.at<float>(row, col) - fine;
      sum += fine;
      squares += difference * difference;
      ++dark;
    }
  }
  EXPECT_GT(dark, 1000);
  EXPECT_GT(sum / dark, 1e-4);
  EXPECT_LT(std::sqrt(squares / dark), kRmsOf256 * sum / dark);
}

// A lit wall stands beyond a crest 4 m high. Ground before the crest, in the next pixel, must not take the
// light of the wall's foot behind it.
TEST(SecondaryLight, DoesNotLeakOverACrest) {
  const auto ground = [](double x, double) { return x > 30 ? 200.0 : (x >= 0 && x < 2 ? 30.0 : 0.0); };
  const dem::Terrain terrain = MakeTerrain(ground, 401, 401);
  const dem::Sun sun = test::SunAt(80, 270);
  const auto render = [&](int step_px) {
    return RenderView(terrain, test::FarCamera(64, 1), test::LookDownFromFar(0, 0), sun,
                      Lambert(SecondaryLightOptions{256, step_px}));
  };
  const View exact = render(1), coarse = render(4);
  // Of the crest itself, 30 m higher than either side and two pixels wide, only those beside it matter.
  for (int row = 8; row < 56; ++row) {
    for (int col = 8; col < 24; ++col) {
      EXPECT_NEAR(coarse.radiance.at<float>(row, col), exact.radiance.at<float>(row, col),
                  0.02 * exact.radiance.at<float>(row, col))
          << col << ", " << row;
    }
  }
}

// A facet's own law: lunar-Lambert ground sends back diffuse light by its spherical albedo, which for L = 1
// would be 16/3 (1 − ln 2) of the normal albedo and for L = 0 the normal albedo.
TEST(SecondaryLight, DiffuseAlbedoOfTheLaws) {
  EXPECT_NEAR(DiffuseAlbedo(Reflectance::kLambert, 0.3), 0.3, 1e-12);
  const double lunar = DiffuseAlbedo(Reflectance::kLunarLambert, 1);
  EXPECT_GT(lunar, 1);
  EXPECT_LT(lunar, 16.0 / 3 * (1 - std::log(2.0)));
  // By random directions: an integrator of another kind.
  for (const Reflectance law : {Reflectance::kLunarLambert, Reflectance::kHapke, Reflectance::kHapkeMare,
                                Reflectance::kHapkeHighland}) {
    constexpr int kCount = 200'000;
    double sum = 0, squares = 0;
    for (std::uint64_t i = 0; i < kCount; ++i) {
      // Cosine-weighted both ways: factor / μ0 is the integrand.
      const double in = std::sqrt(dem::RandomUniform(1, 0, i)), out = std::sqrt(dem::RandomUniform(1, 1, i));
      const double turn = 2 * dem::kPi * dem::RandomUniform(1, 2, i);
      const double cos_phase = in * out + std::sqrt((1 - in * in) * (1 - out * out)) * std::cos(turn);
      const double value =
          RadianceFactor(law, {in, out, std::acos(std::clamp(cos_phase, -1.0, 1.0))}, 1) / in;
      sum += value;
      squares += value * value;
    }
    const double mean = sum / kCount, sigma = std::sqrt((squares / kCount - mean * mean) / kCount);
    EXPECT_NEAR(DiffuseAlbedo(law, 1), mean, 4 * sigma + 1e-3 * mean) << static_cast<int>(law);
  }
}

TEST(SecondaryLight, SameBytesWithAnyNumberOfThreads) {
  const dem::Terrain terrain = MakeTerrain(
      [](double x, double y) { return 15 * std::sin(x / 20) * std::cos(y / 25) + 3 * std::sin(x * y); }, 301,
      301);
  RenderOptions options = Lambert(SecondaryLightOptions{64, 4});
  options.anti_alias = true;
  const auto render = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return RenderView(terrain, test::FarCamera(90, 1.7), test::LookDownFromFar(0, 0),
                      test::SunAt(dem::RadToDeg(0.2), 100), options);
  };
  const View one = render(1), two = render(2);
  EXPECT_EQ(std::memcmp(one.radiance.data, two.radiance.data, one.radiance.total() * sizeof(float)), 0);
}

TEST(SecondaryLight, PicturesOfOnePixelAndOfTheSky) {
  const dem::Terrain terrain = MakeTerrain([](double, double) { return 0.0; }, 11, 11);
  const RenderOptions options = Lambert(SecondaryLightOptions{16, 8});
  EXPECT_NEAR(RenderView(terrain, test::FarCamera(1, 1), test::LookDownFromFar(0, 0),
                         test::SunAt(dem::RadToDeg(0.5), 0), options)
                  .radiance.at<float>(0),
              kAlbedo * std::sin(0.5), 1e-6);
  const View sky = RenderView(terrain, test::FarCamera(9, 1), test::LookDownFromFar(100, 0),
                              test::SunAt(dem::RadToDeg(0.5), 0), options);
  EXPECT_TRUE(std::isnan(sky.radiance.at<float>(4, 4)));
}

TEST(SecondaryLight, RefusesBadOptions) {
  RenderOptions options;
  for (const SecondaryLightOptions& bad :
       {SecondaryLightOptions{0, 8}, SecondaryLightOptions{256, 0}, SecondaryLightOptions{1 << 17, 8}}) {
    options.secondary_light = bad;
    EXPECT_THROW(options.Validate(), std::invalid_argument);
  }
}

}  // namespace
}  // namespace perilune::vision
