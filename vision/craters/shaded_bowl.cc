#include "vision/craters/shaded_bowl.h"

#include <algorithm>
#include <cmath>

#include "dem/checks/require.h"

namespace perilune::vision {
namespace {

/// Heights in radii, the ground around at 0.
class BowlSection {
 public:
  explicit BowlSection(double depth_per_diameter)
      : depth_(2 * depth_per_diameter), rim_(kRimPerDepth * depth_) {}

  double Height(double r) const { return r < 1 ? rim_ - depth_ * (1 - r * r) : rim_ / (r * r * r); }
  double SlopeOutward(double r) const { return r < 1 ? 2 * depth_ * r : -3 * rim_ / (r * r * r * r); }
  double rim() const { return rim_; }

 private:
  static constexpr double kRimPerDepth = 0.18;  // rim height 0.036 D, depth 0.2 D (Pike 1977)
  double depth_, rim_;
};

/// Brightness at (x, y) radii with the Sun along +x.
double Brightness(const BowlSection& bowl, double sun_elevation_rad, double x, double y) {
  const double r = std::hypot(x, y), sine = std::sin(sun_elevation_rad), cosine = std::cos(sun_elevation_rad);
  const double slope = bowl.SlopeOutward(r), slope_x = r > 0 ? slope * x / r : 0;
  const double lit = (sine - slope_x * cosine) / std::sqrt(1 + slope * slope);
  if (lit <= 0) return 0;
  const double rise = sine / cosine, start = bowl.Height(r);
  constexpr double kStep = 0.05;
  for (double s = kStep; start + s * rise < bowl.rim() && s < 2.5; s += kStep) {
    if (bowl.Height(std::hypot(x + s, y)) > start + s * rise) return 0;
  }
  return lit;
}

int HalfSide(double diameter_px) { return static_cast<int>(std::ceil(0.5 * kBowlReach * diameter_px)); }

}  // namespace

cv::Mat BowlMask(double diameter_px) {
  const int half = HalfSide(diameter_px);
  const double reach_px = 0.5 * kBowlReach * diameter_px;
  cv::Mat mask(2 * half + 1, 2 * half + 1, CV_32F);
  for (int row = -half; row <= half; ++row) {
    for (int col = -half; col <= half; ++col) {
      mask.at<float>(row + half, col + half) = std::hypot(row, col) <= reach_px ? 1.0F : 0.0F;
    }
  }
  return mask;
}

cv::Mat ShadedBowl(const BowlModel& model, double diameter_px, double sun_direction_rad) {
  dem::Require(diameter_px >= 4, "diameter_px", diameter_px, "at least 4");
  const BowlSection bowl(model.depth_per_diameter);
  const cv::Mat mask = BowlMask(diameter_px);
  const int half = mask.rows / 2;
  const double radius_px = 0.5 * diameter_px, c = std::cos(sun_direction_rad),
               s = std::sin(sun_direction_rad);
  constexpr int kAcross = 5;  // samples across a pixel
  cv::Mat picture = cv::Mat::zeros(mask.size(), CV_32F);
  for (int row = -half; row <= half; ++row) {
    for (int col = -half; col <= half; ++col) {
      double sum = 0;
      for (int i = 0; i < kAcross * kAcross; ++i) {
        const int across = i % kAcross, down = i / kAcross;
        const double x = (col + (across + 0.5) / kAcross - 0.5) / radius_px;
        const double y = (row + (down + 0.5) / kAcross - 0.5) / radius_px;
        sum += Brightness(bowl, model.sun_elevation_rad, c * x + s * y, c * y - s * x);
      }
      picture.at<float>(row + half, col + half) = static_cast<float>(sum);
    }
  }
  cv::subtract(picture, cv::mean(picture, mask > 0), picture, mask > 0);
  picture = picture.mul(mask);
  return picture / cv::norm(picture);
}

}  // namespace perilune::vision
