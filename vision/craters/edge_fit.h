#pragma once

#include <Eigen/Core>
#include <functional>
#include <optional>
#include <vector>

#include "vision/craters/crater_detection.h"
#include "vision/craters/ellipse.h"

namespace perilune::vision {

/// How far rims are from circles in the picture, and how surely they are seen.
struct RimFitOptions {
  double centre_sigma_radii = 0.25;  ///< 1 sigma of the start's centre, each axis
  double size_sigma = 0.3;           ///< of the logarithm of its radius
  double stretch_sigma = 0.2;      ///< of the logarithm of an axis against a circle: obliquity and real rims
  double edge_sigma_radii = 0.08;  ///< of an edge against the ellipse; together with ¾ px
  double least_step = 0.25;        ///< of an edge, in standard deviations of what was sampled
};

struct RimFit {
  Ellipse ellipse;      ///< px of the image
  Matrix5d covariance;  ///< of the centre, px², and of ShapeDifference
  double support = 0;   ///< share of the rim, weighted by how much of an edge it should be, that is one
};

/// What may be the rim in one direction.
struct RimEdge {
  double offset = 0;    ///< beyond the ellipse, in its radii there
  double strength = 0;  ///< of the edge, with the sign that a rim has
  double weight = 0;    ///< how much of an edge is due in this direction, 0 to 1
  Eigen::Vector2d direction = Eigen::Vector2d::UnitX();  ///< in the ellipse's own unit circle
};

struct RimEdges {
  std::vector<RimEdge> edges;  ///< of directions that are on the image
  int directions = 0;          ///< looked at
  double spread = 0;           ///< standard deviation of what was sampled
};

/// Edges about an ellipse; `window` is the 1 sigma, in radii, of where they are looked for.
using EdgesAboutEllipse = std::function<RimEdges(const Ellipse& ellipse, double window)>;

/// The ellipse that the edges about `start` lie on: three times edges about the present ellipse are looked
/// for, ever nearer, and robust least squares (Tukey) with the start as a prior gives the next one. Nothing
/// when less than a third of the directions are on the image, or what comes out is no crater's rim (half or
/// twice the start's size, or drawn out by more than 2.5).
std::optional<RimFit> FitEdges(const Ellipse& start, const EdgesAboutEllipse& edges_about,
                               const RimFitOptions& options);

/// The place of the peak of three samples at −1, 0, 1 of which the middle one is the highest, by a parabola;
/// within ½.
double PeakOfParabola(double before, double at, double after);

}  // namespace perilune::vision
