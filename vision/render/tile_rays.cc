#include "vision/render/tile_rays.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace perilune::vision {
namespace {

/// Squared radius up to which r·(1 + k1 r² + k2 r⁴ + k3 r⁶) grows: the first root of its derivative, sought
/// in steps far smaller than the lens' own scale and taken a step too small.
double MonotonicTo(const std::array<double, 5>& k, double farthest) {
  constexpr int kSteps = 1000;
  for (int i = 1; i <= kSteps; ++i) {
    const double s = farthest * i / kSteps;
    if (!(1 + s * (3 * k[0] + s * (5 * k[1] + s * 7 * k[4])) > 0)) return farthest * (i - 1) / kSteps;
  }
  return farthest;
}

}  // namespace

TilePixels PixelsOf(const TileRect& tile) {
  TilePixels pixels;
  ForEachRun(tile, [&](int first, int col, int row, int count) {
    for (int i = 0; i < count; ++i) {
      pixels.col_px[first + i] = col + i;
      pixels.row_px[first + i] = row;
    }
    pixels.count = first + count;
  });
  const double first_col = tile.first_col, first_row = tile.first_row;
  std::fill(pixels.col_px.begin() + pixels.count, pixels.col_px.end(), first_col);
  std::fill(pixels.row_px.begin() + pixels.count, pixels.row_px.end(), first_row);
  return pixels;
}

TilePixels Shifted(TilePixels pixels, const Eigen::Vector2d& offset_px) {
  for (double& col : pixels.col_px) col += offset_px.x();
  for (double& row : pixels.row_px) row += offset_px.y();
  return pixels;
}

CameraView ViewOf(const Camera& camera, const Eigen::Matrix3d& site_from_cam) {
  constexpr double kFarthest = 4;  // r² of the rays for which Newton's method is trusted: 63° off the axis
  CameraView view{};
  view.fx_px = camera.fx_px;
  view.fy_px = camera.fy_px;
  view.cx_px = camera.cx_px;
  view.cy_px = camera.cy_px;
  for (int row = 0; row < 3; ++row) {
    for (int col = 0; col < 3; ++col) view.site_from_cam[row][col] = site_from_cam(row, col);
  }
  const auto& k = camera.distortion;
  view.distorted = std::any_of(k.begin(), k.end(), [](double value) { return value != 0; });
  std::copy(k.begin(), k.end(), view.distortion);
  view.monotonic_to = MonotonicTo(k, kFarthest);
  return view;
}

TileRays::TileRays(const CameraView& view, const Camera& camera, const Eigen::Isometry3d& site_from_cam,
                   const TilePixels& pixels)
    : count_(pixels.count), eye_(site_from_cam.translation()) {
  const auto fill_one = [&](int i) {
    const Eigen::Vector3d ray =
        site_from_cam.linear() * camera.Unproject({pixels.col_px[i], pixels.row_px[i]});
    for (int axis = 0; axis < 3; ++axis) direction_[axis][i] = ray[axis];
  };
  if (camera.IsFisheye()) {  // the kernel knows the pinhole's lenses only
    for (int i = 0; i < Padded(count_); ++i) fill_one(i);
    return;
  }
  ChosenShadeKernel().unproject(view, Padded(count_), pixels.col_px.data(), pixels.row_px.data(),
                                direction_[0].data(), direction_[1].data(), direction_[2].data());
  if (!view.distorted) return;
  for (int i = 0; i < Padded(count_); ++i) {
    if (std::isnan(direction_[0][i])) fill_one(i);
  }
}

dem::RayBundle TileRays::Bundle() const {
  dem::RayBundle bundle;
  bundle.direction = Spans(direction_, Padded(count_));
  for (int axis = 0; axis < 3; ++axis) bundle.origin_in_site_m[axis] = {&eye_[axis], 1};
  return bundle;
}

}  // namespace perilune::vision
