#include "dem/terrain/terrain.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "dem/raster/no_value.h"
#include "dem/terrain/bundle_tracer.h"
#include "dem/terrain/cell_place.h"
#include "dem/terrain/height_pyramid.h"
#include "dem/terrain/level_join.h"

namespace perilune::dem {
namespace {

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

void CheckData(const TerrainLevel& level) {
  if (std::none_of(level.z_m.data.begin(), level.z_m.data.end(), [](float z) { return std::isfinite(z); })) {
    throw std::invalid_argument("terrain level '" + level.name + "': no data at all");
  }
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

// The same values, or with NaN behind them in `room` where they do not fill their packets.
const double* WholePackets(std::span<const double> values, int padded, std::array<double, kChunkRays>& room) {
  if (static_cast<int>(values.size()) == padded) return values.data();
  std::copy(values.begin(), values.end(), room.begin());
  std::fill(room.begin() + static_cast<std::ptrdiff_t>(values.size()), room.begin() + padded, kNaN);
  return room.data();
}

// Without a way out early, so that the compiler compares several at once.
bool AllAre(std::int8_t index, std::span<const std::int8_t> levels) {
  std::int64_t different = 0;
  for (const std::int8_t level : levels) different += level != index ? 1 : 0;
  return different == 0;
}

bool AnyIsNaN(std::span<const double> values) {
  std::int64_t found = 0;
  for (const double value : values) found += std::isnan(value) ? 1 : 0;
  return found > 0;
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
  std::vector<int> blend_cells;  // of all levels but the outermost

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

  // Slope of the surface of one level, faded into the next coarser one's; NaN without data.
  Eigen::Vector2d SlopeAt(int index, double x_m, double y_m) const {
    const TerrainLevel& level = levels[index];
    const auto place = PlaceIn(level, x_m, y_m);
    if (!place) return {kNaN, kNaN};
    const auto gradient_at = [&](int dc, int dr) {
      return GradientAtGridPoint(level, place->col + dc, place->row + dr);
    };
    const double p = place->p, q = place->q;
    return FadeSlope(index, x_m, y_m,
                     (1 - q) * ((1 - p) * gradient_at(0, 0) + p * gradient_at(1, 0)) +
                         q * ((1 - p) * gradient_at(0, 1) + p * gradient_at(1, 1)));
  }

  // The slope of level `index` alone → faded. Where the level ends the slope is then the coarser level's,
  // whose interpolation does not follow the creases between its cells, as differences of its heights would.
  Eigen::Vector2d FadeSlope(int index, double x_m, double y_m, const Eigen::Vector2d& slope) const {
    if (index + 1 == static_cast<int>(levels.size())) return slope;
    const TerrainLevel& level = levels[index];
    const double edge_m = std::min(std::min(x_m - level.x0_m, level.MaxX() - x_m),
                                   std::min(level.y0_m - y_m, y_m - level.MinY()));
    const double weight = BlendWeight(edge_m / level.spacing_m, blend_cells[index]);
    if (weight == 1) return slope;
    const Eigen::Vector2d below = SlopeAt(index + 1, x_m, y_m);
    return below.allFinite() ? Eigen::Vector2d(weight * slope + (1 - weight) * below) : slope;
  }

  // Slopes of up to kChunkRays places from `first` on, on whatever levels they lie.
  void SampleGradients(std::span<const double> x_m, std::span<const double> y_m,
                       std::span<const std::int8_t> level, std::size_t first, const RayKernel& kernel,
                       SurfaceSamples& samples) const {
    constexpr int kKernelPoints = 4;  // that its stencil needs in each axis
    const std::size_t count = std::min<std::size_t>(kChunkRays, x_m.size() - first);
    const int padded = static_cast<int>((count + kPacketRays - 1) / kPacketRays * kPacketRays);
    std::array<double, kChunkRays> x_room, y_room, dz_dx, dz_dy;
    const double* x = WholePackets(x_m.subspan(first, count), padded, x_room);
    const double* y = WholePackets(y_m.subspan(first, count), padded, y_room);
    const auto levels_here = level.subspan(first, count);
    const int outermost = static_cast<int>(levels.size()) - 1;
    const auto reached = [&](int index) {
      const LevelView& view = views[index];
      return view.width >= kKernelPoints && view.height >= kKernelPoints && IndexFits(view);
    };
    if (static_cast<int>(count) == padded && reached(outermost) && AllAre(outermost, levels_here)) {
      kernel.gradients(views[outermost], padded, x, y, samples.dz_dx.data() + first,
                       samples.dz_dy.data() + first);
      return;
    }
    for (int index = 0; index < static_cast<int>(levels.size()); ++index) {
      if (!reached(index) || std::find(levels_here.begin(), levels_here.end(), index) == levels_here.end()) {
        continue;
      }
      kernel.gradients(views[index], padded, x, y, dz_dx.data(), dz_dy.data());
      double* to_x = samples.dz_dx.data() + first;
      double* to_y = samples.dz_dy.data() + first;
      if (index == outermost) {
        for (std::size_t i = 0; i < count; ++i) {
          to_x[i] = levels_here[i] == index ? dz_dx[i] : to_x[i];
          to_y[i] = levels_here[i] == index ? dz_dy[i] : to_y[i];
        }
        continue;
      }
      for (std::size_t i = 0; i < count; ++i) {
        if (levels_here[i] != index) continue;
        const Eigen::Vector2d slope = FadeSlope(index, x[i], y[i], {dz_dx[i], dz_dy[i]});
        to_x[i] = slope.x();
        to_y[i] = slope.y();
      }
    }
  }

  void SampleAlbedo(std::span<const double> x_m, std::span<const double> y_m,
                    std::span<const std::int8_t> level, std::span<double> albedo) const {
    if (!level.empty() && level[0] >= 0 && AllAre(level[0], level)) {
      std::fill(albedo.begin(), albedo.end(), levels[level[0]].albedo);
    } else {
      for (std::size_t i = 0; i < level.size(); ++i) {
        albedo[i] = level[i] < 0 ? kNaN : levels[level[i]].albedo;
      }
    }
    for (int index = 0; index < static_cast<int>(levels.size()); ++index) {
      const TerrainLevel& on = levels[index];
      if (on.albedo_grid.empty()) continue;
      for (std::size_t i = 0; i < level.size(); ++i) {
        const auto place = level[i] == index ? PlaceIn(on, x_m[i], y_m[i]) : std::nullopt;
        if (place) albedo[i] = Bilinear(on.albedo_grid, *place);
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
  CheckLevels(levels_finest_first);
  for (const TerrainLevel& level : levels_finest_first) CheckData(level);
  JoinLevels(levels_finest_first);
  std::vector<HeightPyramid> pyramids;
  for (const TerrainLevel& level : levels_finest_first) pyramids.emplace_back(level.z_m);
  *this = Terrain(site, std::move(levels_finest_first), std::move(pyramids));
}

Terrain::Terrain(const Site& site, std::vector<TerrainLevel> joined_finest_first,
                 std::vector<HeightPyramid> pyramids)
    : impl_(std::make_unique<Impl>()) {
  CheckLevels(joined_finest_first);
  if (pyramids.size() != joined_finest_first.size()) {
    throw std::invalid_argument("terrain: " + std::to_string(pyramids.size()) + " pyramids of " +
                                std::to_string(joined_finest_first.size()) + " levels");
  }
  impl_->site = site;
  impl_->levels = std::move(joined_finest_first);
  impl_->pyramids = std::move(pyramids);
  for (std::size_t i = 0; i < impl_->levels.size(); ++i) {
    impl_->views.push_back(ViewOf(impl_->levels[i], impl_->pyramids[i]));
  }
  for (std::size_t i = 0; i + 1 < impl_->levels.size(); ++i) {
    impl_->blend_cells.push_back(BlendCells(impl_->levels[i], impl_->levels[i + 1]));
  }
}

Terrain::~Terrain() = default;
Terrain::Terrain(Terrain&&) noexcept = default;
Terrain& Terrain::operator=(Terrain&&) noexcept = default;

const Site& Terrain::site() const { return impl_->site; }
int Terrain::LevelCount() const { return static_cast<int>(impl_->levels.size()); }
const TerrainLevel& Terrain::Level(int index) const { return impl_->levels.at(index); }
const HeightPyramid& Terrain::Pyramid(int index) const { return impl_->pyramids.at(index); }

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
  const Eigen::Vector2d slope = impl_->SlopeAt(found->level, x_m, y_m);
  if (!slope.allFinite()) return std::nullopt;
  return Eigen::Vector3d(-slope.x(), -slope.y(), 1).normalized();
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
  return TraceFirstHits(impl_->views, KernelFor(simd), bundle,
                        [&](int i) { return FirstHit(RayOf(bundle, i)); });
}

std::vector<std::uint8_t> Terrain::Occluded(const RayBundle& bundle, SimdLevel simd) const {
  return TraceOccluded(impl_->views, KernelFor(simd), bundle,
                       [&](int i) { return FirstHit(RayOf(bundle, i)); });
}

SurfaceSamples Terrain::SampleSurface(std::span<const double> x_m, std::span<const double> y_m,
                                      std::span<const std::int8_t> level, SimdLevel simd) const {
  if (x_m.size() != y_m.size() || x_m.size() != level.size()) {
    throw std::invalid_argument("terrain: x_m, y_m and level of the samples differ in size");
  }
  SurfaceSamples samples;
  samples.dz_dx.assign(x_m.size(), kNaN);
  samples.dz_dy.assign(x_m.size(), kNaN);
  samples.albedo.resize(x_m.size());
  for (std::size_t first = 0; first < x_m.size(); first += kChunkRays) {
    impl_->SampleGradients(x_m, y_m, level, first, KernelFor(simd), samples);
  }
  impl_->SampleAlbedo(x_m, y_m, level, samples.albedo);
  if (!AnyIsNaN(samples.dz_dx) && !AnyIsNaN(samples.dz_dy)) return samples;
  for (std::size_t i = 0; i < x_m.size(); ++i) {
    if (!std::isnan(samples.dz_dx[i] + samples.dz_dy[i]) || level[i] < 0) continue;
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
