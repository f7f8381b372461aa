#include "dem/terrain/height_pyramid.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace perilune::dem {
namespace {

constexpr float kEmpty = -std::numeric_limits<float>::infinity();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
// The mip at which a ray starts: blocks of 64 cells. From higher up it would only descend.
constexpr int kFirstMip = 4;
// Depth below the surface at which leaving missing data counts as having gone under the ground, m.
constexpr double kVoidTolerance_m = 1e-6;

// Steps from square to square (cells, or blocks of them) along the ray without ever adding an epsilon.
struct SquareStep {
  double t_exit = 0;
  bool along_u = false;
};

}  // namespace

// A ray with what every step needs: reciprocals, and which side of a square it leaves by.
struct HeightPyramid::Stepper {
  explicit Stepper(const GridRay& r)
      : ray(r),
        per_du(r.du != 0 ? 1 / r.du : kInfinity),
        per_dv(r.dv != 0 ? 1 / r.dv : kInfinity),
        far_u(r.du > 0 ? 1 : 0),
        far_v(r.dv > 0 ? 1 : 0),
        step_u(r.du > 0 ? 1 : -1),
        step_v(r.dv > 0 ? 1 : -1) {}

  SquareStep ExitOf(int col, int row, double size) const {
    const double tu = ray.du != 0 ? ((col + far_u) * size - ray.u0) * per_du : kInfinity;
    const double tv = ray.dv != 0 ? ((row + far_v) * size - ray.v0) * per_dv : kInfinity;
    return tu <= tv ? SquareStep{tu, true} : SquareStep{tv, false};
  }

  const GridRay& ray;
  double per_du, per_dv;
  int far_u, far_v, step_u, step_v;
};

namespace {

// Index of the square that holds a coordinate, kept within [first, last]: rounding puts points on an edge
// either side.
int SquareOf(double coordinate, double per_size, int first, int last) {
  return std::clamp(static_cast<int>(std::max(0.0, coordinate * per_size)), first, last);
}

double HeightOnRay(const GridRay& ray, double t) { return ray.z0 + t * ray.dz; }

// Smallest root of f(τ) = a τ² + b τ + c in [0, τ_end], given f(0) = c ≥ 0; negative when there is none.
double FirstRoot(double a, double b, double c, double tau_end) {
  const double none = -1;
  if (std::abs(a) * tau_end < 1e-12 * std::abs(b)) {
    if (b >= 0) return none;
    const double tau = -c / b;
    return tau <= tau_end ? tau : none;
  }
  const double discriminant = b * b - 4 * a * c;
  if (discriminant < 0) return none;
  const double q = -0.5 * (b + std::copysign(std::sqrt(discriminant), b));
  const double r1 = q / a;
  const double r2 = q != 0 ? c / q : kInfinity;
  double best = kInfinity;
  for (const double r : {r1, r2}) {
    if (r >= 0 && r <= tau_end) best = std::min(best, r);
  }
  return best <= tau_end ? best : none;
}

// NaN loses against everything.
float MaxOfValid(float a, float b) { return b > a ? b : a; }
float MinOfValid(float a, float b) { return b < a ? b : a; }

}  // namespace

std::vector<HeightPyramid::Mip> HeightPyramid::MipsFor(int width, int height) {
  std::vector<Mip> mips(1);
  mips[0].width = (width - 1 + kBlockCells - 1) / kBlockCells;
  mips[0].height = (height - 1 + kBlockCells - 1) / kBlockCells;
  while (mips.back().width > 1 || mips.back().height > 1) {
    Mip coarse;
    coarse.width = (mips.back().width + 1) / 2;
    coarse.height = (mips.back().height + 1) / 2;
    mips.push_back(std::move(coarse));
  }
  return mips;
}

