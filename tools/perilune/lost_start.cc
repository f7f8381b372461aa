#include "tools/perilune/lost_start.h"

#include <Eigen/Dense>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "datasets/formats/uncertainty.h"
#include "datasets/scenarios/locate.h"
#include "dem/io/data_error.h"
#include "nav/navigator/crater_start.h"
#include "tools/perilune/craters_catalog.h"
#include "tools/perilune/frame_source.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/navigation_setup.h"
#include "vision/craters/crater_network.h"
#include "vision/craters/detect.h"
#include "vision/craters/identify.h"
#include "vision/craters/sun_in_image.h"

namespace perilune::tools {
namespace {

using Detections = std::vector<vision::CraterDetection>;

/// A lander that begins lower than this has no time to look for its place.
constexpr double kLowest_m = 1000;
/// An attitude from longer ago is not carried on.
constexpr double kOldestAttitude_s = 5;

nav::CraterStartOptions OptionsOf(const datasets::SequenceInfo& info, const LostStartRequest& request,
                                  const datasets::MapUncertainty& declared) {
  nav::CraterStartOptions options;
  options.imu_noise = NoiseOf(info.imu);
  options.imu_track = request.track;
  options.tie = {declared.tie_sigma_horizontal_m.value_or(0), declared.tie_sigma_vertical_m.value_or(0)};
  options.gyro_bias_sigma_radps = info.imu.gyro_bias_sigma_radps;
  options.accel_bias_sigma_mps2 = info.imu.accel_bias_sigma_mps2;
  options.range_bias_sigma_m = info.range_bias_sigma_m;
  return options;
}

/// Recognises craters in image after image.
class Looker {
 public:
  Looker(const datasets::SequenceInfo& info, const LostStartRequest& request,
         const datasets::MapUncertainty& declared)
      : info_(info), catalog_(LoadCraters(request.craters, request.mapping)), map_(catalog_.craters) {
    if (!request.use_stars) neighbours_.emplace(map_);
    detector_.network =
        std::make_shared<vision::CraterNetwork>(datasets::FindCraterNetwork("crater_centres"));
    options_.min_height_m = kLowest_m;
    if (declared.height_sigma_m) options_.irregularity.height_sigma_m = *declared.height_sigma_m;
  }

  struct Answer {
    vision::Identification identification;
    std::size_t ellipses = 0;
  };

  /// Nothing known but the camera.
  Answer Look(const nav::Image& image) {
    std::vector<Detections> readings;
    for (const auto& found : vision::DetectCratersEitherWay(image.pixels, detector_))
      readings.push_back(vision::RimsOf(found));
    auto [found, reading] = vision::IdentifyLostReading(map_, *neighbours_, info_.camera, readings, options_);
    return {std::move(found), readings[reading].size()};
  }

  /// The attitude known.
  Answer Look(const nav::Image& image, const nav::CraterStart::CameraAttitude& attitude) {
    vision::DetectCratersOptions detector = detector_;
    // Where it is, nobody knows; but its map is of this site, and the vertical there is nearly that here.
    const Eigen::Vector3d to_sun = datasets::SunOf(info_, image.t_ns).direction_to_sun_in_site;
    const Eigen::Matrix3d cam_from_site =
        attitude.moon_from_cam.transpose() * info_.site.moon_from_site.linear();
    detector.sun_direction_rad =
        vision::DirectionInImage(info_.camera, cam_from_site * Eigen::Vector3d(to_sun.x(), to_sun.y(), 0));
    const Detections rims = vision::RimsOf(vision::DetectCraters(image.pixels, detector));
    vision::IdentifyOptions options = options_;
    options.attitude_sigma_rad = attitude.sigma_rad;
    return {vision::IdentifyWithAttitude(map_, info_.camera, rims, attitude.moon_from_cam, options),
            rims.size()};
  }

