#include "tests/nav/estimation/descent_world.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "dem/frames/pose.h"
#include "dem/linear/symmetric_solve.h"
#include "dem/synthesis/random.h"
#include "nav/estimation/propagate.h"

namespace perilune::test {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kTrajectory_s = 150;
const Vector3d kTurn_radps(5e-4, -1e-3, 8e-4);

struct PathPoint {
  Vector3d position, velocity, acceleration;
};

/// Hermite's cubic between the ends of the descent.
PathPoint PathAt(double t_s) {
  const Vector3d p0(-22e3, 1000, 7000), v0(300, -12, -60), p1(0, 0, 300), v1(4, 1, -5);
  const double T = kTrajectory_s, s = t_s / T;
  const auto blend = [&](double a, double b, double c, double d) -> Vector3d {
    return a * p0 + b * T * v0 + c * p1 + d * T * v1;
  };
  return {blend(2 * s * s * s - 3 * s * s + 1, s * s * s - 2 * s * s + s, -2 * s * s * s + 3 * s * s,
                s * s * s - s * s),
          blend(6 * s * s - 6 * s, 3 * s * s - 4 * s + 1, -6 * s * s + 6 * s, 3 * s * s - 2 * s) / T,
          blend(12 * s - 6, 6 * s - 4, -12 * s + 6, 6 * s - 2) / (T * T)};
}

Eigen::Quaterniond AttitudeAt(double t_s) {
  return Eigen::Quaterniond(0, 1, 0, 0) * dem::ExpSo3({0.02, 0.05, 0.3}) * dem::ExpSo3(kTurn_radps * t_s);
}

std::shared_ptr<const dem::Terrain> SphereMap(const dem::Site& site) {
  constexpr int kPoints = 381;
  dem::TerrainLevel level;
  level.spacing_m = 200;
  level.x0_m = -38000;
  level.y0_m = 38000;
  level.z_m = dem::Grid<float>(kPoints, kPoints);
  for (int row = 0; row < kPoints; ++row) {
    for (int col = 0; col < kPoints; ++col) {
      level.z_m.At(col, row) = static_cast<float>(
          dem::ZInSite(level.x0_m + col * level.spacing_m, level.y0_m - row * level.spacing_m, 0));
    }
  }
  std::vector<dem::TerrainLevel> levels;
  levels.push_back(std::move(level));
  return std::make_shared<const dem::Terrain>(site, std::move(levels));
}

}  // namespace

DescentSetup::DescentSetup() {
  prior.attitude_sigma_rad = 1e-3;
  prior.position_sigma_m = {150, 150, 60};
  prior.velocity_sigma_mps = 1;
  prior.gyro_bias_sigma_radps = 2e-5;
  prior.accel_bias_sigma_mps2 = 1e-3;
  prior.range_bias_sigma_m = 1;
}

DescentWorld::DescentWorld(std::uint64_t seed, const DescentSetup& setup)
    : seed_(seed),
      setup_(setup),
      site_(dem::MakeSite({0.45, 0.06})),
      camera_(vision::PinholeCamera(512, 0.9)) {
  body_from_cam_.linear() = dem::ExpSo3({0.05, -0.03, 0.4}).toRotationMatrix();
  body_from_cam_.translation() = Vector3d(1.2, -0.4, 0.8);
  body_from_beam_.linear() = dem::ExpSo3({-0.04, 0.06, 0}).toRotationMatrix();
  body_from_beam_.translation() = Vector3d(-0.5, 0.3, 1);
  DrawStates();
  DrawPictures();
  for (double t = setup_.range_every_s / 2; setup_.range_every_s > 0 && t < setup_.duration_s;
       t += setup_.range_every_s) {
    if (t > setup_.blind_from_s && t < setup_.blind_to_s) continue;
    const std::int64_t t_ns = kStart_ns + std::llround(t * 1e9);
    const nav::State truth = Truth(t_ns);
    const Eigen::Isometry3d site_from_beam = truth.site_from_body * body_from_beam_;
    const double range_m = TrueRange(truth, site_from_beam.translation(), site_from_beam.linear().col(2));
    ranges_.push_back({t_ns, range_m + range_bias_m_ + Draw(kRange_m).x(), kRange_m, true, 0});
  }
  for (double t = setup_.attitude_every_s / 2; setup_.attitude_every_s > 0 && t < setup_.duration_s;
       t += setup_.attitude_every_s) {
    const std::int64_t t_ns = kStart_ns + std::llround(t * 1e9);
    const Eigen::Quaterniond moon_from_body(site_.moon_from_site.linear() *
                                            Truth(t_ns).site_from_body.linear());
    attitudes_.push_back({t_ns, moon_from_body * dem::ExpSo3(Draw(kStar_rad)), kStar_rad});
  }
}

