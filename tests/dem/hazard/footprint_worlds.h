#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "dem/hazard/footprint_test.h"
#include "dem/synthesis/random.h"

namespace perilune::dem::worlds {

inline Eigen::Matrix2d SquareCells(double step_m) { return Eigen::Matrix2d::Identity() * (step_m * step_m); }

/// Heights from cells counted from the middle: x to the right, y down.
inline Grid<float> CellWorld(int size, const std::function<double(int x, int y)>& height) {
  Grid<float> grid(size, size);
  for (int row = 0; row < size; ++row) {
    for (int col = 0; col < size; ++col) {
      grid.At(col, row) = static_cast<float>(height(col - size / 2, row - size / 2));
    }
  }
  return grid;
}

/// Rolling ground with rocks and small craters, heights above the sphere around `level_m`. Every number is
/// drawn from `seed`.
inline Grid<float> RockyGround(int width, int height, double step_m, std::uint64_t seed, double level_m,
                               double rocks_per_m2 = 0.1) {
  Grid<float> grid(width, height);
  const double tilt_x = 0.16 * (RandomUniform(seed, 1, 0) - 0.5),
               tilt_y = 0.16 * (RandomUniform(seed, 1, 1) - 0.5);
  const double phase = 6.28 * RandomUniform(seed, 1, 2), wave_m = 4 + 10 * RandomUniform(seed, 1, 3);
  std::vector<double> z(grid.data.size());
  for (int row = 0; row < height; ++row) {
    for (int col = 0; col < width; ++col) {
      const double x = col * step_m, y = row * step_m;
      const auto i = static_cast<std::size_t>(row) * width + col;
      z[i] = level_m + tilt_x * x + tilt_y * y + 0.15 * std::sin(x / wave_m + phase) * std::cos(y / wave_m) +
             0.01 * RandomNormal(seed, 2, i);
    }
  }
  // A rock is half a ball, a crater half a ball sunk to a fifth of its depth.
  const int count = static_cast<int>(rocks_per_m2 * width * height * step_m * step_m);
  for (int k = 0; k < count; ++k) {
    const auto draw = [&](int what) {
      return RandomUniform(seed, 3, static_cast<std::uint64_t>(5 * k + what));
    };
    const double x = draw(0) * width * step_m, y = draw(1) * height * step_m;
    const double radius_m = 0.1 / std::sqrt(1e-3 + draw(2));
    const bool crater = draw(3) < 0.4;
    const int reach = static_cast<int>(radius_m / step_m) + 1;
    const int middle_col = static_cast<int>(x / step_m), middle_row = static_cast<int>(y / step_m);
    for (int row = std::max(0, middle_row - reach); row <= std::min(height - 1, middle_row + reach); ++row) {
      for (int col = std::max(0, middle_col - reach); col <= std::min(width - 1, middle_col + reach); ++col) {
        const double r2 = std::pow(col * step_m - x, 2) + std::pow(row * step_m - y, 2);
        const double up = std::sqrt(std::max(0.0, radius_m * radius_m - r2));
        z[static_cast<std::size_t>(row) * width + col] += crater ? -0.4 * up : std::min(up, 1.5);
      }
    }
  }
  for (std::size_t i = 0; i < z.size(); ++i) grid.data[i] = static_cast<float>(z[i]);
  return grid;
}

struct BruteFootprint {
  bool known = true;
  double tilt_rad = 0, clearance_m = std::numeric_limits<double>::infinity();
};

/// The rule of footprint_test.h said another way: pads are points of space, planes have normals, every cell
/// of a square is asked. Nothing is shared with the library but the rounding of pads to cells. A metric
/// without shear.
inline BruteFootprint BruteForceAt(const Grid<float>& heights, const Eigen::Vector2d& step_m,
                                   const Lander& lander, const FootprintTestOptions& options, int col,
                                   int row) {
  using Point = Eigen::Vector3d;
  constexpr double kHair = 1 + 1e-9;
  BruteFootprint worst;
  const auto known = [&](int c, int r) {
    return c >= 0 && r >= 0 && c < heights.width && r < heights.height && !std::isnan(heights.At(c, r));
  };
  // Cells within `radius_m` of a cell, as points from the cell (col, row).
  const auto within = [&](int middle_col, int middle_row, double radius_m) {
    std::vector<Point> points;
    const int cols = static_cast<int>(radius_m / step_m.x()) + 1,
              rows = static_cast<int>(radius_m / step_m.y()) + 1;
    for (int r = middle_row - rows; r <= middle_row + rows; ++r) {
      for (int c = middle_col - cols; c <= middle_col + cols; ++c) {
        const double dx = (c - middle_col) * step_m.x(), dy = (r - middle_row) * step_m.y();
        if (std::hypot(dx, dy) > radius_m * kHair) continue;
        if (!known(c, r)) {
          worst.known = false;
          continue;
        }
        points.emplace_back((c - col) * step_m.x(), (r - row) * step_m.y(), heights.At(c, r));
      }
    }
    return points;
  };
  const double radius_m = 0.5 * lander.leg_circle_diameter_m;
  const std::vector<Point> body = within(col, row, radius_m);
  for (int k = 0; k < options.yaws; ++k) {
    std::vector<Point> pads;
    for (int leg = 0; leg < lander.legs; ++leg) {
      const double angle = 2 * kPi * (leg + static_cast<double>(k) / options.yaws) / lander.legs;
      const int c = col + static_cast<int>(std::round(radius_m * std::cos(angle) / step_m.x() * kHair));
      const int r = row + static_cast<int>(std::round(radius_m * std::sin(angle) / step_m.y() * kHair));
      Point pad((c - col) * step_m.x(), (r - row) * step_m.y(), -1e9);
      for (const Point& ground : within(c, r, 0.5 * lander.pad_diameter_m))
        pad.z() = std::max(pad.z(), ground.z());
      pads.push_back(pad);
    }
    if (!worst.known) return worst;
    for (std::size_t a = 0; a < pads.size(); ++a) {
      for (std::size_t b = a + 1; b < pads.size(); ++b) {
        for (std::size_t c = b + 1; c < pads.size(); ++c) {
          Point normal = (pads[b] - pads[a]).cross(pads[c] - pads[a]);
          if (std::abs(normal.z()) < 1e-12) continue;
          normal *= normal.z() > 0 ? 1 / normal.norm() : -1 / normal.norm();
          if (options.planes == PadPlanes::kStable) {
            bool stands = true;
            for (const Point& pad : pads) stands = stands && normal.dot(pad - pads[a]) <= 1e-9;
            // The middle is on the same side of all three edges, or on one.
            const auto side = [](const Point& p, const Point& q) { return p.x() * q.y() - p.y() * q.x(); };
            const double s[] = {side(pads[a], pads[b]), side(pads[b], pads[c]), side(pads[c], pads[a])};
            const auto [low, high] = std::minmax({s[0], s[1], s[2]});
            if (!stands || (low < -1e-12 && high > 1e-12)) continue;
          }
          worst.tilt_rad = std::max(worst.tilt_rad, std::acos(std::min(1.0, normal.z())));
          for (const Point& ground : body) {
            worst.clearance_m =
                std::min(worst.clearance_m, lander.body_clearance_m - normal.dot(ground - pads[a]));
          }
        }
      }
    }
  }
  return worst;
}

}  // namespace perilune::dem::worlds
