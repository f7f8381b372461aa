#include "vision/camera/camera.h"

#include <Eigen/LU>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "dem/frames/moon.h"

namespace perilune::vision {
namespace {

/// Brown-Conrady polynomials on normalised image coordinates (x/z, y/z), Brown (1966) in OpenCV's terms.
struct Distortion {
  double k1, k2, p1, p2, k3;

  explicit Distortion(const std::array<double, 5>& c) : k1(c[0]), k2(c[1]), p1(c[2]), p2(c[3]), k3(c[4]) {}

  bool None() const { return k1 == 0 && k2 == 0 && p1 == 0 && p2 == 0 && k3 == 0; }

  Eigen::Vector2d Apply(const Eigen::Vector2d& n) const {
    const double x = n.x(), y = n.y(), s = x * x + y * y;
    const double radial = 1 + s * (k1 + s * (k2 + s * k3));
    return {x * radial + 2 * p1 * x * y + p2 * (s + 2 * x * x),
            y * radial + p1 * (s + 2 * y * y) + 2 * p2 * x * y};
  }

  Eigen::Matrix2d Jacobian(const Eigen::Vector2d& n) const {
    const double x = n.x(), y = n.y(), s = x * x + y * y;
    const double radial = 1 + s * (k1 + s * (k2 + s * k3));
    const double slope =
        2 * (k1 + s * (2 * k2 + s * 3 * k3));  // d radial / d s, times 2 for d s = 2 (x dx + y dy)
    const double mixed = x * y * slope + 2 * p1 * x + 2 * p2 * y;
    Eigen::Matrix2d jacobian;
    jacobian << radial + x * x * slope + 2 * p1 * y + 6 * p2 * x, mixed,  //
        mixed, radial + y * y * slope + 6 * p1 * y + 2 * p2 * x;
    return jacobian;
  }

  /// d(r·L(r))/dr at r² = s. Where it changes sign the image folds over, and farther points come back into
  /// it.
  double RadialGrowth(double s) const { return 1 + s * (3 * k1 + s * (5 * k2 + s * 7 * k3)); }

  /// Whether RadialGrowth is positive all the way from the centre to r² = s: it is a cubic in s, so that
  /// its value at s and at its own stationary points decides.
  bool Monotonic(double s) const {
    if (!(RadialGrowth(s) > 0)) return false;
    const double a = 21 * k3, b = 10 * k2, c = 3 * k1;
    const auto dips = [&](double at) { return at > 0 && at < s && RadialGrowth(at) <= 0; };
    if (a == 0) return b == 0 || !dips(-c / b);
    const double discriminant = b * b - 4 * a * c;
    if (discriminant <= 0) return true;
    const double root = std::sqrt(discriminant);
    return !dips((-b + root) / (2 * a)) && !dips((-b - root) / (2 * a));
  }

