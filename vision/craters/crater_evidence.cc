#include "vision/craters/crater_evidence.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "vision/craters/shaded_bowl.h"

namespace perilune::vision {
namespace {

constexpr double kGridDiameter = 16;  // samples across a crater

/// The picture on the ellipse made a unit circle, the Sun along +x, at the places of a template.
struct RoundPatch {
  cv::Mat value, valid;  ///< CV_32F
};

RoundPatch MadeRound(const cv::Mat& image, const Ellipse& ellipse, double sun_direction_rad) {
  const Eigen::Matrix2d root = RootOf(ellipse.shape);
  const Eigen::Vector2d sun =
      (root.inverse() * Eigen::Vector2d(std::cos(sun_direction_rad), std::sin(sun_direction_rad)))
          .normalized();
  Eigen::Matrix2d turn;
  turn << sun.x(), -sun.y(), sun.y(), sun.x();
  const Eigen::Matrix2d px_from_grid = root * turn * (2 / kGridDiameter);
  static const cv::Mat mask = BowlMask(kGridDiameter);
  const int half = mask.rows / 2;
  RoundPatch patch{cv::Mat::zeros(mask.size(), CV_32F), cv::Mat::zeros(mask.size(), CV_32F)};
  for (int row = 0; row < mask.rows; ++row) {
    for (int col = 0; col < mask.cols; ++col) {
      if (mask.at<float>(row, col) == 0) continue;
      const float value =
          Interpolated(image, ellipse.centre + px_from_grid * Eigen::Vector2d(col - half, row - half));
      if (!std::isfinite(value)) continue;
      patch.value.at<float>(row, col) = value;
      patch.valid.at<float>(row, col) = 1;
    }
  }
  return patch;
}

double Correlation(const RoundPatch& patch, const cv::Mat& bowl) {
  const double n = cv::sum(patch.valid)[0];
  if (n <= 0) return 0;
  const cv::Mat seen = bowl.mul(patch.valid);
  const double of_value = cv::sum(patch.value)[0], of_bowl = cv::sum(seen)[0];
  const double spread_value = patch.value.dot(patch.value) - of_value * of_value / n;
  const double spread_bowl = seen.dot(seen) - of_bowl * of_bowl / n;
  if (!(spread_value > 0 && spread_bowl > 0)) return 0;
  return (patch.value.dot(seen) - of_value * of_bowl / n) / std::sqrt(spread_value * spread_bowl);
}

double Likeness(const RoundPatch& patch) {
  static const std::array<cv::Mat, 4> bowls = {
      ShadedBowl({0.05, 0.8}, kGridDiameter, 0), ShadedBowl({0.2, 0.44}, kGridDiameter, 0),
      ShadedBowl({0.2, 0.2}, kGridDiameter, 0), ShadedBowl({0.2, 0.1}, kGridDiameter, 0)};
  double best = -1;
  for (const cv::Mat& bowl : bowls) best = std::max(best, Correlation(patch, bowl));
  return best;
}

/// Mean over a part of the patch, given by part(x, y) in radii; NaN where none of it is on the image.
template <typename Part>
double MeanOver(const RoundPatch& patch, const Part& part) {
  const int half = patch.value.rows / 2;
  double sum = 0, n = 0;
  for (int row = 0; row < patch.value.rows; ++row) {
    for (int col = 0; col < patch.value.cols; ++col) {
      const double x = 2 * (col - half) / kGridDiameter, y = 2 * (row - half) / kGridDiameter;
      if (patch.valid.at<float>(row, col) == 0 || !part(x, y)) continue;
      sum += patch.value.at<float>(row, col);
      ++n;
    }
  }
  return sum / n;
}

double SpreadOf(const RoundPatch& patch) {
  const double n = std::max(1.0, cv::sum(patch.valid)[0]), mean = cv::sum(patch.value)[0] / n;
  return std::sqrt(std::max(0.0, patch.value.dot(patch.value) / n - mean * mean));
}

/// Less is no contrast: what rounding leaves of a plain patch must not be taken for light and shade.
double LeastSpread(const RoundPatch& patch) {
  constexpr double kRelative = 1e-4, kAbsolute = 1e-9;
  const double seen = std::max(1.0, cv::sum(patch.valid)[0]);
  return std::max(kRelative * std::abs(cv::sum(patch.value)[0]) / seen, kAbsolute);
}

/// Standard deviation of the square of 4 radii on each side.
double SpreadAround(const cv::Mat& image, const Ellipse& ellipse) {
  const double reach = 4 * MeanRadius(ellipse), x = ellipse.centre.x(), y = ellipse.centre.y();
  const auto bound = [](double value, int most) {
    return static_cast<int>(std::clamp(value, 0.0, static_cast<double>(most)));
  };
  const cv::Rect box(cv::Point(bound(x - reach, image.cols), bound(y - reach, image.rows)),
                     cv::Point(bound(x + reach, image.cols), bound(y + reach, image.rows)));
  if (box.empty()) return 0;
  cv::Scalar mean, spread;
  cv::meanStdDev(image(box), mean, spread);
  return spread[0];
}

}  // namespace

CraterEvidence EvidenceOf(const cv::Mat& image, const RimFit& fit, double sun_direction_rad,
                          double found_likeness, double scale_px) {
  const RoundPatch patch = MadeRound(image, fit.ellipse, sun_direction_rad);
  const double least = LeastSpread(patch), spread = std::max(SpreadOf(patch), least);
  const double ring = MeanOver(patch, [](double x, double y) { return x * x + y * y > 1.15 * 1.15; });
  const double sunward = MeanOver(patch, [](double x, double y) { return x * x + y * y < 0.8 && x > 0.25; });
  const double other = MeanOver(patch, [](double x, double y) { return x * x + y * y < 0.8 && x < -0.25; });
  const auto in_spreads = [&](double mean) {
    const double value = (mean - ring) / spread;
    return std::isfinite(value) ? value : 0;
  };
  const EllipseAxes axes = AxesOf(fit.ellipse);
  return {Likeness(patch),
          found_likeness,
          fit.support,
          in_spreads(sunward),
          in_spreads(other),
          std::log(spread / std::max(SpreadAround(image, fit.ellipse), least)),
          std::log(axes.semi_major / axes.semi_minor),
          std::log(2 * MeanRadius(fit.ellipse) * scale_px)};
}

double ScoreOf(const CraterEvidence& evidence, CraterFinder finder) {
  struct Regression {
    double constant;
    CraterEvidence weights;
  };
  static constexpr Regression kBowls = {-11.775, {13.202, 2.540, 1.866, 0.197, -0.295, 3.208, 0.798, -0.069}};
  static constexpr Regression kNetwork = {-4.499, {3.933, 1.673, 0.801, -0.890, 0.116, 0.649, -0.216, 0.386}};
  const Regression& regression = finder == CraterFinder::kBowls ? kBowls : kNetwork;
  double sum = regression.constant;
  for (std::size_t i = 0; i < evidence.size(); ++i) sum += regression.weights[i] * evidence[i];
  return 1 / (1 + std::exp(-sum));
}

}  // namespace perilune::vision
