#pragma once

#include <array>
#include <opencv2/core.hpp>

#include "vision/craters/rim_fit.h"

namespace perilune::vision {

/// What speaks for a crater, all without unit. In order: likeness of the picture on the ellipse to a shaded
/// bowl; the same of the circle that it was found with, or the network's logit; support of the rim;
/// brightness of the half towards the Sun and of the other one against the ring around, in standard
/// deviations of the picture; logarithm of its contrast against that of the ground to 4 radii; logarithm of
/// the axis ratio; logarithm of the diameter in px of the original image.
inline constexpr int kEvidences = 8;
using CraterEvidence = std::array<double, kEvidences>;

/// Who found the place.
enum class CraterFinder { kBowls, kNetwork };

/// Of a rim on an image (CV_32F) whose pixels are `scale_px` pixels of the original. `found_likeness` is that
/// of the circle, or the network's logit. Parts that are not on the image do not count.
CraterEvidence EvidenceOf(const cv::Mat& image, const RimFit& fit, double sun_direction_rad,
                          double found_likeness, double scale_px);

/// Probability that a person would mark it: logistic regression for each finder, fitted to the labels of six
/// NAC images (docs/craters.md, Detection).
double ScoreOf(const CraterEvidence& evidence, CraterFinder finder);

}  // namespace perilune::vision
