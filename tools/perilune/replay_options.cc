#include "tools/perilune/replay_options.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace perilune::tools {
namespace {

std::optional<std::filesystem::path> PathOf(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return std::filesystem::path(text);
}

dem::LatLon PlaceOf(double latitude_deg, double longitude_deg, const char* option) {
  if (!(std::abs(latitude_deg) <= 90)) {
    throw std::invalid_argument(std::string(option) + ": latitude " + std::to_string(latitude_deg) +
                                " is not between -90 and 90");
  }
  if (!(std::abs(longitude_deg) <= 360)) {
    throw std::invalid_argument(std::string(option) + ": longitude " + std::to_string(longitude_deg) +
                                " is not between -360 and 360");
  }
  return {dem::DegToRad(latitude_deg), dem::WrapLongitude(dem::DegToRad(longitude_deg))};
}

std::optional<Eigen::Vector3d> SigmaOf(const std::vector<double>& numbers) {
  if (numbers.empty()) return std::nullopt;
  if (numbers.size() != 1 && numbers.size() != 3) {
    throw std::invalid_argument("--position-sigma-m: give one number, or east,north,up");
  }
  Eigen::Vector3d sigma_m = Eigen::Vector3d::Constant(numbers.front());
  if (numbers.size() == 3) sigma_m = Eigen::Vector3d::Map(numbers.data());
  if (!(sigma_m.minCoeff() > 0)) throw std::invalid_argument("--position-sigma-m: must be above zero");
  return sigma_m;
}

std::optional<datasets::InitialPose> PoseNear(const ReplayRequest& request) {
  if (request.near.empty()) return std::nullopt;
  datasets::InitialPose pose;
  const dem::LatLon place = PlaceOf(request.near[0], request.near[1], "--near");
  pose.moon_from_cam = datasets::CameraOverPlace({place, request.near[2]}, dem::DegToRad(request.azimuth_deg),
                                                 dem::DegToRad(request.off_nadir_deg));
  if (!request.velocity_mps.empty()) {
    pose.velocity_in_moon_mps = Eigen::Vector3d::Map(request.velocity_mps.data());
    if (!request.velocity_sigma_mps) {
      throw std::invalid_argument("--velocity-in-moon-mps: needs --velocity-sigma-mps");
    }
  }
  pose.velocity_sigma_mps = request.velocity_sigma_mps;
  return pose;
}

void Print(const char* word, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) std::fprintf(stderr, "navigate: %-8s %s\n", word, line.c_str());
}

}  // namespace

bool ReplayRequest::Any() const {
  for (const std::string* text : {&camera, &times, &imu, &range, &attitude, &initial_pose, &epoch_utc}) {
    if (!text->empty()) return true;
  }
  return epoch_t_ns || !sub_solar_deg.empty() || !near.empty() || !velocity_mps.empty() ||
         !position_sigma_m.empty() || attitude_sigma_deg || velocity_sigma_mps || coasting_mps2_rthz ||
         coasting_radps_rthz;
}

