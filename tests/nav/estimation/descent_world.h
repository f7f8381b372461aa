#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "dem/terrain/terrain.h"
#include "nav/estimation/map_error.h"
#include "nav/estimation/smoother.h"
#include "nav/estimation/state.h"
#include "vision/camera/camera.h"

namespace perilune::test {

/// What a simulated descent has.
struct DescentSetup {
  double start_s = 0;  ///< within the 150 s of the trajectory
  double duration_s = 60;
  int landmarks = 60;  ///< in each picture
  double picture_every_s = 1;
  double attitude_every_s = 1;  ///< half a period after the pictures; 0: no star tracker
  double range_every_s = 0.5;   ///< 0: no range finder
  /// No pictures and no ranges between these, seconds after the start.
  double blind_from_s = 1e9, blind_to_s = 1e9;
  nav::ImuNoise imu_noise{1e-5, 2e-7, 3e-4, 3e-6};
  nav::InitialKnowledge prior;  ///< sigmas alone
  nav::TieSigma tie{30, 10};
  Eigen::Matrix3d map_error_m2 = Eigen::Vector3d(2.25, 2.25, 1).asDiagonal();
  double map_error_correlation_m = 1000;

  DescentSetup();
};

/// A descent over a sphere, from 7 km and 300 m/s to 300 m and a few m/s in 150 s, its trajectory a
/// polynomial in `site`, with measurements drawn from the models that an estimator assumes. The map shows the
/// sphere moved by the tie; each picture's landmarks are moved by a local error besides, a first-order
/// process over the distance flown. No images: pixels of points.
class DescentWorld {
 public:
  static constexpr std::int64_t kStart_ns = 1'700'000'000'000'000'000;
  static constexpr double kImu_hz = 100;
  static constexpr double kPixel_px = 0.3, kPoint_m = 0.4, kStar_rad = 2e-4, kRange_m = 1;

  DescentWorld(std::uint64_t seed, const DescentSetup& setup);

  const dem::Site& site() const { return site_; }
  const vision::Camera& camera() const { return camera_; }
  const Eigen::Isometry3d& body_from_cam() const { return body_from_cam_; }
  const Eigen::Isometry3d& body_from_beam() const { return body_from_beam_; }
  /// The map: the sphere.
  const dem::Terrain& map() const;
  const DescentSetup& setup() const { return setup_; }

  /// What is known at the start: the truth moved by errors of its covariance.
  const nav::State& prior() const { return prior_; }
  const std::vector<nav::Imu>& imu() const { return imu_; }
  const std::vector<nav::LandmarkMeasurement>& pictures() const { return pictures_; }
  const std::vector<nav::Range>& ranges() const { return ranges_; }
  const std::vector<nav::Attitude>& attitudes() const { return attitudes_; }
  /// True state without covariance; its map error is that of the last picture.
  nav::State Truth(std::int64_t t_ns) const;

  /// What a smoother should be told of this world.
  nav::SmootherOptions Options() const;

 private:
  Eigen::Vector3d Draw(double sigma);
  void DrawStates();
  void DrawPictures();
  double TrueRange(const nav::State& truth, const Eigen::Vector3d& origin_in_site,
                   const Eigen::Vector3d& direction) const;

  std::uint64_t seed_, next_ = 0;
  DescentSetup setup_;
  dem::Site site_;
  vision::Camera camera_;
  Eigen::Isometry3d body_from_cam_ = Eigen::Isometry3d::Identity();
  Eigen::Isometry3d body_from_beam_ = Eigen::Isometry3d::Identity();
  Eigen::Vector3d tie_m_;
  double range_bias_m_ = 0;
  std::vector<Eigen::Vector3d> gyro_bias_, accel_bias_;  ///< one a sample
  std::vector<Eigen::Vector3d> map_error_;               ///< one a picture
  nav::State prior_;
  std::vector<nav::Imu> imu_;
  std::vector<nav::LandmarkMeasurement> pictures_;
  std::vector<nav::Range> ranges_;
  std::vector<nav::Attitude> attitudes_;
};

/// Everything up to a time in the order of time, into a smoother; `each` is called after every picture.
void Feed(const DescentWorld& world, nav::Smoother& smoother,
          const std::function<void(std::int64_t t_ns)>& each);

/// dᵀ P⁻¹ d of some rows of the error `truth` − `estimate`.
double NormalisedError(const nav::State& estimate, const nav::State& truth, int offset, int size);

}  // namespace perilune::test
