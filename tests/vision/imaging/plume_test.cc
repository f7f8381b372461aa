#include "vision/imaging/plume.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace perilune::vision {
namespace {

PlumeOptions Plume() {
  PlumeOptions options;
  options.start_height_m = 40;
  options.optical_depth_at_ground = 2;
  options.radiance_factor = 0.1;
  return options;
}

TEST(Plume, OpticalDepthByHand) {
  EXPECT_EQ(PlumeOpticalDepth(Plume(), 40), 0);
  EXPECT_EQ(PlumeOpticalDepth(Plume(), 1000), 0);
  EXPECT_DOUBLE_EQ(PlumeOpticalDepth(Plume(), 20), 0.5);
  EXPECT_DOUBLE_EQ(PlumeOpticalDepth(Plume(), 0), 2);
  EXPECT_DOUBLE_EQ(PlumeOpticalDepth(Plume(), -1), 2);
  EXPECT_EQ(PlumeOpticalDepth({}, 0), 0);
}

// At 20 m, τ = 0.5: 0.04 and 0.08 become 0.04 e^−½ + 0.1 (1 − e^−½) and so on; Michelson contrast falls from
// 1/3 to 0.02 e^−½ / (0.06 e^−½ + 0.1 (1 − e^−½)).
TEST(Plume, VeilRaisesTheMeanAndLowersTheContrast) {
  cv::Mat light(1, 2, CV_32F);
  light.at<float>(0, 0) = 0.04F;
  light.at<float>(0, 1) = 0.08F;
  const cv::Mat seen = SeenThroughPlume(light, Plume(), 20);
  const double passes = std::exp(-0.5), veil = 0.1 * (1 - passes);
  EXPECT_NEAR(seen.at<float>(0, 0), 0.04 * passes + veil, 1e-8);
  const double low = seen.at<float>(0, 0), high = seen.at<float>(0, 1);
  EXPECT_NEAR((high - low) / (high + low), 0.02 * passes / (0.06 * passes + veil), 1e-6);
}

TEST(Plume, RefusesBadOptions) {
  PlumeOptions options = Plume();
  options.start_height_m = -1;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
  options = Plume();
  options.radiance_factor = 2;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
