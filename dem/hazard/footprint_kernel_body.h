// The footprint test of 16 neighbouring cells at a time, compiled once for each instruction set. What a cell
// gets does not depend on its neighbours: see Search.
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
PERILUNE_INLINE Floats SlackOf(const RestingPlane& plane, float half_block) {
  return (Magnitude(plane.per_col) + Magnitude(plane.per_row)) * AllFloats(half_block);
}

/// A lower bound of the highest: a block inside the disc has its highest cell somewhere.
PERILUNE_INLINE Floats LowerBound(const FootprintShape& shape, const float* block_highest,
                                  const RestingPlanes& planes) {
  Floats bound = AllFloats(-kAboveAll);
  for (int k = 0; k < planes.count; ++k) {
    const RestingPlane& plane = planes.plane[k];
    Floats most = AllFloats(-kAboveAll);
    for (int b = 0; b < shape.block_count; ++b) {
      const FootprintBlock& block = shape.blocks[b];
      if (block.inside == 0) continue;
      most = Max(most, Load<Floats>(block_highest + block.at) - PlaneAt(plane, block.col, block.row));
    }
    bound = Max(bound, (most - SlackOf(plane, shape.half_block)) * plane.shrink);
  }
  return bound - AllFloats(shape.error_m);
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

/// Looks at the cells of all blocks that may hold the highest one. What a lane reaches, above `enough`, is
/// the maximum over its disc to the bit: cells looked at for the sake of other lanes cannot exceed it.
PERILUNE_INLINE void Search(const FootprintShape& shape, const FootprintRow& row, int first,
                            const RestingPlanes& planes, Highest& highest) {
  const Floats error = AllFloats(shape.error_m);
  for (int k = 0; k < planes.count; ++k) {
    const RestingPlane& plane = planes.plane[k];
    const Floats slack = SlackOf(plane, shape.half_block) + error;
    const Floats coarse_slack = SlackOf(plane, shape.half_coarse) + error;
    for (int c = 0; c < shape.coarse_count; ++c) {
      const FootprintBlock& coarse = shape.coarse_blocks[c];
      if (!MayBeHighest(row.coarse_highest + first, coarse, plane, coarse_slack, highest)) continue;
      for (int b = coarse.first; b < coarse.first + coarse.count; ++b) {
        const FootprintBlock& block = shape.blocks[b];
        if (!MayBeHighest(row.block_highest + first, block, plane, slack, highest)) continue;
        highest.reached = Max(highest.reached, HighestCell(shape, row.ground + first, block, plane));
      }
    }
    if (shape.safe_below_m < shape.unsafe_above_m) {
      const Ints decided = highest.reached > AllFloats(shape.unsafe_above_m);
      highest.enough = Select(decided, AllFloats(kAboveAll), highest.enough);
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
    if (shape.safe_below_m == shape.unsafe_above_m) {
      highest.enough = Max(highest.enough, LowerBound(shape, row.block_highest + first, planes));
    }
    Search(shape, row, first, planes, highest);
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
