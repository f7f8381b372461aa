// The network that is delivered, on pictures of bowls whose rims are known by construction.
#include "vision/craters/crater_network.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <opencv2/imgproc.hpp>

#include "dem/frames/moon.h"
#include "dem/io/data_error.h"
#include "dem/synthesis/random.h"
#include "tests/support/temp_folder.h"
#include "vision/craters/detect.h"
#include "vision/craters/shaded_bowl.h"

namespace perilune::vision {
namespace {

std::filesystem::path NetworkFile() {
  return std::filesystem::path(PERILUNE_SOURCE_DIR) / "datasets/networks/crater_centres.onnx";
}

struct ShadedCrater {
  int x_px, y_px, diameter_px;
};

/// Rough ground of grey 100 with shaded bowls, the Sun towards a direction.
cv::Mat PictureOf(const std::vector<ShadedCrater>& bowls, const cv::Size& size, double sun_direction_rad) {
  cv::Mat picture(size, CV_32F);
  for (int row = 0; row < size.height; ++row) {
    for (int col = 0; col < size.width; ++col) {
      picture.at<float>(row, col) =
          static_cast<float>(dem::RandomNormal(5, 1, static_cast<std::uint64_t>(row * size.width + col)));
    }
  }
  cv::GaussianBlur(picture, picture, cv::Size(), 1.5);
  picture = 100 + 20 * picture;
  for (const ShadedCrater& bowl : bowls) {
    const cv::Mat shade = ShadedBowl({0.2, 0.5}, bowl.diameter_px, sun_direction_rad);
    cv::Mat part =
        picture(cv::Rect(bowl.x_px - shade.cols / 2, bowl.y_px - shade.rows / 2, shade.cols, shade.rows));
    part += shade * 25 * bowl.diameter_px;
  }
  return picture;
}

/// The likeliest of the candidates near a bowl; nothing where none is within a quarter diameter and a factor
/// of 1.25.
const BowlCandidate* Found(const std::vector<BowlCandidate>& candidates, const ShadedCrater& bowl) {
  const BowlCandidate* best = nullptr;
  for (const BowlCandidate& candidate : candidates) {
    const double distance = (candidate.centre_px - Eigen::Vector2d(bowl.x_px, bowl.y_px)).norm();
    if (distance > 0.25 * bowl.diameter_px ||
        std::abs(std::log(candidate.diameter_px / bowl.diameter_px)) > std::log(1.25)) {
      continue;
    }
    if (!best || candidate.likeness > best->likeness) best = &candidate;
  }
  return best;
}

const std::vector<ShadedCrater> kBowls = {{60, 70, 12}, {150, 60, 24}, {90, 180, 48}, {230, 200, 90}};

TEST(CraterNetwork, FindsCentresAndSizesUnderEachSun) {
  const CraterNetwork network(NetworkFile());
  for (const double sun_deg : {0.0, 90.0, 135.0, -50.0}) {
    const double sun_rad = dem::DegToRad(sun_deg);
    const auto found = network.Find(PictureOf(kBowls, {300, 280}, sun_rad), sun_rad, 8, 140, -1);
    for (const ShadedCrater& bowl : kBowls) {
      const BowlCandidate* candidate = Found(found, bowl);
      ASSERT_NE(candidate, nullptr) << bowl.diameter_px << " px, Sun at " << sun_deg;
      EXPECT_LT((candidate->centre_px - Eigen::Vector2d(bowl.x_px, bowl.y_px)).norm(),
                0.1 * bowl.diameter_px);
    }
  }
}

// Under the opposite Sun a bowl is a hill.
TEST(CraterNetwork, HillsAreNoCraters) {
  const auto found = CraterNetwork(NetworkFile()).Find(PictureOf(kBowls, {300, 280}, 0), dem::kPi, 8, 140, 0);
  for (const ShadedCrater& bowl : kBowls) EXPECT_EQ(Found(found, bowl), nullptr) << bowl.diameter_px;
}

// Tiles are an affair of memory: a picture of several holds what a cut of it holds, bit for bit away from the
// cut's border.
TEST(CraterNetwork, TilesDoNotShow) {
  const CraterNetwork network(NetworkFile());
  std::vector<ShadedCrater> bowls;
  for (int x = 40; x < 1080; x += 61) bowls.push_back({x, 60 + (x * 7) % 200, 12 + x % 5});
  const cv::Mat wide = PictureOf(bowls, {1100, 320}, 0);
  const auto in_wide = network.Find(wide, 0, 8, 18, 0);
  int compared = 0;
  for (const int from : {208, 352}) {  // on the grid of the coarsest layer of two levels, tiles elsewhere
    const auto in_cut = network.Find(wide(cv::Rect(from, 0, 500, 320)).clone(), 0, 8, 18, 0);
    for (const BowlCandidate& candidate : in_cut) {
      if (candidate.centre_px.x() < 100 || candidate.centre_px.x() > 400) continue;
      const bool there = std::any_of(in_wide.begin(), in_wide.end(), [&](const BowlCandidate& other) {
        return (other.centre_px - candidate.centre_px - Eigen::Vector2d(from, 0)).norm() < 1e-3 &&
               std::abs(other.likeness - candidate.likeness) < 1e-3;
      });
      EXPECT_TRUE(there) << candidate.centre_px.transpose();
      ++compared;
    }
  }
  EXPECT_GE(compared, 6);
}

TEST(CraterNetwork, NothingInNothing) {
  const CraterNetwork network(NetworkFile());
  EXPECT_TRUE(network.Find(cv::Mat::zeros(64, 64, CV_32F), 0.3, 8, 32, 0).empty());
  const cv::Mat unseen(64, 64, CV_32F, cv::Scalar(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_TRUE(network.Find(unseen, 0.3, 8, 32, 0).empty());
  EXPECT_TRUE(network.Find(cv::Mat::ones(9, 3, CV_32F), 0, 8, 12, 0).empty());
}

TEST(CraterNetwork, DetectsWithRimsAndTheSameWithOneThread) {
  DetectCratersOptions options;
  options.network = std::make_shared<CraterNetwork>(NetworkFile());
  options.sun_direction_rad = 0;
  const cv::Mat picture = PictureOf(kBowls, {300, 280}, 0);
  const CraterDetections two = DetectCraters(picture, options);
  ASSERT_GE(two.craters.size(), kBowls.size());
  for (const ShadedCrater& bowl : kBowls) {
    const bool there = std::any_of(two.craters.begin(), two.craters.end(), [&](const DetectedCrater& crater) {
      return (crater.rim.centre_px - Eigen::Vector2d(bowl.x_px, bowl.y_px)).norm() <
                 0.06 * bowl.diameter_px &&
             std::abs(2 * crater.rim.axes.semi_major / bowl.diameter_px - 1) < 0.15;
    });
    EXPECT_TRUE(there) << bowl.diameter_px;
  }
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  const CraterDetections one = DetectCraters(picture, options);
  ASSERT_EQ(one.craters.size(), two.craters.size());
  for (std::size_t i = 0; i < one.craters.size(); ++i) {
    EXPECT_EQ(one.craters[i].rim.centre_px, two.craters[i].rim.centre_px);
    EXPECT_EQ(one.craters[i].rim.score, two.craters[i].rim.score);
  }
}

TEST(CraterNetwork, RefusesOtherFilesByName) {
  const test::TempFolder folder;
  const auto text = folder.Write("text.onnx", "no network");
  for (const auto& path : {text, folder / "missing.onnx"}) {
    try {
      const CraterNetwork network(path);
      FAIL() << path;
    } catch (const dem::DataError& error) {
      EXPECT_NE(std::string(error.what()).find(path.filename().string()), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace perilune::vision
