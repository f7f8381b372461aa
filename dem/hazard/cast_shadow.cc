#include "dem/hazard/cast_shadow.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dem/frames/moon.h"

namespace perilune::dem {

namespace {

constexpr int kBlock = kShadowBlock;
/// Grid lines that a march meets before its direction is taken anew: so few that it stays in the neighbouring
/// blocks.
constexpr int kLines = kBlock - 1;

Grid<float> BlockMaxima(const Grid<float>& heights) {
  Grid<float> maxima((heights.width + kBlock - 1) / kBlock, (heights.height + kBlock - 1) / kBlock,
                     -std::numeric_limits<float>::infinity());
  for (int row = 0; row < heights.height; ++row) {
    for (int col = 0; col < heights.width; ++col) {
      float& highest = maxima.At(col / kBlock, row / kBlock);
      highest = std::max(highest, heights.At(col, row));  // a NaN leaves it as it is
    }
  }
  return maxima;
}

Grid<float> WithNeighbours(const Grid<float>& maxima) {
  Grid<float> widened = maxima;
  for (int row = 0; row < maxima.height; ++row) {
    for (int col = 0; col < maxima.width; ++col) {
      for (int r = std::max(0, row - 1); r <= std::min(maxima.height - 1, row + 1); ++r) {
        for (int c = std::max(0, col - 1); c <= std::min(maxima.width - 1, col + 1); ++c) {
          widened.At(col, row) = std::max(widened.At(col, row), maxima.At(c, r));
        }
      }
    }
  }
  return widened;
}

}  // namespace

double LitDiscFraction(double elevation_above_horizon_rad, double angular_radius_rad) {
  const double x = elevation_above_horizon_rad / angular_radius_rad;
  if (x >= 1) return 1;
  if (x <= -1) return 0;
  return 1 - (std::acos(x) - x * std::sqrt(1 - x * x)) / kPi;
}

ShadowGround WholeShadowGround(const Grid<float>& heights) {
  ShadowGround ground{heights};
  ground.highest_m = -std::numeric_limits<double>::infinity();
  ground.lowest_m = std::numeric_limits<double>::infinity();
  for (const float z : heights.data) {
    if (std::isnan(z)) continue;
    ground.lowest_m = std::min<double>(ground.lowest_m, z);
    ground.highest_m = std::max<double>(ground.highest_m, z);
  }
  return ground;
}

ShadowCaster::ShadowCaster(const ShadowGround& ground, const GroundMetric& metric,
                           const Eigen::Vector3d& direction_to_sun_in_moon, double angular_radius_rad)
    : ground_(ground),
      last_col_(ground.first_col + ground.heights.width - 1),
      last_row_(ground.first_row + ground.heights.height - 1),
      metric_(metric),
      direction_to_sun_in_moon_(direction_to_sun_in_moon),
      angular_radius_rad_(angular_radius_rad),
      block_highest_m_(WithNeighbours(BlockMaxima(ground.heights))) {}

/// Where a march is, and what it has seen.
struct ShadowCaster::March {
  double col = 0, row = 0;  ///< cells
  double distance_m = 0;    ///< over the sphere, from the start
  double height_m = 0;      ///< of the start
  double horizon_tangent = 0;