void AddReplayOptions(CLI::App& command, ReplayRequest& request) {
  const std::string group = "A folder that Perilune did not write (no sequence.yaml)";
  const auto add = [&](const std::string& name, auto& value, const std::string& help) {
    return command.add_option(name, value, help)->group(group);
  };
  add("--camera", request.camera,
      "Camera file: EuRoC sensor.yaml, Kalibr camchain.yaml, OpenCV YAML, JSON ISD or shot (default: found "
      "in "
      "the folder)");
  add("--times", request.times,
      "CSV of image times: 'timestamp [ns]', t_s or time_utc, and filename (default: times.csv, "
      "cam0/data.csv, "
      "or names that are nanoseconds)");
  add("--imu", request.imu, "CSV of inertial samples, EuRoC's columns (default: imu.csv, imu0/data.csv)");
  add("--range", request.range,
      "CSV of ranges: timestamp [ns], range [m], sigma [m] (default: range.csv, altimeter0/data.csv)");
  add("--attitude", request.attitude,
      "CSV of attitudes: timestamp [ns], q_w, q_x, q_y, q_z, sigma [rad] (default: attitude.csv, "
      "star_tracker0/data.csv)");
  add("--attitude-frame", request.attitude_frame, "What its quaternions rotate the sensor's axes into")
      ->check(CLI::IsMember({"inertial", "moon"}))
      ->capture_default_str();
  add("--epoch-utc", request.epoch_utc, "UTC at --epoch-t-ns, or at the first image");
  add("--epoch-t-ns", request.epoch_t_ns, "Time of the sequence's clock that --epoch-utc states, ns");
  add("--sub-solar-deg", request.sub_solar_deg, "LAT,LON where the Sun is in the zenith, for all images")
      ->delimiter(',')
      ->expected(2);
  CLI::Option* pose = add("--initial-pose", request.initial_pose,
                          "Pose of the camera to start from: JSON of ours, shot or ISD (default: "
                          "initial_pose.json)");
  CLI::Option* near =
      add("--near", request.near, "LAT,LON,HEIGHT to start from: deg, deg, m above the 1 737 400 m sphere")
          ->delimiter(',')
          ->expected(3)
          ->excludes(pose);
  add("--azimuth-deg", request.azimuth_deg,
      "With --near: azimuth of the picture's upper edge and of the tilt, deg from north eastward")
      ->needs(near)
      ->capture_default_str();
  add("--off-nadir-deg", request.off_nadir_deg, "With --near: tilt of the boresight from the nadir, deg")
      ->needs(near)
      ->capture_default_str();
  add("--velocity-in-moon-mps", request.velocity_mps, "With --near: X,Y,Z of the velocity, Moon-fixed axes")
      ->delimiter(',')
      ->expected(3)
      ->needs(near);
  add("--position-sigma-m", request.position_sigma_m,
      "1 sigma of the initial position: one number, or east,north,up")
      ->delimiter(',')
      ->expected(1, 3);
  add("--attitude-sigma-deg", request.attitude_sigma_deg, "1 sigma of the initial attitude, each axis")
      ->check(CLI::PositiveNumber);
  add("--velocity-sigma-mps", request.velocity_sigma_mps,
      "1 sigma of the initial velocity, each axis (default: the pose's, or 1700)")
      ->check(CLI::PositiveNumber);
  add("--coasting-mps2-rthz", request.coasting_mps2_rthz,
      "Where there is no inertial sample the velocity is held: density of the unknown acceleration, "
      "m/s2/sqrt(Hz) "
      "(default 3: braking)")
      ->check(CLI::PositiveNumber);
  add("--coasting-radps-rthz", request.coasting_radps_rthz,
      "The same for the attitude: density of the unknown turn, rad/s/sqrt(Hz) (default 0.01)")
      ->check(CLI::PositiveNumber);
}

datasets::ForeignRequest ForeignRequestOf(const ReplayRequest& request, const std::filesystem::path& folder) {
  datasets::ForeignRequest foreign;
  foreign.folder = folder;
  foreign.camera = PathOf(request.camera);
  foreign.times = PathOf(request.times);
  foreign.imu = PathOf(request.imu);
  foreign.range = PathOf(request.range);
  foreign.attitude = PathOf(request.attitude);
  foreign.initial_pose = PathOf(request.initial_pose);
  if (!request.epoch_utc.empty()) foreign.epoch_utc = request.epoch_utc;
  foreign.epoch_t_ns = request.epoch_t_ns;
  if (request.epoch_t_ns && request.epoch_utc.empty()) {
    throw std::invalid_argument("--epoch-t-ns: needs --epoch-utc, the UTC of that time");
  }
  if (!request.sub_solar_deg.empty()) {
    foreign.sub_solar = PlaceOf(request.sub_solar_deg[0], request.sub_solar_deg[1], "--sub-solar-deg");
  }
  if (request.attitude_frame == "moon") foreign.attitude_frame = datasets::AttitudeFrame::kMoon;
  foreign.pose = PoseNear(request);
  foreign.position_sigma_m = SigmaOf(request.position_sigma_m);
  if (request.attitude_sigma_deg) foreign.attitude_sigma_rad = dem::DegToRad(*request.attitude_sigma_deg);
  if (request.velocity_sigma_mps) foreign.unknown_velocity_sigma_mps = *request.velocity_sigma_mps;
  return foreign;
}

void PrintFindings(const datasets::Findings& findings) {
  Print("found", findings.found);
  Print("assumed", findings.assumed);
  Print("missing", findings.missing);
}

}  // namespace perilune::tools
