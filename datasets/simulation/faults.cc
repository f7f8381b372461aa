#include "datasets/simulation/faults.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "datasets/simulation/random_stream.h"
#include "dem/frames/moon.h"

namespace perilune::datasets {
namespace {

enum class Limit { kAny, kPositive };

/// How a scenario writes a kind of fault.
struct FaultWords {
  FaultKind kind;
  const char* sensor;
  const char* name;
  const char* value;  ///< key of the value; nullptr: it has none
  Limit limit = Limit::kAny;
  bool degrees = false;
};

constexpr std::array<FaultWords, 21> kWords = {{
    {FaultKind::kLateFirstReturn, "altimeter", "late_first_return", "max_range_m", Limit::kPositive},
    {FaultKind::kRangeDropout, "altimeter", "dropout", nullptr},
    {FaultKind::kConstantReading, "altimeter", "constant_reading", nullptr},
    {FaultKind::kRangeBias, "altimeter", "bias_step", "bias_m"},
    {FaultKind::kRangeNoise, "altimeter", "noise", "factor", Limit::kPositive},
    {FaultKind::kMultipath, "altimeter", "multipath", "extra_m", Limit::kPositive},
    {FaultKind::kBoulder, "altimeter", "boulder", "height_m", Limit::kPositive},
    {FaultKind::kFrozenFrame, "camera", "frozen_frame", nullptr},
    {FaultKind::kOverExposure, "camera", "over_exposure", "factor", Limit::kPositive},
    {FaultKind::kDust, "camera", "dust", "optical_depth", Limit::kPositive},
    {FaultKind::kBlur, "camera", "blur", "sigma_px", Limit::kPositive},
    {FaultKind::kLostFrames, "camera", "lost_frames", nullptr},
    {FaultKind::kTimeTag, "camera", "time_tag", "offset_s"},
    {FaultKind::kBoresight, "camera", "boresight", "angle_deg", Limit::kAny, true},
    {FaultKind::kFocalLength, "camera", "focal_length", "share"},
    {FaultKind::kAttitudeOutage, "star_tracker", "outage", nullptr},
    {FaultKind::kAccelSaturation, "imu", "accel_saturation", "limit_mps2", Limit::kPositive},
    {FaultKind::kGyroSaturation, "imu", "gyro_saturation", "limit_degps", Limit::kPositive, true},
    {FaultKind::kMapTie, "map", "tie_error", "east_m"},
    {FaultKind::kWrongMap, "map", "wrong_map", "shift_deg", Limit::kPositive, true},
    {FaultKind::kMapResolution, "map", "resolution", "factor", Limit::kPositive},
}};

const FaultWords& WordsOf(const YamlMap& yaml) {
  const std::string sensor = yaml.Text("sensor"), name = yaml.Text("kind");
  std::string sensors, names;
  for (const FaultWords& words : kWords) {
    if (sensors.find(words.sensor) == std::string::npos)
      sensors += (sensors.empty() ? "" : ", ") + std::string(words.sensor);
    if (sensor != words.sensor) continue;
    if (name == words.name) return words;
    names += (names.empty() ? "" : ", ") + std::string(words.name);
  }
  if (names.empty()) yaml.Fail("sensor", "must be one of " + sensors);
  yaml.Fail("kind", "must be one of " + names + " for the sensor " + sensor);
}

Fault ReadFault(const YamlMap& yaml) {
  const FaultWords& words = WordsOf(yaml);
  Fault fault;
  fault.kind = words.kind;
  if (words.value != nullptr) {
    fault.value =
        words.limit == Limit::kPositive ? yaml.PositiveNumber(words.value) : yaml.Number(words.value);
    if (words.degrees) fault.value = dem::DegToRad(fault.value);
  }
  fault.from_s = yaml.OptionalNumber("from_s").value_or(fault.from_s);
  fault.until_s = yaml.OptionalNumber("until_s").value_or(fault.until_s);
  fault.from_height_m = yaml.OptionalNumber("from_height_m").value_or(fault.from_height_m);
  fault.until_height_m = yaml.OptionalNumber("until_height_m").value_or(fault.until_height_m);
  if (!(fault.from_s < fault.until_s)) yaml.Fail("until_s", "must be later than from_s");
  if (!(fault.until_height_m < fault.from_height_m)) {
    yaml.Fail("until_height_m", "must be lower than from_height_m");
  }
  if (words.kind == FaultKind::kDust && !yaml.Has("from_height_m")) {
    yaml.Fail("from_height_m", "is missing: where the dust begins");
  }
  for (const char* key : {"from_s", "until_s", "from_height_m", "until_height_m"}) {
    if (words.sensor == std::string("map") && yaml.Has(key)) yaml.Fail(key, "a map is wrong from the start");
  }
  return fault;
}

/// One reading under a fault that depends on nothing before it; `draw` numbers its random numbers.
nav::Range SpoiledRange(nav::Range range, const Fault& fault, std::uint64_t seed, std::uint64_t stream,
                        std::uint64_t draw) {
  const auto uniform = [&](std::uint64_t which) {
    return dem::RandomUniform(seed, stream, 2 * draw + which);
  };
  switch (fault.kind) {
    case FaultKind::kLateFirstReturn:
      range.valid = range.valid && range.range_m <= fault.value;
      break;
    case FaultKind::kRangeDropout:
      range.valid = false;
      break;
    case FaultKind::kRangeBias:
      range.range_m += fault.value;
      break;
    case FaultKind::kRangeNoise:
      // With the noise that it has already, `factor` times as much.
      range.range_m += std::sqrt(std::max(0.0, fault.value * fault.value - 1)) * range.sigma_m *
                       dem::RandomNormal(seed, stream, draw);
      break;
    case FaultKind::kMultipath:
      if (uniform(0) < 0.5) range.range_m += fault.value * uniform(1);
      break;
    case FaultKind::kBoulder:
      range.range_m -= fault.value;
      break;
    default:
      break;
  }
  if (!range.valid) range.range_m = range.sigma_m = 0;  // as the sensor writes where there is no return
  return range;
}

/// Each axis of a vector within ± limit.
Eigen::Vector3d Saturated(const Eigen::Vector3d& value, double limit) {
  return value.cwiseMin(limit).cwiseMax(-limit);
}

}  // namespace

std::vector<Fault> ReadFaults(const YamlMap& scenario) {
  std::vector<Fault> faults;
  if (!scenario.Has("faults")) return faults;
  for (const YamlMap& yaml : scenario.Maps("faults")) faults.push_back(ReadFault(yaml));
  return faults;
}

double FaultSum(const std::vector<Fault>& faults, FaultKind kind) {
  double sum = 0;
  for (const Fault& fault : faults) sum += fault.kind == kind ? fault.value : 0;
  return sum;
}

double FaultFactor(const std::vector<Fault>& faults, FaultKind kind) {
  double factor = 1;
  for (const Fault& fault : faults) factor *= fault.kind == kind ? fault.value : 1;
  return factor;
}

FaultInjector::FaultInjector(std::vector<Fault> faults, std::function<double(double)> height_at_m,
                             std::int64_t start_ns, std::uint64_t seed)
    : faults_(std::move(faults)), height_at_m_(std::move(height_at_m)), start_ns_(start_ns), seed_(seed) {}

bool FaultInjector::Active(const Fault& fault, std::int64_t t_ns) const {
  const double t_s = static_cast<double>(t_ns - start_ns_) * 1e-9;
  return fault.ActiveAt(t_s, height_at_m_(t_s));
}

std::vector<nav::Range> FaultInjector::Spoiled(std::vector<nav::Range> ranges) const {
  for (std::size_t f = 0; f < faults_.size(); ++f) {
    const std::uint64_t stream = static_cast<std::uint64_t>(RandomUse::kFault) + f;
    std::optional<nav::Range> held;  // the last reading before the window
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      nav::Range& range = ranges[i];
      if (!Active(faults_[f], range.t_ns)) {
        if (range.valid) held = range;
      } else if (faults_[f].kind == FaultKind::kConstantReading) {
        if (!held) held = range;
        const std::int64_t t_ns = range.t_ns;
        range = *held;
        range.t_ns = t_ns;
      } else {
        range = SpoiledRange(range, faults_[f], seed_, stream, i);
      }
    }
  }
  return ranges;
}

