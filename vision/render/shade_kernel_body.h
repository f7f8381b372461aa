// Camera rays and reflectance for a packet of pixels at a time, compiled once for each instruction set.
#pragma once

#include "dem/terrain/lanes.h"
#include "vision/render/shade_kernel.h"

namespace perilune::vision {
namespace {

static_assert(kTilePacket % kLanes == 0);

constexpr double kDegreesPerRadian = 57.295779513082320877;
constexpr double kPi = 3.1415926535897932385;

struct ImagePlane {
  Doubles x, y;
};

// Inverse of the lens by Newton's method: quadratic, so that six steps from the distorted point reach
// rounding for any usable lens. NaN where they do not, or not inside the monotonic range.
PERILUNE_INLINE ImagePlane Undistort(const CameraView& camera, const ImagePlane& distorted) {
  constexpr int kSteps = 6;
  constexpr double kAcceptedMiss = 1e-13;
  const double* k = camera.distortion;
  const Doubles k1 = AllDoubles(k[0]), k2 = AllDoubles(k[1]), p1 = AllDoubles(k[2]), p2 = AllDoubles(k[3]),
                k3 = AllDoubles(k[4]);
  const Doubles one = AllDoubles(1), two = AllDoubles(2), three = AllDoubles(3), six = AllDoubles(6);
  Doubles x = distorted.x, y = distorted.y, miss = one, s = one;
  for (int step = 0; step <= kSteps; ++step) {
    s = x * x + y * y;
    const Doubles radial = one + s * (k1 + s * (k2 + s * k3));
    const Doubles mx = x * radial + two * p1 * x * y + p2 * (s + two * x * x) - distorted.x;
    const Doubles my = y * radial + p1 * (s + two * y * y) + two * p2 * x * y - distorted.y;
    miss = mx * mx + my * my;
    if (step == kSteps) break;
    const Doubles slope = two * (k1 + s * (two * k2 + s * three * k3));
    const Doubles jxy = x * y * slope + two * p1 * x + two * p2 * y;
    const Doubles jxx = radial + x * x * slope + two * p1 * y + six * p2 * x;
    const Doubles jyy = radial + y * y * slope + six * p1 * y + two * p2 * x;
    const Doubles per = one / (jxx * jyy - jxy * jxy);
    x = x - (jyy * mx - jxy * my) * per;
    y = y - (jxx * my - jxy * mx) * per;
  }
  const auto good =
      (miss < AllDoubles(kAcceptedMiss * kAcceptedMiss) * (one + s)) & (s < AllDoubles(camera.monotonic_to));
  const Doubles nan = AllDoubles(__builtin_nan(""));
  return {Select(good, x, nan), Select(good, y, nan)};
}

void Unproject(const CameraView& camera, int count, const double* col_px, const double* row_px,
               double* direction_x, double* direction_y, double* direction_z) {
  double* const direction[3] = {direction_x, direction_y, direction_z};
  const Doubles per_fx = AllDoubles(1 / camera.fx_px), per_fy = AllDoubles(1 / camera.fy_px);
  for (int first = 0; first < count; first += kLanes) {
    ImagePlane n{(Load<Doubles>(col_px + first) - AllDoubles(camera.cx_px)) * per_fx,
                 (Load<Doubles>(row_px + first) - AllDoubles(camera.cy_px)) * per_fy};
    if (camera.distorted) n = Undistort(camera, n);
    const Doubles per = AllDoubles(1) / SquareRoot(n.x * n.x + n.y * n.y + AllDoubles(1));
    for (int axis = 0; axis < 3; ++axis) {
      const double* row = camera.site_from_cam[axis];
      Store((AllDoubles(row[0]) * n.x + AllDoubles(row[1]) * n.y + AllDoubles(row[2])) * per,
            direction[axis] + first);
    }
  }
}

void Points(int count, const double* const origin[3], int origin_step, const double* const direction[3],
            const double* range_m, double* const point[3]) {
  for (int first = 0; first < count; first += kLanes) {
    const Doubles range = Load<Doubles>(range_m + first);
    for (int axis = 0; axis < 3; ++axis) {
      const Doubles from =
          origin_step == 0 ? AllDoubles(origin[axis][0]) : Load<Doubles>(origin[axis] + first);
      Store(from + range * Load<Doubles>(direction[axis] + first), point[axis] + first);
    }
  }
}

// Single precision of what is seen from somewhere; NaN stays NaN with its range.
void Pictures(int count, const double* range_m, const double* radiance, const double* lit, float* radiances,
              float* lits) {
  const Doubles nan = AllDoubles(__builtin_nan(""));
  for (int first = 0; first < count; first += kLanes) {
    const Doubles range = Load<Doubles>(range_m + first);
    const auto sees = range == range;
    Store(ToFloats(Select(sees, Load<Doubles>(radiance + first), nan)), radiances + first);
    Store(ToFloats(Select(sees, Load<Doubles>(lit + first), nan)), lits + first);
  }
}

// Light that comes back: of what is lit, and of nothing without a normal.
void Reflect(int count, const double* lit, const double* factor, const double* normal_z, double* radiance,
             double* range_m) {
  const Doubles zero = AllDoubles(0);
  for (int first = 0; first < count; first += kLanes) {
    const Doubles share = Load<Doubles>(lit + first);
    Store(Select(share > zero, share * Load<Doubles>(factor + first), zero), radiance + first);
    Store(Load<Doubles>(range_m + first) + zero * Load<Doubles>(normal_z + first), range_m + first);
  }
}

void Light(const double to_sun[3], int count, const double* const direction[3], const double* dz_dx,
           const double* dz_dy, TileLight* light) {
  const Doubles sun_x = AllDoubles(to_sun[0]), sun_y = AllDoubles(to_sun[1]), sun_z = AllDoubles(to_sun[2]);
  for (int first = 0; first < count; first += kLanes) {
    const Doubles gx = Load<Doubles>(dz_dx + first), gy = Load<Doubles>(dz_dy + first);
    const Doubles nz = AllDoubles(1) / SquareRoot(gx * gx + gy * gy + AllDoubles(1));
    const Doubles nx = -(gx * nz), ny = -(gy * nz);
    const Doubles dx = Load<Doubles>(direction[0] + first), dy = Load<Doubles>(direction[1] + first),
                  dz = Load<Doubles>(direction[2] + first);
    Store(nx, light->normal[0] + first);
    Store(ny, light->normal[1] + first);
    Store(nz, light->normal[2] + first);
    Store(nx * sun_x + ny * sun_y + nz * sun_z, light->cos_incidence + first);
    Store(-(nx * dx + ny * dy + nz * dz), light->cos_emission + first);
    Store(-(sun_x * dx + sun_y * dy + sun_z * dz), light->cos_phase + first);
  }
}

// Arc cosine to 2e-8 rad: Abramowitz & Stegun (1964), 4.4.46.
PERILUNE_INLINE Doubles ArcCosine(const Doubles& cosine) {
  constexpr double kTerms[] = {-0.0012624911, 0.0066700901, -0.0170881256, 0.0308918810,
                               -0.0501743046, 0.0889789874, -0.2145988016, 1.5707963050};
  const Doubles zero = AllDoubles(0), one = AllDoubles(1);
  const auto obtuse = cosine < zero;
  const Doubles x = Min(Select(obtuse, -cosine, cosine), one);
  Doubles sum = zero;
  for (const double term : kTerms) sum = sum * x + AllDoubles(term);
  const Doubles angle = SquareRoot(one - x) * sum;
  return Select(obtuse, AllDoubles(kPi) - angle, angle);
}

// Dark where the Sun or the observer is below the horizon.
PERILUNE_INLINE Doubles WhereSeen(const Doubles& incidence, const Doubles& emission, const Doubles& factor) {
  const Doubles zero = AllDoubles(0);
  return Select((incidence > zero) & (emission > zero), factor, zero);
}

void Lambert(int count, const TileLight& light, const double* albedo, double* radiance_factor) {
  for (int first = 0; first < count; first += kLanes) {
    const Doubles incidence = Load<Doubles>(light.cos_incidence + first);
    const Doubles emission = Load<Doubles>(light.cos_emission + first);
    Store(WhereSeen(incidence, emission, Load<Doubles>(albedo + first) * incidence), radiance_factor + first);
  }
}

// McEwen (1991, 1996), as RadianceFactor has it.
void LunarLambert(int count, const TileLight& light, const double* albedo, double* radiance_factor) {
  const Doubles one = AllDoubles(1), two = AllDoubles(2), zero = AllDoubles(0);
  for (int first = 0; first < count; first += kLanes) {
    const Doubles incidence = Load<Doubles>(light.cos_incidence + first);
    const Doubles emission = Load<Doubles>(light.cos_emission + first);
    const Doubles g = ArcCosine(Load<Doubles>(light.cos_phase + first)) * AllDoubles(kDegreesPerRadian);
    const Doubles limb = one + g * (AllDoubles(-0.019) + g * (AllDoubles(2.42e-4) - g * AllDoubles(1.46e-6)));
    const Doubles share = Min(Max(limb, zero), one);
    const Doubles factor =
        Load<Doubles>(albedo + first) * incidence * (two * share / (incidence + emission) + one - share);
    Store(WhereSeen(incidence, emission, factor), radiance_factor + first);
  }
}

}  // namespace
}  // namespace perilune::vision
