#include "tools/crater_detections/detection_score.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace perilune::tools {
namespace {

/// Rows: x, y, diameter (px) and score; ellipses of the same area as a circle of that diameter.
vision::CraterDetections Found(const std::vector<std::array<double, 4>>& rows) {
  vision::CraterDetections found;
  for (const auto& [x_px, y_px, diameter_px, score] : rows) {
    vision::DetectedCrater& crater = found.craters.emplace_back();
    crater.rim.centre_px = {x_px, y_px};
    crater.rim.axes.semi_major = diameter_px / 2 * 1.25;
    crater.rim.axes.semi_minor = diameter_px / 2 / 1.25;
    crater.rim.score = score;
  }
  return found;
}

TEST(DetectionScore, RightWithinAQuarterOfTheDiameterAndAFactorOfOnePointFour) {
  const std::vector<TrueCrater> truth = {{100, 100, 40, true}};
  const auto right = [&](double x_px, double y_px, double diameter_px) {
    return Judge(Found({{x_px, y_px, diameter_px, 1}}), truth, 0, 0).detections.at(0).right;
  };
  EXPECT_TRUE(right(109.9, 100, 40));
  EXPECT_FALSE(right(110.1, 100, 40));
  EXPECT_TRUE(right(94, 92.1, 40));   // √(36 + 62.4) = 9.92
  EXPECT_FALSE(right(94, 91.9, 40));  // √(36 + 65.6) = 10.08
  EXPECT_TRUE(right(100, 100, 55.9));
  EXPECT_FALSE(right(100, 100, 56.1));
  EXPECT_TRUE(right(100, 100, 28.6));
  EXPECT_FALSE(right(100, 100, 28.5));
}

TEST(DetectionScore, ErrorsAreInDiametersAndRelative) {
  const std::vector<TrueCrater> truth = {{100, 100, 40, true}};
  const JudgedImage image = Judge(Found({{102, 100, 38, 0.7}}), truth, 6, 0);
  ASSERT_EQ(image.detections.size(), 1u);
  EXPECT_EQ(image.detections[0].score, 0.7);
  EXPECT_NEAR(image.detections[0].centre_error_diameters, 0.05, 1e-12);
  EXPECT_NEAR(image.detections[0].diameter_error, 0.1, 1e-12);  // 38 px and a margin of 6 against 40
}

TEST(DetectionScore, OneToOneAndTheSurestFirst) {
  // Both fit the crater at 100; the second also fits that at 108, though less well.
  const std::vector<TrueCrater> truth = {{100, 100, 40, true}, {108, 100, 40, true}};
  const JudgedImage image =
      Judge(Found({{100, 100, 40, 0.9}, {101, 100, 40, 0.8}, {100, 100, 40, 0.7}}), truth, 0, 0);
  ASSERT_EQ(image.detections.size(), 3u);
  EXPECT_EQ(image.detections[0].centre_error_diameters, 0);
  EXPECT_TRUE(image.detections[1].right);
  EXPECT_NEAR(image.detections[1].centre_error_diameters, 7.0 / 40, 1e-12);
  EXPECT_FALSE(image.detections[2].right);
  EXPECT_EQ(image.true_craters, 2);
}

TEST(DetectionScore, WhatDoesNotCountIsNeitherRightNorWrongNorMissed) {
  const std::vector<TrueCrater> truth = {{100, 100, 40, false}, {300, 300, 40, true}};
  const JudgedImage image =
      Judge(Found({{100, 100, 40, 0.9}, {200, 200, 11, 0.8}, {200, 250, 13, 0.7}}), truth, 0, 12);
  ASSERT_EQ(image.detections.size(), 1u);  // the first matches what does not count, the second is too small
  EXPECT_EQ(image.detections[0].score, 0.7);
  EXPECT_FALSE(image.detections[0].right);
  EXPECT_EQ(image.true_craters, 1);
}

TEST(DetectionScore, PrecisionAndRecallByHand) {
  const JudgedDetection right{0, true, 0, 0}, wrong{0, false, 0, 0};
  const auto scored = [](JudgedDetection judged, double score) {
    judged.score = score;
    return judged;
  };
  // Five true craters in two images; found right, wrong, right, right, wrong.
  const std::vector<JudgedImage> images = {{{scored(right, 0.9), scored(right, 0.5)}, 3},
                                           {{scored(wrong, 0.8), scored(right, 0.6), scored(wrong, 0.1)}, 2}};
  const std::vector<OperatingPoint> curve = PrecisionRecall(images);
  ASSERT_EQ(curve.size(), 5u);
  const double precision[] = {1, 1.0 / 2, 2.0 / 3, 3.0 / 4, 3.0 / 5}, recall[] = {0.2, 0.2, 0.4, 0.6, 0.6};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(curve[i].precision, precision[i], 1e-12) << i;
    EXPECT_NEAR(curve[i].recall, recall[i], 1e-12) << i;
  }
  EXPECT_EQ(AtScore(curve, 0.55).score, 0.6);
  EXPECT_EQ(AtScore(curve, 0.95).recall, 0);
  EXPECT_EQ(BestF1(curve).score, 0.5);
  EXPECT_NEAR(BestF1(curve).F1(), 2.0 / 3, 1e-12);  // 2 · 0.75 · 0.6 / 1.35
  EXPECT_TRUE(PrecisionRecall({}).empty());
}

}  // namespace
}  // namespace perilune::tools
