#include "vision/render/sub_samples.h"

#include <algorithm>
#include <cmath>

namespace perilune::vision {
namespace {

/// Ground that is seen at a flatter angle than this (sine) is taken to be seen at it: the grid lines that a
/// pixel covers have no bound towards the horizon.
constexpr double kFlattest = 0.02;

/// Horizontal distance between the points of a plane that two neighbouring rays see.
double StepOnGround_m(const Eigen::Vector3d& direction, double range_m, const Eigen::Vector3d& step,
                      const Eigen::Vector3d& normal) {
  const double towards = std::min(normal.dot(direction), -kFlattest);
  return range_m * (step - direction * (normal.dot(step) / towards)).head<2>().norm();
}

/// More cells than any of the pixels covers along an axis: a plane stretches what is seen by 1/|n · d| at
/// most.
double MostCells(const SeenGround& ground, const PixelSteps& steps) {
  double cells = 0, towards = 1;
  for (std::size_t i = 0; i < ground.range_m.size(); ++i) {
    cells = std::max(cells, ground.range_m[i] / ground.spacing_m[i]);
    const double cosine =
        -(ground.normal.x() * ground.direction[0][i] + ground.normal.y() * ground.direction[1][i] +
          ground.normal.z() * ground.direction[2][i]);
    towards = std::min(towards, cosine);
  }
  return cells * std::max(steps.across.norm(), steps.down.norm()) / std::max(towards, kFlattest);
}

int SamplesAcross(double cells, int max_across) {
  constexpr double kAHair = 1e-3;  // pixels that are as large as a cell but for rounding need one
  return static_cast<int>(std::clamp(std::ceil(cells - kAHair), 1.0, static_cast<double>(max_across)));
}

}  // namespace

Eigen::Vector2d SampleGrid::Offset_px(int index) const {
  const int i = index % across, j = index / across;
  return {(i + (j + 0.5) / down) / across - 0.5, (j + (i + 0.5) / across) / down - 0.5};
}

PixelSteps PixelStepsAt(const Camera& camera, const Eigen::Matrix3d& site_from_cam,
                        const Eigen::Vector2d& pixel) {
  const auto step = [&](const Eigen::Vector2d& half) -> Eigen::Vector3d {
    return site_from_cam * (camera.Unproject(pixel + half) - camera.Unproject(pixel - half));
  };
  return {step({0.5, 0}), step({0, 0.5})};
}

SampleGrid ChooseSamples(const SeenGround& ground, const PixelSteps& steps, int max_across) {
  if (MostCells(ground, steps) <= 1) return {};
  double across = 0, down = 0;  // cells that a pixel covers; a NaN leaves them as they are
  for (std::size_t i = 0; i < ground.range_m.size(); ++i) {
    const Eigen::Vector3d direction(ground.direction[0][i], ground.direction[1][i], ground.direction[2][i]);
    const double per_m = 1 / ground.spacing_m[i];
    across =
        std::max(across, per_m * StepOnGround_m(direction, ground.range_m[i], steps.across, ground.normal));
    down = std::max(down, per_m * StepOnGround_m(direction, ground.range_m[i], steps.down, ground.normal));
  }
  return {SamplesAcross(across, max_across), SamplesAcross(down, max_across)};
}

}  // namespace perilune::vision
