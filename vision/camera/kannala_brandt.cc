#include "vision/camera/kannala_brandt.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "dem/frames/moon.h"

namespace perilune::vision {
namespace {

/// Coefficients of a polynomial, constant first.
using Polynomial = std::vector<double>;

double ValueAt(const Polynomial& p, double x) {
  double value = 0;
  for (auto k = p.rbegin(); k != p.rend(); ++k) value = value * x + *k;
  return value;
}

/// Where the polynomial changes its sign between 0 and `end`, ascending: between two neighbours of its
/// derivative's there is at most one.
std::vector<double> SignChanges(const Polynomial& p, double end) {
  if (p.size() < 2) return {};
  Polynomial slope;
  for (std::size_t i = 1; i < p.size(); ++i) slope.push_back(static_cast<double>(i) * p[i]);
  std::vector<double> ends = SignChanges(slope, end);
  ends.push_back(end);
  std::vector<double> changes;
  double low = 0;
  for (const double high : ends) {
    const bool positive = ValueAt(p, low) > 0;
    double a = low, b = high;
    low = high;
    if ((ValueAt(p, high) > 0) == positive) continue;
    for (int halving = 0; halving < 100; ++halving) {
      const double middle = (a + b) / 2;
      ((ValueAt(p, middle) > 0) == positive ? a : b) = middle;
    }
    changes.push_back(a);
  }
  return changes;
}

/// The first angle where dr/dθ = 1 + 3 k1 θ² + 5 k2 θ⁴ + 7 k3 θ⁶ + 9 k4 θ⁸ is no longer positive, or 90°.
double MonotonicRange(const std::array<double, 4>& k) {
  constexpr double kEnd = dem::kPi * dem::kPi / 4;
  const Polynomial slope = {1, 3 * k[0], 5 * k[1], 7 * k[2], 9 * k[3]};
  double lower_bound = 1, power = 1;
  for (std::size_t i = 1; i < slope.size(); ++i) lower_bound += std::min(0.0, slope[i]) * (power *= kEnd);
  if (lower_bound > 0) return dem::kPi / 2;
  const std::vector<double> changes = SignChanges(slope, kEnd);
  return changes.empty() ? dem::kPi / 2 : std::sqrt(changes.front());
}

Eigen::Vector3d Ray(const Eigen::Vector2d& image, double radius, double angle_rad) {
  if (radius == 0) return Eigen::Vector3d::UnitZ();
  const Eigen::Vector2d across = std::sin(angle_rad) / radius * image;
  return Eigen::Vector3d(across.x(), across.y(), std::cos(angle_rad)).normalized();
}

}  // namespace

KannalaBrandt::KannalaBrandt(const std::array<double, 5>& c)
    : k_{c[0], c[1], c[2], c[3]}, max_angle_rad_(MonotonicRange(k_)) {}

double KannalaBrandt::Radius(double angle_rad) const {
  const double s = angle_rad * angle_rad;
  return angle_rad * (1 + s * (k_[0] + s * (k_[1] + s * (k_[2] + s * k_[3]))));
}

double KannalaBrandt::RadiusSlope(double angle_rad) const {
  const double s = angle_rad * angle_rad;
  return 1 + s * (3 * k_[0] + s * (5 * k_[1] + s * (7 * k_[2] + s * 9 * k_[3])));
}

// Newton's method, kept inside a bracket that shrinks at every step; NaN beyond the range.
double KannalaBrandt::Angle(double radius) const {
  constexpr int kMaxSteps = 100;
  double low = 0, high = max_angle_rad_;
  if (!(radius < Radius(high))) return std::numeric_limits<double>::quiet_NaN();
  double angle = std::min(radius, high);
  for (int step = 0; step < kMaxSteps; ++step) {
    const double excess = Radius(angle) - radius;
    (excess > 0 ? high : low) = angle;
    double next = angle - excess / RadiusSlope(angle);
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (std::abs(next - angle) <= 1e-16 * angle || next == angle) return next;
    // A step at the level of rounding would only wander.
    if (std::abs(excess) <= 2e-16 * radius) return angle;
    angle = next;
  }
  return angle;
}

std::optional<Eigen::Vector2d> KannalaBrandt::Distort(const Eigen::Vector3d& point_in_cam) const {
  const Eigen::Vector2d across = point_in_cam.head<2>();
  const double r = across.norm();
  const double angle = std::atan2(r, point_in_cam.z());
  if (!(angle < max_angle_rad_)) return std::nullopt;
  if (r == 0) return Eigen::Vector2d(0, 0);
  return Eigen::Vector2d(Radius(angle) / r * across);
}

Eigen::Vector3d KannalaBrandt::Undistort(const Eigen::Vector2d& image) const {
  const double radius = image.norm();
  return Ray(image, radius, Angle(radius));
}

// Plain Newton steps from a start that is nearly right; all else is Angle's.
double KannalaBrandt::AngleNear(double start, double radius) const {
  constexpr int kMaxSteps = 4;
  constexpr double kLastStep = 1e-8;  // the error after a step is about its square
  double angle = start;
  for (int step = 0; step < kMaxSteps; ++step) {
    const double move = (radius - Radius(angle)) / RadiusSlope(angle);
    angle += move;
    if (std::abs(move) < kLastStep && angle > 0 && angle < max_angle_rad_) return angle;
  }
  return Angle(radius);
}

void KannalaBrandt::UndistortRow(double first_x, double step_x, double y,
                                 std::span<Eigen::Vector3d> rays) const {
  double before = 0, here = 0;
  for (std::size_t i = 0; i < rays.size(); ++i) {
    const Eigen::Vector2d image(first_x + static_cast<double>(i) * step_x, y);
    const double radius = image.norm();
    const double angle = i < 2 ? Angle(radius) : AngleNear(2 * here - before, radius);
    before = here;
    here = angle;
    rays[i] = Ray(image, radius, angle);
  }
}

// image = Radius(θ) (x, y)/r with θ = atan2(r, z): dθ = (z dr − r dz)/(r² + z²).
Eigen::Matrix<double, 2, 3> KannalaBrandt::Jacobian(const Eigen::Vector3d& point_in_cam) const {
  const Eigen::Vector2d across = point_in_cam.head<2>();
  const double z = point_in_cam.z(), r2 = across.squaredNorm(), r = std::sqrt(r2), range2 = r2 + z * z;
  const double angle = std::atan2(r, z), slope = RadiusSlope(angle);
  Eigen::Matrix<double, 2, 3> jacobian;
  jacobian.col(2) = -slope / range2 * across;
  if (r < 1e-12 * z) {  // on the axis the two terms below cancel to nothing
    jacobian.leftCols<2>() = slope / z * Eigen::Matrix2d::Identity();
    return jacobian;
  }
  const double scale = Radius(angle) / r;
  jacobian.leftCols<2>() =
      scale * Eigen::Matrix2d::Identity() + (slope * z / range2 - scale) / r2 * (across * across.transpose());
  return jacobian;
}

}  // namespace perilune::vision
