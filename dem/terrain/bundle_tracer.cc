#include "dem/terrain/bundle_tracer.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

#include "dem/terrain/ray_region.h"

namespace perilune::dem {
namespace {

using Ranges = std::array<double, kChunkRays>;

// A stretch that no ray has.
constexpr double kNoBegin_m = 0, kNoEnd_m = -1;

// Up to kChunkRays rays of a bundle, padded to whole packets.
class Chunk {
 public:
  Chunk(const RayBundle& bundle, int first, int count)
      : count_(count), padded_((count + kPacketRays - 1) / kPacketRays * kPacketRays) {
    const bool own_origins = bundle.origin_in_site_m[0].size() > 1;
    const bool own_directions = bundle.direction[0].size() > 1;
    view_.origin_step = own_origins ? 1 : 0;
    view_.direction_step = own_directions ? 1 : 0;
    for (int axis = 0; axis < 3; ++axis) {
      view_.origin_m[axis] = Padded(bundle.origin_in_site_m[axis], own_origins, first, padding_[axis]);
      view_.direction[axis] = Padded(bundle.direction[axis], own_directions, first, padding_[3 + axis]);
    }
  }

  const RaysView& view() const { return view_; }
  int count() const { return count_; }
  int padded() const { return padded_; }

 private:
  const double* Padded(std::span<const double> values, bool own, int first, Ranges& room) const {
    if (!own) {
      std::fill_n(room.begin(), kPacketRays, values[0]);
      return room.data();
    }
    const double* begin = values.data() + first;
    if (count_ == padded_) return begin;
    std::copy(begin, begin + count_, room.begin());
    std::fill(room.begin() + count_, room.begin() + padded_, begin[count_ - 1]);
    return room.data();
  }

  int count_, padded_;
  RaysView view_{};
  std::array<Ranges, 6> padding_;
};

// One chunk on its way through the levels. What becomes of its rays, padded to whole packets, is kRayPasses,
// NaN and −1 until they hit. Without range_m and level only the state is asked for.
class ChunkWalk {
 public:
  ChunkWalk(const std::vector<LevelView>& levels, const RayKernel& kernel, const Chunk& chunk,
            const HitsView& answers)
      : levels_(levels), kernel_(kernel), chunk_(chunk), answers_(answers) {}

  void Run(double min_range_m, double max_range_m) {
    std::array<double, kPacketRays> begin, end;
    begin.fill(min_range_m);
    end.fill(max_range_m);
    const StretchesView whole{begin.data(), end.data(), 0};
    kernel_.bounds(chunk_.view(), chunk_.padded(), &rays_);
    if (const int only = OnlyLevel(); only >= 0) {
      Trace(only, whole);
      return;
    }
    Ranges clipped_begin, clipped_end;
    const int outermost = static_cast<int>(levels_.size()) - 1;
    if (Clip(outermost, whole, clipped_begin, clipped_end)) Walk(outermost, clipped_begin, clipped_end);
  }

 private:
  // The level well inside which all rays are, and over no finer one, once they are low enough to meet ground;
  // −1 where there is none.
  int OnlyLevel() const {
    double low_m = levels_[0].lowest_m, high_m = levels_[0].highest_m;
    for (const LevelView& level : levels_) {
      low_m = std::min(low_m, static_cast<double>(level.lowest_m));
      high_m = std::max(high_m, static_cast<double>(level.highest_m));
    }
    constexpr double kMargin_m = 0.1;  // more than a slab has
    const Region region = RegionInSlab(rays_.all, 0, low_m - kMargin_m, high_m + kMargin_m);
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      const LevelView& level = levels_[i];
      const double cell_m = 1 / level.per_m;
      const bool inside = region.x_m.low > level.x0_m + cell_m && region.x_m.high < level.max_x_m - cell_m &&
                          region.y_m.low > level.min_y_m + cell_m && region.y_m.high < level.y0_m - cell_m;
      if (inside) return static_cast<int>(i);
      const bool beside = region.x_m.high < level.x0_m - cell_m || region.x_m.low > level.max_x_m + cell_m ||
                          region.y_m.high < level.min_y_m - cell_m || region.y_m.low > level.y0_m + cell_m;
      if (!beside) return -1;
    }
    return -1;
  }

  bool Clip(int index, const StretchesView& stretches, Ranges& clipped_begin, Ranges& clipped_end) const {
    return kernel_.clip(levels_[index], chunk_.view(), chunk_.padded(), stretches, clipped_begin.data(),
                        clipped_end.data());
  }

