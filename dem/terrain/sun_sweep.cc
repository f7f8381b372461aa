#include "dem/terrain/sun_sweep.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "dem/terrain/outer_horizon.h"

namespace perilune::dem {
namespace {

constexpr int kPanelSteps = 32;   // columns that are transposed at a time
constexpr int kPanelLines = 256;  // so that a panel stays in the first cache
constexpr int kMostTangents = 127;

const SunSweepKernel& KernelOf(SimdLevel level) {
  return ForLevel(level, kSunSweepKernelSse2, kSunSweepKernelAvx2, kSunSweepKernelAvx512);
}

/// A level as a sweep sees it: `steps` lines of `across` grid points, line 0 nearest the Sun.
struct Sweep {
  const Terrain& terrain;
  const TerrainLevel& level;
  const SweptSun& sun;
  SweepTolerance tolerance;
  const SunSweepKernel& kernel;
  bool by_rows = true;
  bool backwards = false;  ///< line 0 is the last row or column
  int steps = 0, across = 0;
  double slant = 0;  ///< grid points that a ray line moves along `across` in a step towards the Sun
  float step_m = 0;
  bool has_gaps = false;
  float no_matter_below_m = 0;
  std::vector<float> level_highest_m{};

  int Index(int step) const { return backwards ? steps - 1 - step : step; }

  /// Where ray line l is at a step: at grid point l − offset, less `fraction` of a cell.
  struct Shift {
    int offset = 0;
    float fraction = 0;
  };
  Shift ShiftAt(int step) const {
    constexpr double kOnPoint = 1e-5;  // nearer to a grid point than this is on it
    const double moved = slant * step, whole = std::floor(moved + kOnPoint);
    return {static_cast<int>(whole), moved - whole < kOnPoint ? 0.0F : static_cast<float>(moved - whole)};
  }

  Eigen::Vector2d PlaceAt(int step, double along) const {
    const double u = by_rows ? along : Index(step), v = by_rows ? Index(step) : along;
    return {level.x0_m + u * level.spacing_m, level.y0_m - v * level.spacing_m};
  }
};

/// Lowest and highest height of a level, and whether points are missing. Running values by lanes: vectors.
struct HeightRange {
  float lowest_m = std::numeric_limits<float>::infinity();
  float highest_m = -std::numeric_limits<float>::infinity();
  bool has_gaps = false;
};

HeightRange RangeOf(const float* z, std::size_t count) {
  constexpr std::size_t kLanes = 32;
  HeightRange range;
  std::array<float, kLanes> lowest, highest, missing{};
  lowest.fill(range.lowest_m);
  highest.fill(range.highest_m);
  std::size_t first = 0;
  for (; first + kLanes <= count; first += kLanes) {
    for (std::size_t i = 0; i < kLanes; ++i) {
      const float value = z[first + i];
      lowest[i] = value < lowest[i] ? value : lowest[i];
      highest[i] = value > highest[i] ? value : highest[i];
      missing[i] += value != value ? 1.0F : 0.0F;
    }
  }
  for (std::size_t i = 0; i < kLanes; ++i) {
    const float value = first + i < count ? z[first + i] : lowest[i];
    range.lowest_m = std::min({range.lowest_m, lowest[i], value});
    range.highest_m = std::max({range.highest_m, highest[i], value});
    range.has_gaps |= missing[i] > 0 || std::isnan(value);
  }
  return range;
}

HeightRange Joined(const HeightRange& a, const HeightRange& b) {
  return {std::min(a.lowest_m, b.lowest_m), std::max(a.highest_m, b.highest_m), a.has_gaps || b.has_gaps};
}

HeightRange RangeOf(const Grid<float>& z) {
  return tbb::parallel_deterministic_reduce(
      tbb::blocked_range<int>(0, z.height, 64), HeightRange(),
      [&](const tbb::blocked_range<int>& rows, const HeightRange& before) {
        return Joined(before,
                      RangeOf(&z.At(0, rows.begin()), rows.size() * static_cast<std::size_t>(z.width)));
      },
      Joined);
}

Sweep MakeSweep(const Terrain& terrain, int level_index, const SweptSun& sun, const SweepTolerance& tolerance,
                SimdLevel simd) {
  const TerrainLevel& level = terrain.Level(level_index);
  Sweep sweep{terrain, level, sun, tolerance, KernelOf(simd)};
  const double du = sun.towards.x(), dv = -sun.towards.y();
  sweep.by_rows = std::abs(dv) >= std::abs(du);
  const double major = sweep.by_rows ? dv : du, minor = sweep.by_rows ? du : dv;
  sweep.backwards = major > 0;
  sweep.steps = sweep.by_rows ? level.z_m.height : level.z_m.width;
  sweep.across = sweep.by_rows ? level.z_m.width : level.z_m.height;
  sweep.slant = minor / std::abs(major);
  sweep.step_m = static_cast<float>(level.spacing_m / std::abs(major));
  for (int i = 0; i < terrain.LevelCount(); ++i) {
    const HeightRange range = RangeOf(terrain.Level(i).z_m);
    sweep.level_highest_m.push_back(range.highest_m);
    if (i != level_index) continue;
    sweep.has_gaps = range.has_gaps;
    const double diagonal_m = std::hypot(level.z_m.width, level.z_m.height) * level.spacing_m;
    sweep.no_matter_below_m =
        range.lowest_m - 1 - static_cast<float>(diagonal_m) * std::max(0.0F, -sun.tangents[0]);
  }
  return sweep;
}

/// A range of ray lines or of grid points.
struct Range {
  int begin = 0, end = 0;
  bool empty() const { return begin >= end; }
};

/// Ray lines [first, first + lines) on their way through a level.
class Block {
 public:
  Block(const Sweep& sweep, int first, int lines) : sweep_(sweep), first_(first), lines_(lines) {
    const std::size_t floats = sweep.sun.tangents.size() * static_cast<std::size_t>(lines);
    heights_m_.assign(floats, 0);
    if (sweep.has_gaps) since_gap_m_.assign(floats, 0);
  }

