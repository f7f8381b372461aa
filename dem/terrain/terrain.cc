#include "dem/terrain/terrain.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "dem/terrain/bundle_tracer.h"
#include "dem/terrain/height_pyramid.h"

namespace perilune::dem {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// A place inside a level: the cell's upper left grid point and the offsets in it.
struct CellPlace {
  int col = 0;
  int row = 0;
  double p = 0;
  double q = 0;
};

std::optional<CellPlace> PlaceIn(const TerrainLevel& level, double x_m, double y_m) {
  const double u = (x_m - level.x0_m) / level.spacing_m;
  const double v = (level.y0_m - y_m) / level.spacing_m;
  if (!(u >= 0 && v >= 0 && u <= level.z_m.width - 1 && v <= level.z_m.height - 1)) return std::nullopt;
  const int col = std::min(static_cast<int>(u), level.z_m.width - 2);
  const int row = std::min(static_cast<int>(v), level.z_m.height - 2);
  return CellPlace{col, row, u - col, v - row};
}

double Bilinear(const Grid<float>& grid, const CellPlace& at) {
  const double top = grid.At(at.col, at.row) * (1 - at.p) + grid.At(at.col + 1, at.row) * at.p;
  const double bottom = grid.At(at.col, at.row + 1) * (1 - at.p) + grid.At(at.col + 1, at.row + 1) * at.p;
  return top * (1 - at.q) + bottom * at.q;
}

// Slope along one axis at a grid point: central, one-sided beside missing data or the border; NaN when alone.
double Difference(double before, double here, double after) {
  const bool has_before = std::isfinite(before), has_after = std::isfinite(after);
  if (has_before && has_after) return (after - before) / 2;
  if (has_after) return after - here;
  if (has_before) return here - before;
  return kNaN;
}

Eigen::Vector2d GradientAtGridPoint(const TerrainLevel& level, int col, int row) {
  const Grid<float>& z = level.z_m;
  const auto at = [&](int c, int r) { return z.Contains(c, r) ? static_cast<double>(z.At(c, r)) : kNaN; };
  const double here = at(col, row);
  return Eigen::Vector2d(Difference(at(col - 1, row), here, at(col + 1, row)),
                         Difference(at(col, row + 1), here, at(col, row - 1))) /
         level.spacing_m;
}

void CheckLevel(const TerrainLevel& level) {
  if (level.z_m.width < 2 || level.z_m.height < 2) {
    throw std::invalid_argument("terrain level '" + level.name + "': smaller than 2 x 2 points");
  }
  if (!(level.spacing_m > 0)) {
    throw std::invalid_argument("terrain level '" + level.name + "': spacing_m must be positive");
  }
  if (std::none_of(level.z_m.data.begin(), level.z_m.data.end(), [](float z) { return std::isfinite(z); })) {
    throw std::invalid_argument("terrain level '" + level.name + "': no data at all");
  }
  if (!level.albedo_grid.empty() &&
      (level.albedo_grid.width != level.z_m.width || level.albedo_grid.height != level.z_m.height)) {
    throw std::invalid_argument("terrain level '" + level.name + "': albedo_grid differs in size from z_m");
  }
}

void CheckNesting(const TerrainLevel& fine, const TerrainLevel& coarse) {
  if (fine.spacing_m >= coarse.spacing_m) {
    throw std::invalid_argument("terrain levels: spacings must grow from '" + fine.name + "' to '" +
                                coarse.name + "'");
  }
  if (fine.x0_m < coarse.x0_m || fine.MaxX() > coarse.MaxX() || fine.y0_m > coarse.y0_m ||
      fine.MinY() < coarse.MinY()) {
    throw std::invalid_argument("terrain levels: '" + fine.name + "' is not inside '" + coarse.name + "'");
  }
}

// Fills the holes of `fine` from `coarse` and fades its border into it, so that both agree where the level
// ends.
void JoinToCoarser(TerrainLevel& fine, const TerrainLevel& coarse) {
  const int width = fine.z_m.width, height = fine.z_m.height;
  tbb::parallel_for(tbb::blocked_range<int>(0, height, 64), [&](const tbb::blocked_range<int>& rows) {
    for (int row = rows.begin(); row != rows.end(); ++row) {
      const int edge_row = std::min(row, height - 1 - row);
      for (int col = 0; col < width; ++col) {
        const int edge = std::min(edge_row, std::min(col, width - 1 - col));
        float& z = fine.z_m.At(col, row);
        if (edge >= Terrain::kBlendCells && std::isfinite(z)) continue;
        const auto place =
            PlaceIn(coarse, fine.x0_m + col * fine.spacing_m, fine.y0_m - row * fine.spacing_m);
        if (!place) continue;  // rounding at the rim of equal rectangles
        const double below = Bilinear(coarse.z_m, *place);
        if (!std::isfinite(z)) {
          z = static_cast<float>(below);
        } else if (std::isfinite(below)) {
          const double s = std::min(1.0, static_cast<double>(edge) / Terrain::kBlendCells);
          const double weight = s * s * (3 - 2 * s);
          z = static_cast<float>(weight * z + (1 - weight) * below);
        }
      }
    }
  });
}

struct Stretch {
  double begin = 0;
  double end = -1;
  bool empty() const { return !(begin <= end); }
};

// Part of [begin, end] on which origin + t·direction lies between low and high.
Stretch ClipAxis(Stretch stretch, double origin, double direction, double low, double high) {
  if (direction == 0) return origin >= low && origin <= high ? stretch : Stretch{};
  const double t1 = (low - origin) / direction, t2 = (high - origin) / direction;
  return {std::max(stretch.begin, std::min(t1, t2)), std::min(stretch.end, std::max(t1, t2))};
}

Stretch ClipToLevel(const TerrainLevel& level, const Ray& ray, Stretch stretch) {
  stretch = ClipAxis(stretch, ray.origin_in_site.x(), ray.direction.x(), level.x0_m, level.MaxX());
  if (stretch.empty()) return stretch;
  return ClipAxis(stretch, ray.origin_in_site.y(), ray.direction.y(), level.MinY(), level.y0_m);
}

GridRay InGrid(const TerrainLevel& level, const Ray& ray) {
  const double per_m = 1 / level.spacing_m;
  return {(ray.origin_in_site.x() - level.x0_m) * per_m,
          (level.y0_m - ray.origin_in_site.y()) * per_m,
          ray.origin_in_site.z(),
          ray.direction.x() * per_m,
          -ray.direction.y() * per_m,
          ray.direction.z()};
}

Ray RayOf(const RayBundle& bundle, int index) {
  const auto vector_of = [index](const std::array<std::span<const double>, 3>& arrays) {
    const std::size_t i = arrays[0].size() > 1 ? static_cast<std::size_t>(index) : 0;
    return Eigen::Vector3d(arrays[0][i], arrays[1][i], arrays[2][i]);
  };
  return {vector_of(bundle.origin_in_site_m), vector_of(bundle.direction), bundle.min_range_m,
          bundle.max_range_m};
}

}  // namespace