  void Trace(int index, const StretchesView& stretches) {
    if (answers_.range_m == nullptr) {
      kernel_.occluded(levels_[index], chunk_.view(), rays_, chunk_.padded(), stretches, answers_.state);
      return;
    }
    answers_.level_index = static_cast<std::int8_t>(index);
    kernel_.first_hits(levels_[index], chunk_.view(), rays_, chunk_.padded(), stretches, answers_);
  }

  static StretchesView ViewOf(const Ranges& begin, const Ranges& end) {
    return {begin.data(), end.data(), 1};
  }

  // Stretches lie over the rectangle of level `index` and belong to undecided rays.
  void Walk(int index, const Ranges& begin, const Ranges& end) {
    Ranges inner_begin, inner_end;
    if (index == 0 || !Clip(index - 1, ViewOf(begin, end), inner_begin, inner_end)) {
      Trace(index, ViewOf(begin, end));
      return;
    }
    Ranges outer_begin, outer_end;
    bool any = false;
    for (int i = 0; i < chunk_.padded(); ++i) {
      const bool crosses = inner_begin[i] <= inner_end[i];
      const bool before = crosses ? begin[i] < inner_begin[i] : begin[i] <= end[i];
      outer_begin[i] = before ? begin[i] : kNoBegin_m;
      outer_end[i] = !before ? kNoEnd_m : (crosses ? inner_begin[i] : end[i]);
      any = any || before;
    }
    if (any) Trace(index, ViewOf(outer_begin, outer_end));
    any = false;
    for (int i = 0; i < chunk_.padded(); ++i) {
      if (answers_.state[i] != kRayPasses) {
        inner_begin[i] = kNoBegin_m;
        inner_end[i] = kNoEnd_m;
      }
      any = any || inner_begin[i] <= inner_end[i];
    }
    if (!any) return;
    Walk(index - 1, inner_begin, inner_end);
    any = false;
    for (int i = 0; i < chunk_.padded(); ++i) {
      const bool goes_on =
          inner_begin[i] <= inner_end[i] && inner_end[i] < end[i] && answers_.state[i] == kRayPasses;
      outer_begin[i] = goes_on ? inner_end[i] : kNoBegin_m;
      outer_end[i] = goes_on ? end[i] : kNoEnd_m;
      any = any || goes_on;
    }
    if (any) Trace(index, ViewOf(outer_begin, outer_end));
  }

  const std::vector<LevelView>& levels_;
  const RayKernel& kernel_;
  const Chunk& chunk_;
  HitsView answers_;
  ChunkRays rays_;
};

// Traces a bundle chunk by chunk. `answers_at(first, chunk)` says where the answers go, `take(first, chunk)`
// has them.
template <typename AnswersAt, typename Take>
void ForEachChunk(const std::vector<LevelView>& levels, const RayKernel& kernel, const RayBundle& bundle,
                  const AnswersAt& answers_at, const Take& take) {
  const int count = bundle.Count();
  for (int first = 0; first < count; first += kChunkRays) {
    const Chunk chunk(bundle, first, std::min(kChunkRays, count - first));
    ChunkWalk(levels, kernel, chunk, answers_at(first, chunk)).Run(bundle.min_range_m, bundle.max_range_m);
    take(first, chunk);
  }
}

// Calls ask(ray) for the rays of a chunk that the kernels leave to the scalar path; `first` is its first ray.
template <typename Ask>
void ForEachDoubtful(const std::uint8_t* state, int count, int first, const Ask& ask) {
  if (std::memchr(state, kRayDoubtful, static_cast<std::size_t>(count)) == nullptr) return;
  for (int i = 0; i < count; ++i) {
    if (state[i] == kRayDoubtful) ask(first + i);
  }
}

bool KernelsReach(const std::vector<LevelView>& levels) {
  return std::all_of(levels.begin(), levels.end(), IndexFits);
}

}  // namespace

int RayBundle::Count() const {
  return static_cast<int>(std::max(origin_in_site_m[0].size(), direction[0].size()));
}

void RayBundle::Validate() const {
  const std::size_t count = std::max(origin_in_site_m[0].size(), direction[0].size());
  const auto check = [&](const std::array<std::span<const double>, 3>& arrays, const char* name) {
    const std::size_t size = arrays[0].size();
    const bool one_or_all = size == 1 || size == count;
    if (!one_or_all || arrays[1].size() != size || arrays[2].size() != size) {
      throw std::invalid_argument(std::string("ray bundle: ") + name + " has " + std::to_string(size) + ", " +
                                  std::to_string(arrays[1].size()) + " and " +
                                  std::to_string(arrays[2].size()) + " elements, must have one or " +
                                  std::to_string(count) + " each");
    }
  };
  check(origin_in_site_m, "origin_in_site_m");
  check(direction, "direction");
}

