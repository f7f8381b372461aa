#include "vision/render/secondary_light.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include "dem/frames/moon.h"
#include "vision/render/tile_rays.h"

namespace perilune::vision {
namespace {

/// A direction relative to a normal, and its share of the integral over the half space.
struct Sample {
  Eigen::Vector3d direction_in_surface;  ///< z along the normal
  double weight;                         ///< of its radiance in the irradiance, over the direction's z
};

/// Van der Corput's sequence: the bits of `index` mirrored at the point.
double Mirrored(std::uint32_t index) {
  double value = 0, place = 0.5;
  for (; index != 0; index >>= 1, place /= 2) value += place * (index & 1);
  return value;
}

/// Side of a square of neighbouring nodes that share their rays.
constexpr int kShare = 5;
constexpr int kPhases = kShare * kShare;

/// The rays of one of the nodes that share: Hammersley's set, shifted by a fifth of its spacing from node to
/// node, so that together they are as good as kPhases times as many. u = up² is uniform for light that falls
/// in by the cosine law; u = s³ with s from the set.
std::vector<Sample> HalfSpace(int rays, int phase) {
  const double spacing = 1 / (kShare * std::sqrt(rays));
  const int row = phase / kShare, column = phase % kShare;
  std::vector<Sample> samples;
  for (int i = 0; i < rays; ++i) {
    const double place = Mirrored(static_cast<std::uint32_t>(i)) + 0.5 / rays + column * spacing;
    const double s = place - std::floor(place);
    const double azimuth = 2 * dem::kPi * ((i + 0.5) / rays + row * spacing);
    const double up = s * std::sqrt(s);
    const double across = std::sqrt(std::max(0.0, 1 - up * up));
    samples.push_back(
        {{across * std::sin(azimuth), across * std::cos(azimuth), up}, 3 * std::sqrt(s) / rays});
  }
  return samples;
}

/// Where light is gathered: above a point, in a frame whose z is its normal.
struct Start {
  int pixel, phase;
  Eigen::Vector3d place_in_site_m;
  Eigen::Matrix3d site_from_surface;
};

std::vector<Start> StartsOf(const LitGround& ground, const LitPoints& points, const TilePixels& pixels,
                            int step_px) {
  const auto phase_along = [&](double pixel) { return static_cast<int>(pixel) / step_px % kShare; };
  std::vector<Start> starts;
  for (int i = 0; i < pixels.count && points.any; ++i) {
    if (!points.Sees(i)) continue;
    const auto& n = points.light.normal;
    const int phase = phase_along(pixels.row_px[i]) * kShare + phase_along(pixels.col_px[i]);
    Start start{i, phase, AboveSurface(ground, points, i), Eigen::Matrix3d()};
    const Eigen::Vector3d normal(n[0][i], n[1][i], n[2][i]);
    const Eigen::Vector3d east = Eigen::Vector3d::UnitY().cross(normal).normalized();
    start.site_from_surface << east, normal.cross(east), normal;
    starts.push_back(start);
  }
  return starts;
}

/// Vector irradiance of each start, as a share of the Sun's. All starts send one direction after the other:
/// neighbouring rays that are almost parallel make packets that stay together.
Rows3 Irradiances(const LitGround& ground, const std::vector<Start>& starts) {
  Rows3 origin, direction, irradiance{};
  if (starts.empty()) return irradiance;
  const auto start_of = [&](int k) -> const Start& {  // the last packet is filled with the last start
    return starts[std::min(static_cast<std::size_t>(k), starts.size() - 1)];
  };
  const int count = Padded(static_cast<int>(starts.size()));
  for (int k = 0; k < count; ++k) {
    for (int axis = 0; axis < 3; ++axis) origin[axis][k] = start_of(k).place_in_site_m[axis];
  }
  const int rays = ground.options.secondary_light->rays;
  std::array<std::vector<Sample>, kPhases> samples;
  for (int phase = 0; phase < kPhases; ++phase) samples[phase] = HalfSpace(rays, phase);
  for (int sample = 0; sample < rays; ++sample) {
    for (int k = 0; k < count; ++k) {
      const Start& start = start_of(k);
      const Eigen::Vector3d ray = start.site_from_surface * samples[start.phase][sample].direction_in_surface;
      for (int axis = 0; axis < 3; ++axis) direction[axis][k] = ray[axis];
    }
    dem::RayBundle bundle;
    bundle.origin_in_site_m = Spans(origin, count);
    bundle.direction = Spans(direction, count);
    const LitPoints seen = LightAlong(ground, bundle);
    if (!seen.any) continue;
    for (int k = 0; k < count; ++k) {
      if (!seen.Sees(k)) continue;
      const double irradiance_per_z = samples[start_of(k).phase][sample].weight * seen.radiance[k];
      for (int axis = 0; axis < 3; ++axis) irradiance[axis][k] += irradiance_per_z * direction[axis][k];
    }
  }
  return irradiance;
}

/// Square of how much farther apart than on ground seen from above nodes may lie and still share fully:
/// ground that is seen from 60° aside stretches by 2.
constexpr double kSteep = 4;

/// So many that the pixels lie between them, two at least.
int NodesAlong(int size_px, int step_px) { return std::max(2, (size_px - 2 + step_px) / step_px + 1); }

}  // namespace

SecondaryLight::SecondaryLight(const LitGround& ground, const Camera& camera,
                               const Eigen::Isometry3d& site_from_cam)
    : step_px_(ground.options.secondary_light->step_px),
      width_(NodesAlong(camera.width_px, step_px_)),
      height_(NodesAlong(camera.height_px, step_px_)),
      nodes_(static_cast<std::size_t>(width_) * height_) {
  const CameraView view = ViewOf(camera, site_from_cam.linear());
  const int across = (width_ + kTileSide_px - 1) / kTileSide_px;
  const int down = (height_ + kTileSide_px - 1) / kTileSide_px;
  tbb::parallel_for(tbb::blocked_range<int>(0, across * down, 1), [&](const tbb::blocked_range<int>& tiles) {
    for (int tile = tiles.begin(); tile < tiles.end(); ++tile) {
      TilePixels pixels =
          PixelsOf(TileAt(width_, height_, tile % across * kTileSide_px, tile / across * kTileSide_px));
      for (double& col : pixels.col_px) col *= step_px_;
      for (double& row : pixels.row_px) row *= step_px_;
      Gather(ground, TileRays(view, camera, site_from_cam, pixels), camera.FocalLength_px(), pixels);
    }
  });
  Share();
}

void SecondaryLight::Share() {
  std::vector<Node> shared = nodes_;
  tbb::parallel_for(tbb::blocked_range<int>(0, height_), [&](const tbb::blocked_range<int>& rows) {
    for (int row = rows.begin(); row < rows.end(); ++row) {
      for (int col = 0; col < width_; ++col) {
        shared[static_cast<std::size_t>(row) * width_ + col].irradiance = SharedAt(col, row);
      }
    }
  });
  nodes_ = std::move(shared);
}

Eigen::Vector3d SecondaryLight::SharedAt(int col, int row) const {
  constexpr int kReach = kShare / 2;
  const Node& middle = nodes_[static_cast<std::size_t>(row) * width_ + col];
  Eigen::Vector3d sum = Eigen::Vector3d::Zero();
  double weights = 0;
  for (int r = std::max(row - kReach, 0); r <= std::min(row + kReach, height_ - 1); ++r) {
    for (int c = std::max(col - kReach, 0); c <= std::min(col + kReach, width_ - 1); ++c) {
      const Node& node = nodes_[static_cast<std::size_t>(r) * width_ + c];
      if (!(node.nearness_m2 > 0)) continue;
      const double level_m2 =
          ((r - row) * (r - row) + (c - col) * (c - col)) * step_px_ * step_px_ * middle.nearness_m2;
      const double apart_m2 = (node.point_in_site_m - middle.point_in_site_m).squaredNorm();
      const double weight = apart_m2 > kSteep * level_m2 ? kSteep * level_m2 / apart_m2 : 1;
      sum += weight * node.irradiance;
      weights += weight;
    }
  }
  return weights > 0 ? Eigen::Vector3d(sum / weights) : sum;
}

void SecondaryLight::Gather(const LitGround& ground, const TileRays& rays, double focal_length_px,
                            const TilePixels& pixels) {
  const LitPoints points = LightAlong(ground, rays.Bundle());
  const std::vector<Start> starts = StartsOf(ground, points, pixels, step_px_);
  const Rows3 irradiance = Irradiances(ground, starts);
  for (std::size_t k = 0; k < starts.size(); ++k) {
    const int i = starts[k].pixel;
    const int col = static_cast<int>(pixels.col_px[i]) / step_px_;
    const int row = static_cast<int>(pixels.row_px[i]) / step_px_;
    Node& node = nodes_[static_cast<std::size_t>(row) * width_ + col];
    const double sample_m = points.hits.range_m[i] / focal_length_px;
    node.nearness_m2 = sample_m * sample_m;
    for (int axis = 0; axis < 3; ++axis) {
      node.point_in_site_m[axis] = points.point_in_site_m[axis][i];
      node.irradiance[axis] = irradiance[axis][k];
    }
  }
}

double SecondaryLight::IrradianceAt(const Eigen::Vector2d& pixel, const Eigen::Vector3d& point_in_site_m,
                                    const Eigen::Vector3d& normal_in_site) const {
  const Eigen::Vector2d place = pixel / step_px_;
  const int left = std::clamp(static_cast<int>(std::floor(place.x())), 0, width_ - 2);
  const int top = std::clamp(static_cast<int>(std::floor(place.y())), 0, height_ - 2);
  Eigen::Vector3d sum = Eigen::Vector3d::Zero();
  double weights = 0;
  for (int down = 0; down < 2; ++down) {
    for (int right = 0; right < 2; ++right) {
      const Node& node = nodes_[static_cast<std::size_t>(top + down) * width_ + left + right];
      if (!(node.nearness_m2 > 0)) continue;
      // A sub-sample may lie half a pixel outside the lattice.
      const double x = std::clamp(place.x() - left, 0.0, 1.0), y = std::clamp(place.y() - top, 0.0, 1.0);
      const double near = (right ? x : 1 - x) * (down ? y : 1 - y);
      const double weight =
          near / ((point_in_site_m - node.point_in_site_m).squaredNorm() + node.nearness_m2);
      sum += weight * node.irradiance;
      weights += weight;
    }
  }
  return weights > 0 ? std::max(0.0, sum.dot(normal_in_site)) / weights : 0;
}

}  // namespace perilune::vision
