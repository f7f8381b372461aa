#pragma once

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "dem/frames/pose.h"
#include "dem/synthesis/embedded.h"
#include "dem/synthesis/random.h"
#include "nav/navigator/navigator.h"
#include "vision/imaging/exposure.h"
#include "vision/render/render.h"

namespace perilune::test {

/// A short straight flight over 6 km of synthetic ground, pictured with Hapke's law; the map is smoothed to
/// another, four times coarser grid and displaced by a tie.
class SmallDescent {
 public:
  static constexpr double kSpacing_m = 5;
  static constexpr double kMapSpacing_m = 20;
  static constexpr double kImuRate_hz = 50;
  static constexpr double kStar_rad = 1e-4;
  static constexpr std::int64_t kStart_ns = 1'700'000'000'000'000'000;
  const Eigen::Vector3d tie_m{14, -9, 4};

  explicit SmallDescent(std::uint64_t seed)
      : seed_(seed), site_(dem::MakeSite({0.45, 0.06})), truth_(MakeTruth()), map_(MakeMap()) {
    sun_.direction_to_sun_in_site = Eigen::Vector3d(-0.8, 0.3, 0.45).normalized();
    mounting_.camera = vision::PinholeCamera(320, dem::DegToRad(60));
    mounting_.body_from_cam.linear() << 0, -1, 0, -1, 0, 0, 0, 0, -1;
    mounting_.body_from_cam.translation() = Eigen::Vector3d(1, 0.5, -1.5);
    mounting_.body_from_imu.translation() = Eigen::Vector3d(0.3, 0, 0.2);
    mounting_.body_from_beam.linear() = Eigen::DiagonalMatrix<double, 3>(1, -1, -1);
  }

  const dem::Site& site() const { return site_; }
  const nav::Mounting& mounting() const { return mounting_; }
  std::vector<nav::MapLevel> Levels() const { return {map_}; }
  const nav::MapLevel& map() const { return map_; }

  Eigen::Isometry3d SiteFromBody(double t_s) const {
    Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
    pose.linear() = dem::ExpSo3({0.03, -0.05, 0.4}).toRotationMatrix();
    pose.translation() = Eigen::Vector3d(-300, 200, 2600) + t_s * velocity_mps_;
    return pose;
  }
  const Eigen::Vector3d& velocity_mps() const { return velocity_mps_; }

  /// The prior: the truth moved by errors of the sigmas.
  nav::State Prior() const {
    nav::InitialKnowledge knowledge;
    knowledge.t_ns = kStart_ns;
    dem::Vector6d error;
    error << Draw(0, 1e-3), Draw(1, 60);
    knowledge.site_from_body = dem::Perturb(SiteFromBody(0), error);
    knowledge.velocity_of_body_in_site_mps = velocity_mps_ + Draw(2, 1);
    knowledge.attitude_sigma_rad = 1e-3;
    knowledge.position_sigma_m.setConstant(60);
    knowledge.velocity_sigma_mps = 1;
    knowledge.gyro_bias_sigma_radps = 1e-5;
    knowledge.accel_bias_sigma_mps2 = 1e-3;
    knowledge.range_bias_sigma_m = 1;
    return nav::InitialState(knowledge);
  }

  nav::NavigatorOptions Options() const {
    nav::NavigatorOptions options;
    options.imu_noise = {1e-5, 1e-7, 1e-4, 1e-6};
    return options;
  }

  /// What arrives with image `k` (1 Hz; k = 0 at the prior's time).
  nav::FrameInput Frame(int k) const {
    nav::FrameInput input;
    input.image = Picture(k);
    input.sun = sun_;
    const int per_image = static_cast<int>(kImuRate_hz);
    for (int i = k == 0 ? 0 : (k - 1) * per_image + 1; i <= k * per_image; ++i) input.imu.push_back(ImuAt(i));
    nav::Attitude attitude;
    attitude.t_ns = input.image.t_ns;
    attitude.sigma_rad = kStar_rad;
    attitude.moon_from_body = Eigen::Quaterniond(site_.moon_from_site.linear() * SiteFromBody(k).linear()) *
                              dem::ExpSo3(Draw(1000 + k, kStar_rad));
    input.attitudes = {attitude};
    input.ranges = {RangeAt(k)};
    return input;
  }

  nav::Image Picture(int k) const {
    vision::RenderOptions options;
    options.reflectance = vision::Reflectance::kHapke;
    const vision::View view = vision::RenderView(truth_, mounting_.camera,
                                                 SiteFromBody(k) * mounting_.body_from_cam, sun_, options);
    return {kStart_ns + k * 1'000'000'000LL, 0.001,
            vision::ExposeImage(view.radiance, {}, seed_, static_cast<std::uint64_t>(k))};
  }