  /// Ray lines over the level at a step, as indices into the block.
  Range Active(int step) const {
    const Sweep::Shift shift = sweep_.ShiftAt(step);
    const int least = (shift.fraction > 0 ? 1 : 0) + shift.offset - first_;
    return {std::max(0, least), std::min(lines_, sweep_.across + shift.offset - first_)};
  }

  /// The grid points that a step decides.
  Range Cells(int step) const {
    const Range active = Active(step);
    const int shift = first_ - sweep_.ShiftAt(step).offset;
    return {active.begin + shift + 1, active.end + shift + 1 - kSunLinesMore};
  }

  /// `row` and `previous` point to grid point `begin` of their lines, `codes` to that of Cells(step).begin.
  void Step(int step, const float* row, const float* previous, int begin, std::uint8_t* codes) {
    const Range active = Active(step);
    if (active.empty()) return;
    Enter(step, active);
    const Sweep::Shift shift = sweep_.ShiftAt(step);
    const int point = first_ + active.begin - shift.offset - begin;
    SunSweepStep values{row + point,
                        previous + point,
                        shift.fraction,
                        0,
                        -1,
                        sweep_.step_m,
                        sweep_.tolerance.start_above_m,
                        sweep_.tolerance.margin_m};
    if (step > 0) SetCrossing(values);
    const SunHorizons horizons{sweep_.sun.tangents.data(), static_cast<int>(sweep_.sun.tangents.size()),
                               heights_m_.data() + active.begin,
                               sweep_.has_gaps ? since_gap_m_.data() + active.begin : nullptr, lines_};
    sweep_.kernel.step(values, horizons, active.end - active.begin, codes);
    started_ = active;
  }

 private:
  void SetCrossing(SunSweepStep& values) const {
    const auto slant = static_cast<float>(sweep_.slant);
    if (slant > 0 && values.fraction > 0 && values.fraction < slant) {
      values.crossed_share = values.fraction / slant;
    } else if (slant < 0 && 1 - values.fraction < -slant) {
      values.crossed = -1;
      values.crossed_share = (1 - values.fraction) / -slant;
    }
  }

