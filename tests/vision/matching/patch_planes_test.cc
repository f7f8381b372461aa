#include "vision/matching/patch_planes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "tests/support/random_hills.h"

namespace perilune::vision {
namespace {

// A patch that fills no vector, at the border of its picture, some of whose pixels count half or nothing.
struct Case {
  cv::Mat expected, image, weight;
  cv::Rect patch{0, 5, 37, 29};
  Eigen::Vector2d shift{3.3, -1.8};

  Case() {
    cv::GaussianBlur(test::WhiteNoise(70, 60, 1), expected, {0, 0}, 1.5);
    cv::GaussianBlur(test::WhiteNoise(70, 60, 2), image, {0, 0}, 1.5);
    weight = cv::Mat::ones(patch.size(), CV_32F);
    weight(cv::Rect(3, 2, 9, 8)).setTo(0);
    weight(cv::Rect(20, 11, 5, 4)).setTo(0.5);
  }

  double At(const cv::Mat& picture, int row, int col) const {
    return picture.at<float>(std::clamp(row, 0, picture.rows - 1), std::clamp(col, 0, picture.cols - 1));
  }
  double Mean() const { return weight.dot(expected(patch)) / cv::sum(weight)[0]; }

  // (dx, dy, value less its mean, 1) of a pixel of the patch.
  Eigen::Vector4d Model(int row, int col) const {
    const int y = patch.y + row, x = patch.x + col;
    return {0.5 * (At(expected, y, x + 1) - At(expected, y, x - 1)),
            0.5 * (At(expected, y + 1, x) - At(expected, y - 1, x)), At(expected, y, x) - Mean(), 1};
  }
  double Seen(int row, int col) const {
    const double x = patch.x + col + shift.x(), y = patch.y + row + shift.y();
    const int x0 = static_cast<int>(std::floor(x)), y0 = static_cast<int>(std::floor(y));
    const double p = x - x0, q = y - y0;
    return (1 - q) * ((1 - p) * At(image, y0, x0) + p * At(image, y0, x0 + 1)) +
           q * ((1 - p) * At(image, y0 + 1, x0) + p * At(image, y0 + 1, x0 + 1));
  }
  double Weight(int row, int col) const { return weight.at<float>(row, col); }

