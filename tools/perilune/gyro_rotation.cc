#include "tools/perilune/gyro_rotation.h"

#include <algorithm>

#include "dem/frames/pose.h"

namespace perilune::tools {
namespace {

constexpr double kLeastSigma_rad = 1e-6;  // a perfect gyro's attitude is still rounded

}  // namespace

std::optional<vision::RotationPrior> GyroRotation(const datasets::Sequence& sequence, std::int64_t t0_ns,
                                                  std::int64_t t1_ns) {
  const auto& samples = sequence.imu;
  if (samples.empty() || samples.front().t_ns > t0_ns || samples.back().t_ns < t1_ns) return std::nullopt;
  const auto later = [](std::int64_t t_ns, const nav::Imu& sample) { return t_ns < sample.t_ns; };
  auto sample = std::upper_bound(samples.begin(), samples.end(), t0_ns, later) - 1;
  Eigen::Quaterniond imu0_from_imu1 = Eigen::Quaterniond::Identity();
  for (std::int64_t t_ns = t0_ns; t_ns < t1_ns;) {
    const auto next = sample + 1;
    const std::int64_t until_ns = next == samples.end() ? t1_ns : std::min(next->t_ns, t1_ns);
    const double step_s = 1e-9 * static_cast<double>(until_ns - t_ns);
    imu0_from_imu1 = imu0_from_imu1 * dem::ExpSo3(step_s * sample->gyro_radps);
    t_ns = until_ns;
    if (next != samples.end()) sample = next;
  }
  const datasets::ImuModel& model = sequence.info.imu;
  const double interval_s = 1e-9 * static_cast<double>(t1_ns - t0_ns);
  const double bias_rad = model.gyro_bias_sigma_radps * interval_s;
  const double noise_rad2 = model.gyro_noise_radps_rthz * model.gyro_noise_radps_rthz * interval_s;
  const Eigen::Quaterniond cam_from_imu(
      (sequence.info.body_from_cam.inverse() * sequence.info.body_from_imu).linear());
  vision::RotationPrior prior;
  prior.cam0_from_cam1 = (cam_from_imu * imu0_from_imu1 * cam_from_imu.conjugate()).normalized();
  prior.covariance_rad2 =
      (bias_rad * bias_rad + noise_rad2 + kLeastSigma_rad * kLeastSigma_rad) * Eigen::Matrix3d::Identity();
  return prior;
}

}  // namespace perilune::tools