std::vector<nav::Imu> FaultInjector::Spoiled(std::vector<nav::Imu> samples) const {
  for (const Fault& fault : faults_) {
    const bool force = fault.kind == FaultKind::kAccelSaturation;
    if (!force && fault.kind != FaultKind::kGyroSaturation) continue;
    for (nav::Imu& sample : samples) {
      if (!Active(fault, sample.t_ns)) continue;
      Eigen::Vector3d& value = force ? sample.accel_mps2 : sample.gyro_radps;
      value = Saturated(value, fault.value);
    }
  }
  return samples;
}

std::vector<StarTrackerSample> FaultInjector::Spoiled(const std::vector<StarTrackerSample>& samples) const {
  std::vector<StarTrackerSample> kept;
  for (const StarTrackerSample& sample : samples) {
    const bool out = std::any_of(faults_.begin(), faults_.end(), [&](const Fault& fault) {
      return fault.kind == FaultKind::kAttitudeOutage && Active(fault, sample.t_ns);
    });
    if (!out) kept.push_back(sample);
  }
  return kept;
}

PictureFault FaultInjector::OfPicture(std::int64_t t_ns) const {
  PictureFault picture;
  for (const Fault& fault : faults_) {
    if (!Active(fault, t_ns)) continue;
    picture.lost |= fault.kind == FaultKind::kLostFrames;
    picture.frozen |= fault.kind == FaultKind::kFrozenFrame;
    if (fault.kind == FaultKind::kOverExposure) picture.gain *= fault.value;
    if (fault.kind == FaultKind::kBlur) picture.blur_px = std::hypot(picture.blur_px, fault.value);
    if (fault.kind == FaultKind::kTimeTag) picture.tag_offset_s += fault.value;
    if (fault.kind == FaultKind::kBoresight) picture.turn_rad += fault.value;
    if (fault.kind == FaultKind::kFocalLength) picture.focal_factor *= 1 + fault.value;
    if (fault.kind == FaultKind::kDust) {
      picture.dust_from_height_m = fault.from_height_m;
      picture.dust_optical_depth = fault.value;
    }
  }
  return picture;
}

}  // namespace perilune::datasets
