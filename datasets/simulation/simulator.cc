#include "datasets/simulation/simulator.h"

#include <cmath>
#include <optional>
#include <string_view>

#include "datasets/formats/png_file.h"
#include "datasets/formats/sequence.h"
#include "datasets/formats/truth.h"
#include "datasets/formats/uncertainty.h"
#include "datasets/simulation/faults.h"
#include "datasets/simulation/map_degradation.h"
#include "datasets/simulation/mounting.h"
#include "datasets/simulation/random_stream.h"
#include "datasets/simulation/sensors.h"
#include "datasets/simulation/truth_world.h"
#include "dem/craters/crater_file.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"
#include "dem/io/write_raster.h"
#include "vision/craters/dem_catalog.h"
#include "vision/imaging/motion.h"
#include "vision/render/sun_maps.h"

namespace perilune::datasets {
namespace {

constexpr double kSiteDemSpacing_m = 1;
constexpr double kSiteDemHalfWidth_m = 700;

std::filesystem::path MapPath(const std::string& level, const char* extension) {
  return std::filesystem::path("map") / (level + extension);
}

SequenceInfo DescribeSequence(const Scenario& scenario, const std::filesystem::path& folder) {
  SequenceInfo info;
  info.root = folder;
  info.name = scenario.name;
  info.epoch_utc = scenario.epoch_utc;
  info.epoch_t_ns = dem::ParseUtc(scenario.epoch_utc);
  info.site = scenario.site;
  for (const MapLevel& level : scenario.map.levels) {
    info.maps.push_back(MapPath(level.name, ".tif"));
  }
  if (!scenario.map.craters_of.empty()) info.craters = MapPath(scenario.map.craters_of, ".craters");
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

/// The catalogue of craters that the navigator's own map of a level shows.
void WriteCraters(const std::string& level, const SequenceInfo& info, const SimulationProgress& progress) {
  /// A low pass of 2.5 pixels lowers rims by about this much of a pixel.
  constexpr double kRimHeightSigma_px = 0.3;
  progress("craters of the map", 0, 1);
  const dem::RasterFile map(info.root / MapPath(level, ".tif"));
  dem::CraterCatalog catalog;
  catalog.name = "relief of " + level + ".tif";
  for (const vision::CatalogedCrater& found : vision::CatalogFromDem(map))
    catalog.craters.push_back(found.crater);
  dem::WriteCraterFile(info.root / info.craters, catalog);
  MapUncertainty uncertainty = ReadMapUncertainty(info.root / MapPath(level, ".tif"));
  uncertainty.height_sigma_m = std::hypot(uncertainty.height_sigma_m.value_or(0),
                                          kRimHeightSigma_px * dem::PixelOnGround_m(map, info.site.origin));
  uncertainty.height_correlation_m.reset();
  WriteMapUncertainty(info.root / info.craters, uncertainty);
}

/// Of the body; above the sphere's continuation where the ground ends.
double HeightAboveGround_m(const dem::Terrain& ground, const Trajectory& trajectory, double t_s) {
  const Eigen::Vector3d position = trajectory.At(t_s).site_from_body.translation();
  const auto ground_m = ground.HeightAt(position.x(), position.y());
  return ground_m ? position.z() - *ground_m : dem::HeightAboveSphere(position);
}

/// The ground that a wrong map shows, in the place of the scenario's.
std::optional<dem::Terrain> GroundOfWrongMap(const Scenario& scenario) {
  const double shift_rad = FaultSum(scenario.faults, FaultKind::kWrongMap);
  if (shift_rad == 0) return std::nullopt;
  Scenario elsewhere = scenario;
  const dem::LatLon place = scenario.site.origin;
  elsewhere.site = dem::MakeSite({place.latitude_rad, dem::WrapLongitude(place.longitude_rad + shift_rad)});
  elsewhere.seed = dem::RandomBits(scenario.seed, static_cast<std::uint64_t>(RandomUse::kFault), 0);
  return BuildTruth(elsewhere);
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

/// What the pictures are made of, beside their times.
struct PictureWorld {
  const Scenario& scenario;
  const dem::Terrain& ground;
  const Trajectory& trajectory;
  const SequenceInfo& info;
  const dem::Sun& sun;
  const vision::RenderOptions& options;
};

/// The picture number `index`, taken at `t_s`, with what a fault does to the camera.
cv::Mat TakePicture(const PictureWorld& world, double t_s, std::uint64_t index, const PictureFault& fault) {
  vision::Camera camera = world.info.camera;
  camera.fx_px *= fault.focal_factor;
  camera.fy_px *= fault.focal_factor;
  const Eigen::Isometry3d body_from_cam =
      world.info.body_from_cam *
      Eigen::Isometry3d(Eigen::AngleAxisd(fault.turn_rad, Eigen::Vector3d::UnitX()));
  // Within an exposure the path goes on as it is, also past its ends.
  const auto site_from_cam_at = [&](double at_s) {
    return world.trajectory.At(at_s).site_from_body * body_from_cam;
  };
  const vision::MotionOptions motion = world.scenario.camera.motion.value_or(vision::MotionOptions());
  const vision::View view =
      vision::RenderMoving(world.ground, camera, site_from_cam_at, t_s, world.sun, world.options, motion);
  vision::ImagingOptions imaging = world.scenario.camera.imaging;
  imaging.psf_sigma_px = std::hypot(imaging.psf_sigma_px, fault.blur_px);
  if (fault.dust_from_height_m) {
    imaging.plume.start_height_m = *fault.dust_from_height_m;
    imaging.plume.optical_depth_at_ground = fault.dust_optical_depth;
  }
  cv::Mat pixels = vision::ExposeImage(view.radiance, imaging, world.scenario.seed, index,
                                       SceneAt(world.ground, camera, view.site_from_cam, world.sun));
  if (fault.gain != 1) pixels.convertTo(pixels, pixels.type(), fault.gain);  // saturates
  return pixels;
}

/// The pictures under their time tags, without those that faults lose.
void WriteImages(const Scenario& scenario, const dem::Terrain& ground, const Trajectory& trajectory,
                 const SequenceInfo& info, const std::vector<std::int64_t>& times_ns,
                 const FaultInjector& faults, const SimulationProgress& progress) {
  const dem::Sun sun = dem::SunAt(info.epoch_t_ns, scenario.site);
  vision::RenderOptions options = scenario.TruthRendering();
  std::optional<vision::SunMaps> sun_maps;
  if (SunMapsPay(ground, scenario, times_ns.size())) {
    options.sun_maps = &sun_maps.emplace(ground, sun, options.sun_samples);
  }
  const PictureWorld world{scenario, ground, trajectory, info, sun, options};
  std::filesystem::create_directories(info.root / "cam0" / "data");
  std::vector<std::int64_t> tags_ns;
  cv::Mat pixels;
  for (std::size_t i = 0; i < times_ns.size(); ++i) {
    progress("images", static_cast<int>(i), static_cast<int>(times_ns.size()));
    const PictureFault fault = faults.OfPicture(times_ns[i]);
    const std::int64_t tag_ns = times_ns[i] + std::llround(fault.tag_offset_s * 1e9);
    // A tag from before the start, after the end or out of order would name no picture of this sequence.
    const bool within = info.epoch_t_ns <= tag_ns && tag_ns <= times_ns.back();
    if (fault.lost || !within || (!tags_ns.empty() && tag_ns <= tags_ns.back())) continue;
    if (pixels.empty() || !fault.frozen) {
      pixels = TakePicture(world, static_cast<double>(times_ns[i] - info.epoch_t_ns) * 1e-9, i, fault);
    }
    WritePng(ImagePath(info.root, tag_ns), pixels);
    tags_ns.push_back(tag_ns);
  }
  WriteImageIndex(info.root, tags_ns);
}

/// What was matched in the pictures that are not taken.
void WriteMatches(const Scenario& scenario, const ResidualRuns& residuals, const Trajectory& trajectory,
                  const SequenceInfo& info, const std::map<std::string, Eigen::Vector3d>& ties,
                  const std::vector<std::int64_t>& times_ns, const SimulationProgress& progress) {
  const DrawnMatches matches(residuals, info, ties, scenario.seed);
  std::vector<std::int64_t> tags_ns;
  std::vector<TimedMatches> drawn;
  for (std::size_t i = 0; i < times_ns.size(); ++i) {
    progress("matches", static_cast<int>(i), static_cast<int>(times_ns.size()));
    const std::int64_t since_start_ns = times_ns[i] - info.epoch_t_ns;
    const Eigen::Isometry3d site_from_cam =
        trajectory.At(static_cast<double>(since_start_ns) * 1e-9).site_from_body * info.body_from_cam;
    std::optional<nav::MatchedImage> image = matches.At(since_start_ns, site_from_cam);
    if (!image) continue;
    tags_ns.push_back(times_ns[i]);
    drawn.push_back({times_ns[i], std::move(*image)});
  }
  if (2 * drawn.size() < times_ns.size()) {
    throw std::invalid_argument("match residuals: only " + std::to_string(drawn.size()) + " of " +
                                std::to_string(times_ns.size()) +
                                " images have one of the same time in the runs: were they flown at another "
                                "camera.rate_hz?");
  }
  WriteImageIndex(info.root, tags_ns, false);
  WriteMatchedImages(info.root, drawn);
}

/// Without `residuals` with pictures, with them at measurement level.
void SimulateSequence(const Scenario& scenario, const ResidualRuns* residuals,
                      const std::filesystem::path& folder, const SimulationProgress& progress) {
  scenario.Validate();
  if (residuals != nullptr && !scenario.prior.known) {
    throw std::invalid_argument("match residuals: a start by craters needs pictures, set prior.known=true");
  }
  SequenceInfo info = DescribeSequence(scenario, folder);
  progress("ground", 0, 1);
  const dem::Terrain ground = BuildTruth(scenario);
  const std::optional<double> site_ground_m = ground.HeightAt(0, 0);
  if (!site_ground_m) throw std::invalid_argument("ground: there is none at the site");
  const Trajectory trajectory(scenario.trajectory, *site_ground_m);
  if (scenario.prior.known) info.prior = DrawPrior(scenario, trajectory, info.epoch_t_ns);
  WriteSequenceInfo(info);

  const auto image_times_ns = SampleTimes(info.epoch_t_ns, trajectory.duration_s(), info.camera_rate_hz);
  const ImuRecording imu = SimulateImu(scenario, trajectory, info.epoch_t_ns);
  const FaultInjector faults(
      scenario.faults, [&](double t_s) { return HeightAboveGround_m(ground, trajectory, t_s); },
      info.epoch_t_ns, scenario.seed);
  WriteImu(folder, faults.Spoiled(imu.samples));
  WriteRanges(folder, faults.Spoiled(SimulateRanges(scenario, trajectory, ground, info.epoch_t_ns)));
  WriteStarTracker(folder, faults.Spoiled(SimulateStarTracker(scenario, trajectory, info.epoch_t_ns)));

  Truth truth;
  truth.seed = scenario.seed;
  truth.states = TrueStates(trajectory, imu, image_times_ns, info.epoch_t_ns);
  const std::optional<dem::Terrain> elsewhere = GroundOfWrongMap(scenario);
  truth.map_tie_in_site_m = WriteMaps(scenario, elsewhere ? *elsewhere : ground, info, progress);
  if (!info.craters.empty()) WriteCraters(scenario.map.craters_of, info, progress);
  WriteTruth(folder, truth);
  dem::WriteGeoTiff(folder / "truth" / "site_dem.tif",
                    SiteDem(ground, kSiteDemSpacing_m, kSiteDemHalfWidth_m));
  if (residuals == nullptr) {
    WriteImages(scenario, ground, trajectory, info, image_times_ns, faults, progress);
  } else {
    WriteMatches(scenario, *residuals, trajectory, info, truth.map_tie_in_site_m, image_times_ns, progress);
  }
}

}  // namespace

void Simulate(const Scenario& scenario, const std::filesystem::path& folder,
              const SimulationProgress& progress) {
  SimulateSequence(scenario, nullptr, folder, progress);
}

void SimulateMatches(const Scenario& scenario, const ResidualRuns& residuals,
                     const std::filesystem::path& folder, const SimulationProgress& progress) {
  SimulateSequence(scenario, &residuals, folder, progress);
}

}  // namespace perilune::datasets