void HeightPyramid::FillBase(const Grid<float>& z_m, Mip& base, int block_row) {
  const int cells_x = z_m.width - 1, cells_y = z_m.height - 1;
  const int row_end = std::min(block_row * kBlockCells + kBlockCells, cells_y);
  for (int block_col = 0; block_col < base.width; ++block_col) {
    float highest = kEmpty, lowest = -kEmpty;
    const int col_end = std::min(block_col * kBlockCells + kBlockCells, cells_x);
    for (int row = block_row * kBlockCells; row <= row_end; ++row) {
      for (int col = block_col * kBlockCells; col <= col_end; ++col) {
        highest = MaxOfValid(highest, z_m.At(col, row));
        lowest = MinOfValid(lowest, z_m.At(col, row));
      }
    }
    const std::size_t block = static_cast<std::size_t>(block_row) * base.width + block_col;
    base.max_m[block] = highest;
    base.min_m[block] = lowest;
  }
}

void HeightPyramid::FillFrom(const Mip& fine, Mip& coarse, int row) {
  for (int col = 0; col < coarse.width; ++col) {
    float highest = kEmpty, lowest = -kEmpty;
    for (int y = 2 * row; y < std::min(2 * row + 2, fine.height); ++y) {
      for (int x = 2 * col; x < std::min(2 * col + 2, fine.width); ++x) {
        const std::size_t source = static_cast<std::size_t>(y) * fine.width + x;
        highest = std::max(highest, fine.max_m[source]);
        lowest = std::min(lowest, fine.min_m[source]);
      }
    }
    const std::size_t target = static_cast<std::size_t>(row) * coarse.width + col;
    coarse.max_m[target] = highest;
    coarse.min_m[target] = lowest;
  }
}

void HeightPyramid::Fill(const Grid<float>& z_m, std::vector<Mip>& mips) {
  for (std::size_t i = 0; i < mips.size(); ++i) {
    tbb::parallel_for(tbb::blocked_range<int>(0, mips[i].height, 16),
                      [&](const tbb::blocked_range<int>& rows) {
                        for (int row = rows.begin(); row != rows.end(); ++row) {
                          if (i == 0) {
                            FillBase(z_m, mips[0], row);
                          } else {
                            FillFrom(mips[i - 1], mips[i], row);
                          }
                        }
                      });
  }
}

HeightPyramid::HeightPyramid(const Grid<float>& z_m) {
  std::vector<Mip> mips = MipsFor(z_m.width, z_m.height);
  for (Mip& mip : mips) {
    mip.max_m = Cells<float>(mip.Count());
    mip.min_m = Cells<float>(mip.Count());
  }
  Fill(z_m, mips);
  *this = HeightPyramid(std::move(mips));
}

HeightPyramid::HeightPyramid(std::vector<Mip> filled)
    : mips_(std::move(filled)), max_height_(mips_.back().max_m.front()) {}

MarchResult HeightPyramid::March(const Grid<float>& z_m, const GridRay& ray, double t_begin, double t_end,
                                 bool below_is_hit) const {
  // Only the stretch below the highest ground matters.
  double t = t_begin;
  double t_last = t_end;
  if (HeightOnRay(ray, t) > max_height_) {
    if (ray.dz >= 0) return {};
    t = std::max(t, (max_height_ - ray.z0) / ray.dz);
  } else if (ray.dz > 0) {
    t_last = std::min(t_last, (max_height_ - ray.z0) / ray.dz);
  }
  if (t > t_last) return {};

  const Stepper stepper(ray);
  const int top = static_cast<int>(mips_.size()) - 1;
  int mip = std::min(top, kFirstMip);
  double size = static_cast<double>(kBlockCells << mip);
  int col = SquareOf(ray.u0 + t * ray.du, 1 / size, 0, mips_[mip].width - 1);
  int row = SquareOf(ray.v0 + t * ray.dv, 1 / size, 0, mips_[mip].height - 1);
  bool from_void = !below_is_hit;

  while (true) {
    const Mip& level = mips_[mip];
    const SquareStep step = stepper.ExitOf(col, row, size);
    const double t_exit = std::clamp(step.t_exit, t, t_last);
    const float highest = level.max_m[static_cast<std::size_t>(row) * level.width + col];
    const double lowest_on_ray = std::min(HeightOnRay(ray, t), HeightOnRay(ray, t_exit));
    if (lowest_on_ray <= highest) {
      if (mip > 0) {
        --mip;
        size *= 0.5;
        const Mip& finer = mips_[mip];
        col = SquareOf(ray.u0 + t * ray.du, 1 / size, 2 * col, std::min(2 * col + 1, finer.width - 1));
        row = SquareOf(ray.v0 + t * ray.dv, 1 / size, 2 * row, std::min(2 * row + 1, finer.height - 1));
        continue;
      }
      const MarchResult result = MarchBlock(z_m, stepper, col, row, t, t_exit, from_void);
      if (result.outcome != MarchOutcome::kNothing) return result;
    } else {
      from_void = highest == kEmpty;
    }
    if (step.t_exit >= t_last) return {};
    t = t_exit;
    const int old_col = col, old_row = row;
    if (step.along_u) {
      col += stepper.step_u;
    } else {
      row += stepper.step_v;
    }
    if (col < 0 || row < 0 || col >= level.width || row >= level.height) return {};
    const bool leaves_parent = (col >> 1) != (old_col >> 1) || (row >> 1) != (old_row >> 1);
    if (leaves_parent && mip < top) {
      ++mip;
      size *= 2;
      col >>= 1;
      row >>= 1;
    }
  }
}

