#include "vision/matching/match_map.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "dem/synthesis/random.h"
#include "tests/vision/matching/texture.h"

namespace perilune::vision {
namespace {

cv::Mat Everywhere(int size) { return cv::Mat::ones(size, size, CV_32F); }

TEST(RefinePatch, SubpixelShiftGainAndOffset) {
  const Eigen::Vector2d shift(1.37, -0.62);
  const cv::Mat expected = TextureImage(160, {0, 0}, 4);
  const cv::Mat image = TextureImage(160, shift, 4) * 1.7 + 0.2;
  const RefinementResult result =
      RefinePatch(image, expected, cv::Rect(40, 40, 80, 80), Everywhere(80), {1, 0}, {});
  ASSERT_EQ(result.status, RefinementStatus::kConverged);
  // Bilinear sampling of wavelengths of 8 px and more.
  EXPECT_LT((result.shift_px - shift).norm(), 0.01);
  EXPECT_GT(result.score, 0.999);
}

TEST(RefinePatch, FeaturelessPatchHasNoTexture) {
  const cv::Mat flat(100, 100, CV_32F, cv::Scalar(0.3));
  EXPECT_EQ(RefinePatch(flat, flat, cv::Rect(20, 20, 40, 40), Everywhere(40), {0, 0}, {}).status,
            RefinementStatus::kNoTexture);
}

TEST(RefinePatch, CovarianceEqualsTheScatterForWhiteAndForCorrelatedNoise) {
  // The normalised squared error of 200 noisy patches is χ² with two degrees of freedom: its mean is 2.
  for (const double correlation_px : {0.0, 2.5}) {
    double sum = 0;
    int count = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const Eigen::Vector2d shift(dem::RandomUniform(seed, 30, 0) - 0.5,
                                  dem::RandomUniform(seed, 30, 1) - 0.5);
      const cv::Mat expected = TextureImage(72, {0, 0}, seed);
      const cv::Mat image = AddNoise(TextureImage(72, shift, seed), 0.06, correlation_px, seed);
      const RefinementResult result =
          RefinePatch(image, expected, cv::Rect(12, 12, 48, 48), Everywhere(48), {0, 0}, {});
      if (result.status != RefinementStatus::kConverged) continue;
      const Eigen::Vector2d error = result.shift_px - shift;
      sum += error.dot(result.covariance_px2.inverse() * error);
      ++count;
    }
    EXPECT_GT(count, 180) << correlation_px;
    EXPECT_GT(sum / count, 2 * 0.7) << correlation_px;
    EXPECT_LT(sum / count, 2 * 1.4) << correlation_px;
  }
}

TEST(RefinePatch, WhatCountsNothingPullsNothing) {
  // A quarter of the patch shows something else, by ten pixels aside; without weight it does not matter.
  const cv::Mat expected = TextureImage(160, {0, 0}, 4);
  cv::Mat image = TextureImage(160, {0.4, 0.3}, 4);
  const cv::Rect corner(40, 40, 40, 40);
  TextureImage(160, {10, 0}, 4)(corner).copyTo(image(corner));
  cv::Mat weight = Everywhere(80);
  weight(cv::Rect(0, 0, 42, 42)).setTo(0);
  const RefinementResult result = RefinePatch(image, expected, cv::Rect(40, 40, 80, 80), weight, {0, 0}, {});
  ASSERT_EQ(result.status, RefinementStatus::kConverged);
  EXPECT_LT((result.shift_px - Eigen::Vector2d(0.4, 0.3)).norm(), 0.01);
  EXPECT_GT(result.score, 0.999);
}

// Largest distance of the matches from where a shifted image shows their surface points.
double LargestError_px(const MapMatches& found, const View& view, const Eigen::Vector2d& shift) {
  double largest = 0;
  for (const Match& match : found.matches)
    largest =
        std::max(largest, (*view.camera.Project(match.point_in_site_m) + shift - match.pixel_px).norm());
  return largest;
}

TEST(MatchMap, FindsAGlobalShiftAndPairsItWithTheSurfacePoint) {
  const Eigen::Vector2d shift(4.3, -2.8);
  const View view = FlatView(TextureImage(300, {0, 0}, 8));
  MatchOptions options = SmallPatches();
  for (const bool whiten : {false, true}) {
    options.whiten = whiten;
    const MapMatches found = MatchMap(TextureImage(300, shift, 8), view, options);
    EXPECT_EQ(found.attempted, 36);
    EXPECT_GE(found.matches.size(), 16u);
    EXPECT_LT(LargestError_px(found, view, shift), 0.05) << whiten;
  }
}

TEST(MatchMap, AlignedViewsAreMatchedFinely) {
  const Eigen::Vector2d shift(0.3, -0.4);
  const View view = FlatView(TextureImage(300, {0, 0}, 8));
  MatchOptions options = SmallPatches();
  options.aligned = true;
  const MapMatches found = MatchMap(TextureImage(300, shift, 8), view, options);
  EXPECT_GE(found.matches.size(), 25u);
  EXPECT_LT(LargestError_px(found, view, shift), 0.05);
}

// Albedo of long wavelengths, three times as strong as the relief: nothing for grey values, no matter for the
// whitened contrast.
TEST(MatchMap, ReliefIsFoundUnderStrongerAlbedo) {
  const Eigen::Vector2d shift(2.3, -1.2);
  const cv::Mat relief = TextureImage(300, {0, 0}, 8) - 0.5, albedo = TextureImage(300, {70, 20}, 5) - 0.5;
  cv::Mat broad;
  cv::GaussianBlur(albedo, broad, cv::Size(0, 0), 12);
  broad *= 3 * cv::norm(relief) / cv::norm(broad);
  const auto scene = [&](const Eigen::Vector2d& by) {
    return cv::Mat(0.2 * (TextureImage(300, by, 8) - 0.5) + 0.5);
  };
  const View view = FlatView(scene({0, 0}));
  const cv::Mat image = scene(shift) + 0.2 * broad;
  MatchOptions options = SmallPatches();
  const MapMatches whitened = MatchMap(image, view, options);
  options.whiten = false;
  const MapMatches grey = MatchMap(image, view, options);
  EXPECT_GE(whitened.matches.size(), 20u);
  EXPECT_LT(LargestError_px(whitened, view, shift), 1);
  EXPECT_LT(2 * grey.matches.size(), whitened.matches.size());
}

TEST(MatchMap, OtherGroundDoesNotMatch) {
  const View view = FlatView(TextureImage(300, {0, 0}, 8));
  MatchOptions options;
  options.patch_size_px = 64;
  options.patches_across = 6;
  options.min_score = 0.6;
  EXPECT_LE(MatchMap(TextureImage(300, {0, 0}, 9), view, options).matches.size(), 2u);
}

TEST(MatchMap, PatchesThatTheMapDoesNotCoverAreNotAttempted) {
  cv::Mat half = TextureImage(300, {0, 0}, 8);
  half(cv::Rect(0, 0, 150, 300)).setTo(std::nanf(""));
  MatchOptions options;
  options.patch_size_px = 48;
  options.patches_across = 6;
  const MapMatches found = MatchMap(TextureImage(300, {0, 0}, 8), FlatView(half), options);
  EXPECT_EQ(found.attempted, 18);
}

}  // namespace
}  // namespace perilune::vision