const dem::Terrain& DescentWorld::map() const {
  static const std::shared_ptr<const dem::Terrain> map = SphereMap(site_);
  return *map;
}

Vector3d DescentWorld::Draw(double sigma) {
  Vector3d v;
  for (int i = 0; i < 3; ++i) v[i] = sigma * dem::RandomNormal(seed_, 77, next_++);
  return v;
}

void DescentWorld::DrawStates() {
  nav::InitialKnowledge knowledge = setup_.prior;
  knowledge.t_ns = kStart_ns;
  tie_m_ =
      Draw(1).cwiseProduct(Vector3d(setup_.tie.horizontal_m, setup_.tie.horizontal_m, setup_.tie.vertical_m));
  range_bias_m_ = knowledge.range_bias_sigma_m * Draw(1).x();
  Vector3d gyro_bias = Draw(knowledge.gyro_bias_sigma_radps),
           accel_bias = Draw(knowledge.accel_bias_sigma_mps2);
  const double dt_s = 1 / kImu_hz;
  const nav::ImuNoise& noise = setup_.imu_noise;
  const auto samples = static_cast<std::int64_t>(std::lround(setup_.duration_s * kImu_hz)) + 1;
  for (std::int64_t i = 0; i < samples; ++i) {
    const double t = setup_.start_s + static_cast<double>(i) * dt_s;
    const PathPoint path = PathAt(t);
    const Matrix3d body_from_site = AttitudeAt(t).conjugate().toRotationMatrix();
    const Vector3d force = path.acceleration - nav::FreeFallAcceleration(site_, path.position, path.velocity);
    gyro_bias_.push_back(gyro_bias);
    accel_bias_.push_back(accel_bias);
    imu_.push_back({kStart_ns + i * std::llround(dt_s * 1e9),
                    kTurn_radps + body_from_site * nav::MoonRateInSite(site_) + gyro_bias +
                        Draw(noise.gyro_radps_rthz / std::sqrt(dt_s)),
                    body_from_site * force + accel_bias + Draw(noise.accel_mps2_rthz / std::sqrt(dt_s))});
    gyro_bias += Draw(noise.gyro_walk_radps2_rthz * std::sqrt(dt_s));
    accel_bias += Draw(noise.accel_walk_mps3_rthz * std::sqrt(dt_s));
  }
  map_error_.push_back(Matrix3d(setup_.map_error_m2.llt().matrixL()) * Draw(1));
  nav::StateVector error = nav::StateVector::Zero();
  error << Draw(knowledge.attitude_sigma_rad), Draw(1).cwiseProduct(knowledge.position_sigma_m),
      Draw(knowledge.velocity_sigma_mps), Eigen::Matrix<double, 13, 1>::Zero();
  const nav::State moved = Moved(Truth(kStart_ns), error);
  knowledge.site_from_body = moved.site_from_body;
  knowledge.velocity_of_body_in_site_mps = moved.velocity_of_body_in_site_mps;
  prior_ = nav::ResetMapTie(nav::InitialState(knowledge), setup_.tie, setup_.map_error_m2);
}

nav::State DescentWorld::Truth(std::int64_t t_ns) const {
  const double t = static_cast<double>(t_ns - kStart_ns) * 1e-9;
  const PathPoint path = PathAt(setup_.start_s + t);
  const auto sample = std::min(gyro_bias_.size() - 1, static_cast<std::size_t>(std::lround(t * kImu_hz)));
  nav::State truth;
  truth.t_ns = t_ns;
  truth.site_from_body.linear() = AttitudeAt(setup_.start_s + t).toRotationMatrix();
  truth.site_from_body.translation() = path.position;
  truth.velocity_of_body_in_site_mps = path.velocity;
  truth.gyro_bias_radps = gyro_bias_[sample];
  truth.accel_bias_mps2 = accel_bias_[sample];
  truth.range_bias_m = range_bias_m_;
  truth.map_tie_m = tie_m_;
  truth.map_error_m = map_error_.back();
  for (std::size_t i = 0; i < pictures_.size(); ++i) {
    if (pictures_[i].t_ns <= t_ns) truth.map_error_m = map_error_[i + 1];
  }
  return truth;
}