MarchResult HeightPyramid::MarchBlock(const Grid<float>& z_m, const Stepper& stepper, int block_col,
                                      int block_row, double t_begin, double t_end, bool& from_void) const {
  const GridRay& ray = stepper.ray;
  const int first_col = block_col * kBlockCells, first_row = block_row * kBlockCells;
  const int last_col = std::min(first_col + kBlockCells, z_m.width - 1) - 1;
  const int last_row = std::min(first_row + kBlockCells, z_m.height - 1) - 1;
  double t = t_begin;
  int col = SquareOf(ray.u0 + t * ray.du, 1, first_col, last_col);
  int row = SquareOf(ray.v0 + t * ray.dv, 1, first_row, last_row);
  while (true) {
    const SquareStep step = stepper.ExitOf(col, row, 1.0);
    const double t_exit = std::clamp(step.t_exit, t, t_end);
    const float* top = &z_m.data[static_cast<std::size_t>(row) * static_cast<std::size_t>(z_m.width) +
                                 static_cast<std::size_t>(col)];
    const float z00 = top[0], z10 = top[1], z01 = top[z_m.width], z11 = top[z_m.width + 1];
    const float highest = std::max(std::max(z00, z10), std::max(z01, z11));
    const double z_begin = HeightOnRay(ray, t);
    if (std::min(z_begin, HeightOnRay(ray, t_exit)) > highest) {  // false for NaN
      from_void = false;
    } else {
      const double twist = (static_cast<double>(z00) - z10) - (static_cast<double>(z01) - z11);
      if (std::isnan(twist)) {
        from_void = true;
      } else {
        const double b = static_cast<double>(z10) - z00, c = static_cast<double>(z01) - z00;
        const double p = ray.u0 + t * ray.du - col, q = ray.v0 + t * ray.dv - row;
        const double above = z_begin - (z00 + b * p + c * q + twist * p * q);
        if (above < 0) {
          if (from_void && above < -kVoidTolerance_m) return {MarchOutcome::kVoid, t};
          return {MarchOutcome::kHit, t};
        }
        const double tau = FirstRoot(-twist * ray.du * ray.dv,
                                     ray.dz - b * ray.du - c * ray.dv - twist * (p * ray.dv + q * ray.du),
                                     above, t_exit - t);
        if (tau >= 0) return {MarchOutcome::kHit, t + tau};
        from_void = false;
      }
    }
    if (step.t_exit >= t_end) return {};
    t = t_exit;
    if (step.along_u) {
      col += stepper.step_u;
      if (col < first_col || col > last_col) return {};
    } else {
      row += stepper.step_v;
      if (row < first_row || row > last_row) return {};
    }
  }
}

}  // namespace perilune::dem