struct Terrain::Impl {
  Site site;
  std::vector<TerrainLevel> levels;
  std::vector<HeightPyramid> pyramids;
  std::vector<LevelView> views;

  // The level whose surface counts at (x, y), with the place in it.
  struct Found {
    int level = 0;
    CellPlace place;
    double z_m = 0;
  };

  std::optional<Found> Find(double x_m, double y_m) const {
    for (int i = 0; i < static_cast<int>(levels.size()); ++i) {
      const auto place = PlaceIn(levels[i], x_m, y_m);
      if (!place) continue;
      const double z = Bilinear(levels[i].z_m, *place);
      if (std::isnan(z))
        return std::nullopt;  // holes of finer levels were filled: no coarser level has it either
      return Found{i, *place, z};
    }
    return std::nullopt;
  }

  // Slopes of up to kChunkRays places from `first` on, on whatever levels they lie.
  void SampleGradients(std::span<const double> x_m, std::span<const double> y_m, std::span<const int> level,
                       std::size_t first, const RayKernel& kernel, SurfaceSamples& samples) const {
    constexpr int kKernelPoints = 4;  // that its stencil needs in each axis
    const std::size_t count = std::min<std::size_t>(kChunkRays, x_m.size() - first);
    const int padded = static_cast<int>((count + kPacketRays - 1) / kPacketRays * kPacketRays);
    std::array<double, kChunkRays> x, y, dz_dx, dz_dy;
    x.fill(kNaN);
    y.fill(kNaN);
    std::copy_n(x_m.begin() + first, count, x.begin());
    std::copy_n(y_m.begin() + first, count, y.begin());
    for (int index = 0; index < static_cast<int>(levels.size()); ++index) {
      const LevelView& view = views[index];
      const auto levels_here = level.subspan(first, count);
      if (view.width < kKernelPoints || view.height < kKernelPoints || !IndexFits(view) ||
          std::find(levels_here.begin(), levels_here.end(), index) == levels_here.end()) {
        continue;
      }
      kernel.gradients(view, padded, x.data(), y.data(), dz_dx.data(), dz_dy.data());
      for (std::size_t i = 0; i < count; ++i) {
        if (level[first + i] != index) continue;
        samples.dz_dx[first + i] = dz_dx[i];
        samples.dz_dy[first + i] = dz_dy[i];
      }
    }
  }

