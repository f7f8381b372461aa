#include "datasets/formats/foreign_sequence.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "datasets/formats/camera_file.h"
#include "datasets/formats/csv_table.h"
#include "datasets/formats/foreign_images.h"
#include "datasets/formats/foreign_sensors.h"
#include "datasets/formats/map_terrain.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace fs = std::filesystem;
namespace {

fs::path RootOf(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw dem::DataError(folder, "no such folder");
  return fs::is_directory(folder / "mav0") ? folder / "mav0" : folder;
}

std::string OneDecimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

/// Refuses a shift that takes times out of 64 bits of nanoseconds.
void ShiftImages(const fs::path& path, double shift_s, std::vector<ImageName>& images) {
  constexpr double kLargest_s = 5e9;
  bool fits = std::abs(shift_s) <= kLargest_s;
  for (ImageName& image : images) {
    fits = fits && !__builtin_add_overflow(image.t_ns, static_cast<std::int64_t>(shift_s * 1e9), &image.t_ns);
  }
  if (fits) return;
  throw dem::DataError(path, "timeshift_cam_imu: " + ShortestText(shift_s) +
                                 " s take the images' times out of what 64 bits of nanoseconds hold");
}

void OpenCamera(const fs::path& root, const ForeignRequest& request, ForeignSequence& sequence) {
  static const std::vector<std::string> kCameraFiles = {"cam0/sensor.yaml", "camchain.yaml", "camera.yaml",
                                                        "camera.yml", "camera.json"};
  const auto path = request.camera ? request.camera : FirstExisting(root, kCameraFiles);
  if (!path) {
    throw dem::DataError(root,
                         "has no camera file (cam0/sensor.yaml, camchain.yaml, camera.yaml, camera.json): "
                         "give --camera FILE");
  }
  const CameraFile file = ReadCameraFile(*path);
  SequenceInfo& info = sequence.stream.info;
  info.camera = file.camera;
  info.body_from_cam = file.body_from_cam.value_or(Eigen::Isometry3d::Identity());
  Findings& findings = sequence.findings;
  findings.found.push_back("camera: " + path->filename().string() + " (" + file.kind + "), " +
                           std::to_string(info.camera.width_px) + " x " +
                           std::to_string(info.camera.height_px) + " px, " + info.camera.model +
                           ", focal length " + OneDecimal(info.camera.FocalLength_px()) + " px");
  if (!file.body_from_cam) findings.assumed.push_back("the body's axes and origin are the camera's");
  findings.assumed.insert(findings.assumed.end(), file.notes.begin(), file.notes.end());
  if (file.imu_minus_camera_s != 0) {
    ShiftImages(*path, file.imu_minus_camera_s, sequence.stream.images);
    findings.found.push_back("clock of the camera: " + ShortestText(file.imu_minus_camera_s) +
                             " s are added to the images' times (timeshift_cam_imu)");
  }
}

/// Ties the sequence's clock to UTC.
void SetEpoch(const ForeignRequest& request, bool times_are_tai, ForeignSequence& sequence) {
  SequenceInfo& info = sequence.stream.info;
  const std::int64_t first_ns = sequence.stream.images.front().t_ns;
  if (request.epoch_utc) {
    dem::ParseUtc(*request.epoch_utc);  // refuses what is no time
    info.epoch_utc = *request.epoch_utc;
    info.epoch_t_ns = request.epoch_t_ns.value_or(first_ns);
    if (!request.epoch_t_ns) sequence.findings.assumed.push_back("--epoch-utc is the first image's time");
    return;
  }
  // A clock that starts near zero counts from something else than 1970; UTC began in 1960.
  constexpr std::int64_t kYear_ns = 31'557'600'000'000'000;
  const bool is_date = first_ns > kYear_ns || (first_ns < -kYear_ns && first_ns > -9 * kYear_ns);
  if (!times_are_tai && !is_date) {
    throw dem::DataError(request.folder, "the first image is at " + std::to_string(first_ns) +
                                             " ns, which is no date: say what it is in UTC, --epoch-utc "
                                             "YYYY-MM-DDThh:mm:ss (at --epoch-t-ns, or at the first image)");
  }
  info.epoch_utc = dem::FormatUtc(first_ns, 9);
  info.epoch_t_ns = first_ns;
  if (!times_are_tai) {
    sequence.findings.assumed.push_back(
        "times count nanoseconds of TAI since 1970 (no --epoch-utc): the first image is at " +
        dem::FormatUtc(first_ns, 3));
  }
}

InitialPose FindPose(const fs::path& root, const ForeignRequest& request, Findings& findings) {
  if (request.pose) {
    findings.found.push_back("initial pose: from the options");
    return *request.pose;
  }
  std::optional<fs::path> path = request.initial_pose;
  // Beside EuRoC's mav0 or in it.
  for (const fs::path& folder : {root, request.folder}) {
    if (!path) path = FirstExisting(folder, {"initial_pose.json"});
  }
  if (!path) {
    throw dem::DataError(root,
                         "no initial pose: give --initial-pose FILE, or --near LAT,LON,HEIGHT with "
                         "--position-sigma-m and --attitude-sigma-deg (the widest start that is searched)");
  }
  findings.found.push_back("initial pose: " + path->filename().string());
  return ReadInitialPose(*path);
}

/// The time of an image within a microsecond of `t_ns`, which texts and their rounding do not keep apart;
/// else `t_ns`.
std::int64_t NearestImage(const std::vector<ImageName>& images, std::int64_t t_ns) {
  constexpr std::int64_t kSame_ns = 1000;
  for (const ImageName& image : images) {
    std::int64_t apart_ns = 0;
    if (!__builtin_sub_overflow(image.t_ns, t_ns, &apart_ns) && std::abs(apart_ns) <= kSame_ns)
      return image.t_ns;
  }
  return t_ns;
}

void SetPrior(const fs::path& root, const ForeignRequest& request, ForeignSequence& sequence) {
  SequenceInfo& info = sequence.stream.info;
  Findings& findings = sequence.findings;
  InitialPose pose = FindPose(root, request, findings);
  if (request.position_sigma_m) pose.position_sigma_m = request.position_sigma_m;
  if (request.attitude_sigma_rad) pose.attitude_sigma_rad = request.attitude_sigma_rad;
  info.site = request.site.value_or(SiteAtBoresight(pose.moon_from_cam));
  const std::vector<ImageName>& images = sequence.stream.images;
  std::int64_t t_ns = images.front().t_ns;
  if (pose.t_ns) {
    t_ns = *pose.t_ns;
  } else if (pose.tai_ns) {
    t_ns = NearestImage(images, ClockOf(info, *pose.tai_ns));
  } else {
    findings.assumed.push_back("the initial pose is that of the first image");
  }
  if (t_ns > images.back().t_ns) {
    throw dem::DataError(root, "the initial pose is of a time after the last image");
  }
  if (!pose.velocity_in_moon_mps) {
    findings.assumed.push_back(
        "initial velocity: none against the Moon, 1 sigma " +
        ShortestText(pose.velocity_sigma_mps.value_or(request.unknown_velocity_sigma_mps)) + " m/s");
  }
  info.prior = PriorOf(pose, info, t_ns, request.unknown_velocity_sigma_mps);
  const auto skipped = std::count_if(images.begin(), images.end(),
                                     [t_ns](const ImageName& image) { return image.t_ns < t_ns; });
  if (skipped > 0) {
    findings.assumed.push_back(std::to_string(skipped) + " images from before the initial pose are left out");
  }
}

}  // namespace

ForeignSequence OpenForeignSequence(const ForeignRequest& request) {
  const fs::path root = RootOf(request.folder);
  ForeignSequence sequence;
  SequenceInfo& info = sequence.stream.info;
  info.root = root;
  info.name = fs::weakly_canonical(request.folder).filename().string();
  info.sub_solar = request.sub_solar;
  ForeignImages images = ListForeignImages(root, request.times);
  sequence.findings.found.push_back(std::to_string(images.images.size()) + " images, times from " +
                                    images.source);
  sequence.stream.image_folder = std::move(images.folder);
  sequence.stream.images = std::move(images.images);
  OpenCamera(root, request, sequence);
  SetEpoch(request, images.times_are_tai, sequence);
  TaiOf(info, sequence.stream.images.front().t_ns);  // refuses times centuries from the epoch
  TaiOf(info, sequence.stream.images.back().t_ns);
  SetPrior(root, request, sequence);
  OpenForeignImu(root, request, sequence);
  OpenForeignRanges(root, request, sequence);
  OpenForeignAttitudes(root, request, sequence);
  return sequence;
}

}  // namespace perilune::datasets
