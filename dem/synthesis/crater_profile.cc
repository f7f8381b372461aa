#include "dem/synthesis/crater_profile.h"

#include "dem/frames/moon.h"

namespace perilune::dem {
namespace {

constexpr double kFlatFloorFrom_m = 15'000;
/// How much deeper than the floor the walls' paraboloid of a flat-floored crater would reach.
constexpr double kWallSteepness = 1.8;

}  // namespace

CraterProfile::CraterProfile(const SyntheticCrater& crater) {
  const double depth_m = crater.depth_m;
  const double floor_m = crater.rim_height_m - depth_m;
  // Rounding takes a quarter of its width off the crest: both branches are raised by that much.
  const double rim_rounding_m = (0.15 + 0.35 * crater.degradation) * depth_m;
  const double crest_m = crater.rim_height_m + rim_rounding_m / 4;
  const bool flat = crater.diameter_m > kFlatFloorFrom_m;
  const double bottom_m = flat ? crest_m - kWallSteepness * (crest_m - floor_m) : floor_m;
  radius_m_ = static_cast<float>(crater.diameter_m / 2);
  bowl_bottom_m_ = static_cast<float>(bottom_m);
  bowl_rise_m_ = static_cast<float>(crest_m - bottom_m);
  floor_m_ = static_cast<float>(flat ? floor_m : -10 * depth_m);
  floor_rounding_m_ = static_cast<float>(0.1 * depth_m);
  blanket_m_ = static_cast<float>(crest_m);
  rim_rounding_m_ = static_cast<float>(rim_rounding_m);
}

double CraterProfile::Volume_m3() const {
  constexpr int kSteps = 100;
  const double step = kCraterReach / kSteps;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double rho = (i + 0.5) * step;
    sum += HeightAt(static_cast<float>(rho * rho)) * rho;
  }
  return 2 * kPi * sum * step * radius_m_ * radius_m_;
}

}  // namespace perilune::dem