  MarchResult MarchLevel(int index, const Ray& ray, const Stretch& stretch, bool below_is_hit) const {
    return pyramids[index].March(levels[index].z_m, InGrid(levels[index], ray), stretch.begin, stretch.end,
                                 below_is_hit);
  }

  // Walks the stretch through level `index` and, where it crosses the rectangle of the next finer one,
  // through that.
  std::pair<MarchResult, int> Walk(int index, const Ray& ray, const Stretch& stretch,
                                   bool below_is_hit) const {
    const Stretch inner = index > 0 ? ClipToLevel(levels[index - 1], ray, stretch) : Stretch{};
    if (inner.empty()) return {MarchLevel(index, ray, stretch, below_is_hit), index};
    if (stretch.begin < inner.begin) {
      const MarchResult before = MarchLevel(index, ray, {stretch.begin, inner.begin}, below_is_hit);
      if (before.outcome != MarchOutcome::kNothing) return {before, index};
      below_is_hit = true;
    }
    const auto inside = Walk(index - 1, ray, inner, below_is_hit);
    if (inside.first.outcome != MarchOutcome::kNothing || inner.end >= stretch.end) return inside;
    return {MarchLevel(index, ray, {inner.end, stretch.end}, true), index};
  }
};

Terrain::Terrain(const Site& site, std::vector<TerrainLevel> levels_finest_first)
    : impl_(std::make_unique<Impl>()) {
  if (levels_finest_first.empty()) throw std::invalid_argument("terrain: no levels");
  for (const TerrainLevel& level : levels_finest_first) CheckLevel(level);
  for (std::size_t i = 0; i + 1 < levels_finest_first.size(); ++i) {
    CheckNesting(levels_finest_first[i], levels_finest_first[i + 1]);
  }
  for (int i = static_cast<int>(levels_finest_first.size()) - 2; i >= 0; --i) {
    JoinToCoarser(levels_finest_first[i], levels_finest_first[i + 1]);
  }
  impl_->site = site;
  impl_->levels = std::move(levels_finest_first);
  impl_->pyramids.resize(impl_->levels.size());
  tbb::parallel_for(std::size_t{0}, impl_->levels.size(),
                    [this](std::size_t i) { impl_->pyramids[i] = HeightPyramid(impl_->levels[i].z_m); });
  for (std::size_t i = 0; i < impl_->levels.size(); ++i) {
    impl_->views.push_back(ViewOf(impl_->levels[i], impl_->pyramids[i]));
  }
}

Terrain::~Terrain() = default;
Terrain::Terrain(Terrain&&) noexcept = default;
Terrain& Terrain::operator=(Terrain&&) noexcept = default;

const Site& Terrain::site() const { return impl_->site; }
int Terrain::LevelCount() const { return static_cast<int>(impl_->levels.size()); }
const TerrainLevel& Terrain::Level(int index) const { return impl_->levels.at(index); }

std::optional<double> Terrain::HeightAt(double x_m, double y_m) const {
  const auto found = impl_->Find(x_m, y_m);
  return found ? std::optional(found->z_m) : std::nullopt;
}

std::optional<int> Terrain::LevelAt(double x_m, double y_m) const {
  const auto found = impl_->Find(x_m, y_m);
  return found ? std::optional(found->level) : std::nullopt;
}

std::optional<Eigen::Vector3d> Terrain::NormalAt(double x_m, double y_m) const {
  const auto found = impl_->Find(x_m, y_m);
  if (!found) return std::nullopt;
  const TerrainLevel& level = impl_->levels[found->level];
  const CellPlace& at = found->place;
  const auto gradient_at = [&](int dc, int dr) {
    return GradientAtGridPoint(level, at.col + dc, at.row + dr);
  };
  const Eigen::Vector2d gradient = (1 - at.q) * ((1 - at.p) * gradient_at(0, 0) + at.p * gradient_at(1, 0)) +
                                   at.q * ((1 - at.p) * gradient_at(0, 1) + at.p * gradient_at(1, 1));
  if (!gradient.allFinite()) return std::nullopt;
  return Eigen::Vector3d(-gradient.x(), -gradient.y(), 1).normalized();
}