bool IndexFits(const LevelView& level) {
  return static_cast<std::int64_t>(level.width) * level.height < (std::int64_t{1} << 31);
}

LevelView ViewOf(const TerrainLevel& level, const HeightPyramid& pyramid) {
  LevelView view{};
  view.z_m = level.z_m.data.data();
  view.width = level.z_m.width;
  view.height = level.z_m.height;
  view.x0_m = level.x0_m;
  view.y0_m = level.y0_m;
  view.per_m = 1 / level.spacing_m;
  view.max_x_m = level.MaxX();
  view.min_y_m = level.MinY();
  view.mip_count = std::min(kMaxMips, static_cast<int>(pyramid.Mips().size()));
  for (int i = 0; i < view.mip_count; ++i) {
    const HeightPyramid::Mip& mip = pyramid.Mips()[i];
    view.mips[i] = {mip.min_m.data(), mip.max_m.data(), mip.width, mip.height};
  }
  view.lowest_m = pyramid.Mips().back().min_m.front();
  view.highest_m = pyramid.Mips().back().max_m.front();
  return view;
}

BundleHits TraceFirstHits(const std::vector<LevelView>& levels, const RayKernel& kernel,
                          const RayBundle& bundle, const ScalarHit& scalar) {
  bundle.Validate();
  BundleHits hits;
  const auto count = static_cast<std::size_t>(bundle.Count());
  hits.range_m.reserve(count + kPacketRays);
  hits.level.reserve(count + kPacketRays);
  const auto ask_scalar = [&](int ray) {
    const auto hit = scalar(ray);
    hits.range_m[ray] = hit ? hit->range_m : std::numeric_limits<double>::quiet_NaN();
    hits.level[ray] = hit ? static_cast<std::int8_t>(hit->level) : std::int8_t{-1};
  };
  if (!KernelsReach(levels)) {
    hits.range_m.resize(count);
    hits.level.resize(count);
    for (int i = 0; i < bundle.Count(); ++i) ask_scalar(i);
    return hits;
  }
  // Grows chunk by chunk, so that no memory is written twice, with room for the last one's padding.
  std::array<std::uint8_t, kChunkRays> state;
  ForEachChunk(
      levels, kernel, bundle,
      [&](int first, const Chunk& chunk) {
        state.fill(kRayPasses);
        const auto end = static_cast<std::size_t>(first + chunk.padded());
        hits.range_m.resize(end, std::numeric_limits<double>::quiet_NaN());
        hits.level.resize(end, -1);
        return HitsView{state.data(), hits.range_m.data() + first, hits.level.data() + first, -1};
      },
      [&](int first, const Chunk& chunk) {
        ForEachDoubtful(state.data(), chunk.count(), first, ask_scalar);
      });
  hits.range_m.resize(count);
  hits.level.resize(count);
  return hits;
}

std::vector<std::uint8_t> TraceOccluded(const std::vector<LevelView>& levels, const RayKernel& kernel,
                                        const RayBundle& bundle, const ScalarHit& scalar) {
  bundle.Validate();
  std::vector<std::uint8_t> occluded;
  occluded.reserve(static_cast<std::size_t>(bundle.Count()) + kPacketRays);
  if (!KernelsReach(levels)) {
    for (int i = 0; i < bundle.Count(); ++i) occluded.push_back(scalar(i).has_value() ? 1 : 0);
    return occluded;
  }
  static_assert(kRayPasses == 0 && kRayHits == 1);
  ForEachChunk(
      levels, kernel, bundle,
      [&](int first, const Chunk& chunk) {
        occluded.resize(static_cast<std::size_t>(first + chunk.padded()), kRayPasses);
        return HitsView{occluded.data() + first, nullptr, nullptr, -1};
      },
      [&](int first, const Chunk& chunk) {
        ForEachDoubtful(occluded.data() + first, chunk.count(), first,
                        [&](int ray) { occluded[ray] = scalar(ray).has_value() ? 1 : 0; });
      });
  occluded.resize(static_cast<std::size_t>(bundle.Count()));
  return occluded;
}

const RayKernel& KernelFor(SimdLevel level) {
  return ForLevel(level, kRayKernelSse2, kRayKernelAvx2, kRayKernelAvx512);
}

}  // namespace perilune::dem
