#include "datasets/scenarios/scenario.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "datasets/formats/yaml_values.h"
#include "datasets/scenarios/imaging_yaml.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/data_error.h"
#include "dem/synthesis/site_type.h"

namespace perilune::datasets {
namespace {

double ReadAngle(const YamlMap& yaml, const std::string& key) { return dem::DegToRad(yaml.Number(key)); }

dem::SiteExtent ReadExtent(const YamlMap& yaml) {
  const std::vector<double> e = yaml.Numbers("extent_m", 4);
  if (!(e[0] < e[1] && e[2] < e[3])) yaml.Fail("extent_m", "must be [min_x, max_x, min_y, max_y]");
  return {e[0], e[1], e[2], e[3]};
}

DescentOptions ReadTrajectory(const YamlMap& yaml) {
  DescentOptions options;
  options.duration_s = yaml.PositiveNumber("duration_s");
  options.uprange_m = yaml.NonNegativeNumber("uprange_m");
  options.start_height_m = yaml.PositiveNumber("start_height_m");
  options.end_height_m = yaml.PositiveNumber("end_height_m");
  options.start_speed_mps = yaml.Number("start_speed_mps");
  options.start_vertical_mps = yaml.Number("start_vertical_mps");
  options.end_vertical_mps = yaml.Number("end_vertical_mps");
  options.start_deceleration_mps2 = yaml.Number("start_deceleration_mps2");
  options.end_deceleration_mps2 = yaml.Number("end_deceleration_mps2");
  options.flight_azimuth_rad = ReadAngle(yaml, "flight_azimuth_deg");
  options.start_tilt_rad = ReadAngle(yaml, "start_tilt_deg");
  options.wobble_rad = ReadAngle(yaml, "wobble_deg");
  options.wobble_period_s = yaml.PositiveNumber("wobble_period_s");
  return options;
}

vision::Reflectance ReadReflectance(const YamlMap& yaml) {
  static const std::map<std::string, vision::Reflectance> laws = {
      {"lambert", vision::Reflectance::kLambert},
      {"lunar_lambert", vision::Reflectance::kLunarLambert},
      {"hapke", vision::Reflectance::kHapke},
      {"hapke_mare", vision::Reflectance::kHapkeMare},
      {"hapke_highland", vision::Reflectance::kHapkeHighland}};
  const auto law = laws.find(yaml.Text("reflectance"));
  if (law == laws.end()) {
    yaml.Fail("reflectance", "must be lambert, lunar_lambert, hapke, hapke_mare or hapke_highland");
  }
  return law->second;
}

GroundOptions ReadGround(const YamlMap& yaml) {
  GroundOptions ground;
  if (yaml.Has("kind")) {
    const std::string kind = yaml.Text("kind");
    if (kind != "upland" && kind != "mare") yaml.Fail("kind", "must be upland or mare");
    ground.kind = kind == "mare" ? GroundKind::kMare : GroundKind::kUpland;
  }
  if (yaml.Has("site_type")) {
    ground.site_type = yaml.Text("site_type");
    try {
      dem::SiteTypeNamed(ground.site_type);
    } catch (const std::invalid_argument& error) {
      yaml.Fail("site_type", error.what());
    }
  }
  if (yaml.Has("base")) {
    ground.base = yaml.Text("base");
    ground.base_resolution_m = yaml.PositiveNumber("base_resolution_m");
    if (yaml.Has("base_optional")) ground.base_optional = yaml.Flag("base_optional");
  }
  if (yaml.Has("reflectance")) ground.reflectance = ReadReflectance(yaml);
  ground.albedo = yaml.PositiveNumber("albedo");
  ground.albedo_sigma = yaml.NonNegativeNumber("albedo_sigma");
  for (const YamlMap& level : yaml.Maps("levels")) {
    ground.levels.push_back({level.PositiveNumber("spacing_m"), ReadExtent(level)});
  }
  return ground;
}

MapLevel ReadMapLevel(const YamlMap& yaml) {
  MapLevel level{yaml.Text("name"), yaml.PositiveNumber("spacing_m"), ReadExtent(yaml),
                 MapProjection::kOrthographic};
  if (level.name.find_first_of("/\\: ") != std::string::npos) yaml.Fail("name", "must be a plain file name");
  const std::string projection = yaml.Text("projection");
  if (projection == "equirectangular") {
    level.projection = MapProjection::kEquirectangular;
  } else if (projection != "orthographic") {
    yaml.Fail("projection", "must be orthographic or equirectangular");
  }
  return level;
}

MapOptions ReadMap(const YamlMap& yaml) {
  MapOptions map;
  map.blur_px = yaml.PositiveNumber("blur_px");
  map.height_sigma_px = yaml.NonNegativeNumber("height_sigma_px");
  map.height_correlation_px = yaml.PositiveNumber("height_correlation_px");
  map.tie_horizontal_px = yaml.NonNegativeNumber("tie_horizontal_px");
  map.tie_vertical_px = yaml.NonNegativeNumber("tie_vertical_px");
  for (const YamlMap& level : yaml.Maps("levels")) map.levels.push_back(ReadMapLevel(level));
  if (yaml.Has("craters_of")) {
    map.craters_of = yaml.Text("craters_of");
    if (std::none_of(map.levels.begin(), map.levels.end(),
                     [&](const MapLevel& level) { return level.name == map.craters_of; })) {
      yaml.Fail("craters_of", "must be the name of a level");
    }
  }
  return map;
}

CameraOptions ReadCamera(const YamlMap& yaml) {
  CameraOptions camera;
  const std::int64_t size = yaml.Integer("size_px");
  if (size < 16 || size > 16384) yaml.Fail("size_px", "must lie within 16 and 16384");
  camera.size_px = static_cast<int>(size);
  camera.field_of_view_rad = ReadAngle(yaml, "field_of_view_deg");
  if (!(camera.field_of_view_rad > 0 && camera.field_of_view_rad < dem::kPi)) {
    yaml.Fail("field_of_view_deg", "must lie within 0 and 180");
  }
  camera.rate_hz = yaml.PositiveNumber("rate_hz");
  camera.exposure_s = yaml.PositiveNumber("exposure_s");
  camera.position_in_body_m = ReadVector(yaml, "position_in_body_m");
  if (yaml.Has("model")) camera.model = yaml.Text("model");
  if (camera.model != vision::kBrownConrady && camera.model != vision::kKannalaBrandt) {
    yaml.Fail("model", "must be brown_conrady or kannala_brandt");
  }
  if (yaml.Has("distortion")) {
    const std::vector<double> k = yaml.Numbers("distortion", camera.model == vision::kKannalaBrandt ? 4 : 5);
    std::copy(k.begin(), k.end(), camera.distortion.begin());
  }
  camera.imaging = ReadImaging(yaml);
  camera.motion = ReadMotion(yaml);
  return camera;
}

ImuOptions ReadImu(const YamlMap& yaml) {
  ImuOptions imu;
  imu.model.rate_hz = yaml.PositiveNumber("rate_hz");
  imu.model.gyro_noise_radps_rthz = yaml.NonNegativeNumber("gyro_noise_radps_rthz");
  imu.model.gyro_walk_radps2_rthz = yaml.NonNegativeNumber("gyro_walk_radps2_rthz");
  imu.model.gyro_bias_sigma_radps = yaml.NonNegativeNumber("gyro_bias_sigma_radps");
  imu.model.accel_noise_mps2_rthz = yaml.NonNegativeNumber("accel_noise_mps2_rthz");
  imu.model.accel_walk_mps3_rthz = yaml.NonNegativeNumber("accel_walk_mps3_rthz");
  imu.model.accel_bias_sigma_mps2 = yaml.NonNegativeNumber("accel_bias_sigma_mps2");
  imu.position_in_body_m = ReadVector(yaml, "position_in_body_m");
  return imu;
}

AltimeterOptions ReadAltimeter(const YamlMap& yaml) {
  AltimeterOptions altimeter;
  altimeter.rate_hz = yaml.PositiveNumber("rate_hz");
  altimeter.sigma_m = yaml.PositiveNumber("sigma_m");
  altimeter.sigma_share = yaml.NonNegativeNumber("sigma_share");
  altimeter.bias_sigma_m = yaml.NonNegativeNumber("bias_sigma_m");
  altimeter.max_range_m = yaml.PositiveNumber("max_range_m");
  altimeter.position_in_body_m = ReadVector(yaml, "position_in_body_m");
  return altimeter;
}

StarTrackerOptions ReadStarTracker(const YamlMap& yaml) {
  return {yaml.PositiveNumber("rate_hz"), dem::DegToRad(yaml.PositiveNumber("sigma_deg"))};
}

PriorOptions ReadPriorOptions(const YamlMap& yaml) {
  return {!yaml.Has("known") || yaml.Flag("known"), yaml.PositiveNumber("horizontal_sigma_m"),
          yaml.PositiveNumber("vertical_sigma_m"), yaml.PositiveNumber("velocity_sigma_mps"),
          dem::DegToRad(yaml.PositiveNumber("attitude_sigma_deg"))};
}

bool Inside(const dem::SiteExtent& inner, const dem::SiteExtent& outer) {
  return inner.min_x_m > outer.min_x_m && inner.max_x_m < outer.max_x_m && inner.min_y_m > outer.min_y_m &&
         inner.max_y_m < outer.max_y_m;
}

template <typename Level>
void RequireNested(const std::string& field, const std::vector<Level>& levels) {
  if (levels.empty()) throw std::invalid_argument(field + ": there is no level");
  for (std::size_t i = 1; i < levels.size(); ++i) {
    if (!Inside(levels[i - 1].extent, levels[i].extent) || !(levels[i - 1].spacing_m < levels[i].spacing_m)) {
      throw std::invalid_argument(field + "[" + std::to_string(i - 1) +
                                  "]: must be finer than and inside the next level");
    }
  }
}

}  // namespace

bool GroundOptions::UsesBase() const { return !base.empty() && (!base_optional || HasData(base)); }

vision::Camera CameraOptions::Camera() const {
  vision::Camera lens = model == vision::kKannalaBrandt ? vision::FisheyeCamera(size_px, field_of_view_rad)
                                                        : vision::PinholeCamera(size_px, field_of_view_rad);
  lens.distortion = distortion;
  lens.Validate();
  return lens;
}

void Scenario::Validate() const {
  trajectory.Validate();
  camera.Camera();
  camera.imaging.Validate();
  if (camera.motion) camera.motion->Validate();
  RequireNested("ground.levels", ground.levels);
  RequireNested("map.levels", map.levels);
  TruthRendering().Validate();
  if (!prior.known && map.craters_of.empty()) {
    throw std::invalid_argument(
        "prior.known: a start without a prior needs craters, name a level: map.craters_of");
  }
}

vision::RenderOptions Scenario::TruthRendering() const {
  vision::RenderOptions options;
  options.reflectance = ground.reflectance;
  options.anti_alias = rendering.anti_alias;
  options.max_samples_across = rendering.max_samples_across;
  options.sun_samples = rendering.sun_samples;
  options.secondary_light = rendering.secondary_light;
  if (rendering.earthshine) {
    options.earthshine = vision::EarthshineAt(dem::ParseUtc(epoch_utc), site);
  }
  return options;
}

Scenario ReadScenario(const std::filesystem::path& path, const YamlOverrides& overrides) {
  return ReadScenario(ScenarioSource{path, ""}, overrides);
}

Scenario ReadScenario(const ScenarioSource& source, const YamlOverrides& overrides) {
  const YamlMap yaml = ReadYamlFile(source.file, overrides, source.case_name);
  Scenario scenario;
  scenario.name = yaml.Text("name");
  const std::int64_t seed = yaml.Integer("seed");
  if (seed < 0) yaml.Fail("seed", "must not be negative");
  scenario.seed = static_cast<std::uint64_t>(seed);
  scenario.epoch_utc = ReadUtc(yaml, "epoch_utc");
  scenario.site = ReadSite(yaml.Map("site"));
  scenario.lander = ReadLander(yaml.Map("lander"));
  scenario.trajectory = ReadTrajectory(yaml.Map("trajectory"));
  scenario.ground = ReadGround(yaml.Map("ground"));
  scenario.map = ReadMap(yaml.Map("map"));
  scenario.camera = ReadCamera(yaml.Map("camera"));
  scenario.rendering = ReadRendering(yaml);
  scenario.imu = ReadImu(yaml.Map("imu"));
  scenario.altimeter = ReadAltimeter(yaml.Map("altimeter"));
  scenario.star_tracker = ReadStarTracker(yaml.Map("star_tracker"));
  scenario.prior = ReadPriorOptions(yaml.Map("prior"));
  scenario.faults = ReadFaults(yaml);
  yaml.RefuseUnknownKeys();
  try {
    scenario.Validate();
  } catch (const std::invalid_argument& error) {
    throw dem::DataError(source.file, error.what());
  }
  return scenario;
}

}  // namespace perilune::datasets