  // Calls with row and column of every pixel.
  template <typename Call>
  void ForPixels(Call&& call) const {
    for (int row = 0; row < patch.height; ++row) {
      for (int col = 0; col < patch.width; ++col) call(row, col);
    }
  }
};

constexpr double kGain = 0.7, kOffset = 0.1, kCentre = 0.05;

// All that a patch says, one number below the other.
Eigen::VectorXd Answers(const Case& c, dem::SimdLevel level) {
  const PatchPlanes planes(c.expected, c.patch, c.weight, level);
  const PaddedPart part(c.image, {0, 0, 70, 60});
  const int x0 = static_cast<int>(std::floor(c.shift.x())), y0 = static_cast<int>(std::floor(c.shift.y()));
  const float p = static_cast<float>(c.shift.x() - x0), q = static_cast<float>(c.shift.y() - y0);
  const PatchSample sample{part.At(c.patch.y + y0, c.patch.x + x0), part.stride(), 1 - p, p, 1 - q, q};
  const PatchPlanes::Comparison comparison = planes.Compare(sample, kCentre);
  const std::array<double, 7> lags = planes.ResidualLags(sample, kGain, kOffset);
  const std::vector<float> taps{1, 0.6F, 0.2F, 0.05F};
  Eigen::VectorXd all(16 + 5 + 7 + 16);
  all << planes.normal().reshaped(), comparison.by_model, comparison.squares,
      Eigen::Map<const Eigen::Matrix<double, 7, 1>>(lags.data()), planes.Correlated(taps).reshaped();
  return all;
}

// Σ_x Σ_y f(x) k(x − y) f(y)ᵀ, pixel by pixel.
Eigen::Matrix4d CorrelatedByHand(const Case& c) {
  const double taps[] = {1, 0.6F, 0.2F, 0.05F};
  Eigen::Matrix4d sum = Eigen::Matrix4d::Zero();
  c.ForPixels([&](int row, int col) {
    const Eigen::Vector4d here = c.Model(row, col) * std::sqrt(c.Weight(row, col));
    for (int dy = -3; dy <= 3; ++dy) {
      for (int dx = -3; dx <= 3; ++dx) {
        const int y = row + dy, x = col + dx;
        if (y < 0 || x < 0 || y >= c.patch.height || x >= c.patch.width) continue;
        sum += taps[std::abs(dx)] * taps[std::abs(dy)] * here *
               (c.Model(y, x) * std::sqrt(c.Weight(y, x))).transpose();
      }
    }
  });
  return sum;
}

TEST(PatchPlanes, SumsAreThoseOverThePixels) {
  const Case c;
  Eigen::Matrix4d normal = Eigen::Matrix4d::Zero();
  Eigen::Vector4d by_model = Eigen::Vector4d::Zero();
  Eigen::Matrix<double, 7, 1> lags = Eigen::Matrix<double, 7, 1>::Zero();
  double squares = 0;
  const auto residual = [&](int row, int col) {
    return c.Seen(row, col) - kGain * c.Model(row, col)(2) - kOffset;
  };
  const auto rooted = [&](int row, int col) {
    const bool inside = row < c.patch.height && col < c.patch.width;
    return inside ? std::sqrt(c.Weight(row, col)) * residual(row, col) : 0.0;
  };
  c.ForPixels([&](int row, int col) {
    const Eigen::Vector4d j = c.Model(row, col);
    const double w = c.Weight(row, col), s = c.Seen(row, col) - kCentre;
    normal += w * j * j.transpose();
    by_model += w * s * j;
    squares += w * s * s;
    for (int lag = 0; lag <= 3; ++lag) lags(lag) += rooted(row, col) * rooted(row, col + lag);
    for (int lag = 1; lag <= 3; ++lag) lags(3 + lag) += rooted(row, col) * rooted(row + lag, col);
  });
  Eigen::VectorXd by_hand(16 + 5 + 7 + 16);
  by_hand << normal.reshaped(), by_model, squares, lags, CorrelatedByHand(c).reshaped();
  const Eigen::VectorXd answers = Answers(c, dem::ChosenSimdLevel());
  for (Eigen::Index i = 0; i < answers.size(); ++i)
    EXPECT_NEAR(answers(i), by_hand(i), 1e-4 * (1 + std::abs(by_hand(i)))) << i;
}

TEST(PatchPlanes, AllProcessorsGiveTheSameBits) {
  const Case c;
  const Eigen::VectorXd first = Answers(c, dem::AvailableSimdLevels().front());
  for (const dem::SimdLevel level : dem::AvailableSimdLevels())
    EXPECT_EQ(Answers(c, level), first) << dem::SimdLevelName(level);
}

TEST(PaddedPart, IsZeroOrTheNearestPixelOutside) {
  const cv::Mat picture = (cv::Mat_<float>(2, 2) << 1, 2, 3, 4);
  const PaddedPart zero(picture, {-1, 0, 3, 3});
  EXPECT_EQ(*zero.At(0, 0), 0);
  EXPECT_EQ(*zero.At(0, 2), 2);
  EXPECT_EQ(*zero.At(2, 1), 0);
  EXPECT_EQ(*zero.At(1, zero.stride() - 1), 0);
  const PaddedPart nearest(picture, {-1, 0, 3, 3}, PaddedPart::Outside::kNearest);
  EXPECT_EQ(*nearest.At(0, 0), 1);
  EXPECT_EQ(*nearest.At(2, 2), 4);
}

}  // namespace
}  // namespace perilune::vision
