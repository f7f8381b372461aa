#include "vision/camera/brown_conrady.h"

#include <Eigen/LU>
#include <cmath>
#include <limits>

namespace perilune::vision {
namespace {

/// Rounding may keep the last steps from shrinking the miss; a miss far above rounding means "no inverse".
Eigen::Vector2d Accept(const Eigen::Vector2d& n, const Eigen::Vector2d& miss) {
  if (miss.norm() < 1e-13 * (1 + n.norm())) return n;
  return Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN());
}

}  // namespace

BrownConrady::BrownConrady(const std::array<double, 5>& c)
    : k1_(c[0]), k2_(c[1]), p1_(c[2]), p2_(c[3]), k3_(c[4]) {}

Eigen::Vector2d BrownConrady::Apply(const Eigen::Vector2d& n) const {
  const double x = n.x(), y = n.y(), s = x * x + y * y;
  const double radial = 1 + s * (k1_ + s * (k2_ + s * k3_));
  return {x * radial + 2 * p1_ * x * y + p2_ * (s + 2 * x * x),
          y * radial + p1_ * (s + 2 * y * y) + 2 * p2_ * x * y};
}

Eigen::Matrix2d BrownConrady::ApplyJacobian(const Eigen::Vector2d& n) const {
  const double x = n.x(), y = n.y(), s = x * x + y * y;
  const double radial = 1 + s * (k1_ + s * (k2_ + s * k3_));
  const double slope =
      2 * (k1_ + s * (2 * k2_ + s * 3 * k3_));  // d radial / d s, times 2 for d s = 2 (x dx + y dy)
  const double mixed = x * y * slope + 2 * p1_ * x + 2 * p2_ * y;
  Eigen::Matrix2d jacobian;
  jacobian << radial + x * x * slope + 2 * p1_ * y + 6 * p2_ * x, mixed,  //
      mixed, radial + y * y * slope + 6 * p1_ * y + 2 * p2_ * x;
  return jacobian;
}

// d(r·L(r))/dr at r² = s. Where it changes sign the image folds over, and farther points come back into
// it.
double BrownConrady::RadialGrowth(double s) const { return 1 + s * (3 * k1_ + s * (5 * k2_ + s * 7 * k3_)); }

// Whether RadialGrowth is positive all the way from the centre to r² = s: it is a cubic in s, so that
// its value at s and at its own stationary points decides.
bool BrownConrady::Monotonic(double s) const {
  if (!(RadialGrowth(s) > 0)) return false;
  const double a = 21 * k3_, b = 10 * k2_, c = 3 * k1_;
  const auto dips = [&](double at) { return at > 0 && at < s && RadialGrowth(at) <= 0; };
  if (a == 0) return b == 0 || !dips(-c / b);
  const double discriminant = b * b - 4 * a * c;
  if (discriminant <= 0) return true;
  const double root = std::sqrt(discriminant);
  return !dips((-b + root) / (2 * a)) && !dips((-b - root) / (2 * a));
}

// Inverse of Apply by Newton's method with step halving, which never leaves the monotonic range; NaN when
// a point has no inverse there.
Eigen::Vector2d BrownConrady::Invert(const Eigen::Vector2d& distorted) const {
  constexpr int kMaxSteps = 50, kMaxHalvings = 40;
  const double close_enough = 1e-15 * (1 + distorted.norm());
  Eigen::Vector2d n = distorted;
  while (!Monotonic(n.squaredNorm())) n *= 0.5;
  Eigen::Vector2d miss = Apply(n) - distorted;
  for (int step = 0; step < kMaxSteps && miss.norm() > close_enough; ++step) {
    Eigen::Vector2d move = -ApplyJacobian(n).inverse() * miss;
    Eigen::Vector2d next = n + move, next_miss = Apply(next) - distorted;
    for (int halving = 0; !Monotonic(next.squaredNorm()) || !(next_miss.norm() < miss.norm()); ++halving) {
      if (halving == kMaxHalvings) return Accept(n, miss);
      move *= 0.5;
      next = n + move;
      next_miss = Apply(next) - distorted;
    }
    n = next;
    miss = next_miss;
  }
  return Accept(n, miss);
}

std::optional<Eigen::Vector2d> BrownConrady::Distort(const Eigen::Vector3d& point_in_cam) const {
  const Eigen::Vector2d n = point_in_cam.head<2>() / point_in_cam.z();
  if (!n.allFinite()) return std::nullopt;
  if (None()) return n;
  if (!Monotonic(n.squaredNorm())) return std::nullopt;
  return Apply(n);
}

Eigen::Vector3d BrownConrady::Undistort(const Eigen::Vector2d& image) const {
  const Eigen::Vector2d n = None() ? image : Invert(image);
  return Eigen::Vector3d(n.x(), n.y(), 1).normalized();
}

// Plain Newton steps from a start that is nearly right; all else is Invert's.
Eigen::Vector2d BrownConrady::InvertNear(const Eigen::Vector2d& start,
                                         const Eigen::Vector2d& distorted) const {
  constexpr int kMaxSteps = 4;
  constexpr double kLastStep = 1e-8;  // the error after a step is about its square
  Eigen::Vector2d n = start;
  for (int step = 0; step < kMaxSteps; ++step) {
    const Eigen::Vector2d move = ApplyJacobian(n).inverse() * (distorted - Apply(n));
    n += move;
    if (move.squaredNorm() < kLastStep * kLastStep && Monotonic(n.squaredNorm())) return n;
  }
  return Invert(distorted);
}

void BrownConrady::UndistortRow(double first_x, double step_x, double y,
                                std::span<Eigen::Vector3d> rays) const {
  const auto image = [&](std::size_t i) {
    return Eigen::Vector2d(first_x + static_cast<double>(i) * step_x, y);
  };
  if (None()) {
    for (std::size_t i = 0; i < rays.size(); ++i) rays[i] = Undistort(image(i));
    return;
  }
  Eigen::Vector2d before(0, 0), here(0, 0);
  for (std::size_t i = 0; i < rays.size(); ++i) {
    const Eigen::Vector2d n = i < 2 ? Invert(image(i)) : InvertNear(2 * here - before, image(i));
    before = here;
    here = n;
    rays[i] = Eigen::Vector3d(n.x(), n.y(), 1).normalized();
  }
}

Eigen::Matrix<double, 2, 3> BrownConrady::Jacobian(const Eigen::Vector3d& point_in_cam) const {
  const double z = point_in_cam.z();
  const Eigen::Vector2d n = point_in_cam.head<2>() / z;
  Eigen::Matrix<double, 2, 3> perspective;
  perspective << 1 / z, 0, -n.x() / z,  //
      0, 1 / z, -n.y() / z;
  return ApplyJacobian(n) * perspective;
}

}  // namespace perilune::vision