  /// Gives the lines that were not over the level before the horizon of the ground outside.
  void Enter(int step, const Range& active) {
    for (int line = active.begin; line < active.end; ++line) {
      if (line >= started_.begin && line < started_.end) {
        line = started_.end - 1;
        continue;
      }
      const Sweep::Shift shift = sweep_.ShiftAt(step);
      const double along = first_ + line - shift.offset - static_cast<double>(shift.fraction);
      std::array<float, kMostTangents> heights;
      const std::span<float> of_tangents(heights.data(), sweep_.sun.tangents.size());
      ShadowHeights(sweep_.terrain, {sweep_.sun.towards, sweep_.sun.tangents}, sweep_.PlaceAt(step, along),
                    sweep_.no_matter_below_m, sweep_.level_highest_m, of_tangents);
      for (std::size_t i = 0; i < of_tangents.size(); ++i) {
        const std::size_t at = i * static_cast<std::size_t>(lines_) + static_cast<std::size_t>(line);
        heights_m_[at] = of_tangents[i] + sweep_.step_m * sweep_.sun.tangents[i];  // the kernel takes it off
        if (sweep_.has_gaps) since_gap_m_[at] = sweep_.no_matter_below_m;
      }
    }
  }

  const Sweep& sweep_;
  int first_, lines_;
  Range started_;
  std::vector<float> heights_m_, since_gap_m_;
};

void SweepRows(const Sweep& sweep, Block block, Grid<std::uint8_t>& codes) {
  const Grid<float>& z = sweep.level.z_m;
  for (int step = 0; step < sweep.steps; ++step) {
    const Range cells = block.Cells(step);
    if (cells.empty() && block.Active(step).empty()) continue;
    const float* row = &z.At(0, sweep.Index(step));
    const float* previous = step > 0 ? &z.At(0, sweep.Index(step - 1)) : row;
    block.Step(step, row, previous, 0, &codes.At(0, sweep.Index(step)) + cells.begin);
  }
}

/// Columns of a level as rows, a few at a time.
class Panel {
 public:
  /// Columns of the steps [first_step − 1, first_step + count), grid points [points.begin, points.end).
  void Load(const Sweep& sweep, int first_step, int count, const Range& points) {
    points_ = points;
    const int before = first_step > 0 ? first_step - 1 : 0;
    first_ = before;
    const int columns = first_step + count - before;
    const int leftmost = std::min(sweep.Index(before), sweep.Index(first_step + count - 1));
    for (int point = points.begin; point < points.end; ++point) {
      const float* from = &sweep.level.z_m.At(leftmost, point);
      float* to = heights_m_.data() + (point - points.begin);
      // Rows are pages apart, which the processor does not foresee.
      const float* later = &sweep.level.z_m.At(leftmost, std::min(point + kAhead, points.end - 1));
      for (int i = 0; i < columns; i += kFloatsInLine) __builtin_prefetch(later + i);
      if (sweep.backwards) {
        for (int i = 0; i < columns; ++i) to[(columns - 1 - i) * kStride] = from[i];
      } else {
        for (int i = 0; i < columns; ++i) to[i * kStride] = from[i];
      }
    }
    codes_.fill(kNotOurs);
  }

  /// From grid point points.begin on.
  const float* Heights(int step) const { return heights_m_.data() + (step - first_) * kStride; }
  std::uint8_t* Codes(int index, int point) {
    return codes_.data() + index * kStride + point - points_.begin;
  }

