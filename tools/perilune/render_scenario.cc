#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "datasets/scenarios/locate.h"
#include "datasets/scenarios/scenario.h"
#include "datasets/simulation/mounting.h"
#include "datasets/simulation/trajectory.h"
#include "datasets/simulation/truth_world.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/render_imaging.h"
#include "tools/perilune/render_scene.h"

namespace perilune::tools {
namespace {

datasets::Scenario ScenarioOf(const RenderRequest& request) {
  datasets::YamlOverrides overrides = OverridesOf(request.settings, "--set", "");
  for (auto& imaging : OverridesOf(request.imaging, "--imaging", "camera.")) overrides.push_back(imaging);
  if (request.bits) overrides.emplace_back("camera.bits", std::to_string(*request.bits));
  if (request.seed) overrides.emplace_back("seed", std::to_string(*request.seed));
  datasets::Scenario scenario = datasets::ReadScenario(datasets::FindScenario(request.scenario), overrides);
  scenario.Validate();
  const double duration_s = scenario.trajectory.duration_s;
  if (!(request.t_s >= 0 && request.t_s <= duration_s)) {
    throw std::invalid_argument("--t-s is " + std::to_string(request.t_s) + ", must be between 0 and " +
                                std::to_string(duration_s) + ", the scenario's duration");
  }
  return scenario;
}

}  // namespace

RenderScene SceneOfScenario(const RenderRequest& request) {
  const datasets::Scenario scenario = ScenarioOf(request);
  dem::Terrain ground = datasets::BuildTruth(scenario);
  CheckInterrupted();
  const std::optional<double> site_ground_m = ground.HeightAt(0, 0);
  if (!site_ground_m) throw std::invalid_argument("ground: there is none at the site");
  const datasets::Trajectory trajectory(scenario.trajectory, *site_ground_m);
  const Eigen::Isometry3d body_from_cam = datasets::NadirCameraMount(scenario.camera.position_in_body_m);
  const std::int64_t epoch_t_ns = dem::ParseUtc(scenario.epoch_utc);

  RenderScene scene{std::move(ground),
                    Scaled(scenario.camera.Camera(), request.scale),
                    {},
                    request.t_s,
                    dem::SunAt(epoch_t_ns, scenario.site),
                    {},
                    {},
                    {},
                    {},
                    scenario.seed,
                    0};
  scene.site_from_cam_at = [trajectory, body_from_cam](double t_s) {
    return trajectory.At(t_s).site_from_body * body_from_cam;
  };
  scene.t_ns = epoch_t_ns + std::llround(request.t_s * 1e9);
  scene.options = RenderOptionsOf(request, scenario.TruthRendering(), epoch_t_ns, scenario.site);
  scene.motion = scenario.camera.motion.value_or(vision::MotionOptions());
  scene.imaging = scenario.camera.imaging;
  if (request.no_noise) scene.imaging.full_well_e = 0;
  // The simulator numbers its images from 0 at the scenario's start; between them the nearest one's noise.
  scene.stream = static_cast<std::uint64_t>(std::llround(request.t_s * scenario.camera.rate_hz));
  return scene;
}

}  // namespace perilune::tools
