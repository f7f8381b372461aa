#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "datasets/formats/sequence.h"
#include "datasets/formats/yaml_map.h"
#include "nav/sensors/records.h"

namespace perilune::datasets {

/// What goes wrong. Behind each: the scenario's words for it, and what `value` means.
enum class FaultKind {
  kLateFirstReturn,  ///< altimeter late_first_return: no valid range above max_range_m
  kRangeDropout,     ///< altimeter dropout: every sample says invalid
  kConstantReading,  ///< altimeter constant_reading: the last reading before it, again and again
  kRangeBias,        ///< altimeter bias_step: bias_m is added
  kRangeNoise,       ///< altimeter noise: `factor` times the noise that the samples declare
  kMultipath,        ///< altimeter multipath: every other sample, at random, up to extra_m too long
  kBoulder,          ///< altimeter boulder: the beam meets a rock, height_m nearer
  kFrozenFrame,      ///< camera frozen_frame: the last picture before it, under new time tags
  kOverExposure,     ///< camera over_exposure: `factor` times the grey values, cut at full scale
  kDust,             ///< camera dust: a veil from `from_height_m` down, optical_depth at the ground
  kBlur,             ///< camera blur: a lens out of focus, sigma_px in addition
  kLostFrames,       ///< camera lost_frames: no pictures
  kTimeTag,          ///< camera time_tag: offset_s is added to the time tags
  kBoresight,        ///< camera boresight: turned about its x by angle_deg (here rad)
  kFocalLength,      ///< camera focal_length: longer by `share`
  kAttitudeOutage,   ///< star_tracker outage: no samples
  kAccelSaturation,  ///< imu accel_saturation: each axis of the specific force within ± limit_mps2
  kGyroSaturation,   ///< imu gyro_saturation: each axis of the rate within ± limit_degps (here rad/s)
  kMapTie,           ///< map tie_error: displaced east_m more than it declares, every level
  kWrongMap,         ///< map wrong_map: of the place shift_deg (here rad) further east, with other detail
  kMapResolution     ///< map resolution: `factor` times as blurred as it declares
};

/// A fault and when it acts: at a time (since the start of the descent) in [from_s, until_s) while the lander
/// is at a height above the true ground in (until_height_m, from_height_m]. Those of the map act always.
struct Fault {
  FaultKind kind = FaultKind::kRangeDropout;
  double value = 0;
  double from_s = 0;
  double until_s = std::numeric_limits<double>::infinity();
  double from_height_m = std::numeric_limits<double>::infinity();
  double until_height_m = -std::numeric_limits<double>::infinity();

  bool ActiveAt(double t_s, double height_m) const {
    return t_s >= from_s && t_s < until_s && height_m <= from_height_m && height_m > until_height_m;
  }
};

/// A scenario's optional list `faults`: mappings `{sensor, kind, VALUE, from_s, until_s, from_height_m,
/// until_height_m}`, the limits optional. Throws dem::DataError for an unknown sensor or kind (with those
/// that there are), a missing or surplus value, an empty window, a map with a window.
std::vector<Fault> ReadFaults(const YamlMap& scenario);

/// Sum and product of the values of the faults of a kind: 0 and 1 without any.
double FaultSum(const std::vector<Fault>& faults, FaultKind kind);
double FaultFactor(const std::vector<Fault>& faults, FaultKind kind);

/// What the faults make of one picture.
struct PictureFault {
  bool lost = false;
  bool frozen = false;
  double gain = 1;                           ///< of the grey values
  double blur_px = 0;                        ///< 1 sigma in addition to the lens's
  double tag_offset_s = 0;                   ///< what its time tag is late
  double turn_rad = 0;                       ///< of the camera about its x
  double focal_factor = 1;                   ///< of the true focal length
  std::optional<double> dust_from_height_m;  ///< with the depth that follows
  double dust_optical_depth = 0;
};

/// Spoils samples of a descent that are free of faults. Nothing random depends on the order of the calls.
class FaultInjector {
 public:
  /// `height_at_m`: height of the lander above the true ground at a time since the start, s.
  FaultInjector(std::vector<Fault> faults, std::function<double(double)> height_at_m, std::int64_t start_ns,
                std::uint64_t seed);

  /// Ranges keep the sigma that they declare.
  std::vector<nav::Range> Spoiled(std::vector<nav::Range> ranges) const;
  std::vector<nav::Imu> Spoiled(std::vector<nav::Imu> samples) const;
  std::vector<StarTrackerSample> Spoiled(const std::vector<StarTrackerSample>& samples) const;
  /// Of the picture taken at a (true) time.
  PictureFault OfPicture(std::int64_t t_ns) const;

 private:
  bool Active(const Fault& fault, std::int64_t t_ns) const;

  std::vector<Fault> faults_;
  std::function<double(double)> height_at_m_;
  std::int64_t start_ns_;
  std::uint64_t seed_;
};

}  // namespace perilune::datasets
