#include "vision/matching/coarse_search.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "tests/support/random_hills.h"
#include "vision/matching/block_correlation.h"
#include "vision/matching/local_contrast.h"

namespace perilune::vision {
namespace {

constexpr double kDeg = dem::kPi / 180;

cv::Mat AllKnown(const cv::Mat& image) { return cv::Mat(image.size(), CV_8U, cv::Scalar(255)); }

LocalContrast AsItIs(const cv::Mat& image) { return {image, cv::Mat::ones(image.size(), CV_32F)}; }

cv::Point PeakOf(const cv::Mat& scores) {
  cv::Point best;
  cv::minMaxLoc(scores, nullptr, nullptr, nullptr, &best);
  return best - cv::Point(scores.cols / 2, scores.rows / 2);
}

TEST(LocalContrast, GainAndOffsetAreGone) {
  const cv::Mat image = test::WhiteNoise(80, 60, 1);
  const cv::Mat same = MakeLocalContrast(image, AllKnown(image), 15, 0.25).value;
  const cv::Mat other = MakeLocalContrast(image * 7 + 100, AllKnown(image), 15, 0.25).value;
  EXPECT_LT(cv::norm(same, other, cv::NORM_INF), 1e-3);
  EXPECT_NEAR(std::sqrt(same.dot(same) / static_cast<double>(same.total())), 1, 0.1);
}

// A slope of one spread a pixel has 4.3 spreads RMS over a window of 15 pixels, and about its middle pixel's
// mean none.
TEST(LocalContrast, ASlopeOfBrightnessIsGone) {
  const cv::Mat image = test::WhiteNoise(100, 90, 1);
  cv::Mat sloping = image.clone();
  for (int row = 0; row < image.rows; ++row)
    for (int col = 0; col < image.cols; ++col)
      sloping.at<float>(row, col) += static_cast<float>(col - 0.5 * row);
  const cv::Rect inside(21, 21, 58, 48);  // away from windows that the border cuts, and theirs
  const cv::Mat plain = MakeLocalContrast(image, AllKnown(image), 15, 0).value(inside);
  const cv::Mat other = MakeLocalContrast(sloping, AllKnown(image), 15, 0).value(inside);
  EXPECT_LT(cv::norm(plain, other, cv::NORM_INF), 1e-3);
}

TEST(LocalContrast, FaintNoiseBesideTextureIsNotBlownUp) {
  cv::Mat image = test::WhiteNoise(120, 60, 2);
  image.colRange(60, 120) *= 0.01;
  const cv::Mat value = MakeLocalContrast(image, AllKnown(image), 15, 0.25).value;
  const cv::Mat faint = value.colRange(80, 120);
  // At most its own 0.01 over a quarter of the image's root mean square of √½.
  EXPECT_LT(std::sqrt(faint.dot(faint) / static_cast<double>(faint.total())), 0.07);
}

TEST(LocalContrast, UnknownPixelsAreZeroAndDoNotCount) {
  const cv::Mat image = test::WhiteNoise(60, 60, 3);
  cv::Mat known = AllKnown(image), spoiled = image.clone();
  known.colRange(0, 20).setTo(0);
  spoiled.colRange(0, 20).setTo(1e6);
  const cv::Mat a = MakeLocalContrast(image, known, 15, 0.25).value;
  const cv::Mat b = MakeLocalContrast(spoiled, known, 15, 0.25).value;
  EXPECT_EQ(cv::norm(a, b, cv::NORM_INF), 0);
  EXPECT_EQ(cv::countNonZero(a.colRange(0, 20)), 0);
}

TEST(CorrelationField, ABlockIsFoundWhereItWasCut) {
  const cv::Mat field_image = test::WhiteNoise(150, 130, 4);
  const CorrelationField field(AsItIs(field_image));
  const cv::Rect cut(71, 48, 24, 20);
  const cv::Mat scores = field.Correlate(field_image(cut), cut - cv::Point(9, -13), 20);
  EXPECT_EQ(PeakOf(scores), cv::Point(9, -13));
  double best = 0;
  cv::minMaxLoc(scores, nullptr, &best);
  EXPECT_NEAR(best, 1, 1e-4);
}

TEST(CorrelationField, NothingButOneEdgeIsNoAgreement) {
  // A dark field with a single step: a block of noise must not correlate fully with what little is there.
  cv::Mat dark = cv::Mat::zeros(120, 120, CV_32F);
  dark.at<float>(60, 60) = 1;
  const CorrelationField field(AsItIs(dark));
  const cv::Mat scores = field.Correlate(test::WhiteNoise(24, 24, 5), cv::Rect(48, 48, 24, 24), 30);
  double best = 0;
  cv::minMaxLoc(scores, nullptr, &best);
  EXPECT_LT(best, 0.25);
}

TEST(DivideIntoBlocks, CoversWhatIsKnown) {
  cv::Mat known = cv::Mat::ones(100, 100, CV_32F);
  EXPECT_EQ(DivideIntoBlocks(known, 4, 0.6).size(), 16U);
  known(cv::Rect(0, 0, 50, 50)).setTo(0);
  const auto blocks = DivideIntoBlocks(known, 4, 0.6);
  EXPECT_EQ(blocks.size(), 12U);
  for (const cv::Rect& block : blocks) EXPECT_GE(cv::countNonZero(known(block)), 0.6 * block.area());
  EXPECT_TRUE(DivideIntoBlocks(cv::Mat::zeros(100, 100, CV_32F), 4, 0.6).empty());
}

// Blocks of a field, each moved from the common shift by its own offset.
BlockTemplate MovedBlocks(const cv::Mat& field, const cv::Point& shift,
                          const std::vector<cv::Point>& offsets) {
  BlockTemplate sought;
  sought.corner = {70, 70};
  cv::Mat picture = cv::Mat::zeros(60, 60, CV_32F);
  sought.blocks = DivideIntoBlocks(cv::Mat::ones(60, 60, CV_32F), 2, 0.6);
  for (std::size_t i = 0; i < sought.blocks.size(); ++i) {
    field(sought.blocks[i] + sought.corner + shift + offsets[i]).copyTo(picture(sought.blocks[i]));
  }
  sought.picture = AsItIs(picture);
  return sought;
}

TEST(AgreementOfBlocks, SlackForgivesDistortionAndNoMore) {
  const cv::Mat image = test::WhiteNoise(200, 200, 6);
  const CorrelationField field(AsItIs(image));
  const cv::Point shift(-12, 17);
  const std::vector<cv::Point> little = {{2, -2}, {-2, 1}, {0, 2}, {1, -1}};
  const std::vector<cv::Point> much = {{9, -9}, {-9, 9}, {9, 9}, {-9, -9}};
  const cv::Mat agree = AgreementOfBlocks(field, MovedBlocks(image, shift, little), 30, 2);
  const cv::Mat disagree = AgreementOfBlocks(field, MovedBlocks(image, shift, much), 30, 2);
  double best = 0, best_of_much = 0;
  cv::minMaxLoc(agree, nullptr, &best);
  cv::minMaxLoc(disagree, nullptr, &best_of_much);
  EXPECT_EQ(PeakOf(agree), shift);
  EXPECT_NEAR(best, 1, 1e-3);
  EXPECT_LT(best_of_much, 0.45);  // one block of four, and chance
}

// x east, y south, z down, then tilted about x: the boresight turns north.
Eigen::Isometry3d Down(const Eigen::Vector3d& position, double off_nadir_rad = 0) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = Eigen::Vector3d(1, -1, -1).asDiagonal().toDenseMatrix() *
                  Eigen::AngleAxisd(off_nadir_rad, Eigen::Vector3d::UnitX()).toRotationMatrix();
  pose.translation() = position;
  return pose;
}

dem::Matrix6d Covariance(double attitude_rad, double horizontal_m, double vertical_m) {
  dem::Vector6d sigma;
  sigma << Eigen::Vector3d::Constant(attitude_rad), horizontal_m, horizontal_m, vertical_m;
  return sigma.cwiseAbs2().asDiagonal();
}

TEST(FindLineOfSight, StraightDownOnAPlain) {
  const dem::Terrain plain = test::RandomHills(1, 0);
  const Camera camera = PinholeCamera(256, 60 * kDeg);
  const auto line = FindLineOfSight(plain, camera, {Down({0, 0, 6000}), Covariance(0.01, 500, 300)});
  ASSERT_TRUE(line.has_value());
  EXPECT_NEAR(line->distance_m, 6000, 1);
  EXPECT_LT((line->aim + Eigen::Vector3d::UnitZ()).norm(), 1e-3);
  // Across the line a move counts in full, a turn by its angle times the height.
  EXPECT_NEAR(std::sqrt(line->covariance_m2(0, 0)), std::hypot(500, 60), 1);
  EXPECT_NEAR(std::sqrt(line->covariance_m2(1, 1)), std::hypot(500, 60), 1);
  EXPECT_NEAR(line->distance_sigma, 0.05, 1e-3);
  EXPECT_NEAR(line->half_width_m, 6000 * std::tan(30 * kDeg), 10);
}

TEST(FindLineOfSight, ObliqueOnAPlain) {
  const dem::Terrain plain = test::RandomHills(1, 0);
  const Camera camera = PinholeCamera(256, 10 * kDeg);
  const double e = 45 * kDeg, height_m = 3000;
  const auto seen = [&](const dem::Matrix6d& covariance) {
    return FindLineOfSight(plain, camera, {Down({0, 0, height_m}, e), covariance}).value();
  };
  const LineOfSight line = seen(Covariance(1e-9, 1e-3, 200));
  const double distance_m = height_m / std::cos(e);
  EXPECT_NEAR(line.distance_m, distance_m, 20);
  // 1 m higher: the same ray meets the ground tan(e) further on, which is sin(e) across it, and 1 / cos(e)
  // later.
  EXPECT_NEAR(std::sqrt(line.covariance_m2(1, 1)), 200 * std::sin(e), 2);
  EXPECT_LT(std::sqrt(line.covariance_m2(0, 0)), 2);
  EXPECT_NEAR(line.distance_sigma * line.distance_m, 200 / std::cos(e), 3);
  // A turn moves the sight across itself by the distance, and along itself by tan(e) times that.
  const LineOfSight turned = seen(Covariance(0.01, 1e-3, 1e-3));
  EXPECT_NEAR(std::sqrt(turned.covariance_m2(1, 1)), 0.01 * distance_m, 1);
  EXPECT_NEAR(turned.distance_sigma, 0.01 * std::tan(e), 2e-4);
}

TEST(FindLineOfSight, TheSkyHasNone) {
  const dem::Terrain plain = test::RandomHills(1, 0);
  EXPECT_FALSE(FindLineOfSight(plain, PinholeCamera(64, 30 * kDeg),
                               {Down({0, 0, 6000}, 120 * kDeg), Covariance(0.01, 500, 300)}));
}

struct Shot {
  cv::Mat image;
  Camera camera = PinholeCamera(384, 60 * kDeg);
  Eigen::Isometry3d truth = Eigen::Isometry3d::Identity();
  dem::Sun sun = test::SunFrom(20, 110);
};

// Another law of reflection than the search renders.
Shot TakeShot(const dem::Terrain& ground, const Eigen::Isometry3d& truth) {
  Shot shot;
  shot.truth = truth;
  RenderOptions options;
  options.reflectance = Reflectance::kHapke;
  shot.image = RenderView(ground, shot.camera, truth, shot.sun, options).radiance;
  return shot;
}

dem::Vector6d DrawnError(const dem::Matrix6d& covariance, std::uint64_t seed) {
  dem::Vector6d error;
  for (int i = 0; i < 6; ++i)
    error(i) = dem::RandomNormal(seed, 11, static_cast<std::uint64_t>(i)) * std::sqrt(covariance(i, i));
  return error;
}

// How far the ground in the image's middle moves between two poses, pixels.
double Apart_px(const Shot& shot, const dem::Terrain& ground, const Eigen::Isometry3d& pose) {
  dem::Ray ray;
  ray.origin_in_site = shot.truth.translation();
  ray.direction = shot.truth.linear().col(2);
  const Eigen::Vector3d point = ground.FirstHit(ray).value().point_in_site;
  const auto pixel = shot.camera.Project(pose.inverse() * point);
  return pixel ? (*pixel - Eigen::Vector2d(shot.camera.cx_px, shot.camera.cy_px)).norm() : 1e9;
}

TEST(CoarseSearchSlow, PriorsKilometresOffAreRecovered) {
  // 5 km, 1 km and 2 degrees are three sigmas; one image in a thousand is further off than is searched.
  const dem::Matrix6d covariance = Covariance(2 * kDeg / 3, 5000.0 / 3, 1000.0 / 3);
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const dem::Terrain ground = test::RandomHills(seed);
    const double off_nadir = 5 * kDeg * static_cast<double>(seed);
    const Shot shot = TakeShot(ground, Down({300, -500, 5500}, off_nadir));
    const UncertainPose prior{dem::Perturb(shot.truth, DrawnError(covariance, seed)), covariance};
    const CoarseResult result = SearchMap(shot.image, shot.camera, ground, shot.sun, prior, 40);
    ASSERT_EQ(result.status, CoarseStatus::kFound) << seed << ": " << result.reason;
    EXPECT_LT(Apart_px(shot, ground, result.hypotheses[0].site_from_cam), 3 * result.view_pixel_px) << seed;
    EXPECT_LT(result.ambiguity_ratio, 0.7) << seed;
  }
}

