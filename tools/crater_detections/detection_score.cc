#include "tools/crater_detections/detection_score.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace perilune::tools {
namespace {

/// The nearest crater left, −1 where none fits.
int MatchOf(double x_px, double y_px, double diameter_px, const std::vector<TrueCrater>& truth,
            const std::vector<bool>& taken) {
  int best = -1;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t t = 0; t < truth.size(); ++t) {
    if (taken[t]) continue;
    const double centre = std::hypot(truth[t].x_px - x_px, truth[t].y_px - y_px) / truth[t].diameter_px;
    const double factor = std::abs(std::log(diameter_px / truth[t].diameter_px)) / std::log(kMostFactor);
    if (centre > kMostCentre || factor > 1) continue;
    const double distance = centre / kMostCentre + factor;
    if (distance < least) {
      least = distance;
      best = static_cast<int>(t);
    }
  }
  return best;
}

}  // namespace

JudgedImage Judge(const vision::CraterDetections& found, const std::vector<TrueCrater>& truth,
                  double margin_px, double wrong_from_px) {
  JudgedImage image;
  image.true_craters =
      static_cast<int>(std::count_if(truth.begin(), truth.end(), [](const auto& t) { return t.counts; }));
  std::vector<bool> taken(truth.size(), false);
  for (const vision::DetectedCrater& crater : found.craters) {
    const Eigen::Vector2d& centre = crater.rim.centre_px;
    const double diameter_px =
        2 * std::sqrt(crater.rim.axes.semi_major * crater.rim.axes.semi_minor) + margin_px;
    const int match = MatchOf(centre.x(), centre.y(), diameter_px, truth, taken);
    JudgedDetection judged;
    judged.score = crater.rim.score;
    judged.evidence = crater.evidence;
    if (match >= 0) {
      taken[static_cast<std::size_t>(match)] = true;
      const TrueCrater& crater_there = truth[static_cast<std::size_t>(match)];
      if (!crater_there.counts) continue;
      judged.right = true;
      judged.centre_error_diameters =
          std::hypot(centre.x() - crater_there.x_px, centre.y() - crater_there.y_px) /
          crater_there.diameter_px;
      judged.diameter_error = diameter_px / crater_there.diameter_px - 1;
    } else if (diameter_px < wrong_from_px) {
      continue;
    }
    image.detections.push_back(judged);
  }
  return image;
}

std::vector<OperatingPoint> PrecisionRecall(const std::vector<JudgedImage>& images) {
  std::vector<JudgedDetection> all;
  double there = 0;
  for (const JudgedImage& image : images) {
    all.insert(all.end(), image.detections.begin(), image.detections.end());
    there += image.true_craters;
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  std::vector<OperatingPoint> curve;
  double right = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    right += all[i].right ? 1 : 0;
    curve.push_back({all[i].score, right / (static_cast<double>(i) + 1), there > 0 ? right / there : 0});
  }
  return curve;
}

OperatingPoint AtScore(const std::vector<OperatingPoint>& curve, double least_score) {
  OperatingPoint last{least_score, 1, 0};
  for (const OperatingPoint& point : curve) {
    if (point.score >= least_score) last = point;
  }
  return last;
}

OperatingPoint BestF1(const std::vector<OperatingPoint>& curve) {
  OperatingPoint best;
  for (const OperatingPoint& point : curve) {
    if (point.F1() > best.F1()) best = point;
  }
  return best;
}

}  // namespace perilune::tools
