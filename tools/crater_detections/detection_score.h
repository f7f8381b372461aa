#pragma once

#include <vector>

#include "vision/craters/detect.h"

namespace perilune::tools {

/// A crater that is there, px.
struct TrueCrater {
  double x_px = 0, y_px = 0, diameter_px = 0;
  /// Whether it counts: finding the others is neither right nor wrong.
  bool counts = true;
};

/// One detection of any image, judged.
struct JudgedDetection {
  double score = 0;
  bool right = false;
  double centre_error_diameters = 0, diameter_error = 0;  ///< relative; of right ones
  vision::CraterEvidence evidence{};
};

struct JudgedImage {
  std::vector<JudgedDetection> detections;  ///< without those that are neither right nor wrong
  int true_craters = 0;                     ///< that count
};

/// A detection is a crater's when its centre lies within this share of the true diameter, and its diameter
/// within this factor of it.
inline constexpr double kMostCentre = 0.25, kMostFactor = 1.4;

/// Right: the centre within kMostCentre and the diameter within kMostFactor; one to one, surest
/// first, each taking the nearest of those left. `margin_px` is added to the diameters found (boxes are drawn
/// with one). A detection that matches nothing is wrong from `wrong_from_px` up, below it is neither.
JudgedImage Judge(const vision::CraterDetections& found, const std::vector<TrueCrater>& truth,
                  double margin_px, double wrong_from_px);

/// Of all detections with at least a score.
struct OperatingPoint {
  double score = 0, precision = 0, recall = 0;
  double F1() const { return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0; }
};

/// Falling scores; one point for each detection.
std::vector<OperatingPoint> PrecisionRecall(const std::vector<JudgedImage>& images);

OperatingPoint AtScore(const std::vector<OperatingPoint>& curve, double least_score);
OperatingPoint BestF1(const std::vector<OperatingPoint>& curve);

}  // namespace perilune::tools