 private:
  const datasets::SequenceInfo& info_;
  dem::CraterCatalog catalog_;
  vision::CraterMap map_;
  std::optional<vision::CraterNeighbours> neighbours_;
  vision::DetectCratersOptions detector_;
  vision::IdentifyOptions options_;
};

nav::CraterSighting SightingOf(const vision::ConicPose& pose, std::int64_t t_ns, const dem::Site& site) {
  nav::CraterSighting sighting;
  sighting.t_ns = t_ns;
  sighting.site_from_cam = site.moon_from_site.inverse() * pose.moon_from_cam;
  dem::Matrix6d turn = dem::Matrix6d::Identity();
  turn.bottomRightCorner<3, 3>() = site.moon_from_site.linear().transpose();
  sighting.covariance = turn * pose.covariance * turn.transpose();
  return sighting;
}

std::string Describe(const Looker::Answer& answer) {
  const vision::Identification& found = answer.identification;
  if (found.status != vision::IdentifyStatus::kIdentified) return found.reason;
  char text[128];
  std::snprintf(text, sizeof text, "%zu of %zu ellipses are craters of the catalogue, accidents 10^%.1f",
                found.matches.size(), answer.ellipses, found.log10_false_alarms);
  return text;
}

/// Nothing while there is none young enough.
std::optional<nav::CraterStart::CameraAttitude> LatestAttitude(const nav::CraterStart& start,
                                                               const std::vector<nav::Attitude>& attitudes,
                                                               std::int64_t t_ns) {
  if (attitudes.empty()) return std::nullopt;
  const nav::Attitude& last = attitudes.back();
  if (static_cast<double>(t_ns - last.t_ns) * 1e-9 > kOldestAttitude_s) return std::nullopt;
  return start.AttitudeAt(last, t_ns);
}

}  // namespace

LostStart FindStart(datasets::SequenceStream sequence, const LostStartRequest& request) {
  const datasets::SequenceInfo info = sequence.info;
  if (sequence.images.empty()) throw dem::DataError(info.root, "there is no image to look for craters in");
  if (request.use_stars && info.star_tracker_rate_hz == 0) {
    throw dem::DataError(info.root, "no star tracker: --start lost does without the attitude");
  }
  const datasets::MapUncertainty declared = datasets::ReadMapUncertainty(request.craters);
  nav::CraterStart start(OptionsOf(info, request, declared), info.site, info.body_from_cam,
                         info.body_from_imu);
  Looker looker(info, request, declared);
  if (!declared.tie_sigma_horizontal_m) {
    std::fprintf(stderr, "%s: declares no tie (%s.uncertainty.yaml): taken for none\n",
                 request.craters.string().c_str(), request.craters.filename().string().c_str());
  }
  const std::int64_t first_ns = sequence.images.front().t_ns;
  FrameSource frames(std::move(sequence), first_ns, 0);
  int looked_at = 0, recognised = 0;
  while (!frames.Done()) {
    CheckInterrupted();
    FrameSource::Frame frame = frames.Next();
    nav::Image& image = frame.input.image;
    if (frame.input.matched)
      throw dem::DataError(info.root, "its images have no pictures to find craters in");
    start.Append(frame.input.imu);
    std::optional<nav::CraterStart::CameraAttitude> attitude;
    if (request.use_stars) {
      attitude = LatestAttitude(start, frame.input.attitudes, image.t_ns);
      if (!attitude) continue;
    }
    image.pixels = frames.ReadPixels();
    const Looker::Answer answer = attitude ? looker.Look(image, *attitude) : looker.Look(image);
    ++looked_at;
    const std::string text = Describe(answer);
    std::fprintf(stderr, "navigate: start, image %d: %s\n", looked_at, text.c_str());
    if (answer.identification.status != vision::IdentifyStatus::kIdentified) continue;
    ++recognised;
    if (const auto state = start.Add(SightingOf(answer.identification.pose, image.t_ns, info.site)))
      return {*state, "image " + std::to_string(looked_at) + ": " + text};
  }
  throw dem::DataError(info.root, "no start: craters of " + request.craters.filename().string() +
                                      " were recognised in " + std::to_string(recognised) + " of " +
                                      std::to_string(looked_at) + " images, and no two of them agree");
}

datasets::Prior PriorOf(const nav::State& state) {
  const auto sigma = [&](int offset) -> Eigen::Vector3d {
    return state.covariance.diagonal().segment<3>(offset).cwiseSqrt();
  };
  datasets::Prior prior;
  prior.t_ns = state.t_ns;
  prior.site_from_body = state.site_from_body;
  prior.velocity_in_site_mps = state.velocity_of_body_in_site_mps;
  prior.position_sigma_m = sigma(nav::kPosition);
  prior.velocity_sigma_mps = sigma(nav::kVelocity).maxCoeff();
  prior.attitude_sigma_rad = sigma(nav::kTheta).maxCoeff();
  return prior;
}

}  // namespace perilune::tools