 private:
  static constexpr int kSize = 1200;

  Eigen::Vector3d Draw(int stream, double sigma) const {
    Eigen::Vector3d v;
    for (int i = 0; i < 3; ++i) {
      v[i] =
          sigma * dem::RandomNormal(seed_, static_cast<std::uint64_t>(stream), static_cast<std::uint64_t>(i));
    }
    return v;
  }

  dem::Terrain MakeTruth() {
    const dem::PlaneWindow window{-3000, 3000, kSize, kSize, kSpacing_m};
    ground_.z_m = dem::SyntheticBase(seed_, window);
    ground_.x0_m = window.x0_m;
    ground_.y0_m = window.y0_m;
    ground_.spacing_m = kSpacing_m;
    for (int row = 0; row < kSize; ++row) {
      for (int col = 0; col < kSize; ++col) {
        float& z = ground_.z_m.At(col, row);
        z = static_cast<float>(
            dem::ZInSite(window.x0_m + col * kSpacing_m, window.y0_m - row * kSpacing_m, z));
      }
    }
    return dem::Terrain(site_, {ground_});
  }

  /// Mean of the true heights over 7 × 7 of their cells, on a grid of another origin and spacing.
  nav::MapLevel MakeMap() const {
    dem::TerrainLevel level;
    const int size = static_cast<int>(kSize * kSpacing_m / kMapSpacing_m) - 4;
    level.z_m = dem::Grid<float>(size, size);
    level.x0_m = ground_.x0_m + 30 + tie_m.x();
    level.y0_m = ground_.y0_m - 35 + tie_m.y();
    level.spacing_m = kMapSpacing_m;
    level.name = "landing.tif";
    for (int row = 0; row < size; ++row) {
      for (int col = 0; col < size; ++col) {
        const double x = 30 + col * kMapSpacing_m, y = 35 + row * kMapSpacing_m;
        const int c0 = static_cast<int>(std::lround(x / kSpacing_m)),
                  r0 = static_cast<int>(std::lround(y / kSpacing_m));
        double sum = 0;
        for (int r = r0 - 3; r <= r0 + 3; ++r) {
          for (int c = c0 - 3; c <= c0 + 3; ++c) sum += static_cast<double>(ground_.z_m.At(c, r));
        }
        level.z_m.At(col, row) = static_cast<float>(sum / 49 + tie_m.z());
      }
    }
    nav::MapLevel map;
    map.declaration = {kMapSpacing_m, 1, 100, 12, 6};
    map.name = level.name;
    level.height_sigma_m = 1;
    level.height_correlation_m = 100;
    std::vector<dem::TerrainLevel> levels;
    levels.push_back(std::move(level));
    map.terrain = std::make_shared<const dem::Terrain>(site_, std::move(levels));
    return map;
  }

  nav::Imu ImuAt(int i) const {
    const double t_s = i / kImuRate_hz;
    const Eigen::Isometry3d pose = SiteFromBody(t_s);
    const Eigen::Matrix3d body_from_site = pose.linear().transpose();
    nav::Imu imu;
    imu.t_ns = kStart_ns + std::llround(t_s * 1e9);
    imu.gyro_radps =
        body_from_site * nav::MoonRateInSite(site_) + Draw(2000 + 2 * i, 1e-5 * std::sqrt(kImuRate_hz));
    imu.accel_mps2 = -(body_from_site * nav::FreeFallAcceleration(site_, pose.translation(), velocity_mps_)) +
                     Draw(2001 + 2 * i, 1e-4 * std::sqrt(kImuRate_hz));
    return imu;
  }

  nav::Range RangeAt(int k) const {
    const Eigen::Isometry3d site_from_beam = SiteFromBody(k) * mounting_.body_from_beam;
    dem::Ray ray;
    ray.origin_in_site = site_from_beam.translation();
    ray.direction = site_from_beam.linear().col(2);
    const auto hit = truth_.FirstHit(ray);
    return {kStart_ns + k * 1'000'000'000LL, hit ? hit->range_m + Draw(500 + k, 0.5).x() : 0, 0.5,
            hit.has_value(), 0};
  }

  std::uint64_t seed_;
  dem::Site site_;
  Eigen::Vector3d velocity_mps_{60, -25, -35};
  dem::TerrainLevel ground_;
  dem::Terrain truth_;
  nav::MapLevel map_;
  nav::Mounting mounting_;
  dem::Sun sun_;
};

}  // namespace perilune::test