std::optional<SurfaceHit> Terrain::FirstHit(const Ray& ray) const {
  const int outermost = LevelCount() - 1;
  const Stretch stretch = ClipToLevel(impl_->levels[outermost], ray, {ray.min_range_m, ray.max_range_m});
  if (stretch.empty()) return std::nullopt;
  const bool starts_inside = stretch.begin <= ray.min_range_m;
  const auto [result, level] = impl_->Walk(outermost, ray, stretch, starts_inside);
  if (result.outcome != MarchOutcome::kHit) return std::nullopt;
  return SurfaceHit{result.t, ray.origin_in_site + result.t * ray.direction, level};
}

bool Terrain::Occluded(const Ray& ray) const { return FirstHit(ray).has_value(); }

BundleHits Terrain::FirstHits(const RayBundle& bundle, SimdLevel simd) const {
  TracedBundle traced = TraceBundle(impl_->views, KernelFor(simd), bundle, BundleQuery::kFirstHits);
  for (int i = 0; i < bundle.Count(); ++i) {
    if (traced.state[i] == kRayHits) continue;
    const auto hit = traced.state[i] == kRayDoubtful ? FirstHit(RayOf(bundle, i)) : std::nullopt;
    traced.range_m[i] = hit ? hit->range_m : kNaN;
    traced.level[i] = hit ? hit->level : -1;
  }
  return {std::move(traced.range_m), std::move(traced.level)};
}

std::vector<std::uint8_t> Terrain::Occluded(const RayBundle& bundle, SimdLevel simd) const {
  TracedBundle traced = TraceBundle(impl_->views, KernelFor(simd), bundle, BundleQuery::kOccluded);
  for (int i = 0; i < bundle.Count(); ++i) {
    if (traced.state[i] == kRayDoubtful) traced.state[i] = Occluded(RayOf(bundle, i)) ? 1 : 0;
  }
  return std::move(traced.state);
}

SurfaceSamples Terrain::SampleSurface(std::span<const double> x_m, std::span<const double> y_m,
                                      std::span<const int> level, SimdLevel simd) const {
  if (x_m.size() != y_m.size() || x_m.size() != level.size()) {
    throw std::invalid_argument("terrain: x_m, y_m and level of the samples differ in size");
  }
  SurfaceSamples samples;
  samples.dz_dx.assign(x_m.size(), kNaN);
  samples.dz_dy.assign(x_m.size(), kNaN);
  samples.albedo.assign(x_m.size(), kNaN);
  for (std::size_t first = 0; first < x_m.size(); first += kChunkRays) {
    impl_->SampleGradients(x_m, y_m, level, first, KernelFor(simd), samples);
  }
  for (std::size_t i = 0; i < x_m.size(); ++i) {
    if (level[i] < 0) continue;
    const TerrainLevel& on = impl_->levels[level[i]];
    const auto place = on.albedo_grid.empty() ? std::nullopt : PlaceIn(on, x_m[i], y_m[i]);
    samples.albedo[i] = place ? Bilinear(on.albedo_grid, *place) : on.albedo;
    if (!std::isnan(samples.dz_dx[i] + samples.dz_dy[i])) continue;
    const auto normal = NormalAt(x_m[i], y_m[i]);  // one-sided differences beside missing data
    samples.dz_dx[i] = normal ? -normal->x() / normal->z() : kNaN;
    samples.dz_dy[i] = normal ? -normal->y() / normal->z() : kNaN;
  }
  return samples;
}

double Terrain::GroundSpacing_m(double x_m, double y_m) const {
  const auto found = impl_->Find(x_m, y_m);
  return found ? impl_->levels[found->level].spacing_m : kNaN;
}

double Terrain::HeightSigma_m(double x_m, double y_m) const {
  const auto found = impl_->Find(x_m, y_m);
  return found ? impl_->levels[found->level].height_sigma_m : kNaN;
}

double Terrain::Albedo(double x_m, double y_m) const {
  const auto found = impl_->Find(x_m, y_m);
  if (!found) return kNaN;
  const TerrainLevel& level = impl_->levels[found->level];
  return level.albedo_grid.empty() ? level.albedo : Bilinear(level.albedo_grid, found->place);
}

}  // namespace perilune::dem
