#include "dem/hazard/footprint_shape.h"

#include <algorithm>
#include <cmath>

namespace perilune::dem {

namespace {

void CopyWeights(const std::array<double, 3>& from, float* to) {
  std::transform(from.begin(), from.end(), to, [](double weight) { return static_cast<float>(weight); });
}

void AddPlane(const PadPlane& plane, FootprintTables& tables) {
  FootprintPlane single{};
  std::copy(plane.pads.begin(), plane.pads.end(), single.pads);
  CopyWeights(plane.middle, single.middle);
  CopyWeights(plane.per_col, single.per_col);
  CopyWeights(plane.per_row, single.per_row);
  single.first_other = static_cast<std::int32_t>(tables.others.size());
  single.other_count = static_cast<std::int32_t>(plane.others.size());
  for (const PadPlane::Other& other : plane.others) {
    FootprintOther weights{other.pad, {}};
    CopyWeights(other.plane, weights.plane);
    tables.others.push_back(weights);
  }
  tables.planes.push_back(single);
}

double TiltPerMetre(const PadPlane& plane, const Eigen::Matrix2d& inverse_metric) {
  double sum = 0;
  for (int i = 0; i < 3; ++i) {
    const Eigen::Vector2d rise(plane.per_col[i], plane.per_row[i]);
    sum += std::sqrt(rise.dot(inverse_metric * rise));
  }
  return sum;
}

FootprintBlock BlockAt(const Eigen::Vector2i& first, int size, int patch_width) {
  const float to_middle = 0.5F * static_cast<float>(size - 1);
  FootprintBlock block{};
  block.at = first.y() * patch_width + first.x();
  block.col = static_cast<float>(first.x()) + to_middle;
  block.row = static_cast<float>(first.y()) + to_middle;
  return block;
}

/// The part of the disc in a square of cells. `first`: its corner.
void AddBlock(const Footprint& disc, const Eigen::Vector2i& first, int patch_width, FootprintTables& tables) {
  const int size = tables.block_size;
  FootprintBlock block = BlockAt(first, size, patch_width);
  block.first = static_cast<std::int32_t>(tables.runs.size());
  for (const Footprint::Run& run : disc.runs) {
    if (run.row < first.y() || run.row >= first.y() + size) continue;
    const int from = std::max(run.first, first.x()), to = std::min(run.last, first.x() + size - 1);
    if (from > to) continue;
    tables.runs.push_back(
        {run.row * patch_width + from, to - from + 1, static_cast<float>(from), static_cast<float>(run.row)});
  }
  block.count = static_cast<std::int32_t>(tables.runs.size()) - block.first;
  if (block.count == 0) return;
  tables.blocks.push_back(block);
}

void AddCoarseBlock(const Footprint& disc, const Eigen::Vector2i& first, int patch_width,
                    FootprintTables& tables) {
  FootprintBlock coarse = BlockAt(first, tables.coarse_size, patch_width);
  coarse.first = static_cast<std::int32_t>(tables.blocks.size());
  for (int row = 0; row < tables.coarse_size; row += tables.block_size) {
    for (int col = 0; col < tables.coarse_size; col += tables.block_size) {
      AddBlock(disc, first + Eigen::Vector2i(col, row), patch_width, tables);
    }
  }
  coarse.count = static_cast<std::int32_t>(tables.blocks.size()) - coarse.first;
  if (coarse.count > 0) tables.coarse_blocks.push_back(coarse);
}

/// About as many blocks as cells a block: then the bounds and what they leave cost much the same.
int BlockSize(const FootprintStencil& stencil) {
  return std::max(1, static_cast<int>(std::lround(std::pow(stencil.body.count, 0.25))));
}

}  // namespace

FootprintShape FootprintTables::Shape(const FootprintStencil& stencil) const {
  FootprintShape shape{};
  shape.yaws = static_cast<std::int32_t>(stencil.yaws.size());
  shape.legs = static_cast<std::int32_t>(stencil.yaws.front().pads.size());
  shape.pads = pads.data();
  shape.first_plane = first_plane.data();
  shape.planes = planes.data();
  shape.others = others.data();
  shape.coarse_blocks = coarse_blocks.data();
  shape.coarse_count = static_cast<std::int32_t>(coarse_blocks.size());
  shape.blocks = blocks.data();
  shape.block_count = static_cast<std::int32_t>(blocks.size());
  shape.runs = runs.data();
  shape.half_coarse = 0.5F * static_cast<float>(coarse_size - 1);
  shape.half_block = 0.5F * static_cast<float>(block_size - 1);
  shape.inverse_cc = static_cast<float>(stencil.inverse_metric(0, 0));
  shape.inverse_cr2 = static_cast<float>(2 * stencil.inverse_metric(0, 1));
  shape.inverse_rr = static_cast<float>(stencil.inverse_metric(1, 1));
  return shape;
}

int CoarseBlockSize(const FootprintStencil& stencil) {
  const int across = 2 * std::max(stencil.body.reach_cols, stencil.body.reach_rows) + 1;
  const int block = BlockSize(stencil);
  return block * std::max(1, (across + 3 * block - 1) / (3 * block));
}

FootprintTables MakeFootprintTables(const FootprintStencil& stencil, int patch_width) {
  FootprintTables tables;
  tables.block_size = BlockSize(stencil);
  tables.coarse_size = CoarseBlockSize(stencil);
  tables.first_plane.push_back(0);
  for (const PadYaw& yaw : stencil.yaws) {
    for (const Eigen::Vector2i& pad : yaw.pads) tables.pads.push_back(pad.y() * patch_width + pad.x());
    for (const PadPlane& plane : yaw.planes) {
      AddPlane(plane, tables);
      tables.tilt_per_metre = std::max(tables.tilt_per_metre, TiltPerMetre(plane, stencil.inverse_metric));
    }
    tables.first_plane.push_back(static_cast<std::int32_t>(tables.planes.size()));
  }
  const Footprint& body = stencil.body;
  for (int row = -body.reach_rows; row <= body.reach_rows; row += tables.coarse_size) {
    for (int col = -body.reach_cols; col <= body.reach_cols; col += tables.coarse_size) {
      AddCoarseBlock(body, {col, row}, patch_width, tables);
    }
  }
  return tables;
}

}  // namespace perilune::dem
