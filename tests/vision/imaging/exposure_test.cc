#include "vision/imaging/exposure.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

namespace perilune::vision {
namespace {

ImagingOptions Clean() {
  ImagingOptions options;
  options.psf_sigma_px = 0;
  options.full_well_e = 0;
  options.black_level = 0;
  options.exposure_gain = 2;
  return options;
}

cv::Mat Constant(int size, float value) { return cv::Mat(size, size, CV_32F, cv::Scalar(value)); }

TEST(ExposeImage, GainBlackLevelAndRoundingByHand) {
  cv::Mat radiance = Constant(2, 0.1F);
  radiance.at<float>(0, 1) = std::numeric_limits<float>::quiet_NaN();
  radiance.at<float>(1, 0) = 3.0F;
  ImagingOptions options = Clean();
  options.black_level = 0.02;
  const cv::Mat image = ExposeImage(radiance, options, 1, 0);
  ASSERT_EQ(image.type(), CV_8U);
  EXPECT_EQ(image.at<std::uint8_t>(0, 0), 56);   // (0.2 + 0.02) · 255 = 56.1
  EXPECT_EQ(image.at<std::uint8_t>(0, 1), 5);    // space: 5.1
  EXPECT_EQ(image.at<std::uint8_t>(1, 0), 255);  // saturated
}

TEST(ExposeImage, BitDepths) {
  ImagingOptions options = Clean();
  options.exposure_gain = 5;
  options.bits = 12;
  cv::Mat image = ExposeImage(Constant(2, 0.1F), options, 1, 0);
  ASSERT_EQ(image.type(), CV_16U);
  EXPECT_EQ(image.at<std::uint16_t>(0, 0), 2048);  // 2047.5
  options.bits = 16;
  image = ExposeImage(Constant(2, 1.0F), options, 1, 0);
  EXPECT_EQ(image.at<std::uint16_t>(1, 1), 65535);
}

TEST(ExposeImage, AutomaticGainPutsThe95thPercentileOnTarget) {
  cv::Mat ramp(1, 1001, CV_32F);
  for (int i = 0; i <= 1000; ++i) ramp.at<float>(0, i) = 1e-4F * static_cast<float>(i);
  EXPECT_NEAR(AutomaticGain(ramp, 0.7) * 0.095, 0.7, 1e-6);
  ImagingOptions options = Clean();
  options.exposure_gain = 0;
  EXPECT_NEAR(ExposeImage(ramp, options, 1, 0).at<std::uint8_t>(0, 950), 0.7 * 255, 0.51);
}

TEST(ExposeImage, AutomaticGainWithLittleOrNoLight) {
  cv::Mat dark = Constant(20, 0);
  EXPECT_EQ(AutomaticGain(dark, 0.7), 0);
  dark.at<float>(3, 3) = 0.05F;
  EXPECT_NEAR(AutomaticGain(dark, 0.7), 14, 1e-5);
  EXPECT_EQ(AutomaticGain(Constant(3, std::numeric_limits<float>::quiet_NaN()), 0.7), 0);
}

// Shot noise: variance = electrons; read noise adds its own. In DN of 16 bits, at a quarter and at no light.
TEST(ExposeImage, NoiseHasTheDeclaredVariance) {
  ImagingOptions options = Clean();
  options.full_well_e = 20000;
  options.read_noise_e = 30;
  options.black_level = 0.05;
  options.bits = 16;
  for (const double share : {0.0, 0.25}) {
    const cv::Mat image = ExposeImage(Constant(400, static_cast<float>(share / 2)), options, 7, 3);
    cv::Scalar mean, sigma;
    cv::meanStdDev(image, mean, sigma);
    const double expected_e = std::sqrt(share * 20000 + 900);
    EXPECT_NEAR(mean[0] / 65535, share + 0.05, 4 * expected_e / 20000 / 400);
    // The deviation of 160 000 normal values is known to 1 / √320 000 = 0.18 %.
    EXPECT_NEAR(sigma[0] / 65535 * 20000, expected_e, 0.008 * expected_e);
  }
}

TEST(ExposeImage, BlurIsAGaussianOfTheDeclaredWidth) {
  cv::Mat point = Constant(41, 0);
  point.at<float>(20, 20) = 1;
  ImagingOptions options = Clean();
  options.psf_sigma_px = 1.5;
  options.exposure_gain = 10;
  options.bits = 16;
  const cv::Mat image = ExposeImage(point, options, 1, 0);
  double sum = 0, second = 0;
  for (int row = 0; row < 41; ++row) {
    for (int col = 0; col < 41; ++col) {
      const double value = image.at<std::uint16_t>(row, col);
      sum += value;
      second += value * (col - 20) * (col - 20);
    }
  }
  EXPECT_NEAR(sum / 65535, 10, 0.01);
  EXPECT_NEAR(std::sqrt(second / sum), 1.5, 0.01);
}

// Everything off: the radiance itself, bit for bit; space is dark.
TEST(ExposeImage, IdealImagingIsTheRadiance) {
  cv::Mat radiance(40, 50, CV_32F);
  for (int i = 0; i < 2000; ++i) radiance.ptr<float>()[i] = 1e-3F * static_cast<float>(i) / 7.0F;
  const cv::Mat image = ExposeImage(radiance, IdealImaging(), 1, 0);
  ASSERT_EQ(image.type(), CV_32F);
  EXPECT_EQ(std::memcmp(image.data, radiance.data, radiance.total() * sizeof(float)), 0);
  radiance.at<float>(0, 0) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(ExposeImage(radiance, IdealImaging(), 1, 0).at<float>(0, 0), 0);
}

// One effect at a time on top of nothing: the picture is that effect's own function of the radiance.
TEST(ExposeImage, EffectsActAlone) {
  const Camera camera = PinholeCamera(64, 1.2);
  ImagingScene scene;
  scene.camera = camera;
  scene.height_m = 10;
  scene.direction_to_sun_in_cam = Eigen::Vector3d(0.6, 0, 0.8);
  cv::Mat radiance = Constant(64, 0.1F);
  radiance.colRange(0, 20) = 0.02F;
  const auto with = [&](auto change) {
    ImagingOptions options = IdealImaging();
    change(options);
    return ExposeImage(radiance, options, 1, 0, scene);
  };
  const auto expect_same = [](const cv::Mat& image, const cv::Mat& expected) {
    EXPECT_LT(cv::norm(image, expected, cv::NORM_INF), 1e-7);
  };
  ImagingOptions on;
  on.vignetting.cos_power = 4;
  expect_same(with([&](ImagingOptions& o) { o.vignetting = on.vignetting; }),
              radiance.mul(VignettingMap(on.vignetting, camera)));
  on.lens_dust.count = 10;
  expect_same(with([&](ImagingOptions& o) { o.lens_dust = on.lens_dust; }),
              radiance.mul(LensDustMap(on.lens_dust, radiance.size(), 1)));
  on.stray_light = {0.02, 0.3, 0.01, 2};
  expect_same(with([&](ImagingOptions& o) { o.stray_light = on.stray_light; }),
              AddStrayLight(radiance, on.stray_light, camera, scene.direction_to_sun_in_cam));
  on.plume.start_height_m = 40;
  expect_same(with([&](ImagingOptions& o) { o.plume = on.plume; }), SeenThroughPlume(radiance, on.plume, 10));
  const cv::Mat gained = with([&](ImagingOptions& o) { o.detector.prnu = 0.01; });
  EXPECT_GT(cv::norm(gained, radiance, cv::NORM_INF), 1e-4);
}

// Automatic exposure sees the plume: the veil does not saturate the picture.
TEST(ExposeImage, ExposesForWhatThePlumeShows) {
  ImagingOptions options = Clean();
  options.exposure_gain = 0;
  options.plume.start_height_m = 40;
  ImagingScene scene;
  scene.height_m = 0;
  const cv::Mat image = ExposeImage(Constant(16, 0.001F), options, 1, 0, scene);
  EXPECT_NEAR(image.at<std::uint8_t>(3, 3), 0.7 * 255, 0.51);
}

TEST(ExposeImage, EffectsNameWhatTheSceneLacks) {
  const cv::Mat radiance = Constant(16, 0.1F);
  const auto message = [&](const ImagingOptions& options, const ImagingScene& scene) -> std::string {
    try {
      ExposeImage(radiance, options, 1, 0, scene);
    } catch (const std::invalid_argument& e) {
      return e.what();
    }
    return "accepted";
  };
  ImagingOptions options;
  options.vignetting.cos_power = 4;
  EXPECT_NE(message(options, {}).find("vignetting needs the scene's camera"), std::string::npos);
  ImagingScene scene;
  scene.camera = PinholeCamera(15, 1);
  EXPECT_NE(message(options, scene).find("size"), std::string::npos);
  scene.camera = PinholeCamera(16, 1);
  EXPECT_EQ(message(options, scene), "accepted");
  options = {};
  options.stray_light.veiling_glare = 0.02;
  EXPECT_NE(message(options, {}).find("stray_light needs the scene's camera"), std::string::npos);
  options = {};
  options.full_well_e = 0;
  options.detector.dark_current_eps = 10;
  EXPECT_NE(message(options, {}).find("full_well_e"), std::string::npos);
}

TEST(ExposeImage, SameBytesForTheSameCounterOnly) {
  const cv::Mat radiance = Constant(64, 0.08F);
  const auto expose = [&](std::size_t threads, std::uint64_t seed, std::uint64_t stream) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return ExposeImage(radiance, {}, seed, stream);
  };
  const cv::Mat first = expose(1, 5, 6);
  const auto same = [&](const cv::Mat& other) {
    return std::memcmp(first.data, other.data, first.total()) == 0;
  };
  EXPECT_TRUE(same(expose(2, 5, 6)));
  EXPECT_FALSE(same(expose(1, 5, 7)));
  EXPECT_FALSE(same(expose(1, 6, 6)));
}

TEST(ExposeImage, RefusesBadOptions) {
  const cv::Mat radiance = Constant(4, 0.1F);
  ImagingOptions options;
  options.bits = 10;
  EXPECT_THROW(ExposeImage(radiance, options, 1, 0), std::invalid_argument);
  options = {};
  options.psf_sigma_px = -1;
  EXPECT_THROW(ExposeImage(radiance, options, 1, 0), std::invalid_argument);
  options = {};
  options.black_level = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(ExposeImage(radiance, options, 1, 0), std::invalid_argument);
  EXPECT_THROW(ExposeImage(cv::Mat(4, 4, CV_8U), {}, 1, 0), std::invalid_argument);
  EXPECT_THROW(ExposeImage(cv::Mat(), {}, 1, 0), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