/// To the true surface: the map's sphere moved back by the tie.
double DescentWorld::TrueRange(const nav::State& truth, const Vector3d& origin_in_site,
                               const Vector3d& direction) const {
  const Vector3d from_centre = origin_in_site + truth.map_tie_m - dem::MoonCentreInSite();
  const double along = direction.dot(from_centre);
  const double excess = from_centre.squaredNorm() - dem::kMoonRadius_m * dem::kMoonRadius_m;
  return -along - std::sqrt(along * along - excess);
}

void DescentWorld::DrawPictures() {
  const Matrix3d root = setup_.map_error_m2.llt().matrixL();
  Vector3d last = PathAt(setup_.start_s).position;
  Vector3d error = map_error_.front();
  for (double t = setup_.picture_every_s; t < setup_.duration_s - 1e-9; t += setup_.picture_every_s) {
    nav::LandmarkMeasurement picture;
    picture.t_ns = kStart_ns + std::llround(t * 1e9);
    const nav::State truth = Truth(picture.t_ns);
    const double distance_m = (truth.site_from_body.translation() - last).head<2>().norm();
    const double kept = std::exp(-distance_m / setup_.map_error_correlation_m);
    error = kept * error + std::sqrt(1 - kept * kept) * root * Draw(1);
    last = truth.site_from_body.translation();
    const Eigen::Isometry3d site_from_cam = truth.site_from_body * body_from_cam_;
    for (int i = 0; i < setup_.landmarks; ++i) {
      vision::Match match;
      for (int axis = 0; axis < 2; ++axis) {
        match.pixel_px[axis] = dem::RandomUniform(seed_, 78, next_++) * (camera_.width_px - 1);
      }
      const Vector3d direction = site_from_cam.linear() * camera_.Unproject(match.pixel_px);
      const double hill =
          0.02 * truth.site_from_body.translation().z() * dem::RandomNormal(seed_, 79, next_++);
      const double range_m = TrueRange(truth, site_from_cam.translation(), direction) + hill;
      match.point_in_site_m =
          site_from_cam.translation() + range_m * direction + tie_m_ + error + Draw(kPoint_m);
      match.point_covariance_m2 = kPoint_m * kPoint_m * Matrix3d::Identity();
      match.pixel_px += Draw(kPixel_px).head<2>();
      match.covariance_px2 = kPixel_px * kPixel_px * Eigen::Matrix2d::Identity();
      match.landmark_id = i;
      picture.matches.push_back(match);
    }
    map_error_.push_back(error);
    if (t > setup_.blind_from_s && t < setup_.blind_to_s) picture.matches.clear();
    pictures_.push_back(std::move(picture));
  }
}

nav::SmootherOptions DescentWorld::Options() const {
  nav::SmootherOptions options;
  options.imu_noise = setup_.imu_noise;
  options.map_error_covariance_m2 = setup_.map_error_m2;
  options.map_error_correlation_m = setup_.map_error_correlation_m;
  options.range.unresolved_relief = 0;
  return options;
}

void Feed(const DescentWorld& world, nav::Smoother& smoother,
          const std::function<void(std::int64_t t_ns)>& each) {
  smoother.AddImu(world.imu());
  auto range = world.ranges().begin();
  auto attitude = world.attitudes().begin();
  for (const nav::LandmarkMeasurement& picture : world.pictures()) {
    while (true) {
      const bool range_due = range != world.ranges().end() && range->t_ns <= picture.t_ns;
      const bool attitude_due = attitude != world.attitudes().end() && attitude->t_ns <= picture.t_ns;
      if (attitude_due && (!range_due || attitude->t_ns <= range->t_ns)) {
        smoother.AddAttitude(*attitude++);
      } else if (range_due) {
        smoother.AddRange(*range++, world.body_from_beam(), world.map(), {});
      } else {
        break;
      }
    }
    if (!picture.matches.empty()) smoother.AddLandmarks(picture, world.camera(), world.body_from_cam());
    each(picture.t_ns);
  }
}

double NormalisedError(const nav::State& estimate, const nav::State& truth, int offset, int size) {
  const Eigen::VectorXd error = StateDifference(estimate, truth).segment(offset, size);
  return dem::SquaredMahalanobis(error, estimate.covariance.block(offset, offset, size, size));
}

}  // namespace perilune::test