  /// Inverse of Apply by Newton's method with step halving, which never leaves the monotonic range; NaN when
  /// a point has no inverse there.
  Eigen::Vector2d Invert(const Eigen::Vector2d& distorted) const {
    constexpr int kMaxSteps = 50, kMaxHalvings = 40;
    const double close_enough = 1e-15 * (1 + distorted.norm());
    Eigen::Vector2d n = distorted;
    while (!Monotonic(n.squaredNorm())) n *= 0.5;
    Eigen::Vector2d miss = Apply(n) - distorted;
    for (int step = 0; step < kMaxSteps && miss.norm() > close_enough; ++step) {
      Eigen::Vector2d move = -Jacobian(n).inverse() * miss;
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

 private:
  /// Rounding may keep the last steps from shrinking the miss; a miss far above rounding means "no inverse".
  static Eigen::Vector2d Accept(const Eigen::Vector2d& n, const Eigen::Vector2d& miss) {
    if (miss.norm() < 1e-13 * (1 + n.norm())) return n;
    return Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN());
  }
};

[[noreturn]] void Refuse(const std::string& field, const std::string& value, const std::string& need) {
  throw std::invalid_argument("camera: " + field + " is " + value + ", must be " + need);
}

}  // namespace

void Camera::Validate() const {
  if (model != "brown_conrady") Refuse("model", "'" + model + "'", "'brown_conrady'");
  if (width_px <= 0) Refuse("width_px", std::to_string(width_px), "positive");
  if (height_px <= 0) Refuse("height_px", std::to_string(height_px), "positive");
  for (const auto& [name, value] : {std::pair{"fx_px", fx_px}, std::pair{"fy_px", fy_px}}) {
    if (!(value > 0) || !std::isfinite(value)) Refuse(name, std::to_string(value), "positive and finite");
  }
  for (const auto& [name, value] : {std::pair{"cx_px", cx_px}, std::pair{"cy_px", cy_px}}) {
    if (!std::isfinite(value)) Refuse(name, std::to_string(value), "finite");
  }
  for (const double k : distortion) {
    if (!std::isfinite(k)) Refuse("distortion", std::to_string(k), "finite");
  }
}

std::optional<Eigen::Vector2d> Camera::Project(const Eigen::Vector3d& point_in_cam) const {
  if (!(point_in_cam.z() > 0)) return std::nullopt;
  Eigen::Vector2d n = point_in_cam.head<2>() / point_in_cam.z();
  if (!n.allFinite()) return std::nullopt;
  const Distortion lens(distortion);
  if (!lens.None()) {
    if (!lens.Monotonic(n.squaredNorm())) return std::nullopt;
    n = lens.Apply(n);
  }
  return Eigen::Vector2d(fx_px * n.x() + cx_px, fy_px * n.y() + cy_px);
}

Eigen::Vector3d Camera::Unproject(const Eigen::Vector2d& pixel) const {
  Eigen::Vector2d n((pixel.x() - cx_px) / fx_px, (pixel.y() - cy_px) / fy_px);
  const Distortion lens(distortion);
  if (!lens.None()) n = lens.Invert(n);
  return Eigen::Vector3d(n.x(), n.y(), 1).normalized();
}

Eigen::Matrix<double, 2, 3> Camera::ProjectJacobian(const Eigen::Vector3d& point_in_cam) const {
  const double z = point_in_cam.z();
  const Eigen::Vector2d n = point_in_cam.head<2>() / z;
  Eigen::Matrix<double, 2, 3> perspective;
  perspective << 1 / z, 0, -n.x() / z,  //
      0, 1 / z, -n.y() / z;
  return Eigen::Vector2d(fx_px, fy_px).asDiagonal() * (Distortion(distortion).Jacobian(n) * perspective);
}

bool Camera::Contains(const Eigen::Vector2d& pixel) const {
  return pixel.x() >= -0.5 && pixel.x() < width_px - 0.5 && pixel.y() >= -0.5 && pixel.y() < height_px - 0.5;
}

double Camera::FocalLength_px() const { return std::sqrt(fx_px * fy_px); }

Camera Camera::Scaled(double factor) const {
  if (!(factor > 0) || !std::isfinite(factor))
    Refuse("scale factor", std::to_string(factor), "positive and finite");
  // A factor such as 1/3 must not turn 3·(1/3) into 2 pixels by rounding.
  const auto size = [factor](int side) { return static_cast<int>(std::ceil(side * factor - 1e-9)); };
  Camera scaled = *this;
  scaled.width_px = size(width_px);
  scaled.height_px = size(height_px);
  scaled.fx_px = fx_px * factor;
  scaled.fy_px = fy_px * factor;
  scaled.cx_px = (cx_px + 0.5) * factor - 0.5;
  scaled.cy_px = (cy_px + 0.5) * factor - 0.5;
  return scaled;
}

Camera PinholeCamera(int size_px, double field_of_view_rad) {
  if (!(field_of_view_rad > 0) || !(field_of_view_rad < dem::kPi)) {
    Refuse("field of view", std::to_string(field_of_view_rad) + " rad", "between 0 and pi");
  }
  Camera camera;
  camera.width_px = camera.height_px = size_px;
  camera.fx_px = camera.fy_px = 0.5 * size_px / std::tan(0.5 * field_of_view_rad);
  camera.cx_px = camera.cy_px = 0.5 * (size_px - 1);
  camera.Validate();
  return camera;
}

}  // namespace perilune::vision
