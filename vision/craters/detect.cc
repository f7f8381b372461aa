#include "vision/craters/detect.h"

#include <tbb/parallel_for.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "dem/checks/require.h"
#include "dem/frames/moon.h"
#include "vision/craters/bowl_response.h"
#include "vision/craters/crater_evidence.h"
#include "vision/craters/crater_network.h"
#include "vision/craters/rim_fit.h"

namespace perilune::vision {
namespace {

cv::Mat AsFloat(const cv::Mat& image) {
  if (image.empty() || image.channels() != 1) {
    throw std::invalid_argument("image: must have pixels and one channel");
  }
  cv::Mat result;
  image.convertTo(result, CV_32F);
  return result;
}

/// The coarsest level on which a crater has 16 px, or the first: there its rim is seen best.
const PyramidLevel& LevelFor(const std::vector<PyramidLevel>& pyramid, double diameter_px) {
  constexpr double kLeast_px = 16;
  std::size_t level = 0;
  while (level + 1 < pyramid.size() && diameter_px >= kLeast_px * pyramid[level + 1].scale_px) ++level;
  return pyramid[level];
}

/// Of (x, y, semi-axes, angle) from that of (x, y, shape difference).
Matrix5d CovarianceOfAxes(const Ellipse& ellipse, const Matrix5d& of_shape) {
  const EllipseAxes axes = AxesOf(ellipse);
  const double a = axes.semi_major, b = axes.semi_minor;
  const double c = std::cos(axes.angle_rad), s = std::sin(axes.angle_rad), root2 = std::sqrt(2.0);
  Eigen::Matrix3d turn_back;  // shape difference about the axes from that about x and y
  turn_back << c * c, s * s, root2 * c * s, s * s, c * c, -root2 * c * s, -root2 * c * s, root2 * c * s,
      c * c - s * s;
  // A circle's angle means nothing: as if the axes differed by a twentieth.
  const double turned = std::max(a * a - b * b, 0.05 * a * b) / (a * b);
  const Eigen::Matrix3d about_axes = Eigen::Vector3d(0.5 * a, 0.5 * b, 1 / (root2 * turned)).asDiagonal();
  Matrix5d to_axes = Matrix5d::Identity();
  to_axes.bottomRightCorner<3, 3>() = about_axes * turn_back;
  const Matrix5d covariance = to_axes * of_shape * to_axes.transpose();
  return 0.5 * (covariance + covariance.transpose());
}

struct ScoredRim {
  Ellipse ellipse;
  DetectedCrater crater;
};

std::optional<ScoredRim> Judge(const std::vector<PyramidLevel>& pyramid, const BowlCandidate& candidate,
                               double sun_direction_rad, CraterFinder finder) {
  const PyramidLevel& level = LevelFor(pyramid, candidate.diameter_px);
  const double radius = 0.5 * candidate.diameter_px / level.scale_px;
  const Ellipse start{level.FromFirst(candidate.centre_px), radius * radius * Eigen::Matrix2d::Identity()};
  const auto fit = FitRim(level.image, start, sun_direction_rad);
  if (!fit) return std::nullopt;
  ScoredRim rim;
  rim.ellipse = {level.ToFirst(fit->ellipse.centre), fit->ellipse.shape * level.scale_px * level.scale_px};
  Matrix5d to_first = Matrix5d::Identity();
  to_first.topLeftCorner<2, 2>() *= level.scale_px;
  rim.crater.rim.centre_px = rim.ellipse.centre;
  rim.crater.rim.axes = AxesOf(rim.ellipse);
  rim.crater.rim.covariance =
      CovarianceOfAxes(rim.ellipse, to_first * fit->covariance * to_first.transpose());
  rim.crater.evidence = EvidenceOf(level.image, *fit, sun_direction_rad, candidate.likeness, level.scale_px);
  rim.crater.rim.score = ScoreOf(rim.crater.evidence, finder);
  return rim;
}

/// The surest of those that are nearly the same.
std::vector<DetectedCrater> Distinct(std::vector<ScoredRim> rims) {
  constexpr double kSame_rad =
      0.9;  // Gaussian angle: the same centre and 1.7 times the size, or ¾ radii apart
  std::stable_sort(rims.begin(), rims.end(),
                   [](const auto& a, const auto& b) { return a.crater.rim.score > b.crater.rim.score; });
  std::vector<ScoredRim> kept;
  std::vector<DetectedCrater> craters;
  for (const ScoredRim& rim : rims) {
    const bool known = std::any_of(kept.begin(), kept.end(), [&](const ScoredRim& other) {
      const double reach = rim.crater.rim.axes.semi_major + other.crater.rim.axes.semi_major;
      return (rim.ellipse.centre - other.ellipse.centre).squaredNorm() < reach * reach &&
             GaussianAngle(rim.ellipse, other.ellipse) < kSame_rad;
    });
    if (known) continue;
    kept.push_back(rim);
    craters.push_back(rim.crater);
  }
  return craters;
}

}  // namespace

void DetectCratersOptions::Validate() const {
  if (sun_direction_rad)
    dem::Require(std::isfinite(*sun_direction_rad), "sun_direction_rad", *sun_direction_rad, "finite");
  dem::Require(min_diameter_px >= 8, "min_diameter_px", min_diameter_px, "at least 8");
  dem::Require(max_diameter_px == 0 || max_diameter_px > min_diameter_px, "max_diameter_px", max_diameter_px,
               "0 or above min_diameter_px");
  dem::Require(min_score >= 0 && min_score < 1, "min_score", min_score, "from 0 to below 1");
}

std::vector<CraterDetection> RimsOf(const CraterDetections& detections) {
  std::vector<CraterDetection> rims;
  rims.reserve(detections.craters.size());
  for (const DetectedCrater& crater : detections.craters) rims.push_back(crater.rim);
  return rims;
}

CraterDetections DetectCraters(const cv::Mat& image, const DetectCratersOptions& options) {
  options.Validate();
  // Also beyond the limits: a crater that is too large or too small must not come back as one of another
  // size.
  constexpr double kBeyond = 1.5, kLeastLikeness = 0.45, kLeastLogit = -3;  // below scores of 0.05
  const double most_px =
      options.max_diameter_px > 0 ? options.max_diameter_px : 0.5 * std::min(image.rows, image.cols);
  const double smallest_px = options.min_diameter_px / kBeyond, largest_px = most_px * kBeyond;
  const cv::Mat grey = AsFloat(image);
  const std::vector<PyramidLevel> pyramid = MakePyramid(grey, largest_px);
  CraterDetections result;
  const double sun_rad =
      options.sun_direction_rad ? *options.sun_direction_rad : EstimateSunDirection(pyramid);
  result.sun_direction_rad = sun_rad;
  const std::vector<BowlCandidate> candidates =
      options.network ? options.network->Find(grey, sun_rad, smallest_px, largest_px, kLeastLogit)
                      : FindBowls(pyramid, sun_rad, smallest_px, largest_px, kLeastLikeness);
  const CraterFinder finder = options.network ? CraterFinder::kNetwork : CraterFinder::kBowls;
  std::vector<std::optional<ScoredRim>> judged(candidates.size());
  tbb::parallel_for(std::size_t{0}, candidates.size(),
                    [&](std::size_t i) { judged[i] = Judge(pyramid, candidates[i], sun_rad, finder); });
  std::vector<ScoredRim> rims;
  for (const auto& rim : judged) {
    if (rim && rim->crater.rim.score >= options.min_score) rims.push_back(*rim);
  }
  result.craters = Distinct(std::move(rims));
  std::erase_if(result.craters, [&](const DetectedCrater& crater) {
    const double diameter_px = 2 * std::sqrt(crater.rim.axes.semi_major * crater.rim.axes.semi_minor);
    return diameter_px < options.min_diameter_px || diameter_px > most_px;
  });
  return result;
}

std::vector<CraterDetections> DetectCratersEitherWay(const cv::Mat& image,
                                                     const DetectCratersOptions& options) {
  std::vector<CraterDetections> readings = {DetectCraters(image, options)};
  if (!options.sun_direction_rad) {
    DetectCratersOptions opposite = options;
    opposite.sun_direction_rad = std::remainder(readings.front().sun_direction_rad + dem::kPi, 2 * dem::kPi);
    readings.push_back(DetectCraters(image, opposite));
  }
  return readings;
}

}  // namespace perilune::vision
