#include "vision/craters/relief_detect.h"

#include <tbb/parallel_for.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace perilune::vision {
namespace {

/// Heights with their holes at 0 and where there are any: what a blur needs to leave the holes out.
struct MaskedHeights {
  cv::Mat heights_m;  ///< less their mean, so that 0 is as good as any
  cv::Mat valid;
};

MaskedHeights MaskHoles(const cv::Mat& heights_m) {
  MaskedHeights masked;
  const cv::Mat has_data = heights_m == heights_m;  // NaN is not itself
  has_data.convertTo(masked.valid, CV_32F, 1.0 / 255);
  masked.heights_m = cv::Mat::zeros(heights_m.size(), CV_32F);
  const cv::Mat above_mean = heights_m - cv::mean(heights_m, has_data);
  above_mean.copyTo(masked.heights_m, has_data);
  return masked;
}

/// Local means of what is not missing.
cv::Mat Blurred(const MaskedHeights& masked, double sigma_px) {
  cv::Mat sum, weight;
  cv::GaussianBlur(masked.heights_m, sum, {}, sigma_px, sigma_px, cv::BORDER_REFLECT_101);
  cv::GaussianBlur(masked.valid, weight, {}, sigma_px, sigma_px, cv::BORDER_REFLECT_101);
  return sum / cv::max(weight, 1e-3F);
}

struct ReliefCandidate {
  Eigen::Vector2d centre_px = Eigen::Vector2d::Zero();
  double radius_px = 0;
  double hollows_rms_m = 0;  ///< of the hollows of this size around
};

/// Local maxima of how much lower the ground is than around.
void AddHollows(const cv::Mat& hollow_m, const cv::Mat& valid, const cv::Mat& usual_m, double radius_px,
                double least_m, std::vector<ReliefCandidate>& candidates) {
  cv::Mat highest;
  const int reach = std::max(1, static_cast<int>(std::lround(0.3 * radius_px)));
  cv::dilate(hollow_m, highest, cv::getStructuringElement(cv::MORPH_RECT, {2 * reach + 1, 2 * reach + 1}));
  for (int row = 0; row < hollow_m.rows; ++row) {
    for (int col = 0; col < hollow_m.cols; ++col) {
      const float here_m = hollow_m.at<float>(row, col);
      if (valid.at<float>(row, col) == 0 || here_m < highest.at<float>(row, col) ||
          static_cast<double>(here_m) < least_m) {
        continue;
      }
      candidates.push_back(
          {Eigen::Vector2d(col, row), radius_px, static_cast<double>(usual_m.at<float>(row, col))});
    }
  }
}

/// Root of the local mean square: what hollows are usual about a place. Needs no more than a fraction of the
/// pixels.
cv::Mat UsualHollows(const cv::Mat& hollow_m, const cv::Mat& valid, double sigma_px, double shrink) {
  MaskedHeights squares;
  cv::resize(hollow_m.mul(hollow_m).mul(valid), squares.heights_m, {}, shrink, shrink, cv::INTER_AREA);
  cv::resize(valid, squares.valid, {}, shrink, shrink, cv::INTER_AREA);
  cv::Mat mean;
  cv::resize(Blurred(squares, sigma_px * shrink), mean, hollow_m.size(), 0, 0, cv::INTER_LINEAR);
  cv::sqrt(cv::max(mean, 0), mean);
  return mean;
}

std::vector<ReliefCandidate> FindHollows(const cv::Mat& heights_m, double spacing_m, double min_diameter_px) {
  constexpr double kStep = 1.189207115002721;         // 2^¼
  constexpr double kSigma = 0.55, kRatio = 1.6;       // of the narrow Gaussian, in radii; the wide one to it
  constexpr double kLeast = 0.004;                    // of the radius
  constexpr double kUsualWithin = 8, kShrink = 0.25;  // radii
  const MaskedHeights masked = MaskHoles(heights_m);
  std::vector<ReliefCandidate> candidates;
  double radius_px = 0.5 * min_diameter_px;
  for (int step = 0; step < 4; ++step, radius_px *= kStep) {
    const double sigma_px = kSigma * radius_px;
    const cv::Mat hollow_m = Blurred(masked, kRatio * sigma_px) - Blurred(masked, sigma_px);
    const cv::Mat usual_m = UsualHollows(hollow_m, masked.valid, kUsualWithin * radius_px, kShrink);
    AddHollows(hollow_m, masked.valid, usual_m, radius_px, kLeast * radius_px * spacing_m, candidates);
  }
  return candidates;
}

/// The rims that are found from the candidate's size and others near it.
std::vector<ReliefCrater> FitAndMeasure(const cv::Mat& heights_m, const ReliefCandidate& candidate,
                                        double spacing_m, double dem_pixel_m, double min_confidence) {
  constexpr double kLeastSeen = 0.5;
  std::vector<ReliefCrater> craters;
  for (const double size : {1.0, 1.3, 1 / 1.3}) {
    const double radius_px = size * candidate.radius_px;
    const auto rim =
        FitReliefRim(heights_m, {candidate.centre_px, radius_px * radius_px * Eigen::Matrix2d::Identity()});
    if (!rim) continue;
    const auto measure = MeasureRelief(heights_m, rim->ellipse,
                                       {spacing_m, dem_pixel_m, rim->support, candidate.hollows_rms_m});
    if (!measure || measure->seen < kLeastSeen) continue;
    const double confidence = ConfidenceOf(measure->evidence);
    if (confidence >= min_confidence) craters.push_back({*rim, *measure, confidence});
  }
  return craters;
}

}  // namespace

std::vector<ReliefCrater> FindReliefCraters(const cv::Mat& heights_m, double spacing_m, double dem_pixel_m,
                                            double min_diameter_px, double min_confidence) {
  const std::vector<ReliefCandidate> candidates = FindHollows(heights_m, spacing_m, min_diameter_px);
  std::vector<std::vector<ReliefCrater>> fitted(candidates.size());
  tbb::parallel_for(std::size_t{0}, candidates.size(), [&](std::size_t i) {
    fitted[i] = FitAndMeasure(heights_m, candidates[i], spacing_m, dem_pixel_m, min_confidence);
  });
  std::vector<ReliefCrater> craters;
  for (const auto& of_candidate : fitted) {
    craters.insert(craters.end(), of_candidate.begin(), of_candidate.end());
  }
  return craters;
}

}  // namespace perilune::vision