TEST(CoarseSearchSlow, AnotherGroundIsNoMatch) {
  const dem::Matrix6d covariance = Covariance(2 * kDeg / 3, 5000.0 / 3, 1000.0 / 3);
  const Shot shot = TakeShot(test::RandomHills(1), Down({300, -500, 5500}));
  for (std::uint64_t seed = 21; seed <= 26; ++seed) {
    const CoarseResult result =
        SearchMap(shot.image, shot.camera, test::RandomHills(seed), shot.sun, {shot.truth, covariance}, 40);
    EXPECT_EQ(result.status, CoarseStatus::kNoMatch) << seed << ": " << result.best_significance;
  }
}

TEST(CoarseSearchSlow, APlainIsNoMatch) {
  const dem::Matrix6d covariance = Covariance(2 * kDeg / 3, 5000.0 / 3, 1000.0 / 3);
  const dem::Terrain plain = test::RandomHills(1, 0);
  Shot shot = TakeShot(plain, Down({0, 0, 5500}));
  shot.image += 0.002 * test::WhiteNoise(384, 384, 8);
  const CoarseResult result =
      SearchMap(shot.image, shot.camera, plain, shot.sun, {shot.truth, covariance}, 40);
  EXPECT_NE(result.status, CoarseStatus::kFound) << result.best_significance;
}

TEST(CoarseSearchSlow, GroundThatRepeatsIsAmbiguous) {
  const dem::Matrix6d covariance = Covariance(0.2 * kDeg, 3000, 100);
  const dem::Terrain ground = test::RandomHills(3, 60, 4800);
  const Shot shot = TakeShot(ground, Down({300, -500, 3500}));
  const CoarseResult result =
      SearchMap(shot.image, shot.camera, ground, shot.sun, {shot.truth, covariance}, 40);
  ASSERT_EQ(result.status, CoarseStatus::kFound) << result.reason;
  EXPECT_GE(result.hypotheses.size(), 2U);
  EXPECT_GT(result.ambiguity_ratio, 0.8);
}

TEST(CoarseSearch, OptionsAreChecked) {
  CoarseSearchOptions options;
  options.blocks_across = 1;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
  options = {};
  options.largest_view_px = 100;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
  EXPECT_NO_THROW(CoarseSearchOptions().Validate());
}

}  // namespace
}  // namespace perilune::vision
