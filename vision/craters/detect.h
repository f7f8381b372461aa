#pragma once

#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "vision/craters/crater_detection.h"
#include "vision/craters/crater_evidence.h"

namespace perilune::vision {

class CraterNetwork;

struct DetectCratersOptions {
  /// Direction in the image towards the Sun, from +x (right) towards +y (down); nothing: it is estimated.
  std::optional<double> sun_direction_rad;
  double min_diameter_px = 8;  ///< smaller ones are a few pixels of light and shade like many other things
  double max_diameter_px = 0;  ///< 0: half of the image's shorter side
  double min_score = 0.5;      ///< craters that are at least so sure are given
  std::shared_ptr<const CraterNetwork> network;  ///< finds them instead of the bowls' pictures

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// A crater that was found.
struct DetectedCrater {
  CraterDetection rim;        ///< with covariance; score: the probability that a person would mark it, as the
                              ///< tuning images have it
  CraterEvidence evidence{};  ///< what the score was made of
};

struct CraterDetections {
  std::vector<DetectedCrater> craters;  ///< surest first
  double sun_direction_rad = 0;         ///< given or estimated
};

/// Their rims alone, as identification wants them.
std::vector<CraterDetection> RimsOf(const CraterDetections& detections);

/// Craters in an image (one channel, 8 or 16 bit or float; NaN = nothing seen) by their light and shade. On
/// every scale the image is correlated with pictures of shaded bowls, or shown to a network; where that has a
/// maximum, rim edges
/// give an ellipse (rim_fit.h); what the ellipse holds and how its rim looks give a score
/// (crater_evidence.h); of ellipses that are nearly the same the surest stays. The same with any number of
/// threads. Throws std::invalid_argument for bad options or another kind of image.
CraterDetections DetectCraters(const cv::Mat& image, const DetectCratersOptions& options = {});

/// The same under a direction that is only known but for its sense: light from the other side makes hollows
/// of swells, and the estimate takes one for the other where most of the ground is smooth. The estimated
/// direction first, then its opposite; where a direction is given, that one alone.
std::vector<CraterDetections> DetectCratersEitherWay(const cv::Mat& image,
                                                     const DetectCratersOptions& options = {});

}  // namespace perilune::vision