  /// Height that ground at this distance must have to reach a tangent over the start's horizontal.
  double HeightFor(double tangent) const {
    return height_m + distance_m * tangent + distance_m * distance_m / (2 * kMoonRadius_m);
  }
  /// Tangent over the start's horizontal of ground of height z here.
  double TangentOf(double z) const {
    const double stretch = 1 + z / kMoonRadius_m;
    const double drop = stretch * distance_m * distance_m / (2 * kMoonRadius_m);
    return (z - height_m - drop) / (distance_m * stretch);
  }
  void Advance(const Leg& leg, double steps);
};

/// A straight piece of a march that meets `kLines` grid lines of the axis that the Sun's azimuth follows
/// more.
struct ShadowCaster::Leg {
  bool along_cols = true;
  Eigen::Vector2d step = Eigen::Vector2d::Zero();  ///< cells from one grid line to the next
  double step_m = 0;
  double first = 1;  ///< part of a step to the first line
};

std::optional<ShadowCaster::Leg> ShadowCaster::NextLeg(const March& march) const {
  const Eigen::Vector2d per_m = metric_.At(march.col, march.row).PixelsPerMetre(direction_to_sun_in_moon_);
  Leg leg;
  leg.along_cols = std::abs(per_m.x()) >= std::abs(per_m.y());
  const double major = leg.along_cols ? per_m.x() : per_m.y();
  if (!std::isfinite(major) || major == 0) return std::nullopt;  // no azimuth, or no place on the Moon
  leg.step = per_m / std::abs(major);
  leg.step_m = 1 / std::abs(major);
  constexpr double kOnLine = 1e-6;
  const double at = leg.along_cols ? march.col : march.row;
  leg.first = major > 0 ? std::floor(at + kOnLine) + 1 - at : at - (std::ceil(at - kOnLine) - 1);
  return leg;
}

void ShadowCaster::March::Advance(const Leg& leg, double steps) {
  col += steps * leg.step.x();
  row += steps * leg.step.y();
  distance_m += steps * leg.step_m;
}

/// Height where the march is, on a grid line: linear between the two cells beside it. Nothing outside the
/// raster.
std::optional<double> ShadowCaster::HeightOnLine(const March& march, const Leg& leg) const {
  const double across = leg.along_cols ? march.row : march.col;
  const int line = static_cast<int>(std::lround(leg.along_cols ? march.col : march.row));
  const int first_line = leg.along_cols ? ground_.first_col : ground_.first_row;
  const int last_line = leg.along_cols ? last_col_ : last_row_;
  const int first = leg.along_cols ? ground_.first_row : ground_.first_col;
  const int last = leg.along_cols ? last_row_ : last_col_;
  if (line < first_line || line > last_line || across < first || across > last) return std::nullopt;
  const int before = static_cast<int>(across);
  const int after = std::min(before + 1, last);
  const double z0 = leg.along_cols ? HeightAt(line, before) : HeightAt(before, line);
  const double z1 = leg.along_cols ? HeightAt(line, after) : HeightAt(after, line);
  return z0 + (across - before) * (z1 - z0);
}

bool ShadowCaster::Inside(const March& march) const {
  return march.col >= ground_.first_col && march.row >= ground_.first_row && march.col <= last_col_ &&
         march.row <= last_row_;
}

double ShadowCaster::NeighbourhoodHighest(const March& march) const {
  return block_highest_m_.At((static_cast<int>(march.col) - ground_.first_col) / kBlock,
                             (static_cast<int>(march.row) - ground_.first_row) / kBlock);
}

/// Tangent of the highest horizon in the Sun's azimuth. Stops early where nothing more can change the answer:
/// the horizon is above the whole disc, or no ground is high enough to raise it into the disc.
double ShadowCaster::HorizonTangent(int col, int row, double height_m, double dark_tangent,
                                    double lit_tangent) const {
  const double dip_tangent = -std::sqrt(2 * std::max(0.0, height_m - ground_.lowest_m) / kMoonRadius_m);
  March march{static_cast<double>(col), static_cast<double>(row), 0, height_m, dip_tangent};
  while (march.horizon_tangent < dark_tangent) {
    const double needed = std::max(march.horizon_tangent, lit_tangent);
    const bool grows = march.distance_m >= -needed * kMoonRadius_m;  // what is needed only grows from here on
    if (grows && march.HeightFor(needed) > ground_.highest_m) break;
    const std::optional<Leg> leg = NextLeg(march);
    if (!leg) break;
    if (grows && march.HeightFor(needed) > NeighbourhoodHighest(march)) {
      march.Advance(*leg, leg->first + kLines - 1);
      if (!Inside(march)) break;
      continue;
    }
    for (int line = 0; line < kLines; ++line) {
      march.Advance(*leg, line == 0 ? leg->first : 1.0);
      if (march.distance_m > ground_.reach_m) return march.horizon_tangent;
      const std::optional<double> z = HeightOnLine(march, *leg);
      if (!z) return march.horizon_tangent;
      march.horizon_tangent = std::max(march.horizon_tangent, march.TangentOf(*z));
    }
  }
  return march.horizon_tangent;
}

float ShadowCaster::LitFraction(int col, int row) const {
  const double height_m = HeightAt(col, row);
  const double sine = metric_.At(col, row).up.dot(direction_to_sun_in_moon_);
  if (std::isnan(height_m) || std::isnan(sine)) return std::numeric_limits<float>::quiet_NaN();
  const double elevation = std::asin(std::clamp(sine, -1.0, 1.0));
  constexpr double kSteep = 1.5;  // rad: tangents stay finite
  if (elevation > kSteep) return 1.0F;
  const double horizon = std::atan(HorizonTangent(col, row, height_m,
                                                  std::tan(std::min(kSteep, elevation + angular_radius_rad_)),
                                                  std::tan(elevation - angular_radius_rad_)));
  return static_cast<float>(LitDiscFraction(elevation - horizon, angular_radius_rad_));
}

}  // namespace perilune::dem
