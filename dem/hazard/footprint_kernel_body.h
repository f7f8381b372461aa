// The footprint test of 16 neighbouring cells at a time, compiled once for each instruction set. What a cell
// gets does not depend on its neighbours: see SearchToLimit.
#pragma once

#define PERILUNE_LANES 16
#include "dem/hazard/footprint_kernel.h"
#include "dem/terrain/lanes.h"

namespace perilune::dem {
namespace {

static_assert(kLanes == kFootprintLanes);

constexpr float kAboveAll = 1e30F;    // a plane over everything: no ground counts
constexpr int kMostPlanesOfYaw = 20;  // of six legs, when every three count
constexpr int kMostPlanes = 48;       // searched together, so that they stay in the cache

struct RestingPlane {
  Floats middle, per_col, per_row;
  Floats shrink;  // cosine of its slope
};

struct RestingPlanes {
  RestingPlane plane[kMostPlanes];
  int count = 0;
};

struct Highest {
  Floats enough;   // no need to know what lies below
  Floats reached;  // by single cells
};

PERILUNE_INLINE Floats Weigh(const float* weights, const Floats& a, const Floats& b, const Floats& c) {
  return AllFloats(weights[0]) * a + AllFloats(weights[1]) * b + AllFloats(weights[2]) * c;
}

PERILUNE_INLINE Floats PlaneAt(const RestingPlane& plane, float col, float row) {
  return plane.middle + plane.per_col * AllFloats(col) + plane.per_row * AllFloats(row);
}

/// How far a plane falls and rises within a block.
PERILUNE_INLINE Floats SlackOf(const Floats& per_col, const Floats& per_row, float half_block) {
  return (Magnitude(per_col) + Magnitude(per_row)) * AllFloats(half_block);
}

PERILUNE_INLINE Floats HighestCell(const FootprintShape& shape, const float* ground,
                                   const FootprintBlock& block, const RestingPlane& plane) {
  Floats most = AllFloats(-kAboveAll);
  for (int r = block.first; r < block.first + block.count; ++r) {
    const FootprintRun& run = shape.runs[r];
    for (int i = 0; i < run.count; ++i) {
      const Floats above =
          Load<Floats>(ground + run.at + i) - PlaneAt(plane, run.first_col + static_cast<float>(i), run.row);
      most = Max(most, above);
    }
  }
  return most * plane.shrink;
}

/// Whether some lane has to look into a block.
PERILUNE_INLINE bool MayBeHighest(const float* block_highest, const FootprintBlock& block,
                                  const RestingPlane& plane, const Floats& slack, const Highest& highest) {
  const Floats most = Load<Floats>(block_highest + block.at) - PlaneAt(plane, block.col, block.row) + slack;
  return Any(most * plane.shrink > Max(highest.enough, highest.reached));
}

/// Looks at the cells of the blocks that may be above a limit until all lanes are decided. What a lane
/// reaches, above `enough`, is the maximum over its disc to the bit: cells looked at for the sake of other
/// lanes cannot exceed it.
PERILUNE_INLINE void SearchToLimit(const FootprintShape& shape, const FootprintRow& row, int first,
                                   const RestingPlanes& planes, Highest& highest) {
  const Floats error = AllFloats(shape.error_m);
  for (int k = 0; k < planes.count; ++k) {
    const RestingPlane& plane = planes.plane[k];
    const Floats slack = SlackOf(plane.per_col, plane.per_row, shape.half_block) + error;
    const Floats coarse_slack = SlackOf(plane.per_col, plane.per_row, shape.half_coarse) + error;
    for (int c = 0; c < shape.coarse_count; ++c) {
      const FootprintBlock& coarse = shape.coarse_blocks[c];
      if (!MayBeHighest(row.coarse_highest + first, coarse, plane, coarse_slack, highest)) continue;
      for (int b = coarse.first; b < coarse.first + coarse.count; ++b) {
        const FootprintBlock& block = shape.blocks[b];
        if (!MayBeHighest(row.block_highest + first, block, plane, slack, highest)) continue;
        highest.reached = Max(highest.reached, HighestCell(shape, row.ground + first, block, plane));
      }
    }
    const Ints decided = highest.reached > AllFloats(shape.unsafe_above_m);
    highest.enough = Select(decided, AllFloats(kAboveAll), highest.enough);
  }
}

/// Rise a column and a row, the mean of the planes of each lane.
struct MeanRise {
  Floats per_col, per_row;
};

PERILUNE_INLINE MeanRise MeanRiseOf(const RestingPlanes& planes) {
  MeanRise mean{AllFloats(0), AllFloats(0)};
  Floats count = AllFloats(1e-6F);
  for (int k = 0; k < planes.count; ++k) {
    const RestingPlane& plane = planes.plane[k];  // no rise where a lane has left the place free
    mean.per_col = mean.per_col + plane.per_col;
    mean.per_row = mean.per_row + plane.per_row;
    count = count + Select(plane.middle < AllFloats(kAboveAll), AllFloats(1), AllFloats(0));
  }
  mean.per_col = mean.per_col / count;
  mean.per_row = mean.per_row / count;
  return mean;
}

/// The highest cell of each block over a plane of the mean rise through zero at the middle.
PERILUNE_INLINE void RaiseBlocks(const FootprintShape& shape, const float* ground, const MeanRise& mean,
                                 float* tops) {
  for (int b = 0; b < shape.block_count; ++b) {
    const FootprintBlock& block = shape.blocks[b];
    Floats most = AllFloats(-kAboveAll);
    for (int r = block.first; r < block.first + block.count; ++r) {
      const FootprintRun& run = shape.runs[r];
      Floats in_run = AllFloats(-kAboveAll);
      for (int i = 0; i < run.count; ++i) {
        const Floats rise = mean.per_col * AllFloats(run.first_col + static_cast<float>(i));
        in_run = Max(in_run, Load<Floats>(ground + run.at + i) - rise);
      }
      most = Max(most, in_run - mean.per_row * AllFloats(run.row));
    }
    Store(most, tops + b * kLanes);
  }
}

/// Finds the highest cell to the bit. A lander's planes are nearly parallel: over a plane of their mean rise
/// the blocks' highest cells are had once, and what another plane makes of them is known to the little by
/// which it is steeper within a block.
PERILUNE_INLINE void SearchToTheTop(const FootprintShape& shape, const FootprintRow& row, int first,
                                    const RestingPlanes& planes, Highest& highest) {
  const MeanRise mean = MeanRiseOf(planes);
  float* const tops = row.block_tops;
  RaiseBlocks(shape, row.ground + first, mean, tops);
  const auto steeper = [&mean](const RestingPlane& plane) {
    RestingPlane over = plane;
    over.per_col = plane.per_col - mean.per_col;
    over.per_row = plane.per_row - mean.per_row;
    return over;
  };
  const Floats error = AllFloats(shape.error_m);
  Floats may_reach[kMostPlanes];
  for (int k = 0; k < planes.count; ++k) {
    const RestingPlane over = steeper(planes.plane[k]);
    Floats most = AllFloats(-kAboveAll);
    for (int b = 0; b < shape.block_count; ++b) {
      const FootprintBlock& block = shape.blocks[b];
      most = Max(most, Load<Floats>(tops + b * kLanes) - PlaneAt(over, block.col, block.row));
    }
    const Floats slack = SlackOf(over.per_col, over.per_row, shape.half_block) + error;
    highest.enough = Max(highest.enough, (most - slack) * over.shrink);
    may_reach[k] = (most + slack) * over.shrink;
  }
  for (int k = 0; k < planes.count; ++k) {
    if (!Any(may_reach[k] > Max(highest.enough, highest.reached))) continue;
    const RestingPlane over = steeper(planes.plane[k]);
    const Floats slack = SlackOf(over.per_col, over.per_row, shape.half_block) + error;
    for (int b = 0; b < shape.block_count; ++b) {
      const FootprintBlock& block = shape.blocks[b];
      const Floats most = Load<Floats>(tops + b * kLanes) - PlaneAt(over, block.col, block.row) + slack;
      if (!Any(most * over.shrink > Max(highest.enough, highest.reached))) continue;
      highest.reached = Max(highest.reached, HighestCell(shape, row.ground + first, block, planes.plane[k]));
    }
  }
}

/// Which lanes can rest on the plane.
PERILUNE_INLINE Ints Rests(const FootprintShape& shape, const FootprintPlane& plane, const Floats* pads) {
  Ints rests = AllInts(-1);
  for (int i = plane.first_other; i < plane.first_other + plane.other_count; ++i) {
    const FootprintOther& other = shape.others[i];
    const Floats under = Weigh(other.plane, pads[plane.pads[0]], pads[plane.pads[1]], pads[plane.pads[2]]);
    rests = rests & (pads[other.pad] - under <= AllFloats(shape.error_m));
  }
  return rests;
}

/// Adds a plane for the lanes that rest on it. A lane fills the first place of `planes` from `from` on that
/// it has left free: lanes that rest on different planes share a place.
PERILUNE_INLINE void AddPlane(const RestingPlane& plane, Ints rests, int from, RestingPlanes& planes) {
  for (int place = from; Any(rests); ++place) {
    if (place == planes.count) {
      planes.plane[planes.count++] = {AllFloats(kAboveAll), AllFloats(0), AllFloats(0), AllFloats(1)};
    }
    RestingPlane& taken = planes.plane[place];
    const Ints takes = rests & (taken.middle >= AllFloats(kAboveAll));
    taken.middle = Select(takes, plane.middle, taken.middle);
    taken.per_col = Select(takes, plane.per_col, taken.per_col);
    taken.per_row = Select(takes, plane.per_row, taken.per_row);
    taken.shrink = Select(takes, plane.shrink, taken.shrink);
    rests = rests & ~takes;
  }
}

PERILUNE_INLINE Ints UnknownLanes(const FootprintShape& shape, const FootprintRow& row, int first) {
  Floats highest_pad = AllFloats(-kAboveAll);
  for (int i = 0; i < shape.yaws * shape.legs; ++i) {
    highest_pad = Max(highest_pad, Load<Floats>(row.pad_height + first + shape.pads[i]));
  }
  const Ints unknown = highest_pad >= AllFloats(kNoGround);
  if (row.unknown == nullptr) return unknown;
  return unknown | (Load<Floats>(row.unknown + first) > AllFloats(0));
}

/// Adds the resting planes of a yaw; returns the steepest's squared slope.
PERILUNE_INLINE Floats RestOn(const FootprintShape& shape, int yaw, const Floats* pads, const Ints& known,
                              RestingPlanes& planes) {
  Floats steepest = AllFloats(0);
  const int from = planes.count;
  for (int k = shape.first_plane[yaw]; k < shape.first_plane[yaw + 1]; ++k) {
    const FootprintPlane& plane = shape.planes[k];
    const Ints rests = Rests(shape, plane, pads) & known;
    if (!Any(rests)) continue;
    const Floats &a = pads[plane.pads[0]], &b = pads[plane.pads[1]], &c = pads[plane.pads[2]];
    const Floats per_col = Weigh(plane.per_col, a, b, c), per_row = Weigh(plane.per_row, a, b, c);
    const Floats slope2 = AllFloats(shape.inverse_cc) * per_col * per_col +
                          AllFloats(shape.inverse_cr2) * per_col * per_row +
                          AllFloats(shape.inverse_rr) * per_row * per_row;
    steepest = Max(steepest, Select(rests, slope2, AllFloats(0)));
    const Floats shrink = AllFloats(1) / SquareRoot(AllFloats(1) + slope2);
    AddPlane({Weigh(plane.middle, a, b, c), per_col, per_row, shrink}, rests, from, planes);
  }
  return steepest;
}

PERILUNE_INLINE void TestLanes(const FootprintShape& shape, const FootprintRow& row, int first) {
  const Ints unknown = UnknownLanes(shape, row, first);
  Floats steepest = AllFloats(0);
  Highest highest{AllFloats(shape.safe_below_m), AllFloats(-kAboveAll)};
  RestingPlanes planes;
  const auto search = [&] {
    if (shape.safe_below_m < shape.unsafe_above_m) {
      SearchToLimit(shape, row, first, planes, highest);
    } else {
      SearchToTheTop(shape, row, first, planes, highest);
    }
    planes.count = 0;
  };
  for (int yaw = 0; yaw < shape.yaws && Any(~unknown); ++yaw) {
    Floats pads[kMostLegs];
    for (int leg = 0; leg < shape.legs; ++leg) {
      const Floats height = Load<Floats>(row.pad_height + first + shape.pads[yaw * shape.legs + leg]);
      pads[leg] = Select(unknown, AllFloats(0), height);
    }
    steepest = Max(steepest, RestOn(shape, yaw, pads, ~unknown, planes));
    if (planes.count > kMostPlanes - kMostPlanesOfYaw) search();
  }
  search();
  Store(Select(unknown, AllFloats(-1), steepest), row.slope2 + first);
  Store(highest.reached, row.highest_m + first);
}

void Test(const FootprintShape& shape, const FootprintRow& row) {
  for (int first = 0; first < row.count; first += kLanes) TestLanes(shape, row, first);
}

}  // namespace
}  // namespace perilune::dem
