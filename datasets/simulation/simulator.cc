#include "datasets/simulation/simulator.h"

#include <optional>
#include <string_view>

#include "datasets/formats/png_file.h"
#include "datasets/formats/sequence.h"
#include "datasets/formats/truth.h"
#include "datasets/formats/uncertainty.h"
#include "datasets/simulation/map_degradation.h"
#include "datasets/simulation/mounting.h"
#include "datasets/simulation/sensors.h"
#include "datasets/simulation/truth_world.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "dem/io/write_raster.h"
#include "vision/imaging/motion.h"
#include "vision/render/sun_maps.h"

namespace perilune::datasets {
namespace {

constexpr double kSiteDemSpacing_m = 1;
constexpr double kSiteDemHalfWidth_m = 700;

SequenceInfo DescribeSequence(const Scenario& scenario, const std::filesystem::path& folder) {
  SequenceInfo info;
  info.root = folder;
  info.name = scenario.name;
  info.epoch_utc = scenario.epoch_utc;
  info.epoch_t_ns = dem::ParseUtc(scenario.epoch_utc);
  info.site = scenario.site;
  for (const MapLevel& level : scenario.map.levels) {
    info.maps.push_back(std::filesystem::path("map") / (level.name + ".tif"));
  }
  info.lander = scenario.lander;
  info.camera = scenario.camera.Camera();
  info.body_from_cam = NadirCameraMount(scenario.camera.position_in_body_m);
  info.camera_rate_hz = scenario.camera.rate_hz;
  info.exposure_s = scenario.camera.exposure_s;
  info.image_bits = scenario.camera.imaging.bits;
  info.imu = scenario.imu.model;
  info.body_from_imu = AlignedMount(scenario.imu.position_in_body_m);
  info.body_from_beam = NadirBeamMount(scenario.altimeter.position_in_body_m);
  info.range_rate_hz = scenario.altimeter.rate_hz;
  info.range_bias_sigma_m = scenario.altimeter.bias_sigma_m;
  info.star_tracker_rate_hz = scenario.star_tracker.rate_hz;
  info.body_from_star_tracker = SidewaysMount();
  return info;
}

// Writes the map levels; returns their tie errors by file name.
std::map<std::string, Eigen::Vector3d> WriteMaps(const Scenario& scenario, const dem::Terrain& ground,
                                                 const SequenceInfo& info,
                                                 const SimulationProgress& progress) {
  std::filesystem::create_directories(info.root / "map");
  std::map<std::string, Eigen::Vector3d> ties;
  for (std::size_t i = 0; i < info.maps.size(); ++i) {
    progress("map levels", static_cast<int>(i), static_cast<int>(info.maps.size()));
    const DegradedMap map = DegradeMap(scenario, ground, i);
    dem::WriteGeoTiff(info.root / info.maps[i], map.raster);
    WriteMapUncertainty(info.root / info.maps[i], map.uncertainty);
    ties[info.maps[i].filename().string()] = map.tie_in_site_m;
  }
  return ties;
}

// What the camera's effects depend on, at an image's pose.
vision::ImagingScene SceneAt(const dem::Terrain& ground, const vision::Camera& camera,
                             const Eigen::Isometry3d& site_from_cam, const dem::Sun& sun) {
  vision::ImagingScene scene;
  scene.camera = camera;
  const Eigen::Vector3d& position = site_from_cam.translation();
  if (const auto height_m = ground.HeightAt(position.x(), position.y())) {
    scene.height_m = position.z() - *height_m;
  }
  scene.direction_to_sun_in_cam = site_from_cam.linear().transpose() * sun.direction_to_sun_in_site;
  return scene;
}

// Whether maps of what the ground sees of the Sun cost less than the shadow rays that they save: with several
// rays a pixel, and a grid point at an eighth of a ray (docs/rendering.md).
bool SunMapsPay(const dem::Terrain& ground, const Scenario& scenario, std::size_t images) {
  constexpr double kPointsPerRay = 8;
  double points = 0;
  for (int i = 0; i < ground.LevelCount(); ++i) {
    points += static_cast<double>(ground.Level(i).z_m.width) * ground.Level(i).z_m.height;
  }
  const double pixels = static_cast<double>(scenario.camera.size_px) * scenario.camera.size_px;
  return scenario.rendering.anti_alias && points < kPointsPerRay * pixels * static_cast<double>(images);
}

void WriteImages(const Scenario& scenario, const dem::Terrain& ground, const Trajectory& trajectory,
                 const SequenceInfo& info, const std::vector<std::int64_t>& times_ns,
                 const SimulationProgress& progress) {
  const dem::Sun sun = dem::SunAt(info.epoch_t_ns, scenario.site);
  vision::RenderOptions options = scenario.TruthRendering();
  std::optional<vision::SunMaps> sun_maps;
  if (SunMapsPay(ground, scenario, times_ns.size())) {
    options.sun_maps = &sun_maps.emplace(ground, sun, options.sun_samples);
  }
  const vision::MotionOptions motion = scenario.camera.motion.value_or(vision::MotionOptions());
  // Within an exposure the path goes on as it is, also past its ends.
  const auto site_from_cam_at = [&](double t_s) {
    return trajectory.At(t_s).site_from_body * info.body_from_cam;
  };
  std::filesystem::create_directories(info.root / "cam0" / "data");
  for (std::size_t i = 0; i < times_ns.size(); ++i) {
    progress("images", static_cast<int>(i), static_cast<int>(times_ns.size()));
    const double t_s = static_cast<double>(times_ns[i] - info.epoch_t_ns) * 1e-9;
    const vision::View view =
        vision::RenderMoving(ground, info.camera, site_from_cam_at, t_s, sun, options, motion);
    const vision::ImagingScene scene = SceneAt(ground, info.camera, view.site_from_cam, sun);
    const cv::Mat pixels =
        vision::ExposeImage(view.radiance, scenario.camera.imaging, scenario.seed, i, scene);
    WritePng(ImagePath(info.root, times_ns[i]), pixels);
  }
  WriteImageIndex(info.root, times_ns);
}

}  // namespace

void Simulate(const Scenario& scenario, const std::filesystem::path& folder,
              const SimulationProgress& progress) {
  scenario.Validate();
  SequenceInfo info = DescribeSequence(scenario, folder);
  progress("ground", 0, 1);
  const dem::Terrain ground = BuildTruth(scenario);
  const std::optional<double> site_ground_m = ground.HeightAt(0, 0);
  if (!site_ground_m) throw std::invalid_argument("ground: there is none at the site");
  const Trajectory trajectory(scenario.trajectory, *site_ground_m);
  info.prior = DrawPrior(scenario, trajectory, info.epoch_t_ns);
  WriteSequenceInfo(info);

  const auto image_times_ns = SampleTimes(info.epoch_t_ns, trajectory.duration_s(), info.camera_rate_hz);
  const ImuRecording imu = SimulateImu(scenario, trajectory, info.epoch_t_ns);
  WriteImu(folder, imu.samples);
  WriteRanges(folder, SimulateRanges(scenario, trajectory, ground, info.epoch_t_ns));
  WriteStarTracker(folder, SimulateStarTracker(scenario, trajectory, info.epoch_t_ns));

  Truth truth;
  truth.seed = scenario.seed;
  truth.states = TrueStates(trajectory, imu, image_times_ns, info.epoch_t_ns);
  truth.map_tie_in_site_m = WriteMaps(scenario, ground, info, progress);
  WriteTruth(folder, truth);
  dem::WriteGeoTiff(folder / "truth" / "site_dem.tif",
                    SiteDem(ground, kSiteDemSpacing_m, kSiteDemHalfWidth_m));
  WriteImages(scenario, ground, trajectory, info, image_times_ns, progress);
}

}  // namespace perilune::datasets