  /// Grid points in `whole` were decided in every step.
  void Store(const Sweep& sweep, int first_step, int count, const Range& whole,
             Grid<std::uint8_t>& codes) const {
    const int leftmost = std::min(sweep.Index(first_step), sweep.Index(first_step + count - 1));
    for (int point = points_.begin; point < points_.end; ++point) {
      std::uint8_t* to = &codes.At(leftmost, point);
      const std::uint8_t* from = codes_.data() + point - points_.begin;
      if (sweep.backwards) from += (count - 1) * kStride;
      const int stride = sweep.backwards ? -kStride : kStride;
      if (point >= whole.begin && point < whole.end) {
        for (int i = 0; i < count; ++i) to[i] = from[i * stride];
      } else {
        for (int i = 0; i < count; ++i) to[i] = from[i * stride] == kNotOurs ? to[i] : from[i * stride];
      }
    }
  }

  static constexpr int kStride = kPanelLines + kPanelSteps + 16;

 private:
  static constexpr std::uint8_t kNotOurs = 255;
  static constexpr int kAhead = 12, kFloatsInLine = 16;
  Range points_;
  int first_ = 0;
  std::array<float, (kPanelSteps + 1) * kStride> heights_m_;
  std::array<std::uint8_t, kPanelSteps * kStride> codes_;
};

void SweepColumns(const Sweep& sweep, Block block, Grid<std::uint8_t>& codes) {
  Panel panel;
  for (int first = 0; first < sweep.steps; first += kPanelSteps) {
    const int count = std::min(kPanelSteps, sweep.steps - first);
    Range points{sweep.across, 0}, whole{0, sweep.across};
    for (int step = first; step < first + count; ++step) {
      const Range cells = block.Cells(step);
      whole = {std::max(whole.begin, cells.begin), std::min(whole.end, cells.end)};
      points.begin = std::min(points.begin, cells.begin - 3);  // for a line at its point's other side
      points.end = std::max(points.end, cells.end + 3);
    }
    points = {std::max(0, points.begin), std::min(sweep.across, points.end)};
    if (points.empty()) continue;
    panel.Load(sweep, first, count, points);
    for (int step = first; step < first + count; ++step) {
      const float* previous = panel.Heights(step > 0 ? step - 1 : step);
      block.Step(step, panel.Heights(step), previous, points.begin,
                 panel.Codes(step - first, block.Cells(step).begin));
    }
    panel.Store(sweep, first, count, whole, codes);
  }
}

}  // namespace

std::optional<SweptSun> SweptSunOf(std::span<const Eigen::Vector3d> directions_in_site) {
  constexpr double kApart = 1e-3;
  if (directions_in_site.empty() || directions_in_site.size() > kMostTangents) return std::nullopt;
  SweptSun sun;
  for (const Eigen::Vector3d& direction : directions_in_site) {
    const double horizontal = direction.head<2>().norm();
    if (!(horizontal > kApart)) return std::nullopt;
    const Eigen::Vector2d towards = direction.head<2>() / horizontal;
    if (sun.tangents.empty()) sun.towards = towards;
    if ((towards - sun.towards).norm() > kApart) return std::nullopt;
    sun.tangents.push_back(static_cast<float>(direction.z() / horizontal));
  }
  return sun;
}

Grid<std::uint8_t> SweepLevel(const Terrain& terrain, int level, const SweptSun& sun,
                              const SweepTolerance& tolerance, SimdLevel simd) {
  const Sweep sweep = MakeSweep(terrain, level, sun, tolerance, simd);
  Grid<std::uint8_t> codes(sweep.level.z_m.width, sweep.level.z_m.height, kSunDoubt);
  const int last_offset = sweep.ShiftAt(sweep.steps - 1).offset;
  const int first_line = std::min(0, last_offset), end_line = sweep.across + std::max(0, last_offset) + 1;
  const int lines = sweep.by_rows ? kSunLines : kPanelLines;
  const int blocks = (end_line - first_line) / (lines - kSunLinesMore) + 1;
  tbb::parallel_for(tbb::blocked_range<int>(0, blocks), [&](const tbb::blocked_range<int>& range) {
    for (int i = range.begin(); i < range.end(); ++i) {
      const Block block(sweep, first_line + i * (lines - kSunLinesMore), lines);
      sweep.by_rows ? SweepRows(sweep, block, codes) : SweepColumns(sweep, block, codes);
    }
  });
  return codes;
}

}  // namespace perilune::dem
