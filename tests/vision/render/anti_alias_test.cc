#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "dem/ephemeris/sub_solar.h"
#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"
#include "tests/support/same_bytes.h"
#include "tests/vision/render/far_views.h"
#include "vision/render/render.h"
#include "vision/render/sub_samples.h"

namespace perilune::vision {
namespace {

using HeightOfCell = std::function<double(int, int)>;  // of column and row

constexpr int kPoints = 321;
constexpr double kSpacing_m = 1;

dem::TerrainLevel MakeLevel(const HeightOfCell& height) {
  dem::TerrainLevel level;
  level.z_m = dem::Grid<float>(kPoints, kPoints);
  level.spacing_m = kSpacing_m;
  level.x0_m = -0.5 * (kPoints - 1) * kSpacing_m;
  level.y0_m = -level.x0_m;
  level.albedo = 0.1;
  for (int row = 0; row < kPoints; ++row) {
    for (int col = 0; col < kPoints; ++col) level.z_m.At(col, row) = static_cast<float>(height(col, row));
  }
  return level;
}

dem::Terrain MakeTerrain(dem::TerrainLevel level) { return {dem::MakeSite({}), {std::move(level)}}; }

// Ground with an albedo that alternates between 0.1 ± 0.05 from one grid point to the next.
dem::Terrain Checkerboard() {
  dem::TerrainLevel level = MakeLevel([](int, int) { return 0.0; });
  level.albedo_grid = dem::Grid<float>(kPoints, kPoints);
  for (int row = 0; row < kPoints; ++row) {
    for (int col = 0; col < kPoints; ++col) {
      level.albedo_grid.At(col, row) = (col + row) % 2 ? 0.15F : 0.05F;
    }
  }
  return MakeTerrain(std::move(level));
}

RenderOptions Lambert(bool anti_alias, int max_across = 8) {
  RenderOptions options;
  options.reflectance = Reflectance::kLambert;
  options.anti_alias = anti_alias;
  options.max_samples_across = max_across;
  return options;
}

struct Moments {
  double sum = 0, squares = 0, farthest = 0;
  int count = 0;
  void Add(double difference) {
    sum += difference;
    squares += difference * difference;
    farthest = std::max(farthest, std::abs(difference));
    ++count;
  }
  double Rms() const { return std::sqrt(squares / count); }
};

Moments AboutMean(const cv::Mat& image, double mean) {
  Moments moments;
  for (int row = 0; row < image.rows; ++row) {
    for (int col = 0; col < image.cols; ++col) {
      moments.Add(static_cast<double>(image.at<float>(row, col)) - mean);
    }
  }
  return moments;
}

TEST(SubSamples, CanonicalArrangementIsEquallySpacedAlongBothAxes) {
  const SampleGrid grid{3, 4};
  std::array<std::vector<double>, 2> places;
  for (int i = 0; i < grid.Count(); ++i) {
    for (int axis = 0; axis < 2; ++axis) places[axis].push_back(grid.Offset_px(i)[axis]);
  }
  for (auto& along : places) {
    std::sort(along.begin(), along.end());
    for (int i = 0; i < 12; ++i) EXPECT_NEAR(along[i], (i + 0.5) / 12 - 0.5, 1e-12);
  }
  EXPECT_EQ(SampleGrid().Offset_px(0), Eigen::Vector2d::Zero());
}

// From the range r at the angle e from the vertical a pixel of angle a covers r·a across and r·a / cos e
// down.
TEST(SubSamples, AsManyAsThePixelHasCells) {
  const double range_m = 1000, angle_rad = 1e-3;
  const auto grid_at = [&](double tilt_rad, double spacing_m, int max_across) {
    Camera camera = PinholeCamera(5, 1);
    camera.fx_px = camera.fy_px = 1 / angle_rad;
    const Eigen::Matrix3d turn =
        (Eigen::AngleAxisd(dem::kPi + tilt_rad, Eigen::Vector3d::UnitX())).toRotationMatrix();
    const Eigen::Vector3d ray = turn * Eigen::Vector3d::UnitZ();
    return ChooseSamples(
        {{&range_m, 1}, {std::span(&ray[0], 1), {&ray[1], 1}, {&ray[2], 1}}, {&spacing_m, 1}},
        PixelStepsAt(camera, turn, {2, 2}), max_across);
  };
  const auto expect = [](const SampleGrid& grid, int across, int down) {
    EXPECT_EQ(grid.across, across);
    EXPECT_EQ(grid.down, down);
  };
  expect(grid_at(0, 1, 8), 1, 1);
  expect(grid_at(0, 0.99, 8), 2, 2);
  expect(grid_at(0, 0.4, 8), 3, 3);
  expect(grid_at(dem::kPi / 3, 0.4, 8), 3, 5);
  expect(grid_at(dem::kPi / 3, 0.4, 4), 3, 4);
  expect(grid_at(dem::kPi / 2, 0.4, 8), 3, 8);  // towards the horizon: as many as are allowed
}

// Bilinear between 0.05 and 0.15: the mean is 0.1, and one sample differs from it by 0.05/3 (r.m.s. of a
// triangle wave is 1/√3 of its height, along each axis).
TEST(AntiAlias, CheckerboardFinerThanAPixelIsItsMean) {
  constexpr double kOneSample = 0.05 / 3;
  const dem::Terrain terrain = Checkerboard();
  const Camera camera = test::FarCamera(48, 3.3 * kSpacing_m);  // 4 × 4 samples
  for (const double turn_rad : {0.0, 0.3, 0.7}) {
    const auto render = [&](bool anti_alias) {
      return RenderView(terrain, camera, test::LookDownFromFar(0.3, 0.1, turn_rad),
                        dem::SunFromAngles({dem::kPi / 2, 0}), Lambert(anti_alias));
    };
    EXPECT_NEAR(AboutMean(render(false).radiance, 0.1).Rms(), kOneSample, 0.15 * kOneSample);
    const Moments mean = AboutMean(render(true).radiance, 0.1);
    EXPECT_LT(mean.Rms(), kOneSample / std::sqrt(16.0));
    EXPECT_LT(mean.farthest, 4 * kOneSample / std::sqrt(16.0));
    EXPECT_NEAR(mean.sum / mean.count, 0, kOneSample / std::sqrt(16.0) / 48);
  }
}

// The camera moves by sixteenths of a pixel, and a pixel should keep its value: what changes is aliasing. At
// least as many times less of its energy is left as there are samples.
TEST(AntiAlias, MovingByPartsOfAPixelChangesLittle) {
  const dem::Terrain terrain = Checkerboard();
  for (const double footprint_m : {1.7, 2.6, 3.4}) {
    const Camera camera = test::FarCamera(16, footprint_m);
    const auto energy = [&](bool anti_alias) {
      double variance = 0;
      cv::Mat sum(16, 16, CV_64F, cv::Scalar(0)), squares = sum.clone();
      for (int phase = 0; phase < 16; ++phase) {
        const double step_m = footprint_m * phase / 16;
        const View view = RenderView(terrain, camera, test::LookDownFromFar(step_m, 0.37 * step_m),
                                     dem::SunFromAngles({dem::kPi / 2, 0}), Lambert(anti_alias));
        cv::Mat value;
        view.radiance.convertTo(value, CV_64F);
        sum += value;
        squares += value.mul(value);
      }
      cv::Mat spread = squares / 16 - sum.mul(sum) / 256;
      for (int i = 0; i < 256; ++i) variance += spread.at<double>(i / 16, i % 16) / 256;
      return variance;
    };
    const double samples = std::pow(std::ceil(footprint_m), 2);
    EXPECT_LT(energy(true), energy(false) / samples) << footprint_m;
  }
}

// Zigzag of flanks with slopes ±m, k cells wide, across a Sun that reaches all of it. Gradients at grid
// points are central differences, so that slopes run from −m to m over the 4 cells beside a crest or a trough
// of the 2k of a period. The mean over x of cos i = (sin e − g cos e)/√(1 + g²) loses its odd part: sin e ·
// [(1 − 2/k)/√(1 + m²) + 2/k · asinh(m)/m].
TEST(AntiAlias, StepsFinerThanAPixelAreTheirMeanRadiance) {
  constexpr int kFlank = 5;
  constexpr double kSlope = 0.4;
  const dem::Terrain terrain = MakeTerrain(MakeLevel([](int col, int) {
    const int phase = col % (2 * kFlank);
    return kSlope * kSpacing_m * (phase < kFlank ? phase : 2 * kFlank - phase);
  }));
  const double elevation = dem::DegToRad(40), share = 2.0 / kFlank;
  const double expected =
      0.1 * std::sin(elevation) *
      ((1 - share) / std::sqrt(1 + kSlope * kSlope) + share * std::asinh(kSlope) / kSlope);
  // A pixel is a period: 10 × 10 samples, and along the east-west axis 100 different ones.
  const Camera camera = test::FarCamera(24, 2 * kFlank * kSpacing_m);
  const auto render = [&](bool anti_alias) {
    return RenderView(terrain, camera, test::LookDownFromFar(1.3, 0),
                      dem::SunFromAngles({elevation, dem::kPi / 2}), Lambert(anti_alias, 10));
  };
  EXPECT_LT(AboutMean(render(true).radiance, expected).farthest, 1e-3 * expected);
  EXPECT_GT(AboutMean(render(false).radiance, expected).farthest, 0.2 * expected);
}

// Walls a grid point thick, P apart: of each P the length h / tan e from the crest is in shadow.
TEST(AntiAlias, ShadowShareOfAComb) {
  constexpr int kPitch = 12;
  constexpr double kHeight_m = 2;
  const dem::Terrain terrain =
      MakeTerrain(MakeLevel([](int col, int) { return col % kPitch == 0 ? kHeight_m : 0.0; }));
  const Camera camera = test::FarCamera(20, kPitch * kSpacing_m);
  for (const double elevation_deg : {15.0, 25.0, 40.0}) {
    const double elevation = dem::DegToRad(elevation_deg);
    const double shade = kHeight_m / std::tan(elevation) / kPitch;
    for (const double phase : {0.0, 0.21, 0.55}) {
      const View view = RenderView(terrain, camera, test::LookDownFromFar(phase * kPitch, 0),
                                   dem::SunFromAngles({elevation, dem::kPi / 2}), Lambert(true, 6));
      // 36 different places along the pixel: an edge is met within half of their distance, and there are two.
      EXPECT_LT(AboutMean(view.lit_fraction, 1 - shade).farthest, 1.0 / 36 + 1e-3) << elevation_deg;
    }
    // With the centre's ray alone a pixel is all dark or all lit.
    const View one = RenderView(terrain, camera, test::LookDownFromFar(0.5, 0),
                                dem::SunFromAngles({elevation, dem::kPi / 2}), Lambert(false));
    EXPECT_EQ(cv::countNonZero((one.lit_fraction != 0) & (one.lit_fraction != 1)), 0);
  }
}

dem::Terrain RoughGround() {
  return MakeTerrain(MakeLevel([](int col, int row) {
    return 3 * std::sin(col / 9.0) +
           dem::RandomUniform(4, 1, static_cast<std::uint64_t>(row) * kPoints + col);
  }));
}

TEST(AntiAlias, PixelsFinerThanTheGroundStayAsTheyAre) {
  const dem::Terrain terrain = RoughGround();
  const Camera camera = test::FarCamera(64, 0.9 * kSpacing_m);
  const auto render = [&](bool anti_alias) {
    return RenderView(terrain, camera, test::LookDownFromFar(3, -7), dem::SunFromAngles({0.3, 1}),
                      Lambert(anti_alias));
  };
  const View off = render(false), on = render(true);
  EXPECT_TRUE(test::SameBytes(off.radiance, on.radiance));
  EXPECT_TRUE(test::SameBytes(off.lit_fraction, on.lit_fraction));
  EXPECT_TRUE(test::SameBytes(off.range_m, on.range_m));
}

// The map's edge is in the picture: which pixels see ground does not change either.
TEST(AntiAlias, RangeStaysThatOfTheCentre) {
  const dem::Terrain terrain = RoughGround();
  const Camera camera = test::FarCamera(64, 4.3 * kSpacing_m);
  const auto render = [&](bool anti_alias) {
    return RenderView(terrain, camera, test::LookDownFromFar(100, 60, 0.4), dem::SunFromAngles({0.3, 1}),
                      Lambert(anti_alias));
  };
  const View off = render(false), on = render(true);
  EXPECT_TRUE(test::SameBytes(off.range_m, on.range_m));
  int ground = 0, changed = 0;
  for (int row = 0; row < 64; ++row) {
    for (int col = 0; col < 64; ++col) {
      const float before = off.radiance.at<float>(row, col), after = on.radiance.at<float>(row, col);
      EXPECT_EQ(std::isnan(before), std::isnan(after));
      EXPECT_EQ(std::isnan(before), std::isnan(on.lit_fraction.at<float>(row, col)));
      ground += !std::isnan(before);
      changed += before != after;
    }
  }
  EXPECT_GT(ground, 500);
  EXPECT_LT(ground, 3500);
  EXPECT_GT(changed, ground / 2);
}

TEST(AntiAlias, SameBytesWithAnyNumberOfThreads) {
  const dem::Terrain terrain = RoughGround();
  RenderOptions options = Lambert(true);
  options.sun_samples = 5;
  const auto render = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return RenderView(terrain, test::FarCamera(72, 2.5 * kSpacing_m), test::LookDownFromFar(0, 0, 0.2),
                      dem::SunFromAngles({0.2, 2}), options);
  };
  const View one = render(1), two = render(2);
  EXPECT_TRUE(test::SameBytes(one.radiance, two.radiance));
  EXPECT_TRUE(test::SameBytes(one.lit_fraction, two.lit_fraction));
}

TEST(AntiAlias, RefusesNoSamplesAndTooMany) {
  RenderOptions options;
  for (const int bad : {0, -1, 65}) {
    options.max_samples_across = bad;
    EXPECT_THROW(options.Validate(), std::invalid_argument);
  }
}

}  // namespace
}  // namespace perilune::vision
