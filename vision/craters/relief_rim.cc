#include "vision/craters/relief_rim.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "dem/frames/moon.h"
#include "vision/craters/rim_fit.h"

namespace perilune::vision {
namespace {

constexpr int kReliefDirections = 72;
constexpr double kRadiusStep = 0.05;  // radii
constexpr int kRadii = 40;            // to 2 radii; sample i lies at (i + 1) steps
constexpr int kBreakSamples = 5;      // a quarter radius each way

/// Heights in one direction, outward.
using Profile72 = std::array<double, kRadii>;

struct PolarSamples {
  std::vector<Eigen::Vector2d> directions;  ///< in the ellipse's unit circle
  std::vector<Profile72> heights_m;         ///< a profile a direction; NaN without data
};

constexpr double RadiusOf(int sample) { return (sample + 1) * kRadiusStep; }
constexpr std::size_t SampleAt(double radius) { return static_cast<std::size_t>(radius / kRadiusStep - 0.5); }

PolarSamples SampleAbout(const cv::Mat& heights_m, const Ellipse& ellipse) {
  const Eigen::Matrix2d root = RootOf(ellipse.shape);
  PolarSamples samples;
  for (int d = 0; d < kReliefDirections; ++d) {
    const double t = 2 * dem::kPi * d / kReliefDirections;
    const Eigen::Vector2d direction(std::cos(t), std::sin(t));
    Profile72 profile;
    for (int i = 0; i < kRadii; ++i) {
      profile[static_cast<std::size_t>(i)] =
          static_cast<double>(Interpolated(heights_m, ellipse.centre + root * (RadiusOf(i) * direction)));
    }
    samples.directions.push_back(direction);
    samples.heights_m.push_back(profile);
  }
  return samples;
}

/// By how much twice the height at a sample exceeds those a quarter radius inside and outside, m.
double BreakAt(const Profile72& profile, std::size_t i) {
  return 2 * profile[i] - profile[i - kBreakSamples] - profile[i + kBreakSamples];
}

/// Where the ground breaks most in a profile, nearer to the ellipse preferred; strength 0 where nowhere.
RimEdge SharpestBreak(const Profile72& profile, double window) {
  std::array<double, kRadii> bend{};
  std::size_t best = 0;
  for (std::size_t i = SampleAt(0.5); i + kBreakSamples < kRadii; ++i) {
    const double offset = RadiusOf(static_cast<int>(i)) - 1;
    bend[i] = BreakAt(profile, i) * std::exp(-0.5 * offset * offset / (window * window));
    if (std::isfinite(bend[i]) && bend[i] > bend[best]) best = i;
  }
  RimEdge edge;
  edge.weight = 1;
  if (best == 0) return edge;
  const double shift =
      best + kBreakSamples + 1 < kRadii ? PeakOfParabola(bend[best - 1], bend[best], bend[best + 1]) : 0;
  edge.offset = RadiusOf(static_cast<int>(best)) + (std::isfinite(shift) ? shift : 0) * kRadiusStep - 1;
  edge.strength = bend[best];
  return edge;
}

/// A plane over the ellipse's unit circle: value(u, v) = p · (1, u, v).
using Plane = Eigen::Vector3d;

double Above(const Plane& plane, const Eigen::Vector2d& at, double height_m) {
  return height_m - (plane.x() + plane.y() * at.x() + plane.z() * at.y());
}

/// Through the rim; nothing when less than half of it has data.
std::optional<Plane> PlaneThroughRim(const PolarSamples& samples) {
  Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
  Eigen::Vector3d right = Eigen::Vector3d::Zero();
  int seen = 0;
  for (std::size_t d = 0; d < samples.directions.size(); ++d) {
    const double height_m = samples.heights_m[d][SampleAt(1)];
    if (std::isnan(height_m)) continue;
    const Eigen::Vector3d row(1, samples.directions[d].x(), samples.directions[d].y());
    normal += row * row.transpose();
    right += height_m * row;
    ++seen;
  }
  if (2 * seen < kReliefDirections) return std::nullopt;
  return Plane(normal.ldlt().solve(right));
}

PolarSamples WithoutPlane(PolarSamples samples, const Plane& plane) {
  for (std::size_t d = 0; d < samples.directions.size(); ++d) {
    for (int i = 0; i < kRadii; ++i) {
      double& height_m = samples.heights_m[d][static_cast<std::size_t>(i)];
      height_m = Above(plane, RadiusOf(i) * samples.directions[d], height_m);
    }
  }
  return samples;
}

double ReliefQuantile(std::vector<double> values, double share) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto nth =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

std::vector<double> RingAt(const PolarSamples& samples, double radius) {
  std::vector<double> ring;
  for (const Profile72& profile : samples.heights_m) {
    if (!std::isnan(profile[SampleAt(radius)])) ring.push_back(profile[SampleAt(radius)]);
  }
  return ring;
}

/// The height below which a share of the area within a radius lies.
double FloorQuantile(const PolarSamples& samples, double within, double share) {
  std::vector<std::pair<double, double>> height_and_area;
  double area = 0;
  for (const Profile72& profile : samples.heights_m) {
    for (std::size_t i = 0; i <= SampleAt(within); ++i) {
      if (std::isnan(profile[i])) continue;
      height_and_area.emplace_back(profile[i], RadiusOf(static_cast<int>(i)));
      area += RadiusOf(static_cast<int>(i));
    }
  }
  std::sort(height_and_area.begin(), height_and_area.end());
  double below = 0;
  for (const auto& [height_m, part] : height_and_area) {
    below += part;
    if (below >= share * area) return height_m;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

/// Heights of a bowl of depth 1 with a rim: what simple craters look like.
double BowlAt(double radius) {
  constexpr double kRim = 0.2;
  return radius < 1 ? (1 + kRim) * radius * radius - 1 : kRim / (radius * radius * radius);
}

/// Correlation with the bowl to 1.6 radii, a plane removed from both.
double LikenessToBowl(const PolarSamples& samples) {
  // Sums of products of (1, u, v, bowl, height), by area.
  Eigen::Matrix<double, 5, 5> sums = Eigen::Matrix<double, 5, 5>::Zero();
  for (std::size_t d = 0; d < samples.directions.size(); ++d) {
    for (int i = 0; i <= static_cast<int>(SampleAt(1.6)); ++i) {
      const double r = RadiusOf(i), height_m = samples.heights_m[d][static_cast<std::size_t>(i)];
      if (std::isnan(height_m)) continue;
      Eigen::Matrix<double, 5, 1> row;
      row << 1, r * samples.directions[d], BowlAt(r), height_m;
      sums += r * row * row.transpose();
    }
  }
  const Eigen::Matrix<double, 3, 2> cross = sums.topRightCorner<3, 2>();
  const Eigen::Matrix2d rest =
      sums.bottomRightCorner<2, 2>() - cross.transpose() * sums.topLeftCorner<3, 3>().ldlt().solve(cross);
  return rest(0, 1) / std::sqrt(std::max(1e-12, rest(0, 0) * rest(1, 1)));
}

/// Share of the variance within 1.3 radii that the mean over all directions explains.
double Roundness(const PolarSamples& samples) {
  double area = 0, sum = 0, squares = 0, explained = 0;
  for (std::size_t i = 0; i <= SampleAt(1.3); ++i) {
    const double r = RadiusOf(static_cast<int>(i));
    double ring = 0, ring_squares = 0;
    int count = 0;
    for (const Profile72& profile : samples.heights_m) {
      if (std::isnan(profile[i])) continue;
      ring += profile[i];
      ring_squares += profile[i] * profile[i];
      ++count;
    }
    if (count == 0) continue;
    area += r * count;
    sum += r * ring;
    squares += r * ring_squares;
    explained += r * ring * ring / count;
  }
  const double of_mean = sum * sum / std::max(1e-12, area);
  return (explained - of_mean) / std::max(1e-12, squares - of_mean);
}

double SpreadAround(const PolarSamples& samples) {
  double sum = 0, squares = 0;
  int count = 0;
  for (const Profile72& profile : samples.heights_m) {
    for (std::size_t i = SampleAt(1.2); i < kRadii; ++i) {
      if (std::isnan(profile[i])) continue;
      sum += profile[i];
      squares += profile[i] * profile[i];
      ++count;
    }
  }
  if (count == 0) return 0;
  return std::sqrt(std::max(0.0, squares / count - sum / count * sum / count));
}

double MedianBreak(const PolarSamples& samples, double radius) {
  std::vector<double> breaks;
  for (const Profile72& profile : samples.heights_m) {
    const double here = BreakAt(profile, SampleAt(radius));
    if (!std::isnan(here)) breaks.push_back(here);
  }
  return breaks.empty() ? 0 : ReliefQuantile(std::move(breaks), 0.5);
}

struct RingStatistics {
  double mean = 0, spread = 0;
};

RingStatistics StatisticsAt(const PolarSamples& samples, double radius) {
  const std::vector<double> ring = RingAt(samples, radius);
  if (ring.empty()) return {};
  double sum = 0, squares = 0;
  for (const double height_m : ring) {
    sum += height_m;
    squares += height_m * height_m;
  }
  const double mean = sum / static_cast<double>(ring.size());
  return {mean, std::sqrt(std::max(0.0, squares / static_cast<double>(ring.size()) - mean * mean))};
}

double SeenShare(const PolarSamples& samples) {
  double area = 0, seen = 0;
  for (const Profile72& profile : samples.heights_m) {
    for (std::size_t i = 0; i <= SampleAt(1); ++i) {
      const double r = RadiusOf(static_cast<int>(i));
      area += r;
      if (!std::isnan(profile[i])) seen += r;
    }
  }
  return seen / area;
}

ReliefEvidence EvidenceOfRelief(const PolarSamples& samples, const Ellipse& ellipse, double rim_m,
                                double depth_m, double tilt_m, const ReliefContext& context) {
  constexpr double kLeast = 0.05;  // of the depth, under logarithms
  const double diameter_m = 2 * MeanRadius(ellipse) * context.spacing_m;
  // Craters of finer DEMs are deeper and larger than any that the weights were fitted to: that is no blame.
  const double deep = std::min(std::log(depth_m / diameter_m) + 3, 0.4);
  const EllipseAxes axes = AxesOf(ellipse);
  const double diameter_px = std::clamp(diameter_m / context.dem_pixel_m, 8.0, 40.0);
  const auto mean = [&](double radius) {
    return std::clamp((StatisticsAt(samples, radius).mean - rim_m) / depth_m, -3.0, 3.0);
  };
  const auto spread = [&](double radius) {
    return std::log(kLeast + StatisticsAt(samples, radius).spread / depth_m);
  };
  const auto breaks = [&](double radius) { return MedianBreak(samples, radius) / depth_m; };
  return {LikenessToBowl(samples),
          Roundness(samples),
          context.support,
          deep,
          deep * deep,
          1 + (ReliefQuantile(RingAt(samples, 1), 0.2) - rim_m) / depth_m,
          -std::log(std::max(0.01, SpreadAround(samples) / depth_m)),
          std::log(axes.semi_major / axes.semi_minor),
          std::log(diameter_px / 20),
          mean(0.25),
          mean(0.5),
          mean(0.75),
          mean(1),
          mean(1.25),
          mean(1.5),
          mean(1.9),
          spread(0.5),
          spread(1),
          spread(1.5),
          breaks(0.85),
          breaks(1),
          breaks(1.15),
          std::log(kLeast + tilt_m / depth_m),
          std::log(depth_m / std::max(1e-3, context.hollows_rms_m))};
}

}  // namespace

std::optional<RimFit> FitReliefRim(const cv::Mat& heights_m, const Ellipse& start) {
  RimFitOptions options;
  options.least_step = 0.1;
  const auto edges_about = [&](const Ellipse& ellipse, double window) {
    const PolarSamples samples = SampleAbout(heights_m, ellipse);
    RimEdges result;
    result.directions = kReliefDirections;
    const auto plane = PlaneThroughRim(samples);
    if (!plane) return result;
    std::vector<double> inside = RingAt(WithoutPlane(samples, *plane), 0.5);
    result.spread = std::abs(ReliefQuantile(std::move(inside), 0.5));
    for (std::size_t d = 0; d < samples.directions.size(); ++d) {
      if (std::isnan(samples.heights_m[d][SampleAt(1)])) continue;
      RimEdge edge = SharpestBreak(samples.heights_m[d], window);
      edge.direction = samples.directions[d];
      result.edges.push_back(edge);
    }
    return result;
  };
  return FitEdges(start, edges_about, options);
}

std::optional<ReliefMeasure> MeasureRelief(const cv::Mat& heights_m, const Ellipse& ellipse,
                                           const ReliefContext& context) {
  const PolarSamples raw = SampleAbout(heights_m, ellipse);
  const auto plane = PlaneThroughRim(raw);
  if (!plane) return std::nullopt;
  const PolarSamples samples = WithoutPlane(raw, *plane);
  const double rim_m = ReliefQuantile(RingAt(samples, 1), 0.5);
  ReliefMeasure measure;
  measure.rim_height_m = plane->x();
  measure.depth_m = rim_m - FloorQuantile(samples, 0.8, 0.05);
  measure.seen = SeenShare(samples);
  if (!(measure.depth_m > 0)) return std::nullopt;
  const double tilt_m = plane->tail<2>().norm();
  measure.evidence = EvidenceOfRelief(samples, ellipse, rim_m, measure.depth_m, tilt_m, context);
  return measure;
}

double ConfidenceOf(const ReliefEvidence& evidence) {
  // Intercept first.
  constexpr std::array<double, kReliefEvidences + 1> kWeights = {
      -10.382, 6.751,  -1.884, 1.915,  1.783,  -5.631, -0.947, -1.026, -4.191, -3.227, -4.877, 3.481, 2.806,
      4.236,   -2.395, -0.600, -0.385, -0.956, -0.208, -0.053, 6.381,  -4.915, 6.478,  -0.971, 1.689};
  double logit = kWeights[0];
  for (std::size_t i = 0; i < evidence.size(); ++i) logit += kWeights[i + 1] * evidence[i];
  return 1 / (1 + std::exp(-logit));
}

}  // namespace perilune::vision
